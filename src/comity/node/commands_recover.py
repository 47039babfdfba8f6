"""Commands about coming back: recover, displaced."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer
from rich.table import Table

from comity.kernel.errors import ConflictError
from comity.node.cli import app, node, out


@app.command()
def recover(
    without: Annotated[
        list[str] | None,
        typer.Option(help="A partner not to wait for; may be repeated. What it alone has seen is forgotten."),
    ] = None,
    alone: Annotated[
        bool,
        typer.Option("--alone", "--accept-risk", help="Ask nobody: there is no partner, or nothing was put back."),
    ] = False,
) -> None:
    """Say whether this node reads only, and why; ask its partners now what it had signed, and let it write again."""
    node()
    from comity.federation import recovery
    from comity.journal import home, standing
    from comity.journal.selectors import own
    from comity.journal.sequencer import Sequencer

    try:
        sequencer = Sequencer(own(), home.signing_key("log")).hold()
    except ConflictError:
        mark = standing.read()
        if mark is None:
            out.print("This node writes: nothing was rolled back.")
            return
        if without or alone:
            raise
        out.print(f"This node reads only. {mark.words} {mark.waits_for}", highlight=False, soft_wrap=True)
        out.print("The running node asks its partners by itself.")
        raise typer.Exit(1) from None
    with closing(sequencer):
        recovery.stand(sequencer)
        if standing.read() is None:
            out.print("This node writes: nothing was rolled back.")
            return
        done = recovery.recover(sequencer, without=without or (), alone=alone)
    asked = ", ".join(done.asked) or "nobody"
    out.print(
        f"Asked: {asked}. {done.size:,} entries are signed, {done.taken:,} taken back, {done.applied:,} applied, "
        f"{done.held:,} held back, {done.openings:,} with personal data. This node writes again.",
        highlight=False,
        soft_wrap=True,
    )
    if done.displaced:
        out.print(f"{done.displaced:,} entries are put aside: see `comity displaced`.", highlight=False)


@app.command()
def displaced(
    show: Annotated[int, typer.Option(help="Print this one whole, with its personal data.")] = 0,
    drop: Annotated[int, typer.Option(help="Delete this one, when its fact was entered anew.")] = 0,
) -> None:
    """List entries that were put aside: added on a rolled-back state, at places that had been signed otherwise."""
    node()
    from comity.journal import displaced as aside

    if drop:
        aside.drop(drop)
        out.print(f"Deleted: {drop}.", highlight=False)
        return
    if show:
        row = aside.view(show)
        out.print(row.text, highlight=False, markup=False, soft_wrap=True)
        out.print(row.openings, highlight=False, markup=False, soft_wrap=True)
        return
    table = Table("number", "place", "kind", "about", "added", box=None)
    for row in aside.views():
        table.add_row(str(row.number), str(row.index), row.kind, row.about, f"{row.added_at:%Y-%m-%d %H:%M}")
    out.print(table)
