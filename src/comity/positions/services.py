"""What a party does: sessions, agenda items, drafts, sharing and approving texts; changes of its law; awareness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from django.db import transaction

from comity.accounts import audit
from comity.accounts.policy import ACTIONS, bodies, require
from comity.agreement import selectors as agreements
from comity.agreement.domain.calendar import day
from comity.confidential import sealed
from comity.journal import services
from comity.journal.selectors import own
from comity.journal.services import Draft as EntryDraft
from comity.kernel.errors import ConflictError, FormatError, NotFoundError, PolicyError
from comity.kernel.handling import AMBER, Label
from comity.positions import selectors
from comity.positions.domain.texts import Content, Paragraph, check_paragraphs, new_salt, write_content
from comity.positions.entries import ACTIVITY, APPROVAL, ITEM, LAW, POSITION, SESSION, STEP, ItemRef, subject
from comity.positions.models import Draft, Position


def may(actor: Any, action: str) -> None:
    """None: whoever may run commands on the node's machine."""
    if actor is not None:
        require(actor, action)


def append(kind: str, about: str, body: Mapping[str, Any], openings: Mapping[str, Any] | None = None) -> int:
    """Add an entry of this room to the own journal; its index."""
    subject(about)
    with transaction.atomic():
        [index] = services.append(own(), [EntryDraft(kind, 1, about, body, openings or {})])
    return index


def _require_open(agreement: str, capability: str) -> None:
    """PolicyError unless this very agreement opens a capability: another one that does is not enough."""
    gate = agreements.agreement(agreement).gate(capability)
    if not gate.open:
        raise PolicyError(
            f"This agreement does not open {capability}: {agreements.REASONS[gate.why]}",
            place=agreement,
            remedy="The page of the agreement says what is still missing.",
        )


def tell_session(actor: Any, agreement: str, forum: str, code: str, values: Mapping[str, Any]) -> int:
    """Tell of a session of a forum, or tell anew; returns the entry's index.

    ConflictError where another session of the forum is at the same time: it is the same one under another code.
    """
    may(actor, "positions.write")
    _require_open(agreement, "positions")
    begin, end = day(str(values["begin"]), "begin"), day(str(values["end"]), "end")
    known = selectors.forum(agreement, forum).sessions
    other = next((one for one in known if one.code != code and one.overlaps(begin, end)), None)
    if other is not None and not values.get("withdrawn"):
        raise ConflictError(
            f"{', '.join(one.party for one in other.said)} tells of a session at that time: {other.code}.",
            place="code",
            remedy=f"It is the same one? Use the code {other.code}.",
        )
    return append(SESSION, f"session:{agreement}/{forum}/{code}", values)


def tell_item(
    actor: Any, ref: ItemRef, title: str, documents: Sequence[Mapping[str, str]] = (), *, withdrawn: bool = False
) -> int:
    """Tell of an agenda item, or tell anew."""
    may(actor, "positions.write")
    selectors.session(actor, ref.agreement, ref.forum, ref.session)
    return append(
        ITEM, ref.about, {"title": title, "documents": [dict(one) for one in documents], "withdrawn": withdrawn}
    )


def save_draft(actor: Any, ref: ItemRef, language: str, paragraphs: Sequence[tuple[str, str]], note: str = "") -> None:
    """Keep this party's text in writing, on this node alone. A wording that was written before keeps its salt.

    So does one that a party has shared word for word: what is said alike has one hash, and can be approved alike.
    """
    may(actor, "positions.write")
    view = selectors.item(actor, ref)
    known = {(part.id, part.text): part.salt for part in _kept(ref)}
    for shared in view.positions:
        if shared.content is not None:
            known |= {(part.id, part.text): part.salt for part in shared.content.paragraphs}
    made = [Paragraph(name, text, known.get((name, text)) or new_salt()) for name, text in paragraphs]
    write_content(Content(language, tuple(made), note))
    Draft.objects.update_or_create(
        agreement=ref.agreement,
        forum=ref.forum,
        session=ref.session,
        number=ref.number,
        defaults={
            "language": language,
            "paragraphs": [{"id": one.id, "salt": one.salt, "text": one.text} for one in made],
            "note": note,
        },
    )


def _kept(ref: ItemRef) -> list[Paragraph]:
    row = selectors.draft_row(ref)
    return [Paragraph(one["id"], one["text"], one["salt"]) for one in row.paragraphs] if row else []


