"""Commands about partners: invite, accept, confirm, list, stop; and one round of exchange on demand."""

from __future__ import annotations

import time
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TaskID
from rich.table import Table

from comity.kernel import clock
from comity.kernel.bundle import fingerprint as fingerprint_of
from comity.kernel.errors import NotFoundError
from comity.node.cli import app, err, node, out
from comity.node.commands import bar

partner_app = typer.Typer(name="partner", help="Pair with partners' nodes.", no_args_is_help=True)
app.add_typer(partner_app)

DOUBTS = {
    "beyond": "It answers for entries that this journal does not have. Speak with the partner.",
    "tree": "It has applied other entries than this journal has: one node shows two views. Speak with the partner.",
}
Fingerprint = Annotated[str, typer.Option(help="The fingerprint that the partner read; asked for if not given.")]


@partner_app.command()
def invite(
    party: Annotated[str, typer.Argument(help="ST.3 code of the party to invite.")],
    file: Annotated[Path, typer.Argument(help="File to write; send it to the partner.")],
    wait: Annotated[bool, typer.Option(help="Wait for the answer and confirm it here.")] = True,
    fingerprint: Fingerprint = "",
) -> None:
    """Write an invitation, wait for the partner's answer, compare the fingerprint. The node must be serving."""
    node()
    from comity.federation import services
    from comity.federation.models import Partner

    text = services.invite(party)
    file.write_text(text)
    out.print(f"Send {file} to the partner. It runs: comity partner accept {file.name}", highlight=False)
    if not wait:
        return
    out.print("Waiting for the answer; Ctrl-C leaves, `comity partner confirm` goes on later.")
    row = Partner.objects.filter(party=party).latest("pk")
    while row.state == Partner.State.INVITED:
        time.sleep(0.5)
        row.refresh_from_db()
    _confirm(row, fingerprint)


@partner_app.command()
def accept(
    file: Annotated[Path, typer.Argument(help="The invitation that came from the partner.", exists=True)],
    wait: Annotated[bool, typer.Option(help="Compare the fingerprint now.")] = True,
    fingerprint: Fingerprint = "",
) -> None:
    """Answer an invitation and compare the fingerprint."""
    node()
    from comity.federation import services

    row = services.accept(file.read_text())
    if wait:
        _confirm(row, fingerprint)
    else:
        out.print(f"Fingerprint: {row.fingerprint}", highlight=False)


@partner_app.command()
def confirm(
    party: Annotated[str, typer.Argument(help="ST.3 code of the party.")],
    fingerprint: Fingerprint = "",
) -> None:
    """Confirm a partner whose fingerprint was compared by telephone."""
    node()
    from comity.federation.models import Partner

    row = Partner.objects.filter(party=party, state=Partner.State.UNCONFIRMED).order_by("-pk").first()
    if row is None:
        raise NotFoundError(f"No partner {party} waits to be confirmed.", remedy="See `comity partner list`.")
    _confirm(row, fingerprint)


def _confirm(row: object, fingerprint: str) -> None:
    from comity.federation import services
    from comity.federation.models import Partner

    assert isinstance(row, Partner)
    out.print(f"Fingerprint of both nodes: [bold]{row.fingerprint}[/]", highlight=False)
    if not fingerprint:
        out.print(f"Telephone {row.party} on a number that you knew before, and read it to each other.")
        if not typer.confirm("Did they read the same digits?"):
            err.print("Not confirmed. Nothing is exchanged.", style="red")
            raise typer.Exit(1)
        fingerprint = row.fingerprint
    services.confirm(row, fingerprint)
    out.print(f"Paired with {row.party}.", highlight=False)


@partner_app.command()
def card(
    file: Annotated[Path, typer.Argument(help="File to write.")],
    party: Annotated[str, typer.Argument(help="Whose card; this node's own if not given.")] = "",
) -> None:
    """Write a card into a file, for a party that joins; print the fingerprint that its own people read out."""
    node()
    from comity.federation import introduced, services

    note = introduced.card_note(party)[1] if party else services.own_card()
    file.write_text(note)
    out.print(f"Fingerprint of the card: {introduced.fingerprint(note)}", highlight=False)


@partner_app.command()
def introduce(
    file: Annotated[Path, typer.Argument(help="The card of a partner that cannot be reached yet.", exists=True)],
    fingerprint: Fingerprint = "",
) -> None:
    """Follow a partner's journal from the copies that other partners hold, until the two nodes are paired."""
    node()
    from comity.federation import domain, introduced

    note = file.read_text()
    party = domain.read_card(note).party
    if not fingerprint:
        fingerprint = introduced.fingerprint(note)
        out.print(f"Fingerprint of the card: [bold]{fingerprint}[/]", highlight=False)
        out.print(f"Telephone {party} on a number that you knew before; its people run `comity partner card`.")
        if not typer.confirm("Did they read the same digits?"):
            err.print("Not confirmed. Nothing is followed.", style="red")
            raise typer.Exit(1)
    introduced.introduce(note, fingerprint)
    out.print(f"Introduced: {party}. Its journal comes from the copies that paired partners hold.", highlight=False)


