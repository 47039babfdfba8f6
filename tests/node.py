"""A node in the test's own database and folder, and a partner's journal beside it, for tests of what stands on both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from comity.accounts.models import Membership
from comity.journal import home, services, vault
from comity.journal.models import Cosignature, Journal
from comity.journal.sequencer import Sequencer
from comity.journal.services import Draft
from comity.kernel import clock
from comity.kernel.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from comity.kernel.commitments import new_salt
from comity.kernel.cosignature import cosign
from comity.kernel.entry import encode_entry
from comity.kernel.notes import KIND_COSIGNATURE, SigningKey
from comity.node.config import Settings
from comity.registers import entries
from comity.registers.domain.personal import close
from comity.registers.domain.record import Classification, Event, Image, Party, RightRecord, Text, to_json

ORIGIN = "office-by.example/journal"
PARTNER_ORIGIN = "office-ru.example/journal"
SEEN_S = 1_790_000_000

MARK = RightRecord(
    office="BY",
    kind="trademark",
    number="74512",
    titles=(Text(text="ЁЛКА ў лесе", lang="be"),),
    status="in_force",
    filing_date="2020-03-02",
    registration_date="2021-05-14",
    expiry_date="2030-03-02",
    classes=(Classification(scheme="nice", code="3", texts=(Text(text="мыла", lang="be"),)),),
    parties=(
        Party(role="holder", entity="legal", names=(Text(text="ААТ «Нёман»", lang="be"),), country="BY"),
        Party(role="representative", names=(Text(text="Ружа Нёманская", lang="be"),), country="BY", address="Мінск"),
    ),
    events=(Event(scheme="ST.61", code="F10-Q80", date="2021-05-14"),),
)


def set_up(settings: Any, folder: Path) -> Journal:
    """Point Django at a new folder and open the node's own journal there, of Belarus."""
    settings.COMITY_HOME = folder
    settings.COMITY = Settings(
        home=folder,
        party="BY",
        name="NCIP",
        origin=ORIGIN,
        offices=["BY"],
        url="https://office-by.example",
        fictional=True,
    )
    home.make_keys(ORIGIN)
    return services.open_own(ORIGIN, "BY", "NCIP", ["BY"], home.signing_key("log").verifier)


def user(name: str, *roles: str, body: str = "") -> User:
    """An account with roles in a body (the node's office if none is named) that can be signed in by force only:
    hashing a password takes its time.
    """
    made = User.objects.create_user(name)
    Membership.objects.bulk_create(Membership(user=made, body=body, role=role) for role in roles)
    return made


def draft(record: RightRecord, version: int = 1) -> Draft:
    closed, openings = close(to_json(record), new_salt)
    body = {"right": closed, "version": version}
    return Draft("registers.right", 1, entries.key_of(record), body, openings)


def tell(journal: Journal, *records: RightRecord, version: int = 1) -> range:
    """Append records to the own journal."""
    with transaction.atomic():
        return services.append(journal, [draft(record, version) for record in records])


def sequence(journal: Journal) -> None:
    with Sequencer(journal, home.signing_key("log")) as sequencer:
        sequencer.drain()
    journal.refresh_from_db()


def partner_key() -> SigningKey:
    return SigningKey(PARTNER_ORIGIN, 1, b"\x05" * 32)


def partner_journal(records: Sequence[RightRecord]) -> Journal:
    """The copy of a partner's journal as a follower leaves it: files, openings, checkpoint, applied entries."""
    return partner_tells([draft(record) for record in records])


def partner_tells(drafts: Sequence[Draft]) -> Journal:
    """The same with entries of any kind; the journal opens with the first."""
    key = partner_key()
    journal, _ = Journal.objects.get_or_create(origin=PARTNER_ORIGIN, defaults={"vkey": str(key.verifier)})
    store = home.store(journal)
    store.root.mkdir(parents=True, exist_ok=True)
    at = clock.iso(clock.now())
    data = []
    if journal.next_index == 0:
        body = {"origin": PARTNER_ORIGIN, "party": "RU", "name": "Rospatent", "offices": ["RU"]}
        data.append(encode_entry("journal.open", 1, {**body, "about": f"journal:{PARTNER_ORIGIN}", "at": at}))
    for item in drafts:
        vault.put(journal, [(journal.next_index + len(data), vault.dump(item.openings))] if item.openings else [])
        data.append(encode_entry(item.kind, item.version, {**item.body, "about": item.about, "at": at}))
    frontier = store.frontier(journal.next_index)
    store.grow(frontier, data)
    store.publish(sign_checkpoint(Checkpoint(PARTNER_ORIGIN, frontier.size, frontier.root()), key))
    journal.next_index = journal.size = frontier.size
    journal.root, journal.checkpoint_at = frontier.root().hex(), clock.now()
    journal.save()
    services.apply_stored(journal)
    journal.refresh_from_db()
    return journal


def cosigned(journal: Journal, party: str, name: str = "", time_s: int = SEEN_S) -> SigningKey:
    """Note a cosignature of `party`'s witness on the last checkpoint of a journal; the witness's key."""
    key = SigningKey(name or f"witness-{party.lower()}.example/w", KIND_COSIGNATURE, party.encode() * 16)
    raw = home.store(journal).checkpoint() or b""
    signed = parse_checkpoint(raw).checkpoint
    Cosignature.objects.create(
        journal=journal,
        size=signed.size,
        root=signed.root.hex(),
        name=key.name,
        vkey=str(key.verifier),
        line=cosign(signed.text(), key, time_s).line(),
        checkpoint=raw.decode(),
        time=time_s,
        party=party,
    )
    return key


def russian(record: RightRecord = MARK, number: str = "1008824") -> RightRecord:
    return replace(record, office="RU", number=number)


def with_image(record: RightRecord, sha256: str) -> RightRecord:
    return replace(record, images=(Image(sha256=sha256, media_type="image/png"),))


def instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
