"""The verbs of the registers: import, retry, redact."""

from __future__ import annotations

import io
import logging
import shutil
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from comity.accounts import audit
from comity.accounts.policy import can
from comity.evidence import files
from comity.jobs import services as jobs
from comity.journal import services as journal_services
from comity.journal import vault
from comity.journal.models import Journal
from comity.journal.selectors import own
from comity.kernel.errors import ComityError, ConfigurationError, ConflictError, FormatError, NotFoundError, PolicyError
from comity.registers import writing
from comity.registers.domain.record import RightRecord
from comity.registers.entries import key_of
from comity.registers.formats import base
from comity.registers.formats import load as load_formats
from comity.registers.formats.base import Found, Item, ReadOptions, Rejected
from comity.registers.formats.mapping import parse_mapping
from comity.registers.models import Import, ImportRow, Right, RightVersion, SourceMark
from comity.registers.projection import stored
from comity.registers.writing import Written

logger = logging.getLogger("comity.registers")

AT_ONCE = 1000
ROWS_KEPT = 2_000
TASK = "registers.import"


class Upload(Protocol):
    """What Django hands over of an uploaded file, as far as it is needed here."""

    name: str | None
    size: int | None

    def chunks(self) -> Iterator[bytes]: ...


class _Counting(io.RawIOBase):
    """A raw file that counts what was read of it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self.count = 0

    def readinto(self, buffer: Any) -> int:
        n = self._file.readinto(buffer) or 0
        self.count += n
        return n

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()


def open_import(
    path: Path,
    *,
    name: str = "",
    source: str = "",
    format_name: str = "",
    mapping: str = "",
    full: bool = False,
    by: Any = None,
) -> Import:
    """Note an import that is to run. `mapping` is the text of a mapping file; `source` names the delivery's register.

    Raises ComityError when the file is missing, the format not known or the mapping wrong: before anything is read.
    """
    name = name or path.name
    if not path.is_file():
        raise NotFoundError("There is no such file.", place=str(path))
    if mapping:
        title = _mapping(mapping, name).name
        format_name = "mapping"
    else:
        load_formats()
        with path.open("rb") as file:
            head = file.read(base.HEAD_BYTES)
        if format_name and format_name not in base.FORMATS:
            known = ", ".join(sorted(base.FORMATS))
            raise FormatError(f"There is no format {format_name!r}.", remedy=f"Known: {known}.")
        format_name = format_name or base.detect(head, name).name
        title = format_name
    return Import.objects.create(
        name=name[:255],
        source=(source or title)[:100],
        format=format_name,
        mapping=mapping,
        path=str(path),
        full=full,
        by=by if getattr(by, "pk", None) else None,
        bytes_total=path.stat().st_size,
    )


def _mapping(text: str, name: str) -> Any:
    try:
        return parse_mapping(tomllib.loads(text), name)
    except ConfigurationError as error:
        # What is wrong stands in the mapping's text, not in the file that it reads.
        error.place = f"mapping of {error.place}"
        raise
    except tomllib.TOMLDecodeError as error:
        place = f"mapping of {name}"
        raise FormatError(f"The mapping is not TOML: {error}.", place=place, remedy="Correct the mapping.") from None


def _items(run: Import, stream: BinaryIO, stack: ExitStack) -> Iterator[Item]:
    options = ReadOptions(office=_default_office())
    if run.format == "mapping":
        mapping = _mapping(run.mapping, run.name)
        second: BinaryIO | None = None
        if mapping.join is not None:
            beside = Path(run.path).parent / mapping.join.file
            if not beside.is_file():
                raise FormatError(
                    f"The file {mapping.join.file} that the mapping joins is missing.",
                    place=run.name,
                    remedy="Put both files into one folder and import from the command line.",
                )
            second = stack.enter_context(beside.open("rb"))
        yield from mapping.read(stream, run.name, options, second=second)
        return
    load_formats()
    yield from base.FORMATS[run.format].read(stream, run.name, options)


def _default_office() -> str:
    offices = settings.COMITY.offices
    return str(offices[0]) if offices else ""


def run_import(run_id: int, tick: Callable[[Import], None] | None = None) -> Import:
    """Carry out an import. Runs again from the start after a crash: what is written already writes nothing."""
    run = Import.objects.get(pk=run_id)
    journal = own()
    with transaction.atomic():
        ImportRow.objects.filter(run=run).delete()
        for name in ("read", "added", "changed", "unchanged", "quarantined", "missing", "bytes_read"):
            setattr(run, name, 0)
        run.state, run.error, run.started_at, run.ended_at = Import.State.RUNNING, "", timezone.now(), None
        run.save()
    try:
        with ExitStack() as stack:
            raw = _Counting(Path(run.path))
            stream = stack.enter_context(io.BufferedReader(raw, 1 << 18))
            _read_all(run, journal, _items(run, stream, stack), raw, tick)
        if run.full:
            day = timezone.localdate().isoformat()
            run.missing = writing.mark_missing(journal, run.source, run.pk, day, (lambda: tick(run)) if tick else None)
    except (ComityError, OSError, EOFError) as error:
        # The good that came before stays; the person is told where the file broke.
        run.state, run.error = Import.State.FAILED, str(error)
    else:
        run.state = Import.State.DONE
    run.ended_at = timezone.now()
    run.save()
    return run


def _read_all(
    run: Import, journal: Journal, items: Iterator[Item], raw: _Counting, tick: Callable[[Import], None] | None
) -> None:
    batch: list[Item] = []

    def flush() -> None:
        _flush(run, journal, batch, raw.count)
        batch.clear()
        if tick:
            tick(run)

    try:
        for item in items:
            batch.append(item)
            if len(batch) >= AT_ONCE:
                flush()
    finally:
        flush()


def _flush(run: Import, journal: Journal, batch: list[Item], bytes_read: int) -> None:
    found = [item for item in batch if isinstance(item, Found)]
    rejected = [item for item in batch if isinstance(item, Rejected)]

    def sums(written: Written) -> None:
        bad = [(item.place, item.reason, item.remedy, item.raw) for item in rejected]
        for position, error in written.refused:
            item = found[position]
            bad.append((item.place, f"{error}", error.remedy, item.raw))
        _still_there(run, journal, [found[position].record for position, _ in written.refused])
        ImportRow.objects.bulk_create(
            ImportRow(run=run, place=place[:400], reason=reason[:4000], remedy=remedy[:1000], raw=raw)
            # All are counted, and the first are kept: a file of the wrong sort must not fill the disk.
            for place, reason, remedy, raw in bad[: max(0, ROWS_KEPT - run.quarantined)]
        )
        Import.objects.filter(pk=run.pk).update(
            read=F("read") + len(batch),
            added=F("added") + written.added,
            changed=F("changed") + written.changed,
            unchanged=F("unchanged") + written.unchanged,
            quarantined=F("quarantined") + len(bad),
            bytes_read=bytes_read,
        )

    writing.write_records(journal, [item.record for item in found], source=run.source, run=run.pk, after=sums)
    run.refresh_from_db()


def _still_there(run: Import, journal: Journal, refused: Iterable[RightRecord]) -> None:
    """A record that was refused is in the delivery nevertheless: its right has not disappeared."""
    keys = []
    for record in refused:
        with suppress(ComityError):
            keys.append(key_of(record))
    if keys:
        SourceMark.objects.filter(journal=journal, source=run.source, key__in=keys).update(run=run.pk)


def start_import(
    actor: Any,
    upload: Upload,
    *,
    source: str = "",
    format_name: str = "",
    mapping: str = "",
    full: bool = False,
) -> int:
    """Keep an uploaded file and queue its import. Returns the number under which its result waits."""
    _require(actor, "registers.import")
    name = Path(upload.name or "upload").name[:200] or "upload"
    if (upload.size or 0) > settings.COMITY.upload_mib * 1024 * 1024:
        raise FormatError(
            f"The file has more than {settings.COMITY.upload_mib} MiB.",
            place=name,
            remedy="Divide it, pack it with gzip or xz, or ask the operator to use `comity import`.",
        )
    folder = Path(settings.COMITY_HOME) / "imports" / timezone.now().strftime("%Y%m%d-%H%M%S-%f")
    folder.mkdir(parents=True)
    path = folder / f"upload{''.join(Path(name).suffixes[-2:])[:20]}"
    with path.open("wb") as file:
        for chunk in upload.chunks():
            file.write(chunk)
    try:
        with transaction.atomic():
            run = open_import(
                path, name=name, source=source, format_name=format_name, mapping=mapping, full=full, by=actor
            )
            jobs.enqueue(TASK, str(run.pk))
            audit.note(actor, audit.DECISION, f"import {run.pk}", act="import")
    except ComityError:
        shutil.rmtree(folder)
        raise
    return run.pk


def retry_import(actor: Any, run_id: int, mapping: str = "") -> int:
    """Import the same file again, with a corrected mapping if given. What was taken already writes nothing."""
    _require(actor, "registers.import")
    old = Import.objects.filter(pk=run_id).first()
    if old is None:
        raise NotFoundError("There is no such import.", place=str(run_id))
    if old.state in {Import.State.WAITING, Import.State.RUNNING}:
        raise ConflictError("This import has not ended yet.", remedy="Wait until it has.")
    with transaction.atomic():
        run = open_import(
            Path(old.path),
            name=old.name,
            source=old.source,
            format_name="" if old.mapping else old.format,
            mapping=mapping or old.mapping,
            full=old.full,
            by=actor,
        )
        ImportRow.objects.filter(run=old, settled_at=None).update(settled_at=timezone.now())
        jobs.enqueue(TASK, str(run.pk))
        audit.note(actor, audit.DECISION, f"import {run.pk}", act="import anew", of=old.pk)
    return run.pk


def _require(actor: Any, action: str) -> None:
    if not can(actor, action):
        raise PolicyError("Your role does not allow this.", remedy="Ask the operator of this node.")


def write_made(items: Iterable[tuple[RightRecord, dict[str, bytes]]], source: str) -> Written:
    """Write records together with their images: for registers that come from a program, as the demonstration's do."""
    journal = own()
    total = Written()
    batch: list[RightRecord] = []

    def flush() -> None:
        written = writing.write_records(journal, batch, source=source)
        for name in ("added", "changed", "unchanged"):
            setattr(total, name, getattr(total, name) + getattr(written, name))
        total.refused += written.refused
        batch.clear()

    for record, images in items:
        for data in images.values():
            files.put(data)
        batch.append(record)
        if len(batch) >= AT_ONCE:
            flush()
    flush()
    return total


