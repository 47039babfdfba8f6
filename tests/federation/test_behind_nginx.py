"""The configuration of nginx in docs/operate/running.md, as it stands there, before a real node."""

from __future__ import annotations

import re
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from comity.federation.source import Client, trust
from comity.kernel.notes import SigningKey
from tests.federation.driven import delivery, until
from tests.plugins import needs
from tools.quality.nodes import Node, free_port, pair, wait_until_agreed

pytestmark = [pytest.mark.slow, pytest.mark.long]

GUIDE = Path(__file__).parents[2] / "docs" / "operate" / "running.md"
NAME = "localhost"
# Around the server that the guide describes: what a distribution has in its own nginx.conf.
AROUND = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{servers}
}}
"""


def documented(folder: Path, port: int, node: Node) -> str:
    """The block of the guide with the name, the port, the files and the node's port of this machine."""
    [block] = re.findall(r"```nginx\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert isinstance(block, str)
    for documented, here in (
        ("443", str(port)),
        ("comity.ip.gov.example", NAME),
        ("/etc/ssl/comity.pem", f"{folder}/cert.pem"),
        ("/etc/ssl/private/comity.key", f"{folder}/key.pem"),
        ("127.0.0.1:8001", f"127.0.0.1:{node.port}"),
    ):
        assert documented in block, documented
        block = block.replace(documented, here)
    return block


def certificate(folder: Path) -> None:
    subject = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{folder}/key.pem"]
    command = ["openssl", "req", "-x509", *key, "-out", f"{folder}/cert.pem", "-days", "1", *subject]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Node, httpx.Client]]:
    program, folder, port = needs.nginx(), tmp_path_factory.mktemp("nginx"), free_port()
    address = f"https://{NAME}:{port}/"
    said = {
        "COMITY_SECURE": "true",
        "COMITY_PROXIES": "1",
        "COMITY_ALLOWED_HOSTS": f'["{NAME}", "127.0.0.1"]',
        "COMITY_URL": address,
    }
    node = Node("BY", folder / "by", free_port())
    certificate(folder)
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, servers=documented(folder, port, node)))
    node.init()
    node.settings |= said
    command = [str(program), "-p", str(folder), "-c", f"{folder}/nginx.conf", "-e", f"{folder}/error.log"]
    proxy = subprocess.Popen(command)
    try:
        node.serve()
        trusted = ssl.create_default_context(cafile=f"{folder}/cert.pem")
        with httpx.Client(base_url=address, verify=trusted, trust_env=False, timeout=60) as client:
            until(lambda: client.get("healthz").status_code == 200, "nginx does not answer")
            yield node, client
    finally:
        proxy.terminate()
        proxy.wait(10)
        node.kill()


def test_a_page_is_served_with_secure_cookies(served: tuple[Node, httpx.Client]) -> None:
    _, client = served
    page = client.get("sign-in/")
    assert page.status_code == 200
    assert "max-age" in page.headers["strict-transport-security"]
    assert all("Secure" in cookie for cookie in page.headers.get_list("set-cookie"))
    assert client.get("sign-in/", headers={"Host": "elsewhere.example"}).status_code == 400


def test_somebody_signs_in(served: tuple[Node, httpx.Client]) -> None:
    node, client = served
    password = re.search(r"\S{12,}\s*$", node.run("user", "olga", "--role", "viewer").strip())
    assert password is not None
    page = client.get("sign-in/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token is not None
    form = {"username": "olga", "password": password[0].strip(), "csrfmiddlewaretoken": token[1]}
    answer = client.post(page.url, data=form, headers={"Referer": str(page.url)})
    assert answer.status_code == 302, answer.text[-2000:]
    assert client.get("account").status_code in {200, 302}


def test_a_partner_exchanges_through_it(served: tuple[Node, httpx.Client], tmp_path: Path) -> None:
    by, client = served
    ru = Node("RU", tmp_path / "ru", free_port())
    # What signed its certificate is no public authority.
    ru.settings["COMITY_PARTNER_CA_FILE"] = str(by.home.parent / "cert.pem")
    try:
        ru.init()
        ru.serve()
        pair(by, ru, tmp_path)
        for node, numbers in ((by, range(40)), (ru, range(30))):
            node.run("import", str(delivery(tmp_path / f"{node.party}.jsonl", node.party, numbers)))
        wait_until_agreed((by, ru))
        assert by.digest() == ru.digest()
        # A stranger is answered 401: address, query and a large body came as they were signed.
        key = SigningKey.parse((ru.home / "keys" / "transport.key").read_text().strip())
        trust(by.home.parent / "cert.pem")
        partner = Client(str(client.base_url), key)
        body = b"x" * (3 * 1024 * 1024)
        assert partner.send("GET", "journal/tile/0/000.p/1?a=%2F%20b")[0] == 200
        assert partner.send("POST", "witness/add-checkpoint", b"x" * 1024)[0] == 400
        status, said, _ = partner.send("POST", "mirror/add-entries", body)
        assert (status, said) == (404, b"This mirror does not know the log.\n")
        partner.close()
    finally:
        ru.kill()
