"""Journals, their entries and checkpoints; the node itself and its partners."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router
from pydantic import BaseModel, Field

from comity.api.v1.auth import actor_of, allowed
from comity.api.v1.shapes import (
    LARGEST_INDEX,
    CosignatureOut,
    EntriesOut,
    EntryOut,
    Index,
    JournalOut,
    KeyOut,
    KindOut,
    NodeOut,
    Office,
    PartnerOut,
    SaidOut,
    StateOut,
    UnconfirmedOut,
    answers,
)
from comity.federation import confirmations, keys
from comity.federation import selectors as federation
from comity.federation.confirmations import SaidView
from comity.journal import kinds
from comity.journal import selectors as journals
from comity.journal.selectors import EntryView, JournalView
from comity.kernel.bundle import fingerprint
from comity.kernel.errors import NotFoundError

router = Router(tags=["journal"])

MOST_ENTRIES = 200


class Page(BaseModel):
    """Which entries: at most `limit` of those before `before`."""

    before: Index = LARGEST_INDEX
    limit: int = Field(50, ge=1, le=MOST_ENTRIES)


def _journal(view: JournalView) -> JournalOut:
    return JournalOut(
        party=view.party,
        origin=view.origin,
        name=view.name,
        own=view.own,
        offices=list(view.offices),
        vkey=view.vkey,
        entries=view.entries,
        size=view.size,
        final=view.final,
        applied=view.applied,
        pending=view.pending,
        held=view.held,
        root=view.root,
        checkpoint_at=view.checkpoint_at,
        cosignatures=[CosignatureOut.model_validate(item) for item in view.cosignatures],
        forks=len(view.forks),
    )


def _entry(view: EntryView, said: list[SaidView]) -> EntryOut:
    return EntryOut(
        index=view.index,
        kind=view.kind,
        version=view.version,
        about=view.about,
        at=view.at,
        leaf=view.leaf,
        text=view.text,
        state=StateOut(state=view.state.state, at=view.state.at, by=list(view.state.by)),
        held=view.held.reason or view.held.state if view.held else "",
        said=[SaidOut.model_validate({name: getattr(item, name) for name in SaidOut.model_fields}) for item in said],
    )


@router.get(
    "/journals",
    operation_id="listJournals",
    summary="The journals known here",
    auth=allowed("journal.read"),
    response=answers(list[JournalOut]),
)
def list_journals(request: HttpRequest) -> Any:
    """This node's own first, then the copies of its partners'."""
    return [_journal(view) for view in journals.overview()]


@router.get(
    "/journals/{party}/entries",
    operation_id="listEntries",
    summary="Entries of a journal",
    auth=allowed("journal.read"),
    response=answers(EntriesOut, missing=True),
)
def list_entries(request: HttpRequest, party: Path[Office], page: Query[Page]) -> Any:
    """At most `limit` entries, the newest first; `before` is the cursor to the older ones."""
    journal = journals.by_party(party)
    rows = journals.entries_page(journal.origin, page.before, page.limit, actor=actor_of(request))
    last = rows[-1].index if rows else 0
    said = confirmations.said_of(journal, [row.index for row in rows])
    return EntriesOut(entries=[_entry(row, said[row.index]) for row in rows], before=last or None)


@router.get(
    "/journals/{party}/entries/{int:index}",
    operation_id="getEntry",
    summary="One entry",
    auth=allowed("journal.read"),
    response=answers(EntryOut, missing=True),
)
def get_entry(request: HttpRequest, party: Path[Office], index: Path[Index]) -> Any:
    """Its bytes as text, its leaf hash, how far it has come, and what each other party said of it."""
    journal = journals.by_party(party)
    if index >= journal.next_index:
        raise NotFoundError("The journal has no entry of this number.", place=f"{party} {index}")
    view = journals.entry_view(journal.origin, index, actor=actor_of(request))
    return _entry(view, confirmations.said_of(journal, [index])[index])


@router.get(
    "/journals/{party}/checkpoint",
    operation_id="getCheckpoint",
    summary="The last checkpoint of a journal",
    auth=allowed("journal.read"),
    response=answers(str, missing=True),
    openapi_extra={"x-media-type": "text/plain"},
)
def get_checkpoint(request: HttpRequest, party: Path[Office]) -> Any:
    """The signed note, verbatim (C2SP tlog-checkpoint)."""
    origin = journals.by_party(party).origin
    view = next(item for item in journals.overview() if item.origin == origin)
    if not view.checkpoint:
        raise NotFoundError("This journal has no checkpoint yet.", place=party, remedy="Try again in a second.")
    return HttpResponse(view.checkpoint, content_type="text/plain; charset=utf-8")


@router.get(
    "/node",
    operation_id="getNode",
    summary="This node",
    tags=["node"],
    auth=allowed("journal.read"),
    response=answers(NodeOut, missing=True),
)
def get_node(request: HttpRequest) -> Any:
    """Whose node this is, its public keys, and the kinds of entry that it can apply."""
    journal = journals.own()
    return NodeOut(
        party=journal.party,
        name=journal.name,
        origin=journal.origin,
        offices=list(journal.offices),
        url=settings.COMITY.url,
        fictional=settings.COMITY.fictional,
        keys=[
            KeyOut(
                party=item.party,
                role=item.role,
                vkey=str(item.key),
                fingerprint=fingerprint(item.key),
                state=item.state,
                since=item.since,
                until=item.until,
            )
            for item in keys.known()
            if item.party == journal.party
        ],
        entry_kinds=[KindOut(name=kind.name, version=kind.version) for kind in kinds.known()],
    )


@router.get(
    "/partners",
    operation_id="listPartners",
    summary="The partners",
    tags=["node"],
    auth=allowed("federation.read"),
    response=answers(list[PartnerOut]),
)
def list_partners(request: HttpRequest) -> Any:
    """The state of each, and what of its journal is not here yet."""
    return [
        PartnerOut.model_validate({name: getattr(view, name) for name in PartnerOut.model_fields})
        for view in federation.partners()
    ]


@router.get(
    "/unconfirmed-redactions",
    operation_id="listUnconfirmedRedactions",
    summary="Deletions that a partner has not confirmed",
    tags=["node"],
    auth=allowed("federation.read"),
    response=answers(list[UnconfirmedOut], missing=True),
)
def list_unconfirmed(request: HttpRequest) -> Any:
    """By partner, the oldest first, at most 100 of each."""
    return [UnconfirmedOut.model_validate(item) for item in confirmations.unconfirmed_for(actor_of(request))]
