"""What an extract says, as display text in one language. Called while that language is active."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from comity.evidence import files
from comity.extracts.pdf import EffectRow, ExtractData, FieldRow, HistoryRow, Labels, Picture, PlainRow
from comity.journal.covering import Covered
from comity.kernel import clock
from comity.kernel.bundle import fingerprint
from comity.kernel.notes import VerifierKey
from comity.registers import labels
from comity.registers.domain.effect import TerritoryEffect
from comity.registers.domain.status import ENDED
from comity.registers.history import history
from comity.registers.particulars import Line, particulars
from comity.registers.selectors import RightView

PRINTED = ("image/png", "image/jpeg", "image/gif")
MOST_PICTURES = 12
MOST_PICTURE_BYTES = 24 * 1024 * 1024


def status_sentence(view: RightView) -> str:
    """The status on the chosen day, since when, and on what ground."""
    status, said = labels.status(view.status.status), str(labels.REASONS[view.status.reason_code])
    since = labels.day(view.status.since)
    if view.status.status in ENDED and since:
        status = f"{status}: {since}"
    elif since:
        status = _("%(status)s since %(day)s") % {"status": status, "day": since}
    return f"{status}. {said}"


def effect_sentence(effect: TerritoryEffect) -> str:
    """What is so in one territory, what adds to it, and what could be done instead."""
    further = [labels.sentence(item.key, item.params) for item in (*effect.notes, *effect.instead)]
    return " ".join([labels.sentence(effect.sentence_key, effect.params), *further])


def extract_data(
    view: RightView, covered: Covered, *, leaf: bytes, log: VerifierKey, issued: datetime, number: str, language: str
) -> ExtractData:
    """All that the extract prints, the pictures that this node holds included."""
    record = view.record
    instant = clock.iso(issued)
    named = [text.text for text in record.titles] or [view.row.name]
    return ExtractData(
        labels=_labels(),
        language=language,
        title=" · ".join(dict.fromkeys(name for name in named if name)) or _("(no title)"),
        office=labels.office(record.office),
        party=labels.territory(view.row.party),
        kind=_capital(labels.kind(record.kind)),
        number=_number(view),
        extract_number=number,
        status=status_sentence(view),
        status_on=labels.day(view.day.isoformat()),
        issued=issued,
        issued_text=_("Issued %(instant)s by the node of %(party)s")
        % {"instant": instant, "party": labels.territory(settings.COMITY.party)},
        verify_url=f"{settings.COMITY.url.rstrip('/')}/verify",
        leaf=leaf.hex(),
        verify_text=(
            _("The proof is attached to this file. Upload the file, not a photograph of the paper, at this address."),
            _("The same check runs without a network: comity verify FILE."),
            _("Compare the fingerprint of the key with the one that the office publishes."),
        ),
        effects=tuple(
            EffectRow(labels.territory(effect.territory), effect_sentence(effect), effect.has_effect is True)
            for effect in view.effects
        ),
        fields=tuple(
            FieldRow(row.inid, row.label, "\n".join(_line(line) for line in row.lines))
            for row in particulars(record, view.redacted)
        ),
        history=tuple(
            HistoryRow(labels.day(moment.date), " · ".join(part for part in (moment.text, moment.note) if part))
            for moment in history(record)
        ),
        journal=_journal(view, covered),
        journal_codes=(
            PlainRow(_("Leaf hash"), leaf.hex()),
            PlainRow(_("Root hash"), covered.checkpoint.root.hex()),
            PlainRow(_("Fingerprint of the journal's key"), fingerprint(log)),
        ),
        pictures=_pictures(view),
        fictional=view.fictional,
    )


def _labels() -> Labels:
    return Labels(
        extract=_("Extract from the register"),
        status=_("Status on"),
        effect=_("Effect"),
        particulars=_("Particulars"),
        history=_("History"),
        journal=_("Place in the journal"),
        verify=_("How to verify"),
        page=_("Page {page} of {pages}"),
        fictional=_("FICTIONAL RECORD"),
        picture=_("Image"),
        attachment=_("Proof bundle"),
    )


def _number(view: RightView) -> str:
    shown = view.row.display_number
    if view.record.stage == "application":
        return f"{_('Application number')} {shown}"
    return _("No. %(number)s") % {"number": shown}


def _journal(view: RightView, covered: Covered) -> tuple[PlainRow, ...]:
    rows = [
        PlainRow(_("Journal"), view.origin),
        PlainRow(_("Entry"), str(view.entry)),
        PlainRow(_("Version of the record"), str(view.version)),
        PlainRow(_("Recorded"), view.recorded_at),
        PlainRow(_("Entries under the checkpoint"), str(covered.checkpoint.size)),
    ]
    if not covered.witnesses:
        rows.append(PlainRow(_("Cosigned"), _("by no partner yet")))
    for witness in covered.witnesses:
        said = (labels.territory(witness.party), witness.key.name, clock.iso(witness.time))
        rows += [PlainRow(_("Held by") if witness.role == "mirror" else _("Cosigned"), " · ".join(said))]
    return tuple(rows)


def _line(line: Line) -> str:
    text = f"{line.lead} {line.text}" if line.lead else line.text
    return f"{text} ({line.note})" if line.note else text


def _pictures(view: RightView) -> tuple[Picture, ...]:
    """The first images of the record that are here and can be printed."""
    found: list[Picture] = []
    room = MOST_PICTURE_BYTES
    for sha256, here in dict.fromkeys(view.images):
        if not here or len(found) == MOST_PICTURES:
            continue
        content = files.read(sha256)
        media_type = files.media_type(content)
        if media_type in PRINTED and len(content) <= room:
            found.append(Picture(content, media_type, view.row.name))
            room -= len(content)
    return tuple(found)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
