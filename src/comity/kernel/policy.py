"""Who must have seen a checkpoint before it counts: logs, witnesses, groups and a quorum.

Follows C2SP tlog-policy (draft). Lines: `log <vkey> [url]`, `witness <name> <vkey> [url]`, `group <name> all|any|<k>
<members...>`, one `quorum <name>|none`; a `#` begins a comment line. Logs sign with keys of kind 1, witnesses with
keys of kind 4 or 6.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from comity.kernel.errors import FormatError
from comity.kernel.notes import COSIGNING, KIND_ED25519, VerifierKey
from comity.kernel.wire import decimal

NONE = "none"


@dataclass(frozen=True, slots=True)
class Log:
    key: VerifierKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Witness:
    name: str
    key: VerifierKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Satisfied when at least `threshold` of its members are."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as read; `quorum` names a witness or a group, or is `none`."""

    logs: tuple[Log, ...] = ()
    witnesses: Mapping[str, Witness] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = NONE

    def names(self, keys: Collection[VerifierKey]) -> frozenset[str]:
        """The names of the witnesses that hold one of these keys."""
        return frozenset(name for name, witness in self.witnesses.items() if witness.key in keys)

    def satisfied(self, names: Iterable[str]) -> bool:
        """Whether the cosignatures of the witnesses of these names make the quorum; other names count for nothing."""
        present = set(names) & self.witnesses.keys()
        # Members are defined before the group that names them, so one pass in order is enough.
        for group in self.groups.values():
            if sum(member in present for member in group.members) >= group.threshold:
                present.add(group.name)
        return self.quorum == NONE or self.quorum in present


def parse_policy(text: str) -> Policy:
    """Reads a policy; raises FormatError with the line at fault."""
    reader = _Reader()
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if words and not words[0].startswith("#"):
            try:
                reader.read(words)
            except FormatError as error:
                error.at(f"line {number}")
                raise
    if not reader.quorum:
        raise FormatError("The policy names no quorum.", remedy="Add `quorum <name>`, or `quorum none`.")
    return Policy(tuple(reader.logs), reader.witnesses, reader.groups, reader.quorum)


class _Reader:
    def __init__(self) -> None:
        self.logs: list[Log] = []
        self.witnesses: dict[str, Witness] = {}
        self.groups: dict[str, Group] = {}
        self.quorum = ""
        self._public: set[bytes] = set()
        self._grouped: set[str] = set()

    def read(self, words: list[str]) -> None:
        match words:
            case ["log", key, *url] if len(url) <= 1:
                self.logs.append(Log(self._key(key, (KIND_ED25519,)), "".join(url)))
            case ["witness", name, key, *url] if len(url) <= 1:
                self._define(name)
                self.witnesses[name] = Witness(name, self._key(key, COSIGNING), "".join(url))
            case ["group", name, count, *members] if members:
                self._define(name)
                self.groups[name] = self._group(name, count, members)
            case ["quorum", name]:
                if self.quorum:
                    raise FormatError("A policy has exactly one quorum.")
                if name != NONE:
                    self._defined(name)
                self.quorum = name
            case _:
                raise FormatError(f"{' '.join(words)[:80]!r} is not a line of a policy.")

    def _key(self, text: str, kinds: tuple[int, ...]) -> VerifierKey:
        key = VerifierKey.parse(text)
        if key.kind not in kinds:
            wanted = " or ".join(map(str, kinds))
            raise FormatError(f"The key {key.name} is of kind {key.kind}, and must be of kind {wanted} here.")
        if key.public in self._public:
            raise FormatError(f"The public key of {key.name} stands here twice.")
        self._public.add(key.public)
        return key

    def _group(self, name: str, count: str, members: list[str]) -> Group:
        for member in members:
            self._defined(member)
            if member in self._grouped:
                raise FormatError(f"{member} is already the member of a group.")
            self._grouped.add(member)
        threshold = {"all": len(members), "any": 1}.get(count) or decimal(count, place="group")
        if not 1 <= threshold <= len(members):
            raise FormatError(f"{threshold} of {len(members)} members cannot be a group's threshold.")
        return Group(name, threshold, tuple(members))

    def _define(self, name: str) -> None:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise FormatError(f"The name {name} is taken.")

    def _defined(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise FormatError(f"{name} is not defined above.")