@dataclass(frozen=True, slots=True)
class Redacted:
    """What a redaction took back: the entries' indexes, and how many openings."""

    entries: tuple[int, ...]
    persons: int


def redact(key: str, *, positions: Iterable[int] = (), ground: str = "", actor: Any = None) -> Redacted:
    """Take back persons' data from every version of an own right: at this node now, at partners when they follow.

    `positions`: of the parties in the current version (0 is the first); none given: all persons. An earlier version
    cannot tell which position was whom, so it loses all of its persons.
    """
    mine = own()
    told = Right.objects.filter(Q(journal=mine) | Q(journal__former=True), key=key).select_related("journal")
    # The present journal first, then those that were frozen, the newest first.
    rights = sorted(told, key=lambda right: (right.journal.own, right.journal_id), reverse=True)
    if not rights:
        raise NotFoundError(
            "This node's journal has no such right.", place=key, remedy="Only the owner of a record can redact it."
        )
    with transaction.atomic():
        wanted = sorted(set(positions))
        done = _redact(mine, rights[0], wanted, ground)
        for frozen in rights[1:]:
            more = _redact(mine, frozen, [], ground)
            done = Redacted(done.entries + more.entries, done.persons + more.persons)
        audit.note(actor, audit.DECISION, key, act="redaction", persons=done.persons)
    return done


