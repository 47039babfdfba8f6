"""The profile of an agreement: what the parties have said of it, as data. Nothing here is peculiar to one agreement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from comity.agreement.domain.calendar import within

SCHEMA = "comity/profile/1"
LANGUAGES = ("en", "ru", "be")

Texts = Mapping[str, str]
# When a capability opens: always; while the agreement is prepared already, until it ends; in force or provisionally.
Opens = Literal["always", "preparatory", "in_force"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A party: the code of its state or organisation (WIPO ST.3) and the body that coordinates for it.

    `accedes`: it joins a running agreement, whose entry into force does not wait for it. `calendar`: whose working days
    count there (ISO 3166); `zone`: of its days (IANA).
    """

    code: str
    names: Texts
    languages: tuple[str, ...] = ()
    coordinator: str = ""
    accedes: bool = False
    calendar: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Competence:
    """A matter that a body is competent for, from and until a day, both included; an empty day is open."""

    matter: str
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    code: str
    party: str
    names: Texts
    competences: tuple[Competence, ...] = ()
    since: str = ""
    until: str = ""

    def competent(self, matter: str, on: date) -> bool:
        return within(on, self.since, self.until) and any(
            one.matter == matter and within(on, one.since, one.until) for one in self.competences
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A thing of which only the name is said: an area of cooperation, a matter of competence."""

    code: str
    names: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article as the parties number it. Its text is an entry of its own (`agreement.passage`)."""

    number: str
    names: Texts = field(default_factory=dict)
    areas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """What the agreement lets a node do: in which area, by which article (empty: not entered yet), from when on."""

    code: str
    area: str
    article: str = ""
    opens: Opens = "in_force"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Entry into force. `last_note_received` counts from the day on which the last written notification came in."""

    rule: Literal["last_note_received", "last_note_sent", "signature", "date"] = "last_note_received"
    months: int = 0
    days: int = 0
    date: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provisional:
    """Provisional application until entry into force, from signature or a day, where the parties want it."""

    rule: Literal["none", "signature", "date"] = "none"
    date: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """How long it is in force: `years` 0 without limit; else renewed by itself for `renewal_years` (0: not renewed)
    unless a party objects `objection_months` before the end.
    """

    years: int = 0
    renewal_years: int = 0
    objection_months: int = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Termination: it ends for a party so many months after its written notice was received, or sent."""

    months: int = 6
    counted_from: Literal["received", "sent"] = "received"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clauses:
    """`depositary`: the party that takes all notes; without one each party notifies each other."""

    entry: Entry = field(default_factory=Entry)
    provisional: Provisional = field(default_factory=Provisional)
    term: Term = field(default_factory=Term)
    notice: Notice = field(default_factory=Notice)
    depositary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Days that the parties have agreed on; `working`: counted on days that are working days of both."""

    request_days: int = 30
    acknowledge_days: int = 5
    working: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Forum:
    """An international platform; `deadline_days` before a session positions are due, 0 where no rule is known."""

    code: str
    names: Texts
    members: tuple[str, ...] = ()
    deadline_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One edition of an agreement's description."""

    schema: str
    code: str
    edition: int
    names: Texts
    parties: tuple[Party, ...]
    bodies: tuple[Body, ...] = ()
    matters: tuple[Named, ...] = ()
    areas: tuple[Named, ...] = ()
    articles: tuple[Article, ...] = ()
    capabilities: tuple[Capability, ...] = ()
    clauses: Clauses = field(default_factory=Clauses)
    kinds: tuple[str, ...] = ()
    languages: tuple[str, ...] = LANGUAGES
    deadlines: Deadlines = field(default_factory=Deadlines)
    fora: tuple[Forum, ...] = ()

    def party(self, code: str) -> Party | None:
        return next((one for one in self.parties if one.code == code), None)

    def body(self, code: str) -> Body | None:
        return next((one for one in self.bodies if one.code == code), None)

    def capability(self, code: str) -> Capability | None:
        return next((one for one in self.capabilities if one.code == code), None)

    def article(self, number: str) -> Article | None:
        return next((one for one in self.articles if one.number == number), None)

    def competent(self, matter: str, on: date, party: str = "") -> tuple[Body, ...]:
        """The bodies that are competent for a matter on a day."""
        return tuple(one for one in self.bodies if party in ("", one.party) and one.competent(matter, on))

    @property
    def founders(self) -> tuple[Party, ...]:
        """The parties between which it enters into force."""
        return tuple(one for one in self.parties if not one.accedes)

    def recipients(self, sender: str) -> tuple[str, ...]:
        """Whom a party's note goes to."""
        keeper = self.clauses.depositary
        if keeper:
            return () if sender == keeper else (keeper,)
        return tuple(one.code for one in self.parties if one.code != sender)
