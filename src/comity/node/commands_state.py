"""Commands that show how far the node's journals are."""

from __future__ import annotations

from rich.table import Table

from comity.kernel.errors import ConfigurationError
from comity.node.cli import app, node, out


@app.command()
def status() -> None:
    """Show the journals: entries, signed, final, applied, held back; and who must hold an entry before it is final."""
    node()
    from comity.journal import finality, selectors

    table = Table("party", "journal", "entries", "signed", "final", "applied", "held back", box=None)
    for view in selectors.overview():
        counts = (view.entries, view.size, view.final, view.applied, view.held)
        table.add_row(view.party, view.origin, *(f"{count:,}" for count in counts))
    out.print(table)
    try:
        rule = finality.rule_of(selectors.own())
    except ConfigurationError as error:
        out.print(f"Nothing of this node is final: {error}", style="red", markup=False)
        return
    if rule.policy is not None:
        said = f"the quorum {rule.policy.quorum} of {finality.path()}"
    else:
        said = ", ".join(holder.name for holder in rule.holders)
    out.print(
        f"Final is what is held by: {said or 'nobody yet, for no partner is paired'}.", highlight=False, markup=False
    )
