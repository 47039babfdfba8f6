"""The command line of a node. Every command is documented in `docs/use/commands.md`."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from comity.kernel.errors import ComityError, ConfigurationError

app = typer.Typer(
    name="comity",
    help="A node of an intellectual-property cooperation agreement.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
DISK = frozenset({errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EIO})
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
    from django.db import DatabaseError

    from comity.node import folder, process, setup

    folder.umask()
    try:
        setup.prepare()
    except DatabaseError as error:
        raise _unusable(error) from error
    process.settle()


def _unusable(error: Exception) -> ConfigurationError:
    return ConfigurationError(
        f"The database cannot be used: {str(error).strip()}.",
        place="COMITY_DATABASE_URL",
        remedy="See that its server runs, or that its disk has room and can be written to.",
    )


def _database_fails() -> tuple[type[Exception], ...]:
    """What a database raises that is away or whose disk is full; nothing while Django was not needed."""
    database = sys.modules.get("django.db")
    return (database.OperationalError,) if database is not None else ()


def main() -> None:
    """Entry point of the `comity` script: errors of ours, of disk and database, as one plain line, exit code 2."""
    # The modules register their commands with `app`.
    from comity.node import (  # noqa: F401
        commands,
        commands_agreement,
        commands_backup,
        commands_body,
        commands_key,
        commands_keystore,
        commands_official,
        commands_partner,
        commands_people,
        commands_recover,
        commands_run,
    )

    try:
        app()
    except ComityError as error:
        _refuse(error)
    except OSError as error:
        if error.errno not in DISK:
            raise
        remedy = "See that the disk has room and can be written to by the user that the node runs as."
        _refuse(ConfigurationError(f"{error.strerror}.", place=str(error.filename or ""), remedy=remedy))
    except _database_fails() as error:
        _refuse(_unusable(error))


def _refuse(error: ComityError) -> NoReturn:
    err.print(f"[bold red]{error.code}:[/] ", end="", highlight=False)
    err.print(str(error), highlight=False, markup=False, soft_wrap=True)
    sys.exit(2)
