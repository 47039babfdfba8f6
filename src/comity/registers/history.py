"""What happened to a right, as display text: what a page and an extract tell alike."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from comity.registers import labels
from comity.registers.domain.codes import category_of
from comity.registers.domain.record import Event, RightRecord


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of the history. `date` is ISO 8601; `note` is what the office adds."""

    date: str
    text: str
    note: str = ""


def _own_words(item: Event) -> list[str]:
    """The source's words for an event, in the reader's language if it has them; none where they say the same."""
    said = next((text.text for text in item.texts if text.lang == get_language()), "")
    said = said or next((text.text for text in item.texts), "")
    return [said] if said and said.casefold() != labels.event(item).casefold() else []


def history(record: RightRecord) -> list[Moment]:
    """What happened, the newest first: the events, and the dates that no event tells."""
    found: list[Moment] = []
    told: set[tuple[str, str]] = set()
    for item in record.events:
        on = item.date or item.recorded
        told.add((category_of(item), on))
        notes = _own_words(item)
        if item.recorded and item.date and item.recorded != item.date:
            notes.append(_("recorded on %(day)s") % {"day": labels.day(item.recorded)})
        found.append(Moment(on, labels.event(item), " · ".join(notes)))
    for category, on, text in (
        ("A", record.filing_date, _("Application filed")),
        ("F", record.registration_date, _("Registered")),
    ):
        if on and not any(letter == category and day in {on, ""} for letter, day in told):
            found.append(Moment(on, text))
    for publication in record.publications:
        if publication.date and ("Q", publication.date) not in told:
            issue = _("bulletin %(issue)s") % {"issue": publication.issue} if publication.issue else ""
            found.append(Moment(publication.date, _("Published"), issue))
    for on, text in ((record.first_use_date, _("First used")), (record.created, _("Created"))):
        if on:
            found.append(Moment(on, text))
    return sorted(found, key=lambda moment: moment.date, reverse=True)
