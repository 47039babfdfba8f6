"""Commands about a node's own state: init, import, export, redact, rebuild, fsck, digest, verify."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from comity.kernel.errors import ComityError, FormatError
from comity.node.cli import app, django, err, node, out

Party = Annotated[str, typer.Option(help="ST.3 code of the party, such as BY.")]


def bar() -> Progress:
    """A progress bar for people; silent where the output is not a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=28),
        TaskProgressColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        console=out,
        disable=not out.is_terminal,
    )


@app.command()
def init(
    party: Party,
    origin: Annotated[str, typer.Option(help="Identity of the journal, such as ip.gov.example/journal.")],
    name: Annotated[str, typer.Option(help="Name of the office.")] = "",
    offices: Annotated[str, typer.Option(help="ST.3 codes of its registers, by comma; the party's if not given.")] = "",
    url: Annotated[str, typer.Option(help="Address at which partners reach it; none if nobody can.")] = "",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8001,
    database: Annotated[str, typer.Option(help="Database address; SQLite in the folder if not given.")] = "",
    language: Annotated[str, typer.Option(help="en, ru or be.")] = "en",
    fictional: Annotated[bool, typer.Option(help="The node holds demonstration data; pages say so.")] = False,
) -> None:
    """Make a node in an empty folder: settings, keys, database, first entry of the journal."""
    from comity.node import folder as folders
    from comity.node.config import home_from_environment, load

    folders.umask()
    folder = home_from_environment()
    codes = [code.strip() for code in offices.split(",") if code.strip()]
    folders.write_config(
        folder,
        {
            "party": party,
            "name": name or party,
            "origin": origin,
            "offices": codes or [party],
            "url": url,
            "host": host,
            "port": port,
            "database_url": database,
            "language": language,
            "fictional": fictional,
        },
    )
    (folder / "keys").mkdir(exist_ok=True, mode=0o700)
    load.cache_clear()
    node()
    from comity.journal import home

    out.print(f"The node of {party} is ready in {folder}.", highlight=False, soft_wrap=True)
    out.print(f"Log key: {home.signing_key('log').verifier}", highlight=False, soft_wrap=True)


def _show(progress: Progress, task: TaskID, run: Any) -> None:
    progress.update(task, completed=run.bytes_read, note=f"{run.read:,} records")


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="Files to read.", exists=True, dir_okay=False)],
    mapping: Annotated[Path | None, typer.Option(help="Mapping file for CSV, TSV or JSON.", exists=True)] = None,
    format: Annotated[str, typer.Option(help="Format; told from the file if not given.")] = "",  # noqa: A002
    source: Annotated[str, typer.Option(help="Name of the delivery's register, for --full.")] = "",
    full: Annotated[bool, typer.Option("--full", help="The delivery is complete: mark what it lacks.")] = False,
) -> None:
    """Read files of rights into the journal. What is known already writes nothing."""
    node()
    from comity.registers import services

    text = mapping.read_text("utf-8") if mapping else ""
    if full and len(files) > 1:
        raise FormatError("A full delivery is one file.", remedy="Join the files, or import them without --full.")
    failed = False
    table = Table("file", "read", "new", "changed", "unchanged", "quarantined", "missing", "state", box=None)
    for path in files:
        run = services.open_import(path.absolute(), mapping=text, format_name=format, source=source, full=full)
        with bar() as progress:
            task = progress.add_task(path.name, total=run.bytes_total or None, note="")
            run = services.run_import(run.pk, partial(_show, progress, task))
        table.add_row(
            run.name,
            *(f"{n:,}" for n in (run.read, run.added, run.changed, run.unchanged, run.quarantined, run.missing)),
            run.state,
        )
        for row in run.importrow_set.order_by("pk")[:20]:
            err.print(f"quarantined: {row.place}: {row.reason}", highlight=False, markup=False, soft_wrap=True)
        if run.error:
            err.print(run.error, style="red", highlight=False, markup=False, soft_wrap=True)
        failed = failed or bool(run.error)
    out.print(table)
    if failed:
        raise typer.Exit(1)


