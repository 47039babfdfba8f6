"""Questions about sessions, agenda items and positions. Joint things are computed here from every party's entries."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import QuerySet

from comity.accounts.policy import ACTIONS, bodies, require
from comity.agreement import selectors as agreements
from comity.agreement.domain.profile import Forum
from comity.agreement.selectors import AgreementView, place_of
from comity.confidential.models import SealedBytes
from comity.confidential.sealed import PATH
from comity.journal import vault
from comity.kernel.errors import FormatError, NotFoundError
from comity.kernel.handling import Label, read_label
from comity.positions.domain import sessions as rules
from comity.positions.domain.points import Approval as Approved
from comity.positions.domain.points import Joint, Shared, joint
from comity.positions.domain.sessions import Said
from comity.positions.domain.sessions import Session as JointSession
from comity.positions.domain.texts import Content, natural, read_content
from comity.positions.entries import ItemRef
from comity.positions.models import Activity, Approval, Draft, Item, LawChange, Position, Session, Step, Told

T = TypeVar("T", bound=Told)


@dataclass(frozen=True, slots=True)
class ForumView:
    """A forum of an agreement's profile with the sessions that parties have told of, newest first."""

    agreement: AgreementView
    forum: Forum
    sessions: tuple[JointSession, ...]

    @property
    def open(self) -> bool:
        """Whether the agreement lets positions begin there today."""
        return self.agreement.gate("positions").open


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session of a forum. `items`: its agenda by number, where it was asked for."""

    agreement: AgreementView
    forum: Forum
    session: JointSession
    items: tuple[ItemView, ...] = ()


@dataclass(frozen=True, slots=True)
class PositionView:
    """A shared text as its reader sees it. `content` is None where it is not open here; `why` says why."""

    party: str
    index: int
    own: bool
    round: int
    at: str
    by: str
    to: tuple[str, ...]
    label: Label | None
    digest: str
    content: Content | None
    why: str


@dataclass(frozen=True, slots=True)
class DocumentView:
    number: str
    title: str
    sha256: str
    party: str


@dataclass(frozen=True, slots=True)
class ItemView:
    """An agenda item over all parties. `titles` by party; `steps` are the parties' last words, by step."""

    ref: ItemRef
    titles: dict[str, str]
    documents: tuple[DocumentView, ...]
    joint: Joint
    positions: tuple[PositionView, ...] = ()
    steps: tuple[Step, ...] = ()
    approvals: tuple[Approval, ...] = ()

    @property
    def title(self) -> str:
        return next(iter(self.titles.values()), "")

    @property
    def speaker(self) -> str:
        """The party that speaks for all: named alike by every party that takes part; else nobody."""
        named = {row.journal.party: row.of for row in self.steps if row.step == "speaker"}
        alike = set(named.values())
        return alike.pop() if len(alike) == 1 and set(named) == set(self.joint.parties) else ""

    def standing_of(self, party: str) -> frozenset[str]:
        """The hashes that a party has approved and not taken back."""
        rows = sorted((row for row in self.approvals if row.journal.party == party), key=_place)
        last = {row.digest: row.withdrawn for row in rows}
        return frozenset(digest for digest, withdrawn in last.items() if not withdrawn)

    @property
    def sealed_open(self) -> bool:
        """Whether it shows a text that is sealed for some."""
        return any(one.label is not None and one.content is not None for one in self.positions)

    def approved_by(self, digest: str) -> frozenset[str]:
        return self.joint.approved.get(digest, frozenset())


@dataclass(frozen=True, slots=True)
class DraftView:
    """This party's own text in writing; nothing of it has left the node."""

    language: str
    note: str
    paragraphs: tuple[tuple[str, str], ...] = field(default=())


def _place(row: Told) -> int:
    return place_of(row.journal, row.entry)


def _of_parties(rows: QuerySet[T], view: AgreementView) -> QuerySet[T]:
    """What the parties of an agreement told: a partner of this node under another agreement has no word in it."""
    return rows.filter(journal__party__in=[one.code for one in view.profile.parties]).select_related("journal")


