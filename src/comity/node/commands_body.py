"""Commands about the bodies of the own party: naming them, with a sealing key for each."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from comity.node.cli import app, node, out

body_app = typer.Typer(no_args_is_help=True, help="Name bodies of this party, each with its own sealing key.")
app.add_typer(body_app, name="body")

Code = Annotated[str, typer.Argument(help="Code of the body: small letters, digits and dashes.")]


@body_app.command("add")
def add(code: Code, name: Annotated[str, typer.Argument(help="Name of the body.")]) -> None:
    """Name a body, make its sealing key if it has none, and publish the public half in the journal."""
    node()
    from comity.confidential import services

    public = services.name_body(code, name)
    out.print(f"{code}: {name}", highlight=False, markup=False, soft_wrap=True)
    out.print(f"Sealing key: {public}", highlight=False, markup=False, soft_wrap=True)
    path = services.body_key_path(code)
    if path.exists():
        out.print(f"Private half: {path}. Keep a copy apart.", highlight=False, markup=False, soft_wrap=True)


@body_app.command("rotate")
def rotate(
    code: Code,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Give a body a new sealing key and name it in the journal. The old one stays here, for what was sealed for it."""
    node()
    from comity.confidential import services

    for line in (
        f"A new sealing key will be made for {code}, and the journal will name it to all partners.",
        "Partners seal for the new key once they have that entry. What was sealed for the old one opens still.",
        "If the body keeps its key elsewhere: it needs the new file as well, beside the old one.",
    ):
        out.print(line, highlight=False, markup=False, soft_wrap=True)
    if not yes:
        typer.confirm("Go on?", abort=True)
    body = services.rotate_body(code)
    said = f"Entry {body.entry} names the new sealing key of {code}: {body.key}"
    out.print(said, highlight=False, markup=False, soft_wrap=True)
    path = services.body_key_path(code)
    out.print(f"Private half: {path}. Keep a copy apart.", highlight=False, markup=False, soft_wrap=True)


@body_app.command("drop")
def drop(code: Code) -> None:
    """Name a body no more. Its key stays here, for what was sealed for it."""
    node()
    from comity.confidential import services

    services.drop_body(code)
    out.print(f"No longer named: {code}", highlight=False)


@body_app.command("list")
def list_() -> None:
    """Show the bodies to which letters can be sent, and those of this party."""
    node()
    from comity.confidential import selectors

    table = Table("party", "code", "name", "key here", box=None)
    for view, here in selectors.bodies_known():
        table.add_row(view.party, view.code, view.name, "yes" if here else "")
    out.print(table)
