"""Commands about backups: backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from comity.kernel.errors import FormatError
from comity.node.cli import app, err, node, out


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="Where the backup lies; the same one again takes only what is new.")],
    with_keys: Annotated[Path | None, typer.Option(help="Write the private keys to this file, outside of it.")] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Take none: read the one there and check all of it.")
    ] = False,
) -> None:
    """Back up this node while it serves: database, journals, files, settings. Keys only where asked for."""
    from comity.node import folder as folders
    from comity.node import manifest as manifests

    if verify:
        if with_keys is not None:
            raise FormatError("A check writes no keys.", remedy="Leave --with-keys out.")
        found = manifests.verify(folder)
        out.print(
            f"The backup of {found.origin} of {found.created_at} is whole: {len(found.files):,} files, "
            f"{found.own.signed:,} signed entries.",
            highlight=False,
            soft_wrap=True,
        )
        return
    node()
    folders.umask()
    from comity.node import backup as backups

    done = backups.backup(folder, keys=with_keys)
    out.print(
        f"{folder}: {done.files:,} files, {done.size_bytes:,} bytes; {done.new:,} new, {done.written_bytes:,} bytes; "
        f"{done.manifest.own.signed:,} signed entries.",
        highlight=False,
        soft_wrap=True,
    )
    if with_keys is not None:
        err.print(
            f"{with_keys} holds this node's private keys: whoever reads it can sign in its name. Keep it offline, apart"
            " from the backup.",
            style="bold yellow",
            highlight=False,
            soft_wrap=True,
        )


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="The backup.", exists=True, file_okay=False)],
    keys: Annotated[Path | None, typer.Option(help="The file that `backup --with-keys` wrote.", exists=True)] = None,
    database: Annotated[str, typer.Option(help="Address of an empty database, if it is to be another.")] = "",
) -> None:
    """Make a node in an empty folder from a backup. It reads only until its partners have told what it had signed."""
    from comity.node import folder as folders
    from comity.node import restore as restoring
    from comity.node.config import home_from_environment

    folders.umask()
    home = home_from_environment()
    found = restoring.restore(folder, home, keys=keys, database=database)
    out.print(
        f"{home}: the node of {found.party} as of {found.created_at}, {found.own.signed:,} signed entries.",
        highlight=False,
        soft_wrap=True,
    )
    out.print(
        "It reads only. Start it: it asks its partners what it had signed since, takes that back, and writes again.",
        highlight=False,
        soft_wrap=True,
    )