def _entitled(actor: Any, row: Position, party: str) -> bool:
    """Whether a text may be read by somebody who reads positions: one that is sealed for bodies alone only in these."""
    if actor is None or not row.to or row.journal.party == party or f" {party} " in row.to:
        return True
    return any(f" {party}/{code} " in row.to for code in bodies(actor, *ACTIONS["positions.read"]) if code)


def last_of(rows: Iterable[T], key: Any) -> list[T]:
    """Of each party and `key` of a row the newest one."""
    found: dict[Hashable, T] = {}
    for row in sorted(rows, key=lambda row: (row.journal.party, place_of(row.journal, row.entry))):
        found[row.journal.party, key(row)] = row
    return list(found.values())


def fora() -> list[ForumView]:
    """Every forum of every agreement of this party, with its sessions."""
    return [_with_sessions(view, forum) for view in agreements.agreements() for forum in view.profile.fora]


def forum(code: str, name: str) -> ForumView:
    """One forum of an agreement. NotFoundError."""
    return _with_sessions(*_forum(code, name))


def _with_sessions(view: AgreementView, forum: Forum) -> ForumView:
    told: dict[str, list[Said]] = {}
    for row in _of_parties(Session.objects.filter(agreement=view.code, forum=forum.code), view):
        told.setdefault(row.code, []).append(_said(row))
    made = [one for code, said in told.items() if (one := rules.session(code, said, forum.deadline_days)) is not None]
    return ForumView(view, forum, tuple(sorted(made, key=lambda one: (one.begin, one.code), reverse=True)))


def sessions() -> list[SessionView]:
    """Every session of every forum, without agendas, the latest first."""
    found = [SessionView(row.agreement, row.forum, one) for row in fora() for one in row.sessions]
    return sorted(found, key=lambda one: (one.session.begin, one.forum.code, one.session.code), reverse=True)


def session(actor: Any, code: str, name: str, number: str) -> SessionView:
    """One session of a forum with its agenda. NotFoundError."""
    where = forum(code, name)
    made = next((one for one in where.sessions if one.code == number), None)
    if made is None:
        raise NotFoundError("No party tells of such a session.", place=f"{name} {number}")
    rows = _of_parties(Item.objects.filter(agreement=code, forum=name, session=number), where.agreement)
    numbers = {one.number for one in last_of(rows, lambda one: one.number) if not one.withdrawn}
    items = [item(actor, ItemRef(code, name, number, one)) for one in sorted(numbers, key=natural)]
    return SessionView(where.agreement, where.forum, made, tuple(items))


def item(actor: Any, ref: ItemRef) -> ItemView:
    """One agenda item: what each party tells, shares and approves, and what is joint. NotFoundError, PolicyError."""
    if actor is not None:
        require(actor, "positions.read")
    view, _found = _forum(ref.agreement, ref.forum)
    where = {"agreement": ref.agreement, "forum": ref.forum, "session": ref.session, "number": ref.number}
    words = last_of(_of_parties(Item.objects.filter(**where), view), lambda row: "")
    words = [row for row in words if not row.withdrawn]
    if not words:
        raise NotFoundError("No party tells of such an agenda item.", place=ref.about)
    rows = list(_of_parties(Position.objects.filter(**where), view))
    views = [_position(row, _entitled(actor, row, view.party)) for row in rows]
    approvals = list(_of_parties(Approval.objects.filter(**where), view))
    shared = [
        Shared(row.journal.party, place_of(row.journal, row.entry), row.round, row.digest, seen.content)
        for row, seen in zip(rows, views, strict=True)
    ]
    approved = [
        Approved(row.journal.party, place_of(row.journal, row.entry), row.digest, row.withdrawn) for row in approvals
    ]
    steps = last_of(_of_parties(Step.objects.filter(**where), view), lambda row: row.step)
    return ItemView(
        ref,
        {row.journal.party: row.title for row in words},
        _documents(words),
        joint((one.code for one in view.profile.parties), shared, approved),
        tuple(sorted(views, key=lambda one: (one.round, one.party, one.index))),
        tuple(sorted(steps, key=lambda row: (row.day, row.journal.party, row.entry))),
        tuple(sorted(approvals, key=lambda row: (row.at, row.journal.party, row.entry))),
    )


