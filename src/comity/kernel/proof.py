"""The proof that a journal holds an entry: a text file that anybody can verify offline.

Follows C2SP tlog-proof (draft): index, audit path, checkpoint with its signature and cosignatures, verbatim.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from comity.kernel.checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from comity.kernel.cosignature import verify_cosignature
from comity.kernel.errors import FormatError, SignatureError
from comity.kernel.merkle import HASH_SIZE, leaf_hash, verify_inclusion
from comity.kernel.notes import VerifierKey
from comity.kernel.wire import b64, decimal, unb64

HEADER = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63


@dataclass(frozen=True, slots=True)
class TlogProof:
    """Where an entry stands and how it leads to the checkpoint; `extra` is carried but nothing vouches for it."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def encode(self) -> bytes:
        """The `.tlog-proof` file (tlog-proof, "Format")."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {b64(self.extra)}")
        lines += [f"index {self.index}", *map(b64, self.hashes), "", ""]
        return "\n".join(lines).encode() + self.checkpoint


@dataclass(frozen=True, slots=True)
class Verified:
    """What a proof proved: the entry is in the tree of `checkpoint`, which these keys cosigned at these POSIX
    seconds.
    """

    checkpoint: Checkpoint
    cosigned: dict[VerifierKey, int]


def parse_proof(data: bytes) -> TlogProof:
    """Reads a `.tlog-proof` file strictly; verifies nothing. Raises FormatError."""
    head, separator, checkpoint = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as reason:
        raise FormatError("The head of the proof is not ASCII.", place=f"byte {reason.start}") from reason
    if not separator or lines.pop(0) != HEADER:
        raise FormatError(f"This is not a proof: it does not begin with {HEADER}.")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = unb64(lines.pop(0).removeprefix("extra "), place="extra line")
    if not lines or not lines[0].startswith("index "):
        raise FormatError("The proof names no index.")
    index = decimal(lines.pop(0).removeprefix("index "), place="index line")
    if len(lines) > MAX_HASHES:
        raise FormatError(f"A proof has at most {MAX_HASHES} hashes, this one {len(lines)}.")
    hashes = tuple(unb64(line, HASH_SIZE, place=f"hash {i}") for i, line in enumerate(lines, 1))
    parse_checkpoint(checkpoint)
    return TlogProof(index, hashes, checkpoint, extra)


def verify_proof(
    proof: TlogProof,
    entry: bytes,
    log_keys: Iterable[VerifierKey],
    cosigner_keys: Iterable[VerifierKey] = (),
    quorum: int = 0,
) -> Verified:
    """Proves that the log of `log_keys` holds exactly `entry`, and that at least `quorum` different public keys
    cosigned.

    The log's signature, every known cosigner's line, and the audit path must verify: SignatureError or ProofError
    otherwise. For the quorum of a policy file, pass 0 and ask `policy.satisfied(policy.names(verified.cosigned))`.
    """
    checkpoint = verify_checkpoint(proof.checkpoint, log_keys)
    known = {(key.name, key.keyid): key for key in cosigner_keys}
    note = parse_checkpoint(proof.checkpoint).note
    cosigned: dict[VerifierKey, int] = {}
    for signature in note.signatures:
        key = known.get((signature.name, signature.keyid))
        if key is not None:
            time_s = verify_cosignature(note.text, signature, key)
            cosigned[key] = max(time_s, cosigned.get(key, 0))
    count = len({key.public for key in cosigned})
    if count < quorum:
        raise SignatureError(
            f"{count} of the known witnesses cosigned this checkpoint, and {quorum} must.",
            place=checkpoint.origin,
            remedy="Fetch the checkpoint again when more witnesses have cosigned it.",
        )
    verify_inclusion(proof.index, checkpoint.size, leaf_hash(entry), proof.hashes, checkpoint.root)
    return Verified(checkpoint, cosigned)
