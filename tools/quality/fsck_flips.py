"""Single-byte changes at random places of a node, each of which fsck must find and name.

    python -m tools.quality.fsck_flips [--count 500] [--seed 1] [--rights 60] [--home NODE]

Without `--home` a small node is made in a temporary folder; with it a copy of that stopped node (SQLite) is used.
Prints a table: kind of change, tried, found, named. Ends with 1 unless all were found and named.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import Field, Model

    from comity.journal.fsck import Finding

# Columns whose change is no change of a fact. Everything else of the tables below is flipped.
EXCLUDED = {
    "id": "a surrogate of this database",
    "checkpoint_at": "when this node wrote it, by its clock",
    "added_at": "when this node wrote it, by its clock",
    "held_at": "when this node wrote it, by its clock",
    "seen_at": "when this node wrote it, by its clock",
    "attempts": "a counter for people",
    "fork.reason": "words for people about evidence that is checked",
    "mirrored.held": "a lower bound: what the files hold counts, and more than that is found",
    "mirrored.brought": "a lower bound: the owner is told again, and more than is committed is found",
}
# Of partners only what their signed card repeats: the rest is what this node's own people and clock noted.
PARTNER = {"journal", "party", "card", "url", "state"}
KINDS = ("bundle", "tile", "checkpoint", "shared row", "bookkeeping row", "vault", "search text", "image", "key")


@dataclass(frozen=True, slots=True)
class Flip:
    """One change. `place` names what was changed; `names` tells whether a finding names it."""

    kind: str
    place: str
    names: Callable[[Finding], bool]


class RefusedError(Exception):
    """The database did not take the change, or there was nothing to change: draw again."""


def tables() -> dict[str, list[type[Model]]]:
    """The tables whose rows are changed, by kind of change."""
    from comity.federation.models import Partner
    from comity.journal import models as journal
    from comity.registers import models as registers

    return {
        "shared row": [
            *(registers.Right, registers.RightVersion, registers.RightClass, registers.RightImage),
            *(journal.Redaction, journal.Journal),
        ],
        "bookkeeping row": [
            *(journal.Journal, journal.Pending, journal.Held, journal.Cosignature, journal.Witnessed, journal.Fork),
            *(journal.Mirrored, Partner),
        ],
        "vault": [journal.Opening],
        "search text": [registers.SearchDoc],
    }


def label(model: type[Model]) -> str:
    return f"{model._meta.app_label}.{re.sub(r'(?<!^)(?=[A-Z])', '_', model.__name__).lower()}"


def columns(model: type[Model]) -> list[Field[Any, Any]]:
    return [
        field
        for field in model._meta.concrete_fields
        if field.name not in EXCLUDED
        and f"{model.__name__.lower()}.{field.name}" not in EXCLUDED
        and (model.__name__ != "Partner" or field.name in PARTNER)
    ]


@contextmanager
def flipped(home: Path, kind: str, dice: random.Random) -> Iterator[Flip]:
    """Within the block one byte or character of the node is another; afterwards it is as before."""
    if kind in tables():
        with _row(kind, dice) as flip:
            yield flip
    else:
        with _file(home, kind, dice) as flip:
            yield flip


def _files(home: Path, kind: str) -> list[Path]:
    if kind == "image":
        return sorted(path for path in (home / "files").rglob("*") if path.is_file())
    if kind == "key":
        return sorted((home / "keys").glob("*.key"))
    found = sorted(path for path in (home / "journals").rglob("*") if path.is_file())
    if kind == "checkpoint":
        return [path for path in found if path.name in {"checkpoint", "pending"}]
    bundles = [path for path in found if "/tile/entries/" in path.as_posix()]
    return bundles if kind == "bundle" else [p for p in found if "/tile/" in p.as_posix() and p not in set(bundles)]


@contextmanager
def _file(home: Path, kind: str, dice: random.Random) -> Iterator[Flip]:
    path = dice.choice(_files(home, kind))
    before = path.read_bytes()
    # A key's last byte is the newline after it.
    at = dice.randrange(len(before) - (kind == "key"))
    data = bytearray(before)
    data[at] ^= dice.randrange(1, 256)
    relative = path.relative_to(home).as_posix()
    path.write_bytes(data)
    try:
        yield Flip(kind, f"{relative} at {at}", lambda finding: finding.place == relative)
    finally:
        path.write_bytes(before)


def _other(value: Any, dice: random.Random) -> Any:
    """`value` with one digit, character or byte changed."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        text = str(value)
        at = dice.randrange(len(text))
        digit = dice.choice([d for d in "0123456789" if d != text[at]])
        return int(f"{text[:at]}{digit}{text[at + 1 :]}")
    if isinstance(value, bytes | memoryview):
        data = bytearray(value)
        data[dice.randrange(len(data))] ^= dice.randrange(1, 256)
        return bytes(data)
    at = dice.randrange(len(value))
    letters = "0123456789" if value[at].isdigit() else "abcdefghijklmnopqrstuvwxyz"
    return value[:at] + dice.choice([c for c in letters if c != value[at]]) + value[at + 1 :]


