"""How long a right lasts: the table of terms per office, kind and date, and the dates that follow from it.

The table is data: `terms.toml` beside this file, or another file of the same form that a node's operator supplies.
What the source states always wins; what is computed is marked so; what is not known stays empty and says why.
"""

from __future__ import annotations

import calendar
import dataclasses
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args

from comity.kernel.errors import ConfigurationError
from comity.registers.domain.codes import rule_of
from comity.registers.domain.record import KINDS, RightRecord
from comity.registers.domain.sentences import SENTENCES, Sentence, sentence

TermBasis = Literal["filing", "registration", "first_use_or_registration", "creation", "life", "unlimited"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermRule:
    """One row of the table; the fields are explained at the head of `terms.toml`."""

    office: str
    kind: str
    basis: TermBasis
    years: int = 0
    renewal_years: int = 0
    limit_years: int = 0
    window_months: int = 0
    grace_months: int = 0
    extension_years: int = 0
    fees_from_year: int = 0
    fee_grace_months: int = 0
    fee_surcharge_percent: int = 0
    since: str = ""
    until: str = ""
    extra: str = ""
    values: tuple[str, ...] = ()
    condition: str = ""
    strength: str = "T"


@dataclass(frozen=True, slots=True)
class TermTable:
    """The rows by office and kind; within one pair the first row that fits a record is its rule."""

    rules: Mapping[tuple[str, str], tuple[TermRule, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """The term of one right. Dates are ISO 8601 text, empty where not known.

    `expires` is the last day of the term. `next_renewal` is the day until which the right is to be renewed, empty where
    it cannot be. `rule` is a key of `SENTENCES`, `params` its values; `conditions` are further sentences.
    """

    expires: str = ""
    next_renewal: str = ""
    renewal_window_opens: str = ""
    grace_until: str = ""
    fees_from: str = ""
    rule: str = "term.unknown_office"
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)
    conditions: tuple[Sentence, ...] = ()
    stated_by_source: bool = False

    @property
    def computed(self) -> bool:
        """Whether `expires` is there and is our own reckoning."""
        return bool(self.expires) and not self.stated_by_source


def parse_day(text: str) -> date | None:
    """A full ISO date as a date; None for an empty, partial or impossible one."""
    if len(text) != 10:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def add_months(day: date, months: int) -> date:
    """The same day `months` later (or earlier), or the last day of that month where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    # Beyond the calendar there is no such day: its end or beginning stands for "never" and for "always".
    if not 1 <= (year := day.year + years) <= date.max.year:
        return date.max if months > 0 else date.min
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def add_years(day: date, years: int) -> date:
    """The same day `years` later; 29 February becomes 28 February in a common year."""
    return add_months(day, 12 * years)


def load_table(path: Path) -> TermTable:
    """The table in an operator's file. ConfigurationError when it is not TOML or a row is not as it should be."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The table of terms cannot be read: {error}.", place=str(path), remedy="Check the path and its encoding."
        ) from error
    return parse_table(text, place=str(path))


@cache
def default_table() -> TermTable:
    """The table that comes with Comity."""
    text = resources.files("comity.registers.domain").joinpath("terms.toml").read_text(encoding="utf-8")
    return parse_table(text, place="terms.toml")


def parse_table(text: str, *, place: str) -> TermTable:
    """The table in TOML text; `place` names it in errors."""
    try:
        body = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f"The table of terms is not TOML: {error}.", place=place, remedy="Correct the line that is named."
        ) from error
    rows = body.get("term", [])
    if not isinstance(rows, list) or set(body) - {"term"}:
        raise ConfigurationError("Only [[term]] rows are known.", place=place, remedy="Remove the other tables.")
    rules: dict[tuple[str, str], tuple[TermRule, ...]] = {}
    for number, row in enumerate(rows, 1):
        rule = _rule(row, f"{place}, row {number}")
        key = (rule.office, rule.kind)
        rules[key] = (*rules.get(key, ()), rule)
    return TermTable(rules)


def _rule(row: Mapping[str, Any], place: str) -> TermRule:
    values: dict[str, Any] = {("since" if name == "from" else name): value for name, value in row.items()}
    if isinstance(values.get("values"), list):
        values["values"] = tuple(values["values"])
    known = {field.name: field for field in dataclasses.fields(TermRule)}
    faults = [f"{name} is not a field" for name in values if name not in known]
    faults += [f"{name} is missing" for name in ("office", "kind", "basis") if not values.get(name)]
    for name, value in values.items():
        kind = known[name].type if name in known else ""
        if kind == "int" and (type(value) is not int or value < 0):
            faults.append(f"{name} is not a whole number from 0")
        elif kind in ("str", "TermBasis") and not isinstance(value, str):
            faults.append(f"{name} is not text")
    if not faults:
        if values["kind"] not in KINDS:
            faults.append(f"{values['kind']} is not a kind of right")
        if values["basis"] not in get_args(TermBasis):
            faults.append(f"{values['basis']} is not a basis")
        elif values["basis"] != "unlimited" and not values.get("years"):
            faults.append("years is missing")
        if values.get("condition") and values["condition"] not in SENTENCES:
            faults.append(f"{values['condition']} is not a sentence")
        faults += [
            f"{name} is not a date" for name in ("since", "until") if values.get(name) and not parse_day(values[name])
        ]
    if faults:
        raise ConfigurationError(
            "A row of the table of terms is wrong: " + "; ".join(faults) + ".",
            place=place,
            remedy="The fields are explained at the head of the table that comes with Comity.",
        )
    return TermRule(**values)


