"""Questions about agreements: what holds, since when, what is open, by which article."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.conf import settings

from comity.accounts import signing
from comity.accounts.policy import HEAD, OPERATOR, bodies, roles
from comity.accounts.signing import RoleKey
from comity.agreement.domain.checks import read_profile
from comity.agreement.domain.editions import Adopted, Standing, standing
from comity.agreement.domain.gates import ALWAYS, CAPABILITIES, OWN, Gate, gate
from comity.agreement.domain.life import Life, Stated, Step, live
from comity.agreement.domain.profile import Profile, Texts
from comity.agreement.models import Edition, OfficialKey, Paper, Passage, Statement
from comity.journal.entries import generation
from comity.journal.models import Journal
from comity.journal.selectors import own
from comity.kernel import clock
from comity.kernel.errors import NotFoundError, PolicyError

# Renewals are computed so far ahead.
AHEAD = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class AgreementView:
    """An agreement as it stands at this node: the profile to go by, its life, and what each capability is on a day.

    `profile` is what holds; before all have adopted an edition, the newest of this party.
    """

    code: str
    party: str
    standing: Standing
    profile: Profile
    life: Life
    on: date

    @property
    def agreed(self) -> bool:
        return self.standing.agreed is not None

    def gate(self, capability: str, party: str = "", *, begun: date | None = None) -> Gate:
        """Before all have adopted an edition nothing is open but what is always, and preparation."""
        found = gate(self.profile, self.life, party or self.party, capability, self.on, begun=begun)
        if not self.agreed and found.open and found.why == "open" and found.since is not None:
            return Gate(capability, False, "not_agreed", found.article, found.since, found.until)
        return found

    def gates(self) -> list[Gate]:
        return [self.gate(capability) for capability in CAPABILITIES]


def today(profile: Profile | None = None, party: str = "") -> date:
    """The day that it is for a party: in the zone that the profile says for it, else UTC."""
    found = profile.party(party) if profile else None
    zone = ZoneInfo(found.zone) if found and found.zone else ZoneInfo("UTC")
    return clock.now().astimezone(zone).date()


def agreements(on: date | None = None) -> list[AgreementView]:
    """Every agreement that this node's party has adopted, by code."""
    mine = own()
    codes = Edition.objects.filter(journal=mine).order_by("agreement").values_list("agreement", flat=True).distinct()
    return [view for code in codes if (view := _view(code, mine.party, on)) is not None]


def agreement(code: str, on: date | None = None) -> AgreementView:
    """One agreement. NotFoundError if this party has not adopted a profile of it."""
    found = _view(code, own().party, on)
    if found is None:
        raise NotFoundError(
            f"This party has adopted no profile of {code}.",
            place=code,
            remedy="`comity agreement adopt FILE` adopts one.",
        )
    return found


def proposed() -> list[str]:
    """Codes of agreements that a partner has adopted a profile of and this party has not."""
    mine = own()
    ours = Edition.objects.filter(journal=mine).values("agreement")
    rows = Edition.objects.exclude(agreement__in=ours).order_by("agreement")
    return list(rows.values_list("agreement", flat=True).distinct())


def open_gate(capability: str, partner: str = "", *, begun: date | None = None, on: date | None = None) -> Gate:
    """Whether some agreement of this party opens a capability; with `partner`, one that opens it for both.

    Of several gates that are closed the one that opens first is given.
    """
    closed: list[Gate] = []
    for view in agreements(on):
        parties = [view.party] if not partner else [view.party, partner]
        gates = [view.gate(capability, party, begun=begun) for party in parties]
        shut = [one for one in gates if not one.open]
        if not shut:
            return gates[0]
        closed.append(shut[0])
    if not closed:
        # Demonstration data is what preparation tries everything with, until an agreement says otherwise.
        trial = settings.COMITY.fictional
        return Gate(capability, trial or capability in OWN, "trial" if trial else "no_agreement")
    return min(closed, key=lambda one: (one.since is None, one.since or date.max))


def require(capability: str, partner: str = "", *, begun: date | None = None) -> Gate:
    """The gate, if it is open. PolicyError that says why it is not, and since or from when."""
    found = open_gate(capability, partner, begun=begun)
    if not found.open:
        raise PolicyError(
            f"The agreement does not open {capability}: {REASONS[found.why]}"
            + (f" It opens on {found.since.isoformat()}." if found.why == "not_yet" and found.since else ""),
            place=f"article {found.article}" if found.article else capability,
            remedy="The page of the agreement says what is still missing.",
        )
    return found


def closed_since(capability: str, partner: str) -> date | None:
    """The day since which nothing new of a capability is given to a partner, for what bound the two has ended; None
    where something still binds them, or nothing yet did. An agreement that the partner is no party to, or that is still
    to come, binds them by nothing.
    """
    ends: list[date] = []
    for view in agreements():
        gates = [view.gate(capability, party) for party in (view.party, partner)]
        if all(one.open for one in gates):
            return None
        # Who left first has ended it for both.
        over = [one.until for one in gates if one.why in {"ended", "left"} and one.until is not None]
        if over and not any(one.why == "no_party" for one in gates):
            ends.append(min(over))
    return max(ends, default=None)