@app.command()
def export(
    target: Annotated[Path, typer.Argument(help="File to write; its folder must exist.")],
    format: Annotated[str, typer.Option(help="st96, jsonlines or csv.")] = "jsonlines",  # noqa: A002
    kind: Annotated[list[str] | None, typer.Option(help="Only rights of this kind; may be repeated.")] = None,
    office: Annotated[list[str] | None, typer.Option(help="Only of this office; may be repeated.")] = None,
    partners: Annotated[bool, typer.Option(help="Partners' rights too.")] = False,
) -> None:
    """Write rights to a file: ST.96 XML, JSON lines or CSV."""
    node()
    from comity.accounts import audit
    from comity.registers import selectors
    from comity.registers.domain.record import KINDS
    from comity.registers.formats import base, load

    load()
    chosen = base.FORMATS.get(format)
    if chosen is None or chosen.write is None:
        able = sorted(name for name, fmt in base.FORMATS.items() if fmt.write)
        raise FormatError(f"Nothing is written in the format {format!r}.", remedy=f"Use {', '.join(able)}.")
    if wrong := sorted(set(kind or ()) - set(KINDS)):
        raise FormatError(f"There is no kind {wrong[0]!r}.", remedy=f"Known: {', '.join(sorted(KINDS))}.")
    rows = selectors.export_rows(offices=office or (), kinds=kind or (), own=not partners)
    temporary = target.with_name(f".{target.name}.part")
    try:
        with temporary.open("wb") as file:
            chosen.write((record for _, record in selectors.records_of(rows)), file)
        temporary.replace(target)
        audit.note(None, audit.EXPORT, "registers", form=format, own="yes" if not partners else "no")
    except ComityError:
        temporary.unlink(missing_ok=True)
        raise
    out.print(f"{target}: {target.stat().st_size:,} bytes", highlight=False, soft_wrap=True)


@app.command()
def redact(
    key: Annotated[str, typer.Argument(help="Key of the right, such as BY/trademark/77123.")],
    position: Annotated[list[int] | None, typer.Option(help="Party to take back, from 0; all if not given.")] = None,
    ground: Annotated[str, typer.Option(help="Ground of the removal, without personal data.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take back persons' data of an own right, here and at partners. It cannot be undone."""
    node()
    from comity.registers import services

    if not yes:
        typer.confirm(f"Remove the personal data of {key} for good, here and at partners?", abort=True)
    done = services.redact(key, positions=position or (), ground=ground)
    out.print(f"Persons removed: {done.persons}; entries {', '.join(map(str, done.entries))}.", highlight=False)


@app.command()
def rebuild() -> None:
    """Derive all shared tables again from the journals."""
    node()
    from comity.journal import rebuild as rebuilding

    rebuilding.rebuild()
    _print_digest()


@app.command()
def digest() -> None:
    """Print the digest of the shared state: equal at two nodes that hold the same journals."""
    node()
    _print_digest()


def _print_digest() -> None:
    from comity.journal import digest as digests

    found = digests.digest()
    for origin, journal in sorted(found.journals.items()):
        held = f", held back: {', '.join(map(str, journal.held))}" if journal.held else ""
        out.print(f"{origin}: {journal.applied:,} entries applied{held}", highlight=False, soft_wrap=True)
        for name, table in journal.tables.items():
            out.print(f"{table.sha256}  {name}, {table.rows:,} rows", highlight=False, soft_wrap=True)
    out.print(f"{found.total}  total", highlight=False, soft_wrap=True)


@app.command()
def fsck() -> None:
    """Check every file, hash, proof, signature and table against the journals. Exit code 1 if anything is wrong."""
    node()
    from comity.journal import fsck as checking

    report = checking.fsck()
    for finding in report.findings:
        text = f"warning: {finding}" if finding.warning else str(finding)
        err.print(text, highlight=False, markup=False, soft_wrap=True)
    checked = ", ".join(f"{count:,} {what}" for what, count in report.checked.items())
    warnings = sum(finding.warning for finding in report.findings)
    counted = f"{len(report.findings) - warnings} findings" + (f", {warnings} warnings" if warnings else "")
    out.print(f"Checked {checked}. {counted}.", highlight=False, soft_wrap=True)
    if not report.clean:
        raise typer.Exit(1)


@app.command()
def retry() -> None:
    """Try held entries of every journal again: after an upgrade, or when what they lacked has come."""
    node()
    from comity.journal import selectors, services

    held = [view for view in selectors.overview() if view.held]
    if not held:
        out.print("No entries are held back.")
    for view in held:
        done = services.retry(selectors.by_origin(view.origin))
        out.print(f"{view.origin}: {done.applied} applied, {done.held} still held", highlight=False)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def verify(context: typer.Context) -> None:
    """Verify an extract or a proof bundle, offline and without a node. See `comity verify --help`."""
    from comity.kernel.__main__ import main as verify_main

    sys.exit(verify_main(context.args))


@app.command()
def check() -> None:
    """Say whether this node is ready to serve: settings, database, keys, journal."""
    django()
    from django.conf import settings

    from comity.journal import home, keystore
    from comity.node import setup

    setup.check_database()
    for role in home.ROLES:
        home.signing_key(role)
    home.sealing_key()
    node()
    if bare := keystore.in_clear(home.home() / "keys"):
        told = f"In clear on this disk: {', '.join(bare)}. Encrypt them with `comity key encrypt`."
        err.print(told, style="yellow", highlight=False, soft_wrap=True)
    out.print(f"{settings.COMITY.party} {settings.COMITY.origin}: ready.", highlight=False, soft_wrap=True)
    if os.environ.get("COMITY_HOME") is None:
        out.print("COMITY_HOME is not set: the folder is var/node below the present one.", highlight=False)
