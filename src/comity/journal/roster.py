"""The roster: the public keys of a journal's owner by role, as entries of the journal itself say.

A key counts from the tree that holds the entry naming it, until the tree before the entry that ends it. So an old
signature stays good for ever, and what a key may sign is told by the order of the journal, never by a clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import DEFAULT_DB_ALIAS
from pydantic import BaseModel, ConfigDict, Field

from comity.journal.kinds import Applied, Kind, Place, SharedTable
from comity.journal.models import Journal, JournalKey
from comity.kernel.bundle import fingerprint
from comity.kernel.canonical import encode
from comity.kernel.errors import NoteError, RecordError
from comity.kernel.keyring import Keyring, RangedKey
from comity.kernel.notes import KIND_COSIGNATURE, KIND_ED25519, VerifierKey, check_name, check_point, keyid
from comity.kernel.sealing import SealingPublic, is_sealing
from comity.kernel.wire import unb64

ROSTER = "key.roster"
MOST_IN_USE = 4
MOST_IN_ALL = 256
MOST_ROLES = 64

State = Literal["active", "retiring", "retired", "revoked"]
IN_USE = (JournalKey.State.ACTIVE, JournalKey.State.RETIRING)
ENDED = (JournalKey.State.RETIRED, JournalKey.State.REVOKED)

# From which state (none: a new key) a key may come to which. What has ended never signs again.
_STEPS: Mapping[str, frozenset[str]] = {
    "": frozenset({"active"}),
    "active": frozenset({"retiring", "retired", "revoked"}),
    "retiring": frozenset({"active", "retired", "revoked"}),
    "retired": frozenset({"revoked"}),
    "revoked": frozenset(),
}
_VKEY = re.compile(r"([^\s+]{1,300})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{1,3000}={0,2})")


class RosterKey(BaseModel):
    """One key and the state that it has from this entry on. A role is a word; those to come need no new version."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    role: str = Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")
    vkey: str = Field(min_length=1, max_length=3400)
    state: State


