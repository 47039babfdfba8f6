"""Questions about requests for assistance. Every answer starts from what the asker may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

import orjson
from django.db import DEFAULT_DB_ALIAS

from comity.accounts import audit
from comity.agreement import officials
from comity.agreement import selectors as agreement
from comity.assistance import policy
from comity.assistance.cases import CaseView, FactView, Terms
from comity.assistance.domain.contents import EXISTENCE, Content, read_content
from comity.assistance.domain.course import NOTHING, course
from comity.assistance.domain.course import Fact as Stated
from comity.assistance.domain.steps import OPENS, Side, Step
from comity.assistance.entries import CAPABILITY, request_of
from comity.assistance.models import Draft, Fact
from comity.confidential.sealed import PATH
from comity.journal import vault
from comity.journal.entries import generation
from comity.journal.models import Journal, Opening
from comity.journal.selectors import own
from comity.kernel import clock
from comity.kernel.errors import ConflictError, FormatError, NotFoundError
from comity.kernel.handling import read_label

MOST = 1000
# The steps that say what a request is about.
NAMES = OPENS | {Step.CONFIRMED}


def cases(actor: Any, *, side: str = "", only_open: bool | None = None) -> list[CaseView]:
    """The requests that somebody needs to know of: what is due first, then what runs without a day, then the ended.
    Of what they say only what names them is read, and no attachment.

    `side`: `requesting` or `requested`, as this node's party stands; `only_open`: only those, or only the ended.
    """
    mine = own()
    rows = Fact.objects.filter(policy.visible_to(actor, mine)).order_by("-at", "-pk")[:MOST]
    found = _views(rows, mine, whole=False)
    if side:
        found = [one for one in found if one.side == side]
    if only_open is not None:
        found = [one for one in found if one.course.state.open is only_open]
    return sorted(found, key=_urgency)


def _urgency(one: CaseView) -> tuple[int, date]:
    if not one.course.state.open:
        return 3, date.max - (one.begun - date.min)
    day = one.due.day if one.due else one.acknowledge_by
    return (0, day) if day else (1, one.begun)


def case(actor: Any, party: str, token: str) -> CaseView:
    """One request. NotFoundError where there is none, and where there is one that is not for the asker."""
    mine = own()
    rows = Fact.objects.filter(policy.visible_to(actor, mine), journal__party=party, token=token)
    found = _views(rows[:1], mine)
    if not found:
        raise NotFoundError("There is no such request for you.", place=f"{party} {token}")
    return found[0]


def read(actor: Any, party: str, token: str) -> CaseView:
    """One request, to be read: the audit trail says who did."""
    found = case(actor, party, token)
    audit.note_all(actor, audit.VIEW, f"request {party}/{token}", "entries", _open_ones(found))
    return found


def read_list(actor: Any, *, side: str = "", only_open: bool | None = None) -> list[CaseView]:
    """The requests of somebody, to be read: their subjects are sealed matter, so the audit trail says who saw them."""
    found = cases(actor, side=side, only_open=only_open)
    if found:
        audit.note_all(actor, audit.VIEW, "requests", "subjects", (f"{one.party}/{one.token}" for one in found))
    return found


def _open_ones(view: CaseView) -> list[str]:
    return [f"{one.party}/{one.index}" for one in view.facts if one.content is not None]


def taken(actor: Any, party: str, index: int, form: str) -> tuple[CaseView, FactView]:
    """A step of which somebody takes something out of the node, such as a letter or an attachment."""
    found = fact(actor, party, index)
    audit.note(actor, audit.EXPORT, f"request {found[0].party}/{found[0].token}", form=form, entry=f"{party}/{index}")
    return found


def fact(actor: Any, party: str, index: int) -> tuple[CaseView, FactView]:
    """A step and its request, by its place in a journal. NotFoundError as for a request."""
    row = Fact.objects.filter(journal__party=party, entry=index).select_related("journal").order_by("-pk").first()
    if row is not None:
        found = case(actor, _party_of(row.origin), row.token)
        view = next((one for one in found.facts if (one.origin, one.index) == (row.journal.origin, index)), None)
        if view is not None:
            return found, view
    raise NotFoundError("There is no such step for you.", place=f"{party} {index}")


def drafts(actor: Any) -> list[Draft]:
    """What is being written in the bodies of somebody, the newest first."""
    rows = Draft.objects.filter(by__in=policy.desks(actor, policy.WRITE)).exclude(state=Draft.State.SENT)
    return list(rows.select_related("author", "editor").order_by("-written_at"))


def draft(actor: Any, number: int, *, lock: bool = False) -> Draft:
    """One draft of a body that somebody writes or signs for. NotFoundError, ConflictError for one that was sent."""
    codes = {*policy.desks(actor, policy.WRITE), *policy.desks(actor, policy.SIGN)}
    rows = Draft.objects.select_for_update(of=("self",)) if lock else Draft.objects.all()
    row = rows.filter(pk=number, by__in=codes).select_related("author", "editor").first()
    if row is None:
        raise NotFoundError("There is no such draft for you.", place=str(number))
    if row.state == Draft.State.SENT:
        raise ConflictError("This was signed and sent before.", place=str(number))
    return row


def content_of(row: Draft) -> Content:
    """What a draft says so far."""
    return read_content(Step(row.step), orjson.loads(row.content)["content"])


def quotes_of(row: Draft) -> tuple[str, ...]:
    """What a draft quotes, as `PARTY/NUMBER` of entries."""
    return tuple(orjson.loads(row.content)["quotes"])


def veiled(actor: Any, subjects: Collection[str]) -> set[str]:
    """Those of what entries are about that are requests of which the asker need not know that there are: one step whose
    label says so is enough, whoever states it.
    """
    named = {key: text for text in subjects if (key := request_of(text)) is not None}
    if not named:
        return set()
    rows = Fact.objects.filter(token__in={token for _, token in named}).values_list("origin", "token", "label")
    confidential = {(origin, token) for origin, token, label in rows if EXISTENCE in read_label(label).codes}
    seen = Fact.objects.filter(policy.visible_to(actor, own()), token__in={token for _, token in confidential})
    known = set(seen.values_list("origin", "token"))
    return {text for key, text in named.items() if key in confidential - known}


def signature_owed(body: str) -> bool:
    """Whether a body of the own party has a published key, so that its head signs with his own."""
    return officials.demanded(own(), body, at=clock.iso(clock.now()), using=DEFAULT_DB_ALIAS)


def is_step(party: str, index: int) -> bool:
    """Whether an entry is a step of a request at all, whoever may see it."""
    return Fact.objects.filter(journal__party=party, entry=index).exists()


def terms(partner: str) -> Terms:
    """What applies between this party and a partner: of several agreements the one that opens requests."""
    views = agreement.agreements()
    views.sort(key=lambda view: not (view.gate(CAPABILITY).open and view.gate(CAPABILITY, partner).open))
    return Terms(views[0].profile if views else None)


def received_from(body: str) -> list[tuple[CaseView, FactView]]:
    """All that a body of the own party (empty: the office) has received in confidence and that is open here.

    For the rule that nothing is passed on; no asker is shown anything of it.
    """
    mine = own()
    sent, got = {"journal__party": mine.party, "by": body}, {"to": policy.address(mine.party, body)}
    rows = Fact.objects.filter(step__in=OPENS).filter(**sent) | Fact.objects.filter(step__in=OPENS).filter(**got)
    return [(one, fact) for one in _views(rows, mine) for fact in one.facts if not fact.own and fact.content]


def _party_of(origin: str) -> str:
    return Journal.objects.filter(origin=origin).values_list("party", flat=True).first() or ""


def _views(requests: Iterable[Fact], mine: Journal, *, whole: bool = True) -> list[CaseView]:
    first = {(row.origin, row.token): row for row in requests}
    if not first:
        return []
    by_case: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    rows = Fact.objects.filter(token__in={token for _, token in first}).select_related("journal").order_by("entry")
    for row in rows:
        by_case[row.origin, row.token].append(row)
    shown = (row for key in first for row in by_case[key] if whole or Step(row.step) in NAMES)
    contents = _contents(shown, whole=whole)
    known: dict[str, Terms] = {}
    found = []
    for key, request in first.items():
        view = _view(next(row for row in by_case[key] if row.pk == request.pk), by_case[key], contents, mine, known)
        if view is not None:
            found.append(view)
    return found


def _view(
    request: Fact,
    rows: list[Fact],
    contents: dict[tuple[int, int], Content],
    mine: Journal,
    known: dict[str, Terms],
) -> CaseView | None:
    party, (to_party, _, to_body) = request.journal.party, request.to.partition("/")
    sides = {
        (party, request.by, request.to): Side.REQUESTING,
        (to_party, to_body, policy.address(party, request.by)): Side.REQUESTED,
    }
    stated: dict[tuple[Side, int], Fact] = {}
    for row in rows:
        side = sides.get((row.journal.party, row.by, row.to))
        if side is not None:
            stated[side, place_of(row.journal.origin, row.entry)] = row
    here = course(_stated(side, place, row) for (side, place), row in stated.items())
    if here is None:
        return None
    facts = []
    for moment in here.moments:
        row = stated[moment.fact.side, moment.fact.index]
        content = contents.get((row.journal_id, row.entry))
        label = read_label(row.label)
        facts.append(
            FactView(
                party=row.journal.party,
                index=row.entry,
                origin=row.journal.origin,
                own=row.journal.party == mine.party,
                side=moment.fact.side,
                place=moment.fact.index,
                step=moment.fact.step,
                by=row.by,
                to=row.to,
                day=row.day,
                at=row.at,
                label=content.label(label) if content else label,
                content=content,
                cm=row.cm,
                signed=bool(row.signature),
                effective=moment.effective,
                state=moment.state,
            )
        )
    partner = to_party if party == mine.party else party
    if partner not in known:
        known[partner] = terms(partner)
    return CaseView(
        party=party,
        token=request.token,
        origin=request.origin,
        by=request.by,
        to_party=to_party,
        to_body=to_body,
        at=request.at,
        label=facts[0].label,
        course=here,
        facts=tuple(facts),
        own_party=mine.party,
        terms=known[partner],
    )


def _stated(side: Side, place: int, row: Fact) -> Stated:
    return Stated(
        side=side,
        index=place,
        step=Step(row.step),
        at=row.at,
        day=row.day,
        seen=place_of(row.seen_origin, row.seen_index) if row.seen_origin else NOTHING,
        re=place_of(row.re_origin, row.re_index) if row.re_origin else NOTHING,
    )


def place_of(origin: str, index: int) -> int:
    """The place of an entry among all of its owner's: after a lost key a journal goes on in another one."""
    return generation(origin) * 2**53 + index


def _contents(rows: Iterable[Fact], *, whole: bool) -> dict[tuple[int, int], Content]:
    """What steps say, as far as it is open here, by journal and entry; with their attachments only if `whole`."""
    steps = {(row.journal_id, row.entry): Step(row.step) for row in rows}
    by_journal: dict[int, list[int]] = defaultdict(list)
    for journal, entry in steps:
        by_journal[journal].append(entry)
    found = {}
    for journal, entries in by_journal.items():
        # One has up to 6 MiB: not all of them are held at once.
        for row in Opening.objects.filter(journal_id=journal, index__in=entries).iterator(chunk_size=10):
            try:
                body = vault.load(row.data)[PATH][1]
                if not whole and isinstance(body, dict):
                    body.pop("attachments", None)
                found[journal, row.index] = read_content(steps[journal, row.index], body)
            except (FormatError, KeyError):
                continue  # It came from a partner: what is no content is shown as not open.
    return found
