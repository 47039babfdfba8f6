"""The order of a record's fields on pages and extracts, with their INID codes.

Marks follow WIPO ST.60, designs ST.80, patents and utility models ST.9; other kinds have no codes.
"""

from __future__ import annotations

from dataclasses import dataclass

from comity.registers.domain.record import Kind
from comity.registers.domain.sentences import _noop


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a page: `field` of the record (`parties.holder`: the parties of that role), code, label (a msgid)."""

    field: str
    inid: str
    label: str


_MARK = (
    Row("number", "111", _noop("Registration number")),
    Row("registration_date", "151", _noop("Registered")),
    Row("expiry_date", "180", _noop("Expires")),
    Row("application_number", "210", _noop("Application number")),
    Row("filing_date", "220", _noop("Filed")),
    Row("language", "270", _noop("Language of filing")),
    Row("priorities", "300", _noop("Priority")),
    Row("publications", "450", _noop("Publication")),
    Row("classes.nice", "511", _noop("Nice classes")),
    Row("disclaimers", "526", _noop("Disclaimer")),
    Row("classes.vienna", "531", _noop("Vienna classes")),
    Row("titles", "540", _noop("Mark")),
    Row("images", "540", _noop("Image")),
    Row("features", "550", _noop("Kind of mark")),
    Row("description", "571", _noop("Description")),
    Row("colours", "591", _noop("Colours")),
    Row("parties.applicant", "731", _noop("Applicant")),
    Row("parties.holder", "732", _noop("Holder")),
    Row("parties.representative", "740", _noop("Representative")),
    Row("parties.correspondent", "750", _noop("Address for correspondence")),
    Row("parties.licensee", "791", _noop("Licensee")),
)
_DESIGN = (
    Row("number", "11", _noop("Registration number")),
    Row("registration_date", "15", _noop("Registered")),
    Row("expiry_date", "18", _noop("Expires")),
    Row("application_number", "21", _noop("Application number")),
    Row("filing_date", "22", _noop("Filed")),
    Row("effect_date", "24", _noop("Effect from")),
    Row("design_count", "28", _noop("Number of designs")),
    Row("priorities", "30", _noop("Priority")),
    Row("publications", "45", _noop("Publication")),
    Row("classes.locarno", "51", _noop("Locarno classes")),
    Row("titles", "54", _noop("Title")),
    Row("images", "55", _noop("Image")),
    Row("description", "57", _noop("Description")),
    Row("parties.applicant", "71", _noop("Applicant")),
    Row("parties.author", "72", _noop("Author")),
    Row("parties.holder", "73", _noop("Holder")),
    Row("parties.representative", "74", _noop("Representative")),
    Row("parties.licensee", "79", _noop("Licensee")),
)
_PATENT = (
    Row("number", "11", _noop("Patent number")),
    Row("application_number", "21", _noop("Application number")),
    Row("filing_date", "22", _noop("Filed")),
    Row("effect_date", "24", _noop("Effect from")),
    Row("priorities", "30", _noop("Priority")),
    Row("publications", "45", _noop("Publication")),
    Row("registration_date", "", _noop("Granted")),
    Row("expiry_date", "", _noop("Expires")),
    Row("classes.ipc", "51", _noop("IPC classes")),
    Row("classes.cpc", "52", _noop("CPC classes")),
    Row("classes.uspc", "52", _noop("National classes")),
    Row("titles", "54", _noop("Title")),
    Row("abstract", "57", _noop("Abstract")),
    Row("images", "", _noop("Drawing")),
    Row("parties.applicant", "71", _noop("Applicant")),
    Row("parties.author", "72", _noop("Inventor")),
    Row("parties.holder", "73", _noop("Holder")),
    Row("parties.representative", "74", _noop("Representative")),
    Row("parties.licensee", "", _noop("Licensee")),
)
_OTHER = (
    Row("number", "", _noop("Registration number")),
    Row("registration_date", "", _noop("Registered")),
    Row("expiry_date", "", _noop("Expires")),
    Row("application_number", "", _noop("Application number")),
    Row("filing_date", "", _noop("Filed")),
    Row("created", "", _noop("Created")),
    Row("first_use_date", "", _noop("First used")),
    Row("effect_date", "", _noop("Effect from")),
    Row("priorities", "", _noop("Priority")),
    Row("publications", "", _noop("Publication")),
    Row("titles", "", _noop("Title")),
    Row("features", "", _noop("Features")),
    Row("classes.work", "", _noop("Kind of work")),
    Row("classes.product", "", _noop("Products")),
    Row("abstract", "", _noop("Abstract")),
    Row("description", "", _noop("Description")),
    Row("images", "", _noop("Image")),
    Row("parties.applicant", "", _noop("Applicant")),
    Row("parties.author", "", _noop("Author")),
    Row("parties.breeder", "", _noop("Breeder")),
    Row("parties.claimant", "", _noop("Claimant")),
    Row("parties.holder", "", _noop("Holder")),
    Row("parties.representative", "", _noop("Representative")),
    Row("parties.licensee", "", _noop("Licensee")),
)
_ALL_ROWS = (*_OTHER, *_MARK, *_DESIGN, *_PATENT)
_FAMILY: dict[str, tuple[Row, ...]] = {
    "trademark": _MARK,
    "industrial_design": _DESIGN,
    "invention": _PATENT,
    "utility_model": _PATENT,
}


def _complete(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """The rows of a family, then what else a record may hold, without codes: nothing that is stated is left out."""
    listed = {row.field for row in rows}
    rest = dict.fromkeys(row.field for row in _ALL_ROWS if row.field not in listed)
    labels = {row.field: row.label for row in reversed(_ALL_ROWS)}
    return (*rows, *(Row(field, "", labels[field]) for field in rest))


_LAYOUTS = {kind: _complete(rows) for kind, rows in {**_FAMILY, "": _OTHER}.items()}


def layout(kind: Kind) -> tuple[Row, ...]:
    """The rows of a page or extract for this kind, in order; rows without a value are the caller's to leave out."""
    return _LAYOUTS.get(kind, _LAYOUTS[""])


def inid_of(kind: Kind, field: str) -> str:
    """The INID code of a field, empty where it has none."""
    return next((row.inid for row in layout(kind) if row.field == field), "")


def labels() -> tuple[str, ...]:
    """Every label of every layout, for the catalogue of translations."""
    return tuple(dict.fromkeys(row.label for row in _ALL_ROWS))
