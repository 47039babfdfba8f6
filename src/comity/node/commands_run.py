"""Commands that run a node: serve, web, worker, sequence; and the demonstration."""

from __future__ import annotations

import json
import signal
import sys
import time
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from comity.kernel.errors import ConfigurationError
from comity.node import folder
from comity.node.cli import app, django, node, out
from comity.node.config import load
from comity.node.process import Beside


@app.command()
def web() -> None:
    """Run the web server alone. In production any number of these run beside workers."""
    node()
    from django.db import connections

    # The server's processes are forked. What SQLite opened here while the disk was read-only stays so in each of them.
    connections.close_all()
    _serve_web()


def _serve_web() -> None:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    from comity.node.bodies import THREADS

    folder.umask()
    config = load()
    Server(
        "comity.node.wsgi:application",
        address=config.host,
        port=config.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        backlog=256,
        log_access=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
    ).serve()


@app.command()
def worker() -> None:
    """Run the sequencer, the exchange with partners and the jobs."""
    node()
    from comity.node.worker import Worker

    running = Worker().start()

    def end(number: int, frame: FrameType | None) -> None:
        running._stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    running.wait()
    running.stop()
    if running.failed is not None:
        raise ConfigurationError(str(running.failed))


@app.command()
def serve() -> None:
    """Run a whole node: web server and worker in one process tree."""
    django()
    # Imported before the fork, for both processes.
    import comity.node.urls  # noqa: F401
    from comity.node.worker import Worker

    with Beside(_serve_web) as server:
        node()
        running = Worker().start()

        def end(number: int, frame: FrameType | None) -> None:
            running._stop.set()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        server.begin()
        config = load()
        out.print(f"{config.party}: http://{config.host}:{config.port}/", highlight=False)
        while not running._stop.wait(0.5):
            if server.ended:
                running._stop.set()
    running.stop()
    if running.failed is not None:
        raise ConfigurationError(str(running.failed))


@app.command()
def sequence() -> None:
    """Sequence what is pending, once, without serving."""
    node()
    from comity.federation import recovery
    from comity.journal import home, standing
    from comity.journal.selectors import own
    from comity.journal.sequencer import Sequencer

    with closing(Sequencer(own(), home.signing_key("log")).hold()) as sequencer:
        recovery.stand(sequencer)
        standing.refuse()
        count = sequencer.drain()
    out.print(f"{count:,} entries sequenced.", highlight=False)


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="The measures as one JSON object.")] = False,
) -> None:
    """Say how the node is. Exit code 1 if a person should look at something."""
    node()
    from dataclasses import asdict

    from rich.table import Table

    from comity.journal import finality
    from comity.journal.selectors import own
    from comity.web.measures import alarms, measure

    now = measure()
    found = alarms(now)
    if as_json:
        sys.stdout.write(json.dumps({**asdict(now), "alarms": [alarm.text() for alarm in found]}) + "\n")
        raise typer.Exit(1 if found else 0)
    table = Table(box=None, show_header=False)
    table.add_row("entries", f"{now.entries:,}, {now.size:,} signed, {now.pending:,} waiting to be")
    mine = own()
    table.add_row("final", f"{finality.final_size(mine):,}, held by {finality.said_of(mine)}")
    for partner in now.partners:
        told = f"{partner.lag_entries:,} entries behind it, {partner.uncosigned_entries:,} of ours not cosigned"
        silent = "never" if partner.silent_s < 0 else f"{partner.silent_s:.0f} s ago"
        table.add_row(f"partner {partner.party}", f"{told}, last exchange {silent}")
    table.add_row("held entries", f"{now.held:,}")
    table.add_row("quarantined records", f"{now.quarantined:,}")
    table.add_row("jobs", ", ".join(f"{count} {state}" for state, count in now.jobs.items()))
    table.add_row("disk", f"{now.disk_free // 1024**2:,} of {now.disk_total // 1024**2:,} MiB free")
    table.add_row("worker", ", ".join(f"{name} {age:.0f} s ago" for name, age in sorted(now.threads.items())) or "-")
    out.print(table)
    for alarm in found:
        out.print(f"[bold red]alarm:[/] {alarm.text()}", highlight=False)
    raise typer.Exit(1 if found else 0)


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Do it all, print the summary, end.")] = False,
    data: Annotated[Path | None, typer.Option("--data", help="Folder of real registers to load.", exists=True)] = None,
    folder: Annotated[Path, typer.Option(help="Where the two nodes are made; it is emptied first.")] = Path("var/demo"),
    seed: Annotated[int, typer.Option(help="Seed of the fictional registers.")] = 2025,
    rights: Annotated[int, typer.Option(help="Rights per office.", min=13)] = 2200,
    port: Annotated[int, typer.Option(help="Port of the first node; the second has the next.")] = 8001,
) -> None:
    """Make two nodes, load their registers, pair them, exchange, and serve both."""
    from comity.node.demo import run

    run.demo(folder.absolute(), once=once, data=data, seed=seed, rights=rights, port=port)


@app.command("demo-load", hidden=True)
def demo_load(
    seed: int = 2025,
    rights: int = 2200,
    data: Path | None = None,
    mappings: Path | None = None,
) -> None:
    """Fill this node of the demonstration."""
    node()
    from django.conf import settings

    from comity.node.demo import agreement, load, positions

    load.people()
    agreement.state_what_is_known(settings.COMITY.party)
    if data is not None and mappings is not None:
        load.real(data, mappings)
    else:
        positions.fictional(settings.COMITY.party)
        load.fictional(seed, rights)


@app.command("demo-state", hidden=True)
def demo_state(watch: bool = False) -> None:
    """Say as one line of JSON how far this node is; with --watch, four times a second until nobody listens."""
    django()
    from comity.node.demo import state

    while True:
        typer.echo(json.dumps(state.state()))
        if not watch:
            return
        sys.stdout.flush()
        time.sleep(0.25)