def term_of(record: RightRecord, table: TermTable | None = None) -> Term:
    """The term of a right; `table` is Comity's own where none is given."""
    rows = (default_table() if table is None else table).rules.get((record.office, record.kind), ())
    rule = next((row for row in rows if _fits(row, record)), None)
    stated = parse_day(record.expiry_date)
    if record.stage == "application":
        # A term begins to matter with the grant; whatever date the source gives is still the source's.
        return Term(
            expires=record.expiry_date if stated else "",
            rule="term.application",
            stated_by_source=stated is not None,
        )
    if stated is not None:
        return _dated(record, rule, stated, key="term.stated", stated=True)
    if "well_known" in record.features:
        # Recognition is a state's decision with a life of its own; the ten years of a registration are not its term.
        return Term(rule="term.well_known")
    if rule is None:
        return Term(rule=_why_unknown(rows, record), params={"office": record.office})
    conditions = _conditions(rule)
    if rule.basis == "unlimited":
        return Term(rule="term.unlimited", conditions=conditions)
    if rule.basis == "life":
        return Term(rule="term.life", params={"years": str(rule.years)}, conditions=conditions)
    start = _start(rule, record)
    if start is None:
        return Term(rule="term.start_unknown", params={"years": str(rule.years)}, conditions=conditions)
    if any(known.category == "G" for event in record.events if (known := rule_of(event))):
        return Term(rule="term.extended", conditions=conditions)
    return _dated(record, rule, _computed_end(rule, record, start), key=f"term.{rule.basis}", stated=False)


def _fits(rule: TermRule, record: RightRecord) -> bool:
    if rule.extra and not any(e.name == rule.extra and e.value in rule.values for e in record.extras):
        return False
    if not (rule.since or rule.until):
        return True
    day = record.registration_date if rule.basis == "registration" else record.filing_date
    return bool(parse_day(day)) and (not rule.since or rule.since <= day) and (not rule.until or day <= rule.until)


def _why_unknown(rows: Iterable[TermRule], record: RightRecord) -> str:
    rows = tuple(rows)
    if not rows:
        return "term.unknown_office"
    if all(row.extra for row in rows):
        return "term.depends_on_species" if record.kind == "plant_variety" else "term.unknown_conditions"
    return "term.unknown_conditions"


def _start(rule: TermRule, record: RightRecord) -> date | None:
    if rule.basis == "filing":
        return parse_day(record.filing_date)
    if rule.basis == "registration":
        return parse_day(record.registration_date)
    if rule.basis == "creation":
        return parse_day(record.created)
    days = [day for day in map(parse_day, (record.first_use_date, record.registration_date)) if day]
    return min(days, default=None)


def _computed_end(rule: TermRule, record: RightRecord, start: date) -> date:
    """The end of the first term, and of as many renewals as the record knows of.

    A renewal is an event that says so, or a statement of the source that the right was in force on a later day.
    """
    years = rule.years
    days = {event.date or event.recorded for event in record.events if (known := rule_of(event)) and known.renewal}
    renewals = len(days)
    vouched = parse_day(record.status_date) if record.status == "in_force" else None
    while rule.renewal_years:
        longer = years + rule.renewal_years
        if rule.limit_years:
            longer = min(longer, rule.limit_years)
        if longer == years or start.year + longer > date.max.year:
            break
        grace_end = add_months(add_years(start, years), rule.grace_months)
        if renewals <= 0 and (vouched is None or vouched <= grace_end):
            break
        years = longer
        renewals -= 1
    return add_years(start, years)


def _dated(record: RightRecord, rule: TermRule | None, end: date, *, key: str, stated: bool) -> Term:
    if rule is None:
        return Term(expires=end.isoformat(), rule=key, stated_by_source=stated)
    start = _start(rule, record)
    renewable = rule.renewal_years > 0
    if renewable and rule.limit_years:
        renewable = start is not None and end < add_years(start, rule.limit_years)
    fees = add_years(start, rule.fees_from_year - 1).isoformat() if start and rule.fees_from_year else ""
    return Term(
        expires=end.isoformat(),
        next_renewal=end.isoformat() if renewable else "",
        renewal_window_opens=add_months(end, -rule.window_months).isoformat()
        if renewable and rule.window_months
        else "",
        grace_until=add_months(end, rule.grace_months).isoformat() if renewable and rule.grace_months else "",
        fees_from=fees,
        rule=key,
        params={} if stated else {"years": str(rule.years)},
        conditions=_conditions(rule),
        stated_by_source=stated,
    )


def _conditions(rule: TermRule) -> tuple[Sentence, ...]:
    found = []
    if rule.fees_from_year:
        found.append(
            sentence(
                "term.fees",
                year=str(rule.fees_from_year),
                months=str(rule.fee_grace_months),
                percent=str(rule.fee_surcharge_percent),
            )
        )
    if rule.condition:
        found.append(sentence(rule.condition, years=str(rule.extension_years)))
    return tuple(found)
