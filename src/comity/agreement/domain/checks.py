"""Reading a profile: what contradicts itself is refused with its place, what is left open is listed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from comity.agreement.domain.calendar import day
from comity.agreement.domain.profile import SCHEMA, Clauses, Profile, Texts
from comity.agreement.domain.reading import build
from comity.kernel.errors import ComityError, FormatError
from comity.kernel.identifiers import party_code

_CODE = re.compile(r"[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Gap:
    """What a profile leaves open. It is no mistake: the parties enter it when they know it."""

    place: str
    missing: Literal["text", "article", "competence", "coordinator", "capability", "calendar"]
    detail: str = ""


def read_profile(data: Any) -> Profile:
    """A profile from plain data. Raises FormatError, with the place, for what contradicts itself or is not known."""
    profile = build(Profile, data)
    if profile.schema != SCHEMA:
        raise FormatError(
            f"{profile.schema[:40]!r} is not known.", place="schema", remedy=f"This release reads {SCHEMA}."
        )
    _check(profile)
    return profile


def _check(profile: Profile) -> None:
    if profile.edition < 1:
        raise FormatError("Editions are numbered from 1.", place="edition")
    if len(profile.founders) < 2:
        raise FormatError("An agreement has at least two parties that do not accede later.", place="parties")
    parties = _once("parties", (one.code for one in profile.parties))
    for n, party in enumerate(profile.parties):
        _party(f"parties[{n}].code", party.code)
    _codes("code", [profile.code])
    matters = _codes("matters", [one.code for one in profile.matters])
    areas = _codes("areas", [one.code for one in profile.areas])
    bodies = _codes("bodies", [one.code for one in profile.bodies])
    articles = _once("articles", (one.number for one in profile.articles))
    _codes("capabilities", [one.code for one in profile.capabilities])
    _codes("fora", [one.code for one in profile.fora])
    for n, body in enumerate(profile.bodies):
        _refer(f"bodies[{n}].party", body.party, parties)
        _stretch(f"bodies[{n}]", body.since, body.until)
        for m, competence in enumerate(body.competences):
            _refer(f"bodies[{n}].competences[{m}].matter", competence.matter, matters)
            _stretch(f"bodies[{n}].competences[{m}]", competence.since, competence.until)
    for n, party in enumerate(profile.parties):
        if party.coordinator:
            _refer(f"parties[{n}].coordinator", party.coordinator, bodies)
            keeper = profile.body(party.coordinator)
            if keeper is not None and keeper.party != party.code:
                raise FormatError(f"{keeper.code} is a body of {keeper.party}.", place=f"parties[{n}].coordinator")
    for n, article in enumerate(profile.articles):
        for area in article.areas:
            _refer(f"articles[{n}].areas", area, areas)
    for n, capability in enumerate(profile.capabilities):
        _refer(f"capabilities[{n}].area", capability.area, areas)
        if capability.article:
            _refer(f"capabilities[{n}].article", capability.article, articles)
    for n, forum in enumerate(profile.fora):
        for member in forum.members:
            _refer(f"fora[{n}].members", member, parties)
    _clauses(profile.clauses, parties)
    if not 0 < profile.deadlines.request_days <= 3660 or not 0 < profile.deadlines.acknowledge_days <= 3660:
        raise FormatError("A deadline is some days.", place="deadlines")


def _clauses(clauses: Clauses, parties: Collection[str]) -> None:
    if clauses.depositary:
        _refer("clauses.depositary", clauses.depositary, parties)
    for name, rule in (("entry", clauses.entry), ("provisional", clauses.provisional)):
        if rule.rule == "date":
            day(rule.date, f"clauses.{name}.date")
        elif rule.date:
            raise FormatError("Only the rule `date` has a day.", place=f"clauses.{name}.date")
    term, notice, entry = clauses.term, clauses.notice, clauses.entry
    numbers = (term.years, term.renewal_years, term.objection_months, notice.months, entry.months, entry.days)
    if any(not 0 <= number <= 1200 for number in numbers):
        raise FormatError("A period is between 0 and 1200.", place="clauses")
    if term.renewal_years and not term.years:
        raise FormatError("What has no end is not renewed.", place="clauses.term.renewal_years")


def gaps(profile: Profile, known: Iterable[str] = ()) -> Iterator[Gap]:
    """What the profile leaves open; `known` are the capabilities that this release has."""
    for place, names in _named(profile):
        for language in profile.languages:
            if not names.get(language):
                yield Gap(place, "text", language)
    for capability in profile.capabilities:
        if not capability.article:
            yield Gap(f"capabilities.{capability.code}", "article")
    named = {one.code for one in profile.capabilities}
    for code in known:
        if code not in named:
            yield Gap("capabilities", "capability", code)
    for party in profile.parties:
        if not party.coordinator:
            yield Gap(f"parties.{party.code}", "coordinator")
        if not party.calendar:
            yield Gap(f"parties.{party.code}", "calendar")
    for matter in profile.matters:
        held = {body.party for body in profile.bodies if any(one.matter == matter.code for one in body.competences)}
        for party in profile.parties:
            if party.code not in held:
                yield Gap(f"matters.{matter.code}", "competence", party.code)


def _named(profile: Profile) -> Iterator[tuple[str, Texts]]:
    yield "names", profile.names
    for party in profile.parties:
        yield f"parties.{party.code}", party.names
    for place, rows in (
        ("bodies", profile.bodies),
        ("matters", profile.matters),
        ("areas", profile.areas),
        ("fora", profile.fora),
    ):
        for row in rows:
            yield f"{place}.{row.code}", row.names
    for article in profile.articles:
        yield f"articles.{article.number}", article.names


def _codes(place: str, codes: list[str]) -> frozenset[str]:
    for n, code in enumerate(codes):
        if len(code) > 64 or _CODE.fullmatch(code) is None:
            at = place if place == "code" else f"{place}[{n}].code"
            raise FormatError(
                f"{code[:40]!r} is not a code.", place=at, remedy="Use lower-case letters, such as customs."
            )
    return _once(place, codes)


def _once(place: str, codes: Iterable[str]) -> frozenset[str]:
    counted = Counter(codes)
    twice = [code for code, number in counted.items() if number > 1]
    if twice:
        raise FormatError(f"{twice[0]!r} stands there twice.", place=place)
    return frozenset(counted)


def _refer(place: str, code: str, known: Collection[str]) -> None:
    if code not in known:
        raise FormatError(
            f"{code!r} is not in this profile.", place=place, remedy=f"It has: {', '.join(sorted(known))}."
        )


def _stretch(place: str, since: str, until: str) -> None:
    first = day(since, f"{place}.since") if since else None
    last = day(until, f"{place}.until") if until else None
    if first and last and last < first:
        raise FormatError("It ends before it begins.", place=place)


def _party(place: str, code: str) -> None:
    try:
        party_code(code)
    except ComityError as error:
        raise error.at(place) from None