@transaction.atomic
def share(
    actor: Any, ref: ItemRef, *, public: bool = False, label: Label | None = None, by: str = "", to: Sequence[str] = ()
) -> int:
    """Share the draft as this party's text of the next round: sealed for the other parties, or for everybody.

    Sharing approves nothing. ConflictError where nothing is written, or nothing changed since the last round.
    """
    may(actor, "positions.write")
    view = selectors.item(actor, ref)
    row = selectors.draft_row(ref)
    if row is None:
        raise ConflictError("Nothing is written on this item.", place=ref.number, remedy="Write a text first.")
    content = Content(row.language, tuple(_kept(ref)), row.note)
    check_paragraphs(content.paragraphs)
    mine, digest = own(), content.digest(ref.about)
    last = view.joint.current.get(mine.party)
    if last is not None and last.digest == digest:
        raise ConflictError("This is the text that was shared last.", place=ref.number, remedy="Change it first.")
    written = write_content(content)
    body: dict[str, Any] = {"round": last.round + 1 if last else 1, "by": by, "digest": digest}
    if public:
        return _noted(actor, ref.about, append(POSITION, ref.about, {**body, "public": written}), "shared")
    others = to or [one for one in view.joint.parties if one != mine.party]
    for other in others:
        agreements.require("positions", other)
    closed, openings = sealed.close(written, label or Label(AMBER), [sealed.read_recipient(one) for one in others])
    return _noted(actor, ref.about, append(POSITION, ref.about, {**body, "sealed": closed}, openings), "shared")


@transaction.atomic
def take_back(actor: Any, ref: ItemRef, index: int) -> int:
    """Take back what an own sealed text on an item says, here and at every partner; that it was shared stays."""
    may(actor, "positions.write")
    mine = own()
    if not Position.objects.filter(journal=mine, entry=index, **asdict(ref)).exclude(cm="").exists():
        raise NotFoundError("There is no such sealed text of this party.", place=str(index))
    return _noted(actor, ref.about, services.redact(mine, index), "taken back", index)


def _noted(actor: Any, about: str, entry: int, act: str, of: int | None = None) -> int:
    audit.note(actor, audit.DECISION, about, act=act, entry=entry if of is None else of)
    return entry


def approving_bodies(actor: Any, agreement: str) -> tuple[str, ...]:
    """The bodies in whose name somebody may bind this party: the office, and the one that coordinates for it."""
    view = agreements.agreement(agreement)
    party = view.profile.party(view.party)
    coordinates = {"", party.coordinator if party else ""}
    return tuple(code for code in bodies(actor, *ACTIONS["positions.approve"]) if code in coordinates)


def _in_whose_name(actor: Any, ref: ItemRef) -> str:
    if actor is None:
        return ""
    require(actor, "positions.approve")
    found = approving_bodies(actor, ref.agreement)
    if not found:
        raise PolicyError(
            "Your body does not bind this party.",
            place=ref.number,
            remedy="The head or a coordinator of the coordinating body approves, or of the office.",
        )
    # The coordinating body before the office, where somebody is both.
    return found[-1]


def approve(actor: Any, ref: ItemRef, of: str, digest: str, *, withdrawn: bool = False) -> int:
    """Approve a paragraph or a whole text for this party, or take that back. NotFoundError for an unknown hash."""
    by = _in_whose_name(actor, ref)
    view = selectors.item(actor, ref)
    open_ones = [one for one in view.positions if one.content is not None]
    known = {one.digest for one in open_ones}
    if of == "paragraph":
        known = {part.digest for one in open_ones for part in (one.content.paragraphs if one.content else ())}
    if digest not in known:
        raise NotFoundError("No text that is open here has this hash.", place=digest[:16])
    return append(APPROVAL, ref.about, {"of": of, "digest": digest, "by": by, "withdrawn": withdrawn})


def state_step(
    actor: Any, ref: ItemRef, step: str, on: date, *, of: str = "", text: str = "", digest: str = "", document: str = ""
) -> int:
    """State who speaks, what was said, the outcome or the report. FormatError for a speaker that is no party."""
    may(actor, "positions.write")
    view = selectors.item(actor, ref)
    if (step == "speaker") != bool(of) or (of and of not in view.joint.parties):
        raise FormatError("Only who speaks is named, by the code of a party.", place="of")
    if step == "statement" and not digest and view.joint.agreed is not None:
        digest = view.joint.agreed.digest
    body = {"step": step, "day": on.isoformat(), "of": of, "text": text, "digest": digest, "document": document}
    return append(STEP, ref.about, body)


def tell_law(actor: Any, agreement: str, code: str, values: Mapping[str, Any]) -> int:
    """Tell of a change of this party's law, or tell anew; `code` names it among this party's."""
    may(actor, "laws.write")
    _require_open(agreement, "laws")
    return append(LAW, f"law:{agreement}/{code}", values)


def tell_activity(actor: Any, agreement: str, code: str, values: Mapping[str, Any]) -> int:
    """Tell of an activity for public awareness, or tell anew. FormatError for a partner that is no other party."""
    may(actor, "awareness.write")
    _require_open(agreement, "awareness")
    view = agreements.agreement(agreement)
    others = {one.code for one in view.profile.parties} - {view.party}
    if unknown := sorted(set(values.get("partners", [])) - others):
        raise FormatError(f"{unknown[0]} is no other party of the agreement.", place="partners")
    return append(ACTIVITY, f"activity:{agreement}/{code}", values)
