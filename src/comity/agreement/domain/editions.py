"""Which edition of an agreement's profile holds: the newest that every party named in it has adopted alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

from comity.agreement.domain.profile import Profile


@dataclass(frozen=True, slots=True)
class Adopted:
    """A party's statement that this profile, of this SHA-256, describes the agreement."""

    party: str
    digest: str
    profile: Profile
    index: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """The edition that holds (None: none is adopted by all yet), and the newest of each party."""

    agreed: Profile | None
    digest: str
    newest: Mapping[str, Adopted]

    @property
    def open(self) -> tuple[Adopted, ...]:
        """What parties have adopted beyond what holds, newest edition first."""
        edition = self.agreed.edition if self.agreed else 0
        rows = [one for one in self.newest.values() if one.profile.edition > edition]
        return tuple(sorted(rows, key=lambda one: (-one.profile.edition, one.party)))

    def profile(self, party: str) -> Profile | None:
        """What to go by at a party: what holds; before that, what it has adopted itself."""
        if self.agreed is not None:
            return self.agreed
        mine = self.newest.get(party)
        return mine.profile if mine else None


def standing(adopted: Iterable[Adopted]) -> Standing:
    rows = sorted(adopted, key=lambda one: (one.profile.edition, one.index, one.party))
    newest = {one.party: one for one in rows}
    adopters: dict[str, set[str]] = {}
    profiles: dict[str, Profile] = {}
    for one in rows:
        adopters.setdefault(one.digest, set()).add(one.party)
        profiles[one.digest] = one.profile
    agreed = [
        (profile.edition, digest)
        for digest, profile in profiles.items()
        if {party.code for party in profile.parties} <= adopters[digest]
    ]
    edition, digest = max(agreed, default=(0, ""))
    return Standing(profiles[digest] if edition else None, digest, newest)


@dataclass(frozen=True, slots=True)
class Difference:
    """One place at which two editions differ, with what each says; None where it says nothing."""

    place: str
    change: Literal["added", "removed", "changed"]
    before: str | None
    after: str | None


def compare(old: Profile, new: Profile) -> tuple[Difference, ...]:
    """All places at which two editions differ, by place."""
    before, after = dict(_leaves(old, "")), dict(_leaves(new, ""))
    found: list[Difference] = []
    for place in sorted(before.keys() | after.keys()):
        one, other = before.get(place), after.get(place)
        if one != other:
            change: Literal["added", "removed", "changed"] = (
                "added" if one is None else "removed" if other is None else "changed"
            )
            found.append(Difference(place, change, one, other))
    return tuple(found)


def _leaves(value: Any, place: str) -> Iterable[tuple[str, str]]:
    if is_dataclass(value):
        for field in fields(value):
            yield from _leaves(getattr(value, field.name), f"{place}.{field.name}".lstrip("."))
    elif isinstance(value, Mapping):
        for name, item in sorted(value.items()):
            yield from _leaves(item, f"{place}.{name}")
    elif isinstance(value, tuple):
        for n, item in enumerate(value):
            # By its own code, so that one more at the front does not change all after it.
            own = next((getattr(item, name) for name in ("code", "number", "matter") if hasattr(item, name)), n)
            yield from _leaves(item, f"{place}[{own}]")
    elif value not in ("", False, None):
        yield place, str(value)