@partner_app.command("list")
def list_() -> None:
    """Show partners: state, fingerprint, lag, last error."""
    node()
    from comity.federation import selectors

    columns = ("lag", "held", "cosigned of ours", "held of ours", "applied of ours", "refused", "deletions unconfirmed")
    table = Table("party", "state", "journal", *columns, "last error", box=None)
    for view in selectors.partners():
        table.add_row(
            view.party,
            view.state,
            view.origin,
            str(view.lag_entries),
            str(view.held),
            str(view.their_cosigned_size),
            str(view.their_mirrored_size),
            f"{view.answer.end} of {view.answer.of}" if view.answer else "",
            str(view.answer.count) if view.answer else "",
            str(view.unconfirmed),
            view.last_error,
        )
    out.print(table)


@partner_app.command()
def show(party: Annotated[str, typer.Argument(help="ST.3 code of the party.")]) -> None:
    """Show what a partner says of our journal: applied up to where, refused, deletions not confirmed, its release."""
    node()
    from comity.federation import confirmations, selectors

    found = [view for view in selectors.partners() if view.party == party]
    if not found:
        raise NotFoundError(f"There is no partner {party}.", remedy="See `comity partner list`.")
    for view in found:
        line(f"{view.party}: {view.state}, {view.origin or 'no journal yet'}")
        if view.answer is None:
            line("It has given no receipt yet.")
        else:
            line(f"Applied up to {view.answer.end} of {view.answer.of} entries, {_age(view.answer.at)} ago.")
            if view.answer.doubt:
                line(DOUBTS[view.answer.doubt])
            for item in view.answer.refused:
                kind = f"{item.kind}/{item.version}" if item.kind else "does not parse"
                line(f"  refused {item.index} ({kind}): {item.state} {item.reason}".rstrip())
            if view.answer.count > len(view.answer.refused):
                line(f"  and {view.answer.count - len(view.answer.refused)} more")
        for late in confirmations.unconfirmed(party):
            why = "refused" if late.refused else "not confirmed"
            of = f" of {late.origin}" if late.origin else ""
            line(f"Deletion {late.entry}, of entry {late.index}{of} ({late.about}): {why}, {_age(late.at)} old.")
        if view.release:
            line(f"Its release is {view.release}.")
        for kind in view.unknown_there:
            line(f"It does not know {kind} yet: such entries wait there.")
        for kind in view.unknown_here:
            line(f"This node does not know {kind} yet: such entries wait here.")


def line(text: str) -> None:
    out.print(text, highlight=False, markup=False, soft_wrap=True)


def _age(since: datetime) -> str:
    seconds = max(0, int((clock.now() - since).total_seconds()))
    for unit, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"


@partner_app.command()
def stop(party: Annotated[str, typer.Argument(help="ST.3 code of the party.")]) -> None:
    """Exchange no more with a partner. What was received stays."""
    node()
    from comity.federation import services
    from comity.federation.models import Partner

    rows = Partner.objects.filter(party=party).exclude(state=Partner.State.STOPPED)
    if not rows:
        raise NotFoundError(f"There is no partner {party} to stop.")
    for row in rows:
        services.stop(row)
    out.print(f"Stopped: {party}", highlight=False)


def _show(progress: Progress, task: TaskID, at: int, of: int) -> None:
    progress.update(task, completed=at, total=of, note=f"{at:,} entries")


@app.command()
def keys() -> None:
    """Print the public keys that this node knows, as a file for `comity verify --keys`. Publish your own."""
    node()
    from comity.federation.keys import known, sealing

    for item in known():
        ended = "" if item.used else f", {item.state}"
        text = f"# {item.party} {item.role}{ended}: {fingerprint_of(item.key)}"
        out.print(text, highlight=False, markup=False, soft_wrap=True)
        # A key that was taken back is shown, and not given to verifiers.
        line = f"# {item.key}" if item.state == "revoked" else str(item.key)
        out.print(line, highlight=False, markup=False, soft_wrap=True)
    for party, public in sealing():
        # A comment, for it verifies nothing: such a file goes to `comity verify`.
        out.print(f"# {party} sealing: {public}", highlight=False, markup=False, soft_wrap=True)


@app.command()
def sync(
    party: Annotated[str, typer.Argument(help="Only this partner.")] = "",
) -> None:
    """Exchange with partners once, now. Exit code 1 if any failed."""
    node()
    from comity.federation import rounds
    from comity.federation.models import Partner

    states = (Partner.State.PAIRED, Partner.State.INTRODUCED)
    rows = Partner.objects.filter(state__in=states).select_related("journal")
    if party:
        rows = rows.filter(party=party)
    failed = False
    table = Table("party", "size", "stored", "applied", "held", "images", "cosigned", "held by it", "error", box=None)
    for row in rows:
        with bar() as progress:
            task = progress.add_task(f"from {row.party}", total=None, note="")
            done = rounds.exchange(row, partial(_show, progress, task))
        failed = failed or bool(done.error)
        table.add_row(
            done.party,
            *(f"{n:,}" for n in (done.size, done.stored, done.applied, done.held, done.files)),
            *(f"{n:,}" for n in (done.cosigned, done.mirrored)),
            done.error,
        )
    out.print(table)
    if failed:
        raise typer.Exit(1)
