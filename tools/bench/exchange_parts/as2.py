"""Signed single messages with signed receipts over HTTP, as AS2 (RFC 4130) has them.

A stand-in, kind to AS2: S/MIME signatures (RSA 2048, SHA-256) on message and receipt, each verified by an RSA signature
over the content alone, both sides keep the message with fsync, one connection. What an AS2 product does besides
(parsing, certificates, partners, its database) is left out. The library pyas2lib is under the GPL: it is not used.
"""

from __future__ import annotations

import datetime
import hashlib
import http.client
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs7

from tools.bench.exchange_parts.nats import bodies
from tools.bench.exchange_parts.world import World

SECONDS = 20


class Party:
    """A key with its certificate, and the folder in which messages are kept."""

    def __init__(self, name: str, folder: Path) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now)
            .not_valid_after(now + datetime.timedelta(days=2))
            .sign(self.key, hashes.SHA256())
        )
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def sign(self, body: bytes) -> bytes:
        builder = pkcs7.PKCS7SignatureBuilder().set_data(body)
        builder = builder.add_signer(self.certificate, self.key, hashes.SHA256())
        mime = builder.sign(serialization.Encoding.SMIME, [pkcs7.PKCS7Options.DetachedSignature])
        # The bare signature and the body stand beside the S/MIME, so that the other side need not take it apart.
        return self.key.sign(body, padding.PKCS1v15(), hashes.SHA256()) + mime + body

    def check(self, message: bytes, body: bytes) -> None:
        self.key.public_key().verify(message[:256], body, padding.PKCS1v15(), hashes.SHA256())

    def keep(self, number: int, message: bytes) -> None:
        with (self.folder / str(number)).open("wb") as file:
            file.write(message)
            file.flush()
            os.fsync(file.fileno())


def _receipt(message: bytes) -> bytes:
    return b"Disposition: processed\r\nReceived-content-MIC: " + hashlib.sha256(message).digest()


def single(world: World, folder: Path) -> dict[str, float]:
    sender, receiver = Party("sender", world.folder / "sender"), Party("receiver", world.folder / "receiver")
    count = 0

    class Receiver(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            message = self.rfile.read(int(self.headers["Content-Length"]))
            size = int(self.headers["Body-Length"])
            sender.check(message, message[-size:])
            receiver.keep(count, message)
            receipt = receiver.sign(_receipt(message))
            self.send_response(200)
            self.send_header("Content-Length", str(len(receipt)))
            self.end_headers()
            self.wfile.write(receipt)

        def log_message(self, *_: object) -> None:
            """Nothing is told of each request."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    line = http.client.HTTPConnection("127.0.0.1", server.server_port)
    started = time.monotonic()
    for body in bodies(folder):
        message = sender.sign(body)
        sender.keep(count, message)
        line.request("POST", "/", message, {"Body-Length": str(len(body))})
        receiver.check(line.getresponse().read(), _receipt(message))
        count += 1
        if time.monotonic() - started > SECONDS:
            break
    seconds = time.monotonic() - started
    line.close()
    server.shutdown()
    server.server_close()
    return {"entries": float(count), "exchange /s": count / seconds, "exchange us/record": seconds / count * 1e6}