def _redact(mine: Journal, right: Right, wanted: list[int], ground: str) -> Redacted:
    """Take back persons of one row, of the own journal or of a frozen one; imports into `mine` forget them."""
    journal = right.journal
    count = len(stored(right).parties)
    if wrong := [position for position in wanted if not 0 <= position < count]:
        raise FormatError(f"The record has {count} parties; there is no number {wrong[0]}.", place=right.key)
    olds = list(RightVersion.objects.filter(right=right).order_by("version").values_list("entry", flat=True))
    names = writing.names_in(journal, [*olds, right.entry])
    if not wanted and not vault.of(journal, [*olds, right.entry]):
        return Redacted((), 0)
    paths = writing.forget_persons(mine, right, wanted or range(count))
    if len(paths) < len(wanted):
        raise FormatError("Not every one of these parties is a person whose data is here.", place=right.key)
    if not wanted:
        writing.forget_earlier(mine, right, olds)
    entries = [journal_services.redact(journal, old, ground=ground) for old in olds]
    if wanted:
        entries += [journal_services.redact(journal, right.entry, path=path, ground=ground) for path in paths]
    else:
        entries.append(journal_services.redact(journal, right.entry, ground=ground))
    _forget_sources(names)
    return Redacted(tuple(entries), len(paths))


def _forget_sources(names: set[str]) -> None:
    """What imports have kept for another try may name them too: uploads that have ended, records in quarantine.

    An upload may be packed or in any encoding, so that none is searched: all that have ended go.
    """
    spelled = {name.encode(code, "ignore") for name in names for code in ("utf-8", "utf-16-le", "utf-16-be", "cp1251")}
    for row in ImportRow.objects.only("pk", "raw").iterator(chunk_size=200):
        raw = bytes(row.raw)
        if any(name and name in raw for name in spelled):
            ImportRow.objects.filter(pk=row.pk).update(raw=b"")
    folder = Path(settings.COMITY_HOME) / "imports"
    ended = Import.objects.filter(state__in=(Import.State.DONE, Import.State.FAILED), path__startswith=str(folder))
    for path in ended.values_list("path", flat=True):
        shutil.rmtree(Path(path).parent, ignore_errors=True)
