"""What a witness answers to a log that asks for a cosignature.

Follows C2SP tlog-witness v1.0.0, add-checkpoint. The decision is pure: the caller reads what was last cosigned,
decides, and stores the new size in ONE transaction, and cosigns only after it is committed. Otherwise two racing
requests could roll the witness back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from comity.kernel.checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from comity.kernel.errors import FormatError, ProofError, SignatureError
from comity.kernel.merkle import EMPTY, HASH_SIZE, verify_consistency
from comity.kernel.notes import VerifierKey
from comity.kernel.wire import b64, decimal, unb64

MAX_PROOF = 63
TEXT = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request: from the tree of `old` leaves, by `proof`, to the signed checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    signed: bytes

    @property
    def origin(self) -> str:
        """The log that the checkpoint names, unverified; raises NoteError when `signed` is no checkpoint."""
        return parse_checkpoint(self.signed).checkpoint.origin

    @property
    def size(self) -> int:
        """The size that the checkpoint names, unverified; raises NoteError when `signed` is no checkpoint."""
        return parse_checkpoint(self.signed).checkpoint.size


@dataclass(frozen=True, slots=True)
class Seen:
    """The largest tree that this witness has cosigned for one origin."""

    size: int = 0
    root: bytes = EMPTY


@dataclass(frozen=True, slots=True)
class Decision:
    """What to answer: an HTTP status, and the body for every status but 200, whose body is the cosignature line.

    `size` is the size that the witness has cosigned once the caller acts on the decision; `checkpoint` is given
    whenever the log's signature verified. `evidence`: it was validly signed and refused, so keep its bytes. `fork`:
    it is signed, and has the size but not the root of what was cosigned, which proves by itself that the log forked.
    """

    status: int
    size: int
    body: str = ""
    content_type: str = TEXT
    checkpoint: Checkpoint | None = None
    evidence: bool = False
    fork: bool = False


def parse_add_checkpoint(body: bytes) -> AddCheckpoint:
    """Reads the body of add-checkpoint; raises FormatError, an answer of 400 (tlog-witness, "add-checkpoint")."""
    head, separator, signed = body.partition(b"\n\n")
    try:
        first, *rest = head.decode("ascii").split("\n")
    except UnicodeDecodeError as reason:
        raise FormatError(
            "The head of an add-checkpoint request is not ASCII.", place=f"byte {reason.start}"
        ) from reason
    if not separator or not first.startswith("old "):
        raise FormatError(
            'An add-checkpoint request begins with "old <size>" and has an empty line before the checkpoint.'
        )
    if len(rest) > MAX_PROOF:
        raise FormatError(f"A consistency proof has at most {MAX_PROOF} hashes, this one {len(rest)}.")
    old = decimal(first.removeprefix("old "), place="old size")
    parse_checkpoint(signed)
    return AddCheckpoint(
        old, tuple(unb64(line, HASH_SIZE, place=f"proof line {i}") for i, line in enumerate(rest, 1)), signed
    )


def format_add_checkpoint(old: int, proof: Sequence[bytes], signed: bytes) -> bytes:
    """The body that asks a witness to cosign `signed`, from the size `old` that it cosigned last."""
    return b"".join((f"old {old}\n".encode(), *(f"{b64(item)}\n".encode() for item in proof), b"\n", signed))


def decide(seen: Seen | None, request: AddCheckpoint, log_keys: Iterable[VerifierKey]) -> Decision:
    """The answer to `request`, when `seen` is what this witness cosigned last for its origin (None: nothing yet).

    `log_keys` are the trusted keys; those named as the request's origin count, and without any the origin is unknown.
    Checks in this order: 404 unknown origin; 403 signature; 400 old size beyond the checkpoint; 409 old size is not
    `seen.size`; 422 proof or root; 200. Raises NoteError when `request.signed` is no checkpoint (answer 400).
    """
    seen = seen or Seen()
    origin = request.origin
    keys = [key for key in log_keys if key.name == origin]
    if not keys:
        return Decision(404, seen.size, "This witness does not know the log.\n")
    try:
        checkpoint = verify_checkpoint(request.signed, keys)
    except SignatureError:
        return Decision(403, seen.size, "The checkpoint is not signed by a trusted key of the log.\n")

    def refuse(status: int, body: str, content_type: str = TEXT) -> Decision:
        fork = checkpoint.size == seen.size and checkpoint.root != seen.root
        evidence = fork or checkpoint != Checkpoint(origin, seen.size, seen.root)
        return Decision(status, seen.size, body, content_type, checkpoint, evidence, fork)

    if request.old > checkpoint.size:
        return refuse(400, "The old size is beyond the checkpoint.\n")
    if request.old != seen.size:
        return refuse(409, f"{seen.size}\n", SIZE)
    if checkpoint.size == 0 and checkpoint.root != EMPTY:
        return refuse(422, "An empty tree does not have this root.\n")
    try:
        if request.old:
            verify_consistency(request.old, checkpoint.size, request.proof, seen.root, checkpoint.root)
        elif request.proof:
            raise ProofError("From the empty tree there is nothing to prove.")
    except ProofError as error:
        return refuse(422, f"{error.message}\n")
    return Decision(200, checkpoint.size, checkpoint=checkpoint)
