"""The command line of a node. Every command is documented in `docs/use/commands.md`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from comity.kernel.errors import ComityError

app = typer.Typer(
    name="comity",
    help="A node of an intellectual-property cooperation agreement.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
out = Console()
err = Console(stderr=True)

Home = Annotated[Path | None, typer.Option("--home", envvar="COMITY_HOME", help="The node's folder.")]


@app.callback()
def root(home: Home = None) -> None:
    """A node of an intellectual-property cooperation agreement."""
    if home is not None:
        os.environ["COMITY_HOME"] = str(home.absolute())


def django() -> None:
    """Start Django with the settings of the node's folder. Only commands that need a node pay for it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "comity.node.settings")
    import django as framework

    framework.setup()


def node() -> None:
    """Start Django and bring the node's database up to date. Raises ConfigurationError where there is no node."""
    django()
    from comity.node import folder, setup

    folder.umask()
    setup.prepare()


def main() -> None:
    """Entry point of the `comity` script: errors of ours as one plain line, exit code 2."""
    # The modules register their commands with `app`.
    from comity.node import commands, commands_partner, commands_run  # noqa: F401

    try:
        app()
    except ComityError as error:
        err.print(f"[bold red]{error.code}:[/] ", end="", highlight=False)
        err.print(str(error), highlight=False, markup=False, soft_wrap=True)
        sys.exit(2)