class RosterBody(BaseModel):
    """`key.roster/1`: keys of the journal's owner that are new or change their state; all others stay as they are."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    keys: list[RosterKey] = Field(min_length=1, max_length=32)
    ground: str = Field(default="", max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")


def subject(origin: str) -> str:
    """What entries of the roster are about."""
    return f"keys:{origin}"


def _read(item: RosterKey, origin: str) -> str:
    """The identifier of a key that may belong to this journal. Kinds to come are not looked into."""
    match = _VKEY.fullmatch(item.vkey)
    if match is None:
        raise RecordError("This is not a public key: <name>+<identifier>+<base64>.", place=f"{item.role} key")
    name, digits, encoded = match.groups()
    check_name(name)
    wanted = name == origin if item.role == "log" else name.startswith(f"{origin}/")
    if not wanted:
        raise RecordError(f"The key {name} is not one of {origin}.", place=f"{item.role} key")
    data = unb64(encoded, place=f"{item.role} key")
    if len(data) < 2 or keyid(name, data[0], data[1:]).hex() != digits:
        raise RecordError("The key does not have the identifier that it names.", place=f"{item.role} key")
    if item.role == "log" and data[0] != KIND_ED25519:
        raise RecordError(f"A log signs with a key of kind 1, not {data[0]}.", place="log key")
    if data[0] in (KIND_ED25519, KIND_COSIGNATURE):
        check_point(data[1:])
    return digits


def _apply(place: Place, batch: Sequence[Applied]) -> None:
    for entry in batch:
        if entry.about != subject(place.journal.origin):
            raise RecordError(f"A roster is about {subject(place.journal.origin)}.", place="about")
        held = {(row.role, row.keyid): row for row in _rows(place.journal, place.using)}
        roles = {role for role, _ in held}
        public = {_bytes(row.vkey)[1:]: row.role for row in held.values()}
        for item in entry.body.keys:
            digits = _read(item, place.journal.origin)
            row = held.get((item.role, digits))
            if row is not None and row.vkey != item.vkey:
                raise RecordError("Another key with this identifier is known.", place=f"{item.role} key {digits}")
            before = row.state if row else ""
            if item.state not in _STEPS[before]:
                raise RecordError(
                    f"A key that is {before or 'new'} cannot become {item.state}.", place=f"{item.role} key {digits}"
                )
            if row is None:
                material = _bytes(item.vkey)[1:]
                if material in public:
                    raise RecordError(f"The key serves as {public[material]} already.", place=f"{item.role} key")
                public[material] = item.role
                since = entry.index + 1 if item.role in roles else 0
                row = JournalKey(
                    journal=place.journal, role=item.role, keyid=digits, vkey=item.vkey, since=since, entry=entry.index
                )
                held[item.role, digits] = row
            row.state, row.changed, row.ground = item.state, entry.index, entry.body.ground
            if item.state in ENDED and row.until is None:
                row.until = entry.index
        _check(held.values())
        for item in entry.body.keys:
            held[item.role, _read(item, place.journal.origin)].save(using=place.using)


def _check(rows: Any) -> None:
    """What holds for a roster as a whole."""
    counts: dict[str, list[JournalKey]] = {}
    for row in rows:
        counts.setdefault(row.role, []).append(row)
    if len(counts) > MOST_ROLES:
        raise RecordError(f"A journal's owner has keys of at most {MOST_ROLES} roles.", place="keys")
    for role, keys in counts.items():
        used = sum(key.state in IN_USE for key in keys)
        if used > MOST_IN_USE or len(keys) > MOST_IN_ALL:
            raise RecordError(f"A role has at most {MOST_IN_USE} keys in use and {MOST_IN_ALL} in all.", place=role)
        if role == "log" and not used:
            raise RecordError(
                "The last log key cannot be ended: nothing could be signed.",
                place="log",
                remedy="Rotate it first; a lost one opens a new journal.",
            )


def _rows(journal: Journal, using: str) -> list[JournalKey]:
    return list(JournalKey.objects.using(using).filter(journal=journal).order_by("since", "entry", "pk"))


def _table(journal: Journal, using: str) -> Iterator[tuple[str, bytes]]:
    fields = ("changed", "entry", "ground", "keyid", "role", "since", "state", "until", "vkey")
    rows = JournalKey.objects.using(using).filter(journal=journal).values(*fields)
    for row in sorted(rows, key=lambda row: (row["role"], row["keyid"])):
        yield f"{row['role']}/{row['keyid']}", encode({name: row[name] for name in fields if row[name] is not None})


def _clear(journal: Journal, using: str) -> None:
    JournalKey.objects.using(using).filter(journal=journal).delete()


def _parse(body: Mapping[str, Any]) -> RosterBody:
    return RosterBody.model_validate(dict(body))


# An entry at fault must not keep the next from revoking a key.
KIND = Kind(ROSTER, 1, _parse, _apply, void_if_refused=True)
TABLE = SharedTable("journal.key", _table, _clear)


def keys_of(journal: Journal, role: str = "", *, using: str = DEFAULT_DB_ALIAS) -> list[JournalKey]:
    """The keys that the roster of a journal names, of one role or of all, the oldest first; none if there is none."""
    return [row for row in _rows(journal, using) if role in ("", row.role)]


def keyring(journal: Journal, *, using: str = DEFAULT_DB_ALIAS) -> Keyring:
    """The log keys of a journal with their ranges; until its roster names it, the one by which it was first known."""
    rows = keys_of(journal, "log", using=using)
    named = tuple(RangedKey(VerifierKey.parse(row.vkey), row.since, row.until) for row in rows)
    first = VerifierKey.parse(journal.vkey)
    # A journal that is only begun to be followed may be known by a key that its roster names further on.
    return Keyring(named if first in {held.key for held in named} else (*named, RangedKey(first)))


def in_use(journal: Journal, role: str) -> tuple[VerifierKey, ...]:
    """The keys of a role that are neither retired nor revoked, the oldest first, of the kinds known to this release."""
    rows = [row for row in keys_of(journal, role) if row.state in IN_USE]
    return tuple(VerifierKey.parse(row.vkey) for row in rows if is_verifier(row.vkey))


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key as a page shows it. It counts for trees of `since` to `until` entries; `until` None: it still counts.

    `fingerprint` is empty for a kind of key that this release does not know.
    """

    role: str
    keyid: str
    state: str
    since: int
    until: int | None
    fingerprint: str
    ground: str


def views(journal: Journal) -> tuple[KeyView, ...]:
    """The roster of a journal for people: by role, the oldest first."""
    rows = sorted(keys_of(journal), key=lambda row: (row.role != "log", row.role, row.since, row.pk))
    return tuple(
        KeyView(
            row.role,
            row.keyid,
            row.state,
            row.since,
            row.until,
            shown(row.vkey),
            row.ground,
        )
        for row in rows
    )


def is_verifier(vkey: str) -> bool:
    """Whether this release can verify with a key of a roster; those of kinds to come are kept and shown only."""
    try:
        VerifierKey.parse(vkey)
    except NoteError:
        return False
    return True


def shown(vkey: str) -> str:
    """The fingerprint of a key of a roster; empty for a kind that this release does not know."""
    return fingerprint(vkey) if is_verifier(vkey) or is_sealing(vkey) else ""


def sealing(journal: Journal) -> SealingPublic | None:
    """The key for which one seals what is for the journal's owner, as its roster says; None where it names none.

    It is the newest active one, a retiring one only where there is no other, never one that has ended.
    """
    used = [row for row in keys_of(journal, "sealing") if row.state in IN_USE and is_sealing(row.vkey)]
    used.sort(key=lambda row: (row.state == JournalKey.State.ACTIVE, row.entry, row.pk))
    for row in reversed(used):
        try:
            return SealingPublic.parse(row.vkey)
        except NoteError:
            continue  # A key of small order seals nothing: it is as good as not named.
    return None


def named(journal: Journal, role: str) -> bool:
    """Whether the roster of a journal names a key of this role, whatever its state."""
    return JournalKey.objects.filter(journal=journal, role=role).exists()


def _bytes(vkey: str) -> bytes:
    """The kind and the public key of a verifier key in its text form."""
    return unb64(vkey.split("+", 2)[2], place="key")
