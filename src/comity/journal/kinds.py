"""The kinds of entry that this node knows, and how one is applied.

An app registers its kinds when Django starts. A handler is given a batch: entries of one kind and version, of one
journal, in their order. It must leave the same rows as if it had been given them one by one; it reads only them and
shared tables; it uses neither clock, nor randomness, nor settings, nor a private table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from comity.journal.models import Journal
from comity.kernel.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Place:
    """Where handlers work: a journal, and the alias of the database (a scratch one while `fsck` derives anew).

    `keys`: the primary keys of what the handler has just written, by subject, where it leaves them for its `project`.
    """

    journal: Journal
    using: str
    keys: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Applied:
    """An entry as a handler sees it. `body` has passed the schema; `at` is the time of the fact, ISO 8601 UTC."""

    index: int
    about: str
    at: str
    body: Any


Handler = Callable[[Place, Sequence[Applied]], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind and version of entry.

    `read` turns the body (without `about` and `at`) into what the handler is given, and raises `ComityError` or
    `ValueError` for what the schema does not allow. `project` keeps this node's private derivations (search index,
    vault) in step; it runs after the handler in the same transaction and, unlike it, may read the vault.
    `independent`: its entries hang on no other entry about the same subject, so they neither wait behind a held one nor
    make others wait. That is said of the name, whatever the version.
    `void_if_refused`: whether its rules take an entry hangs on earlier entries of the same name and subject alone, so
    one that they refuse is refused at every node for good. Later ones go on as if it were not there, and it is not
    tried again. That, too, is said of the name.

    `capability`: what of the agreement an entry of this kind makes use of; empty for what nodes need to work at all.
    `finishes`: its entries go on with a matter that was begun; its service asks for the capability with the day on
    which that was, for what was begun is finished though nothing new starts.

    `quick(data, body, opened)` may spare `read` for the usual entry: it is given the bytes and the whole body as
    `kernel.entry.glance` saw them, and gives what `read` would give, or None where `read` has to look. It must not pass
    what `read` refuses, nor a float or a key that the schema does not name. `opened`: what commitments of the entry
    stand for, by path, as far as it came with the entry; only what is kept beside the value may hang on it.
    """

    name: str
    version: int
    read: Callable[[Mapping[str, Any]], Any]
    apply: Handler
    project: Handler | None = None
    independent: bool = False
    void_if_refused: bool = False
    capability: str = ""
    finishes: bool = False
    quick: Callable[[bytes, Mapping[str, Any], Mapping[str, Any]], Any | None] | None = None


_kinds: dict[tuple[str, int], Kind] = {}


def register(kind: Kind) -> None:
    known = _kinds.setdefault((kind.name, kind.version), kind)
    if known is not kind:
        raise ConfigurationError(f"The entry kind {kind.name}/{kind.version} is registered twice.")


def find(name: str, version: int) -> Kind | None:
    return _kinds.get((name, version))


def known() -> list[Kind]:
    return [_kinds[key] for key in sorted(_kinds)]


def independent() -> frozenset[str]:
    """Names of the kinds whose entries neither wait nor make others wait."""
    return frozenset(kind.name for kind in _kinds.values() if kind.independent)


def void_if_refused() -> frozenset[str]:
    """Names of the kinds of which an entry that was refused stays without effect, also on what comes later."""
    return frozenset(kind.name for kind in _kinds.values() if kind.void_if_refused)


Guard = Callable[[str], None]
_guards: list[Guard] = []


def guard(check: Guard) -> None:
    """Have `check(capability)` asked before an own entry that names a capability is added; it raises to refuse.

    Entries that are applied, own or a partner's, are not asked for: what their owner has stated stands.
    """
    if check not in _guards:
        _guards.append(check)


def check_capabilities(batch: Iterable[Kind]) -> None:
    """Ask the guards for the capabilities of these kinds."""
    for capability in sorted({kind.capability for kind in batch if not kind.finishes} - {""}):
        for check in _guards:
            check(capability)


Rows = Callable[[Journal, str], Iterator[tuple[str, bytes]]]


@dataclass(frozen=True, slots=True)
class SharedTable:
    """A table that is a pure function of the journals, for digest, rebuild and fsck.

    `rows` yields `(key, content)` for one journal in ascending order of `key` by code point; `content` has every
    column but surrogate ids: fsck compares it. `facts`, of the same form, has only what the entries say, for the digest
    that partners compare; without it that is `rows`. A table that code computes wholly from other facts is `derived`
    and no part of the digest, so that a later release may compute otherwise and still agree. `clear` deletes the rows
    of one journal.
    """

    name: str
    rows: Rows
    clear: Callable[[Journal, str], None]
    facts: Rows | None = None
    derived: bool = False


_tables: dict[str, SharedTable] = {}


def register_table(table: SharedTable) -> None:
    _tables[table.name] = table


def shared_tables() -> list[SharedTable]:
    return [_tables[name] for name in sorted(_tables)]


def forget(name: str, version: int) -> Kind:
    """Take a kind out, as on a node of an earlier release; returns it so that it can be registered again."""
    return _kinds.pop((name, version))
