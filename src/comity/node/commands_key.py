"""Commands about this node's keys: list, rotate, retire, revoke, lost. Each says first what it will do."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table

from comity.kernel.bundle import fingerprint
from comity.node.cli import app, django, err, node, out

key_app = typer.Typer(name="key", help="The keys of this node: see them, change them, end them.", no_args_is_help=True)
app.add_typer(key_app)

Role = Annotated[
    str, typer.Argument(help="log, witness, mirror, transport, extract, sealing, witness-mldsa or mirror-mldsa.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Ground = Annotated[str, typer.Option(help="Why; everybody who has the journal reads it. Name no person.")]


_SEAL_ANEW = "Partners seal for the new key once they have that entry. What was sealed for the old one opens still."
_KEPT = (
    "Partners seal nothing for the old sealing key as soon as they have that entry.",
    "Its private file is kept under another name: what was sealed for it opens with it alone.",
)


@key_app.command("list")
def list_() -> None:
    """Show the keys of this node by role: identifier, state, the trees for which they count, fingerprint."""
    node()
    from comity.journal import home, keystore, roster
    from comity.journal.selectors import own

    journal = own()
    table = Table("role", "key", "state", "counts for sizes", "fingerprint", box=None)
    for role in dict.fromkeys((*home.roles(), *(row.role for row in roster.keys_of(journal)))):
        for row in roster.keys_of(journal, role):
            until = "" if row.until is None else str(row.until)
            counts = f"{row.since} to {until}".rstrip()
            table.add_row(row.role, row.keyid, row.state, counts, roster.shown(row.vkey))
    out.print(table)
    out.print(f"{journal.origin}; the oldest key in use lies in keys/<role>.key.", highlight=False, soft_wrap=True)
    if bare := keystore.in_clear(home.home() / "keys"):
        err.print(f"In clear on this disk: {', '.join(bare)}. Encrypt them with `comity key encrypt`.", style="yellow")


def _ask(yes: bool, *lines: str) -> None:
    for line in lines:
        out.print(line, highlight=False, markup=False, soft_wrap=True)
    if not yes:
        typer.confirm("Go on?", abort=True)


@key_app.command()
def rotate(role: Role, yes: Yes = False, ground: Ground = "") -> None:
    """Make the successor of a key and name it in the journal. Both are in use until `comity key retire`."""
    node()
    from comity.journal import home, rotation
    from comity.journal.selectors import own

    _ask(
        yes,
        f"A new {role} key will be made beside the old one, and the journal will name it to all partners.",
        _SEAL_ANEW
        if role == home.SEALING
        else "Both keys are in use from then on. Nothing that was signed before changes.",
        f"Next: make a backup of the folder's keys, let partners follow, then `comity key retire {role}`.",
    )
    row = rotation.rotate(own(), role, ground)
    said = f"Entry {row.entry} names the new {role} key: {row.vkey}"
    out.print(said, highlight=False, markup=False, soft_wrap=True)
    said = f"Fingerprint: {fingerprint(row.vkey)}. Its file: {home.next_key_path(role)}"
    out.print(said, highlight=False, markup=False, soft_wrap=True)


@key_app.command()
def retire(role: Role, yes: Yes = False, ground: Ground = "") -> None:
    """End the old key of a role that was rotated. Its private file is removed; that of a sealing key is kept."""
    node()
    from comity.federation import succession
    from comity.journal import home, rotation
    from comity.journal.selectors import own

    journal = own()
    behind = succession.behind(journal, role)
    _ask(
        yes,
        *(
            _KEPT
            if role == home.SEALING
            else (
                f"The old {role} key will sign nothing more, and its private file will be removed from this folder.",
                "What it has signed stays good for ever.",
            )
        ),
        *(
            f"{party} is not known to have taken the new key yet; it learns of it when it follows this journal."
            for party in behind
        ),
    )
    succession.check_reachable(journal, role, behind)
    row = rotation.retire(journal, role, ground)
    out.print(f"Entry {row.changed} ends the {role} key {row.keyid}.", highlight=False)


@key_app.command()
def revoke(
    role: Role,
    key: Annotated[str, typer.Option(help="Identifier of the key, as `comity key list` shows it.")] = "",
    yes: Yes = False,
    ground: Ground = "",
) -> None:
    """Take back a key that somebody else may have: nothing that it signs from now on counts."""
    node()
    from comity.journal import home, rotation
    from comity.journal.selectors import own

    which = f"The {role} key {key}" if key else f"The oldest {role} key in use"
    _ask(
        yes,
        *(
            (f"{which} will be taken back by an entry of the journal.", *_KEPT)
            if role == home.SEALING
            else (
                f"{which} will be taken back by an entry of the journal, and its private file removed from here.",
                "Partners refuse what it signs as soon as they have that entry. What it signed before stays good.",
            )
        ),
        "If it is the only key of its role, a new one is made and named in the same entry.",
        "Tell the partners by telephone too: until they have the entry, the key still opens their doors.",
    )
    row = rotation.revoke(own(), role, key, ground)
    out.print(f"Entry {row.changed} revokes the {role} key {row.keyid}.", highlight=False)


@key_app.command()
def lost(yes: Yes = False) -> None:
    """The log key is gone: freeze the journal and open the one that goes on from it. The node must not run."""
    django()
    from django.core.management import call_command

    from comity.federation import services as federation
    from comity.federation.selectors import partners
    from comity.journal import entries, loss
    from comity.journal.selectors import own
    from comity.node import folder, setup

    folder.umask()
    setup.check_database()
    call_command("migrate", interactive=False, verbosity=0)
    loss.settle()
    journal = own()
    left = loss.unsigned(journal)
    _ask(
        yes,
        f"The journal {journal.origin} will be frozen for good: nothing is signed in it any more. Its facts stay.",
        f"The journal {entries.successor(journal.origin)} will be opened, with new keys of every role.",
        f"{len(left)} entries were never signed. They are taken out; records of rights among them are written to a"
        " file that `comity import` reads.",
        "Exchange stops with every partner: invite each anew and compare the fingerprint by telephone.",
        "If the key may only be mislaid, look for it first: this cannot be undone.",
    )
    records = [body["right"] for kind, body in left if kind == "registers.right"]
    path = _keep(records) if records else None
    new = loss.open_successor(journal)
    for view in partners():
        federation.stop_all(view.party)
    setup.prepare()
    out.print(f"{new.origin} goes on from {journal.origin}. Start the node.", highlight=False, soft_wrap=True)
    if path:
        out.print(f"{len(records)} unsigned records: {path}", highlight=False, soft_wrap=True)


def _keep(records: Sequence[Any]) -> Path:
    """Records of rights as JSON lines, for their people only: they hold persons' data."""
    from comity.journal import home

    path = home.home() / f"unsigned-{time.time_ns()}.jsonl"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for record in records:
            file.write(orjson.dumps(record) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return path
