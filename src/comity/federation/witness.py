"""This node as a witness (C2SP tlog-witness): it cosigns a checkpoint that extends what it cosigned before."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from comity.federation import caught_up
from comity.federation.forks import keep_fork
from comity.journal import home, machine, quantum, roster, rotation
from comity.journal.models import Cosignature, Journal, Witnessed
from comity.journal.selectors import own
from comity.kernel import clock
from comity.kernel.checkpoint import Checkpoint, parse_checkpoint
from comity.kernel.cosignature import cosign_all
from comity.kernel.errors import ForkError, FormatError
from comity.kernel.identifiers import origin_hash
from comity.kernel.merkle import EMPTY, consistency_proof
from comity.kernel.notes import SigningKey
from comity.kernel.witness import AddCheckpoint, Decision, Seen, decide, format_add_checkpoint, parse_add_checkpoint


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str
    content_type: str


def add_checkpoint(body: bytes, journals: dict[str, Journal]) -> Answer:
    """Answer to add-checkpoint. `journals`: those that this witness knows, by origin.

    Comparing and moving on is one transaction with the row locked: two racing requests cannot roll the witness back.
    ConflictError while this node may have forgotten what it cosigned.
    The cosignature is made after the new size is in the transaction and leaves this node only after it is committed.
    """
    try:
        request = parse_add_checkpoint(body)
        journal = journals.get(request.origin)
    except FormatError as error:
        return Answer(400, f"{error}\n", "text/plain; charset=utf-8")
    if journal is None:
        return Answer(404, "This witness does not know the log.\n", "text/plain; charset=utf-8")
    answer = _decide(journal, request)
    if answer is None:
        raise caught_up.forgotten(journal)
    return answer


def _decide(journal: Journal, request: AddCheckpoint) -> Answer | None:
    """None where this node may have forgotten what it cosigned of the journal."""
    with transaction.atomic():
        Witnessed.objects.get_or_create(journal=journal)
        row = Witnessed.objects.select_for_update().get(journal=journal)
        if not caught_up.certain(row):
            return None
        seen = Seen(row.size, bytes.fromhex(row.root) if row.root else EMPTY)
        decision = decide(seen, request, roster.keyring(journal).at(request.size))
        if decision.status == 200 and decision.checkpoint is not None and not _is_held(journal, decision.checkpoint):
            reason = f"Its tree of {decision.size} entries, shown to the witness, is not the one that it serves."
            keep_fork(journal, _held(journal), request.signed.decode(), reason)
            return Answer(422, f"{reason}\n", "text/plain; charset=utf-8")
        if decision.status == 200 and decision.checkpoint is not None:
            checkpoint = decision.checkpoint
            time = int(clock.now().timestamp())
            # By every key in use: the log's owner may know the old one only, or the new one only.
            lines = cosign_all(checkpoint.text(), _keys(), time)
            second = quantum.columns("witness", checkpoint.text(), time)
            row.size, row.root = checkpoint.size, checkpoint.root.hex()
            row.checkpoint, row.cosigned_at = request.signed.decode(), time
            row.save()
            kept, _ = Cosignature.objects.update_or_create(
                journal=journal,
                size=checkpoint.size,
                name=lines[0].name,
                defaults={
                    "root": checkpoint.root.hex(),
                    "vkey": str(_keys()[0].verifier),
                    "line": lines[0].line(),
                    "checkpoint": request.signed.decode(),
                    "time": time,
                    "party": _own_party(),
                    **second,
                },
            )
            machine.note(own(), checkpoint)
            told = "".join(line.line() for line in lines) + quantum.told(kept, "witness", checkpoint.text())
            return Answer(200, told, "text/plain; charset=utf-8")
        _keep(journal, row, request.signed, decision)
    return Answer(decision.status, decision.body, decision.content_type)


def _keys() -> list[SigningKey]:
    return rotation.signers(own(), "witness")


def _is_held(journal: Journal, checkpoint: Checkpoint) -> bool:
    """Whether the tree is that of this node's copy, as far as the copy reaches."""
    journal.refresh_from_db()
    if not 0 < checkpoint.size <= journal.next_index:
        return True
    return home.store(journal).frontier(checkpoint.size).root() == checkpoint.root


def _held(journal: Journal) -> str:
    raw = home.store(journal).checkpoint()
    return raw.decode() if raw else ""


def _line(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n"


def _own_party() -> str:
    own = Journal.objects.filter(own=True).first()
    return own.party if own else ""


def _keep(journal: Journal, row: Witnessed, signed: bytes, decision: Decision) -> None:
    """Validly signed checkpoints that were refused for their tree are evidence."""
    if decision.fork:
        keep_fork(journal, row.checkpoint, signed.decode(), "Two signed checkpoints of one size have different roots.")
    elif decision.evidence and decision.status == 422:
        keep_fork(journal, row.checkpoint, signed.decode(), f"It was shown to this witness: {decision.body.strip()}")


def cosign_copy(journal: Journal, raw: str) -> str:
    """This witness's lines on a checkpoint of its node's own copy: its owner need not ask for them.

    Empty where the witness has cosigned a later one. ForkError where the checkpoint denies what it cosigned before.
    """
    size = parse_checkpoint(raw.encode()).checkpoint.size
    old = Witnessed.objects.filter(journal=journal).values_list("size", flat=True).first() or 0
    if old < size:
        proof = consistency_proof(old, size, home.store(journal).reader(size).hash) if old else []
        answer = add_checkpoint(format_add_checkpoint(old, proof, raw.encode()), {journal.origin: journal})
        if answer.status != 200:
            raise ForkError(f"This node's witness refuses the partner's checkpoint: {answer.body.strip()}")
        return answer.body
    name = home.signing_key("witness").name
    mine = Cosignature.objects.filter(journal=journal, size=size, name=name).first()
    return _line(mine.line) + mine.quantum_line if mine is not None else ""


def last(origin_sha256: str) -> str | None:
    """The last checkpoint of a log that this witness cosigned, with its cosignature; None if there is none."""
    for row in Witnessed.objects.select_related("journal").exclude(checkpoint=""):
        if origin_hash(row.journal.origin) == origin_sha256:
            name = home.signing_key("witness").name
            mine = Cosignature.objects.filter(journal=row.journal, size=row.size, name=name).first()
            return row.checkpoint + (_line(mine.line) + mine.quantum_line if mine else "")
    return None
