"""A small node with everything that fsck looks at, made by the services themselves.

The partner's node is made first, in the same database, and its journal kept as files under the paths that a server
would serve; then the rows are deleted and the node under test is made beside them, which follows those files.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.test import override_settings

from comity.confidential.models import Body, Letter, SealedBytes
from comity.evidence import files
from comity.federation import mirror, witness
from comity.federation import services as federation
from comity.federation.domain import read_card
from comity.federation.follow import Follower
from comity.federation.models import Partner
from comity.federation.openings import openings_of
from comity.federation.source import Folder
from comity.journal import home, kinds, services
from comity.journal.models import Cosignature, Fork, Held, Journal, Mirrored, Opening, Pending, Redaction, Witnessed
from comity.journal.sequencer import Sequencer
from comity.kernel.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from comity.kernel.cosignature import cosign
from comity.kernel.errors import ForkError
from comity.kernel.merkle import leaf_hash
from comity.kernel.sealing import SealingPublic
from comity.kernel.witness import format_add_checkpoint
from comity.node.demo.generate import generate
from comity.registers import services as registers
from comity.registers.domain.record import RightRecord, Text
from comity.registers.models import (
    Forgotten,
    Import,
    ImportRow,
    Right,
    RightClass,
    RightImage,
    RightVersion,
    SearchDoc,
    SourceMark,
)

OWN = "by.example/journal"
PARTNER = "ru.example/journal"
LATER = "later.kind"
TABLES = (
    *(Letter, Body, SealedBytes),
    *(Partner, Fork, Witnessed, Mirrored, Cosignature, Held, Pending, Opening, Redaction),
    *(SearchDoc, RightImage, RightClass, RightVersion, Right, SourceMark, Forgotten, ImportRow, Import, Journal),
)


@dataclass(frozen=True, slots=True)
class World:
    """The folder of the node under test and what its partner serves. `journal` is its own, `copy` the partner's."""

    home: Path
    served: Path
    journal: Journal
    copy: Journal


@contextmanager
def node(folder: Path) -> Iterator[None]:
    """Within the block this process is the node of that folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with override_settings(COMITY_HOME=folder):
        yield


def clear() -> None:
    """Delete every row of every node."""
    with transaction.atomic():
        for model in TABLES:
            model._default_manager.all()._raw_delete("default")


def make(folder: Path, rights: int = 60, pending: int = 8) -> World:
    """Make the node under `folder` with `rights` own rights and as many of its partner's."""
    clear()
    ru, served = folder / "ru", folder / "served"
    with node(folder / "by"):
        home.make_keys(OWN)
        asking = home.sealing_key().public
    with node(ru):
        card = _partner(served, rights, asking)
        witness_key, log_key = home.signing_key("witness"), home.signing_key("log")
    clear()
    with node(folder / "by"):
        journal, sequencer_key = _open(OWN, "BY", "The Institute")
        _write("BY", rights - pending)
        with Sequencer(journal, sequencer_key) as sequencer:
            sequencer.step()
        _change(journal)
        with Sequencer(Journal.objects.get(own=True), sequencer_key) as sequencer:
            sequencer.drain()
        partner = federation._meet(read_card(card), card, None)
        federation.confirm(partner, partner.fingerprint)
        copy = partner.journal
        assert copy is not None
        Follower(copy, Folder(served)).round()
        for path in sorted((served / "federation/v1/files").glob("*")):
            files.put(path.read_bytes())
        raw = (served / "journal/checkpoint").read_bytes()
        answer = witness.add_checkpoint(format_add_checkpoint(0, [], raw), {copy.origin: copy})
        assert answer.status == 200, answer.body
        assert mirror.commit_copy(copy) is not None
        _cosigned(witness_key)
        _fork(copy, served, raw, log_key)
        _write("BY", rights)
        return World(folder / "by", served, Journal.objects.get(own=True), Journal.objects.get(own=False))


def _open(origin: str, party: str, name: str) -> tuple[Journal, Any]:
    home.make_keys(origin)
    key = home.signing_key("log")
    return services.open_own(origin, party, name, [party], key.verifier), key


@cache
def _records(office: Any, count: int) -> tuple[tuple[RightRecord, dict[str, bytes]], ...]:
    """Drawing their pictures takes ten milliseconds each, and many tests want the same ones."""
    return tuple((made.record, made.images) for made in islice(generate(office, 7, max(count, 60)), count))


def _write(office: str, count: int) -> None:
    registers.write_made(_records(office, count), "fsck")


def _change(journal: Journal) -> None:
    """Second versions, and persons taken back."""
    rows = [record for record, _ in _records(journal.party, 12)]
    again = [replace(record, titles=(*record.titles, Text(text="Changed", lang="en"))) for record in rows]
    registers.write_made(((record, {}) for record in again), "fsck")
    with_persons = Opening.objects.filter(journal=journal).order_by("-index").values_list("index", flat=True)[:2]
    keys = Right.objects.filter(journal=journal, entry__in=list(with_persons)).values_list("key", flat=True)
    for key in list(keys):
        registers.redact(key, ground="on request")


def _partner(served: Path, rights: int, asking: SealingPublic) -> str:
    journal, key = _open(PARTNER, "RU", "The Service")
    _write("RU", rights)
    _change(journal)
    # A kind that the node under test does not know: it holds the entry, and what follows about the same subject.
    kinds.register(kinds.Kind(LATER, 1, dict, lambda place, batch: None))
    try:
        with transaction.atomic():
            services.append(journal, [services.Draft(LATER, 1, f"later:{i // 2}", {"n": i}) for i in range(4)])
    finally:
        kinds.forget(LATER, 1)
    with Sequencer(journal, key) as sequencer:
        sequencer.drain()
    journal.refresh_from_db()
    shutil.copytree(home.journal_folder(journal), served / "journal", dirs_exist_ok=True)
    openings = served / "journal" / "openings"
    openings.mkdir()
    for start in range(0, journal.size, 2048):
        # Follower asks for eight bundles at a time, from where it stands.
        end = min(journal.size, start + 2048)
        (openings / f"{start}-{end}").write_bytes(openings_of(journal, start, end, asking, "BY"))
    images = served / "federation/v1/files"
    images.mkdir(parents=True)
    for sha256 in files.all_names():
        (images / sha256).write_bytes(files.read(sha256))
    return federation.own_card()


def _cosigned(key: Any) -> None:
    """The partner's witness cosigns the own checkpoint, kept as `federation` keeps what it answers."""
    journal = Journal.objects.get(own=True)
    raw = home.store(journal).checkpoint() or b""
    signed = parse_checkpoint(raw).checkpoint
    time = 1_790_000_000
    Cosignature.objects.create(
        journal=journal,
        size=signed.size,
        root=signed.root.hex(),
        name=key.name,
        vkey=str(key.verifier),
        line=cosign(signed.text(), key, time).line(),
        checkpoint=raw.decode(),
        time=time,
        party="RU",
    )


def _fork(copy: Journal, served: Path, raw: bytes, key: Any) -> None:
    """The partner signs another tree of the same size; the evidence is kept."""
    path = served / "journal/checkpoint"
    size = parse_checkpoint(raw).checkpoint.size
    path.write_bytes(sign_checkpoint(Checkpoint(copy.origin, size, leaf_hash(b"another")), key))
    try:
        Follower(copy, Folder(served)).round()
    except ForkError:
        return
    finally:
        path.write_bytes(raw)
    raise AssertionError("a fork went unseen")