@contextmanager
def _row(kind: str, dice: random.Random) -> Iterator[Flip]:
    from django.db import DatabaseError, connection, transaction

    model = dice.choice(tables()[kind])
    field = dice.choice(columns(model))
    pks = list(model._default_manager.order_by("pk").values_list("pk", flat=True))
    if not pks:
        raise RefusedError
    pk, table = dice.choice(pks), connection.ops.quote_name(model._meta.db_table)
    own = model._meta.pk
    assert own is not None
    column, key = connection.ops.quote_name(str(field.column)), connection.ops.quote_name(str(own.column))

    def write(value: Any, where: Any) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", [value, where])

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE {key} = %s", [pk])
        before = cursor.fetchone()[0]
    if before is None or before in ("", b""):
        raise RefusedError
    after = _other(before, dice)
    try:
        write(after, pk)
    except (DatabaseError, OverflowError) as error:
        raise RefusedError from error
    name = label(model)

    def names(finding: Finding) -> bool:
        text = f"{finding.place} {finding.what}"
        row = "no such row" in text or "has the row" in text or name == "journal.pending"
        return f"{name} " in f"{finding.place} " and (row or field.name in text)

    try:
        yield Flip(kind, f"{name} {pk}, column {field.name}: {before!r:.80} -> {after!r:.80}", names)
    finally:
        write(before, after if field.primary_key else pk)


@dataclass(slots=True)
class Tally:
    tried: int = 0
    found: int = 0
    named: int = 0


def run(home: Path, count: int, seed: int, tell: Callable[[str], None]) -> dict[str, Tally]:
    """Make `count` changes, one at a time, each undone before the next. `tell` is given what was missed."""
    from comity.journal.fsck import fsck

    dice = random.Random(seed)
    clean = fsck()
    if clean.findings:
        raise SystemExit(f"The node is not clean before anything was changed: {clean.findings[0]}")
    # A node may have no images; what it has not cannot be changed.
    result = {kind: Tally() for kind in KINDS if kind != "image" or _files(home, kind)}
    kinds = list(result)
    done = 0
    while done < count:
        kind = kinds[done % len(kinds)]
        try:
            with flipped(home, kind, dice) as flip:
                findings = fsck().findings
        except RefusedError:
            continue
        done += 1
        tally = result[kind]
        tally.tried += 1
        tally.found += bool(findings)
        named = any(flip.names(finding) for finding in findings)
        tally.named += named
        if not named:
            tell(f"{flip.kind}: {flip.place}: {[str(finding) for finding in findings[:3]]}")
    left = fsck().findings
    if left:
        raise SystemExit(f"A change was not undone: {left[0]}")
    return result


def table(result: dict[str, Tally]) -> str:
    tallies = list(result.values())
    total = Tally(sum(t.tried for t in tallies), sum(t.found for t in tallies), sum(t.named for t in tallies))
    lines = [f"{'kind of change':<18}{'tried':>8}{'found':>8}{'named':>8}"]
    for kind, t in [*result.items(), ("all", total)]:
        lines.append(f"{kind:<18}{t.tried:>8}{t.found:>8}{t.named:>8}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rights", type=int, default=60)
    parser.add_argument("--home", type=Path, default=None)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="comity-flips-") as folder:
        home = Path(folder) / "by"
        if given.home:
            shutil.copytree(given.home, home)
        os.environ.update(COMITY_HOME=str(home), DJANGO_SETTINGS_MODULE="comity.node.settings")
        os.environ.pop("COMITY_DATABASE_URL", None)
        sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))
        import django

        home.mkdir(exist_ok=True)
        django.setup()
        if not given.home:
            from django.core.management import call_command

            from tools.quality import fsck_world

            call_command("migrate", verbosity=0)
            fsck_world.make(Path(folder), given.rights)
        result = run(home, given.count, given.seed, lambda line: print(line, flush=True))
    print(table(result))
    return 0 if all(t.tried == t.found == t.named for t in result.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
