"""What fsck checks of the registers besides their shared tables: search text, its index, and the files of images."""

from __future__ import annotations

import hashlib
from contextlib import suppress

import orjson
from django.db import DatabaseError, connection, transaction
from django.db.models import Exists, OuterRef

from comity.evidence import files
from comity.journal import vault
from comity.journal.check_report import AT_MOST, BACKUP, REBUILD, STRAY, Inspection, register_check
from comity.journal.models import Journal, Opening
from comity.kernel.errors import ComityError
from comity.registers import projection
from comity.registers.models import Right, RightClass, RightImage, RightVersion, SearchDoc
from comity.registers.rows import row_of

AT_ONCE = 2000


def check(inspection: Inspection) -> None:
    _files(inspection)
    for journal in inspection.journals:
        _images(journal, inspection)
        _search_text(journal, inspection)
    _strays(inspection)
    _index(inspection)


def _strays(inspection: Inspection) -> None:
    """Rows that hang on nothing: PostgreSQL checks no foreign key of these tables."""
    rights = Right.objects.filter(pk=OuterRef("right"))
    for model, name in (
        (SearchDoc, "search_doc"),
        (RightVersion, "right_version"),
        (RightClass, "right_class"),
        (RightImage, "right_image"),
    ):
        for pk in model._default_manager.filter(~Exists(rights)).order_by("pk").values_list("pk", flat=True)[:AT_MOST]:
            what = "There is no such right."
            inspection.report.error(f"registers.{name} {pk}, column right", what, STRAY)
    lost = Right.objects.filter(~Exists(Journal.objects.filter(pk=OuterRef("journal")))).order_by("pk")
    for pk, key in lost.values_list("pk", "key")[:AT_MOST]:
        inspection.report.error(f"registers.right {pk} {key}, column journal", "There is no such journal.", STRAY)


def _files(inspection: Inspection) -> None:
    """Every file hashes to its name; others are told of."""
    report, folder = inspection.report, files.folder()
    for path in sorted(p for p in folder.rglob("*") if not p.is_dir()):
        place = f"files/{path.relative_to(folder).as_posix()}"
        if (
            path.name != path.parts[-1]
            or len(path.name) != 64
            or path != folder / path.name[:2] / path.name[2:4] / path.name
        ):
            report.warn(place, "No content-addressed file has this name.", "Delete it when nobody misses it.")
            continue
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        report.checked["files"] += 1
        if digest != path.name:
            report.error(
                place,
                "Its bytes do not hash to its name.",
                "Delete it: a partner's image comes again with the next exchange, an own one from a backup.",
            )
        inspection.tick("files", 1)


def _images(journal: Journal, inspection: Inspection) -> None:
    """The images of own rights are here; those of partners may still be on their way."""
    names = RightImage.objects.filter(right__journal=journal).order_by("sha256").values_list("sha256", flat=True)
    missing = 0
    for sha256 in names.distinct().iterator():
        try:
            here = files.has(sha256)
        except ComityError:
            continue  # The comparison of registers.right_image names it.
        if here:
            continue
        if journal.own:
            missing += 1
        if journal.own and missing <= AT_MOST:
            inspection.report.error(f"files/{sha256[:2]}/{sha256[2:4]}/{sha256}", "The image is missing.", BACKUP)
        elif not journal.own:
            inspection.report.checked["images of partners not here yet"] += 1
    if missing > AT_MOST:
        inspection.report.error("files", f"{missing - AT_MOST} more images of own rights are missing.", BACKUP)


def _search_text(journal: Journal, inspection: Inspection) -> None:
    """The search text is what the record and the vault give."""
    report, found, after = inspection.report, 0, 0
    while rows := list(Right.objects.filter(journal=journal, pk__gt=after).order_by("pk")[:AT_ONCE]):
        after = rows[-1].pk
        docs = SearchDoc.objects.in_bulk([row.pk for row in rows])
        openings = _openings(journal, [row.entry for row in rows if '"cm":' in row.record])
        for row in rows:
            report.checked["search texts"] += 1
            try:
                projection.stored(row)
                opened = {path: value for path, (_, value) in openings.get(row.entry, {}).items()}
                _, *want = projection.doc(row.pk, row_of(orjson.loads(row.record)), opened)
            except (ComityError, ValueError, TypeError, KeyError):
                continue  # The record was changed: the comparison of registers.right names it.
            have = docs.get(row.pk)
            given = zip(("words", "people"), want, strict=True)
            wrong = [column for column, text in given if have is None or getattr(have, column) != text]
            if wrong:
                found += 1
                if found <= AT_MOST:
                    place = f"registers.search_doc {row.key} ({journal.origin}), column {' and '.join(wrong)}"
                    report.error(
                        place, "The search text is not that of the record." if have else "It is missing.", REBUILD
                    )
        inspection.tick("search texts", len(rows))
    if found > AT_MOST:
        report.error(f"registers.search_doc ({journal.origin})", f"{found - AT_MOST} more are wrong.", REBUILD)


def _openings(journal: Journal, indexes: list[int]) -> dict[int, vault.Openings]:
    """The openings that can be read; those that cannot are named by the check of the vault."""
    found: dict[int, vault.Openings] = {}
    for index, data in Opening.objects.filter(journal=journal, index__in=indexes).values_list("index", "data"):
        with suppress(ValueError, TypeError, AttributeError):
            found[index] = vault.load(data)
    return found


def _index(inspection: Inspection) -> None:
    """SQLite: the full-text index holds exactly the search text. PostgreSQL computes its own from the row."""
    if connection.vendor != "sqlite":
        return
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO registers_fts(registers_fts, rank) VALUES ('integrity-check', 1)")
    except DatabaseError as error:
        what = f"The full-text index does not hold what the search texts say ({error})."
        inspection.report.error("registers_fts", what, REBUILD)


register_check("registers", check)