def draft(actor: Any, ref: ItemRef) -> DraftView | None:
    """What this party is writing on an item. PolicyError for who may not write."""
    require(actor, "positions.write")
    row = draft_row(ref)
    if row is None:
        return None
    return DraftView(row.language, row.note, tuple((one["id"], one["text"]) for one in row.paragraphs))


@dataclass(frozen=True, slots=True)
class TopicView:
    """The changes of the laws on one topic: of each party of the agreement its own, newest first."""

    topic: str
    columns: tuple[tuple[str, tuple[LawChange, ...]], ...]


def laws(view: AgreementView) -> list[TopicView]:
    """The changes of the laws side by side, by topic."""
    rows = last_of(LawChange.objects.filter(agreement=view.code).select_related("journal"), lambda row: row.code)
    kept = sorted((row for row in rows if not row.withdrawn), key=lambda row: (row.day, row.entry), reverse=True)
    parties = [one.code for one in view.profile.parties]
    return [
        TopicView(
            topic,
            tuple(
                (party, tuple(row for row in kept if (row.topic, row.journal.party) == (topic, party)))
                for party in parties
            ),
        )
        for topic in sorted({row.topic for row in kept})
    ]


def activities(view: AgreementView) -> list[Activity]:
    """The activities for public awareness, newest first."""
    rows = last_of(_of_parties(Activity.objects.filter(agreement=view.code), view), lambda row: row.code)
    kept = [row for row in rows if not row.withdrawn]
    return sorted(kept, key=lambda row: (row.begin, row.journal.party, row.entry), reverse=True)


def draft_row(ref: ItemRef) -> Draft | None:
    """The draft on an item, salts included."""
    return Draft.objects.filter(
        agreement=ref.agreement, forum=ref.forum, session=ref.session, number=ref.number
    ).first()


def _forum(code: str, name: str) -> tuple[AgreementView, Forum]:
    view = agreements.agreement(code)
    found = next((one for one in view.profile.fora if one.code == name), None)
    if found is None:
        raise NotFoundError("The agreement names no such forum.", place=name, remedy="Fora stand in its profile.")
    return view, found


def _said(row: Session) -> Said:
    return Said(
        party=row.journal.party,
        place_of_entry=place_of(row.journal, row.entry),
        name=row.name,
        venue=row.venue,
        begin=row.begin,
        end=row.end,
        deadline=row.deadline,
        link=row.link,
        withdrawn=row.withdrawn,
    )


def _documents(words: Iterable[Item]) -> tuple[DocumentView, ...]:
    """Every document that a party names, once for each number and hash; by number."""
    found: dict[tuple[str, str], DocumentView] = {}
    for row in sorted(words, key=lambda row: row.journal.party):
        for one in row.documents:
            made = DocumentView(one["number"], one["title"], one["sha256"], row.journal.party)
            found.setdefault((made.number, made.sha256), made)
    return tuple(sorted(found.values(), key=lambda one: (natural(one.number), one.sha256)))


def _position(row: Position, entitled: bool) -> PositionView:
    content, why = _content(row) if entitled else (None, "sealed")
    return PositionView(
        party=row.journal.party,
        index=row.entry,
        own=row.journal.own,
        round=row.round,
        at=row.at,
        by=row.by,
        to=tuple(row.to.split()),
        label=read_label(row.label) if row.label else None,
        digest=row.digest,
        content=content,
        why=why,
    )


def _content(row: Position) -> tuple[Content | None, str]:
    """The text, or why it is not open: sealed, taken back, withheld, unreadable."""
    about = ItemRef(row.agreement, row.forum, row.session, row.number).about
    try:
        if row.public:
            return read_content(row.public), ""
        opening = vault.of(row.journal, [row.entry]).get(row.entry, {}).get(PATH)
        if opening is not None:
            content = read_content(opening[1])
            return (content, "") if content.digest(about) == row.digest else (None, "unreadable")
    except FormatError:
        return None, "unreadable"
    if vault.redacted(row.journal, [row.entry]):
        return None, "taken back"
    sealed = SealedBytes.objects.filter(journal=row.journal, index=row.entry).exists()
    return None, "sealed" if sealed else "withheld"