def guard(capability: str) -> None:
    """Refuse an own entry whose capability is not open here. What it opens between two parties its service asks."""
    if capability not in ALWAYS and capability not in OWN:
        require(capability)


REASONS = {
    "no_agreement": "this party has adopted no agreement.",
    "no_party": "one of the two is no party to it.",
    "not_agreed": "not every party has adopted the same edition of its profile.",
    "not_named": "its profile does not name it.",
    "not_yet": "it is not in force and not applied provisionally.",
    "left": "a party has left it.",
    "ended": "it has ended.",
}


def statements(code: str) -> list[Statement]:
    """What the parties have stated, those taken back included, by day."""
    return list(Statement.objects.filter(agreement=code).select_related("journal").order_by("day", "journal", "entry"))


def papers(code: str) -> list[Paper]:
    """The documents of an agreement: of one party, name and language the newest."""
    rows = Paper.objects.filter(agreement=code).select_related("journal").order_by("entry")
    newest = {(row.journal_id, row.name, row.language): row for row in rows}
    return sorted(newest.values(), key=lambda row: (row.edition, row.name, row.language, row.journal.party))


def documents_of(journal: Journal) -> Iterator[str]:
    """Hashes of all documents that a journal names, in order."""
    rows = Paper.objects.filter(journal=journal).order_by("sha256").values_list("sha256", flat=True)
    yield from rows.distinct().iterator()


def names_document(journal: Journal, sha256: str) -> bool:
    """Whether this journal names a document with that hash."""
    return Paper.objects.filter(sha256=sha256, journal=journal).exists()


def officials(journal: Journal) -> list[RoleKey]:
    """The keys of officials that a party's journal names now, by body, role and key."""
    rows = OfficialKey.objects.filter(journal=journal, ended=None)
    return sorted(RoleKey(row.body, row.role, row.key, row.since, row.until) for row in rows)


def officials_due(actor: Any) -> list[RoleKey]:
    """The keys that the own journal should name after somebody's publication: a head speaks for his bodies only, the
    operator, or None, for all.
    """
    held = set(signing.publishable())
    if actor is not None and OPERATOR not in roles(actor):
        mine = set(bodies(actor, HEAD))
        held = {key for key in held if key.body in mine} | {key for key in officials(own()) if key.body not in mine}
    return sorted(held)


def officials_of_all() -> list[OfficialKey]:
    """Every key that a party has ever named: the own first, of each what holds before what ended."""
    rows = OfficialKey.objects.select_related("journal")
    return sorted(
        rows,
        key=lambda row: (not row.journal.own, row.journal.party, row.ended is not None, row.body, row.role, row.key),
    )


def body_names() -> dict[str, Texts]:
    """What the agreements of this party call each body, by code."""
    return {body.code: body.names for view in agreements() for body in view.profile.bodies}


def competent(actor: Any, matter: str, on: date | None = None) -> bool:
    """Whether somebody belongs to a body of the own party that an agreement names competent for a matter on a day;
    today, where that party is, if none is given. A role in the node's office is none in a body.
    """
    codes = {code for code in bodies(actor) if code}
    return bool(codes) and any(
        body.code in codes
        for view in agreements(on)
        for body in view.profile.competent(matter, on or today(view.profile, view.party), view.party)
    )


def passages(code: str, edition: int) -> list[Passage]:
    """The texts of the articles of an edition, of every party and language."""
    rows = Passage.objects.filter(agreement=code, edition=edition).select_related("journal")
    return list(rows.order_by("article", "language", "journal"))


def editions(code: str) -> list[Edition]:
    """Every edition that a party has adopted, newest first."""
    rows = Edition.objects.filter(agreement=code).select_related("journal")
    return list(rows.order_by("-edition", "journal"))


def profile_of(row: Edition) -> Profile:
    return _profile(row.digest, row.profile)


@lru_cache(maxsize=64)
def _profile(digest: str, text: str) -> Profile:
    return read_profile(orjson.loads(text))


def _view(code: str, party: str, on: date | None) -> AgreementView | None:
    rows = Edition.objects.filter(agreement=code).select_related("journal")
    found = standing(
        Adopted(row.journal.party, row.digest, profile_of(row), place_of(row.journal, row.entry)) for row in rows
    )
    profile = found.profile(party)
    if profile is None:
        return None
    day = on or today(profile, party)
    stated = _stated(Statement.objects.filter(agreement=code, voided=None).select_related("journal"))
    return AgreementView(code, party, found, profile, live(profile, stated, day + AHEAD), day)


def _stated(rows: Iterable[Statement]) -> list[Stated]:
    return [
        Stated(
            party=row.journal.party,
            step=Step(row.step),
            day=row.day,
            of=row.of,
            act=row.act,
            number=row.number,
            place=row.place,
            document=row.document,
            index=place_of(row.journal, row.entry),
        )
        for row in rows
    ]


def place_of(journal: Journal, entry: int) -> int:
    """The place of an entry among all of its owner's: after a lost key a journal goes on in another one."""
    return generation(journal.origin) * 2**53 + entry
