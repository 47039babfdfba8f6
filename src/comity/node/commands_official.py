"""Commands about the signing keys of officials: which ones hold, and publishing that."""

from __future__ import annotations

import typer
from rich.table import Table

from comity.node.cli import app, node, out

official_app = typer.Typer(no_args_is_help=True, help="Signing keys of officials, by role and body.")
app.add_typer(official_app, name="official")


@official_app.command("list")
def list_() -> None:
    """Show the keys that the parties have named, and those that holders made here and nobody has published yet."""
    node()
    from comity.agreement import selectors
    from comity.journal.selectors import own

    table = Table("party", "body", "role", "key", "since", "until", "ended by", box=None)
    for row in selectors.officials_of_all():
        ended = "" if row.ended is None else str(row.ended)
        table.add_row(row.journal.party, row.body, row.role, row.keyid, row.since, row.until, ended)
    out.print(table)
    named, due = set(selectors.officials(own())), set(selectors.officials_due(None))
    out.print(f"Not published yet: {len(due - named)} new, {len(named - due)} ended.", highlight=False)


@official_app.command("publish")
def publish() -> None:
    """Write into the journal which keys hold now."""
    node()
    from comity.agreement import services

    out.print(f"Entry {services.publish_officials(None)}.", highlight=False)
