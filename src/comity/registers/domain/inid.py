"""The order of a record's fields on pages and extracts, with their INID codes.

Marks follow WIPO ST.60, designs ST.80, patents and utility models ST.9; other kinds have no codes.
"""

from __future__ import annotations

from dataclasses import dataclass

from comity.registers.domain.record import Kind


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a page: `field` of the record (`parties.holder`: the parties of that role), code, label (a msgid)."""

    field: str
    inid: str
    label: str


_MARK = (
    Row("number", "111", "Registration number"),
    Row("registration_date", "151", "Registered"),
    Row("expiry_date", "180", "Expires"),
    Row("application_number", "210", "Application number"),
    Row("filing_date", "220", "Filed"),
    Row("language", "270", "Language of filing"),
    Row("priorities", "300", "Priority"),
    Row("publications", "450", "Publication"),
    Row("classes.nice", "511", "Nice classes"),
    Row("disclaimers", "526", "Disclaimer"),
    Row("classes.vienna", "531", "Vienna classes"),
    Row("titles", "540", "Mark"),
    Row("images", "540", "Image"),
    Row("features", "550", "Kind of mark"),
    Row("description", "571", "Description"),
    Row("colours", "591", "Colours"),
    Row("parties.applicant", "731", "Applicant"),
    Row("parties.holder", "732", "Holder"),
    Row("parties.representative", "740", "Representative"),
    Row("parties.correspondent", "750", "Address for correspondence"),
    Row("parties.licensee", "791", "Licensee"),
)
_DESIGN = (
    Row("number", "11", "Registration number"),
    Row("registration_date", "15", "Registered"),
    Row("expiry_date", "18", "Expires"),
    Row("application_number", "21", "Application number"),
    Row("filing_date", "22", "Filed"),
    Row("effect_date", "24", "Effect from"),
    Row("design_count", "28", "Number of designs"),
    Row("priorities", "30", "Priority"),
    Row("publications", "45", "Publication"),
    Row("classes.locarno", "51", "Locarno classes"),
    Row("titles", "54", "Title"),
    Row("images", "55", "Image"),
    Row("description", "57", "Description"),
    Row("parties.applicant", "71", "Applicant"),
    Row("parties.author", "72", "Author"),
    Row("parties.holder", "73", "Holder"),
    Row("parties.representative", "74", "Representative"),
    Row("parties.licensee", "79", "Licensee"),
)
_PATENT = (
    Row("number", "11", "Patent number"),
    Row("application_number", "21", "Application number"),
    Row("filing_date", "22", "Filed"),
    Row("effect_date", "24", "Effect from"),
    Row("priorities", "30", "Priority"),
    Row("publications", "45", "Publication"),
    Row("registration_date", "", "Granted"),
    Row("expiry_date", "", "Expires"),
    Row("classes.ipc", "51", "IPC classes"),
    Row("classes.cpc", "52", "CPC classes"),
    Row("classes.uspc", "52", "National classes"),
    Row("titles", "54", "Title"),
    Row("abstract", "57", "Abstract"),
    Row("images", "", "Drawing"),
    Row("parties.applicant", "71", "Applicant"),
    Row("parties.author", "72", "Inventor"),
    Row("parties.holder", "73", "Holder"),
    Row("parties.representative", "74", "Representative"),
    Row("parties.licensee", "", "Licensee"),
)
_OTHER = (
    Row("number", "", "Registration number"),
    Row("registration_date", "", "Registered"),
    Row("expiry_date", "", "Expires"),
    Row("application_number", "", "Application number"),
    Row("filing_date", "", "Filed"),
    Row("created", "", "Created"),
    Row("first_use_date", "", "First used"),
    Row("effect_date", "", "Effect from"),
    Row("priorities", "", "Priority"),
    Row("publications", "", "Publication"),
    Row("titles", "", "Title"),
    Row("features", "", "Features"),
    Row("classes.work", "", "Kind of work"),
    Row("classes.product", "", "Products"),
    Row("abstract", "", "Abstract"),
    Row("description", "", "Description"),
    Row("images", "", "Image"),
    Row("parties.applicant", "", "Applicant"),
    Row("parties.author", "", "Author"),
    Row("parties.breeder", "", "Breeder"),
    Row("parties.claimant", "", "Claimant"),
    Row("parties.holder", "", "Holder"),
    Row("parties.representative", "", "Representative"),
    Row("parties.licensee", "", "Licensee"),
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
