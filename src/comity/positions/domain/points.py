"""What the parties agree on and where they differ, computed from what each shared and approved.

Nothing here depends on the order in which journals arrive: of one party's entries the later in its own journal counts,
and between parties only sets are compared. A party is bound by its own approval and by nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from comity.positions.domain.texts import Content, Paragraph, natural


class PointState(StrEnum):
    """Of one paragraph. `same`: the texts are alike and not every approval is there."""

    AGREED = "agreed"
    SAME = "same"
    ONE_SIDED = "one_sided"
    DIFFERING = "differing"


@dataclass(frozen=True, slots=True)
class Shared:
    """A text that a party shared. `place`: of its entry among all of the party's. `content` is None where this node
    cannot open it; `digest` is of the whole text.
    """

    party: str
    place: int
    round: int
    digest: str
    content: Content | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A party approves a paragraph or a whole text by its hash, or takes that back."""

    party: str
    place: int
    digest: str
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """One wording of a paragraph: who proposes it now, and who has approved it."""

    paragraph: Paragraph
    proposed: frozenset[str]
    approved: frozenset[str]


@dataclass(frozen=True, slots=True)
class Point:
    """A paragraph over all parties. `agreed` is the wording that all have approved."""

    id: str
    state: PointState
    versions: tuple[Version, ...]
    agreed: Version | None = None

    def of(self, party: str) -> Version | None:
        """What a party proposes now."""
        return next((one for one in self.versions if party in one.proposed), None)


@dataclass(frozen=True, slots=True)
class Joint:
    """An agenda item's positions as they stand. `current` is each party's last text; `approved` says by whole text who
    has approved it; `agreed` is the text that every party has approved, or None: then there is no joint text.
    """

    parties: tuple[str, ...]
    current: Mapping[str, Shared] = field(default_factory=dict)
    points: tuple[Point, ...] = ()
    approved: Mapping[str, frozenset[str]] = field(default_factory=dict)
    agreed: Shared | None = None

    @property
    def agreed_points(self) -> tuple[Point, ...]:
        return tuple(one for one in self.points if one.state is PointState.AGREED)

    @property
    def differing_points(self) -> tuple[Point, ...]:
        return tuple(one for one in self.points if one.state in (PointState.DIFFERING, PointState.ONE_SIDED))

    @property
    def state(self) -> str:
        """`nothing`, `one_sided` (not every party has shared), `agreed`, `divergent`; `open`: alike, not approved."""
        if self.agreed is not None:
            return "agreed"
        if not self.current:
            return "nothing"
        if set(self.current) != set(self.parties):
            return "one_sided"
        return "divergent" if self.differing_points else "open"


def joint(parties: Iterable[str], shared: Iterable[Shared], approvals: Iterable[Approval]) -> Joint:
    """What follows for the parties of an agreement; what others said is left out."""
    members = tuple(sorted(set(parties)))
    texts = sorted((one for one in shared if one.party in members), key=lambda one: (one.party, one.place))
    standing = _standing(members, approvals)
    current = {one.party: one for one in texts}
    contents = {one.digest: one.content for one in texts if one.content is not None}
    paragraphs = {part.digest: part for content in contents.values() for part in content.paragraphs}
    approved = _with_texts(standing, contents)
    agreed = [one for one in texts if members and standing.get(one.digest, frozenset()) == set(members)]
    return Joint(
        members,
        current,
        _points(members, current, paragraphs, approved),
        {one.digest: standing.get(one.digest, frozenset()) for one in texts},
        # Of several that all have approved, the one of the latest round; the hash decides between equals.
        max(agreed, key=lambda one: (one.round, one.digest), default=None),
    )


def _standing(members: tuple[str, ...], approvals: Iterable[Approval]) -> dict[str, frozenset[str]]:
    """By hash, the parties whose last word on it is an approval."""
    last: dict[tuple[str, str], Approval] = {}
    for one in sorted(approvals, key=lambda one: one.place):
        if one.party in members:
            last[one.digest, one.party] = one
    found: dict[str, set[str]] = {}
    for (digest, party), one in last.items():
        if not one.withdrawn:
            found.setdefault(digest, set()).add(party)
    return {digest: frozenset(who) for digest, who in found.items()}


def _with_texts(standing: Mapping[str, frozenset[str]], contents: Mapping[str, Content]) -> dict[str, frozenset[str]]:
    """Who has approved each paragraph: by itself, or with a whole text that has it."""
    found = dict(standing)
    for digest, content in contents.items():
        for part in content.paragraphs:
            found[part.digest] = found.get(part.digest, frozenset()) | standing.get(digest, frozenset())
    return found


def _points(
    members: tuple[str, ...],
    current: Mapping[str, Shared],
    paragraphs: Mapping[str, Paragraph],
    approved: Mapping[str, frozenset[str]],
) -> tuple[Point, ...]:
    proposed: dict[str, dict[str, set[str]]] = {}
    for party, text in current.items():
        for part in text.content.paragraphs if text.content else ():
            proposed.setdefault(part.id, {}).setdefault(part.digest, set()).add(party)
    everybody = frozenset(members)
    for digest, part in paragraphs.items():
        # A wording of an earlier round that all have approved stays agreed until one takes its approval back.
        if approved.get(digest) == everybody:
            proposed.setdefault(part.id, {}).setdefault(digest, set())
    return tuple(
        _point(everybody, name, proposed[name], paragraphs, approved) for name in sorted(proposed, key=natural)
    )


def _point(
    everybody: frozenset[str],
    name: str,
    proposed: Mapping[str, set[str]],
    paragraphs: Mapping[str, Paragraph],
    approved: Mapping[str, frozenset[str]],
) -> Point:
    versions = tuple(
        Version(paragraphs[digest], frozenset(proposed[digest]), approved.get(digest, frozenset()))
        for digest in sorted(proposed)
    )
    accepted = [one for one in versions if one.approved == everybody]
    agreed = max(accepted, key=lambda one: (len(one.proposed), one.paragraph.digest), default=None)
    proposers = frozenset().union(*(one.proposed for one in versions))
    if agreed is not None and (agreed.proposed == proposers or not proposers):
        state = PointState.AGREED
    elif proposers != everybody:
        state = PointState.ONE_SIDED
    elif len({one.paragraph.text for one in versions if one.proposed}) == 1:
        state = PointState.SAME
    else:
        state = PointState.DIFFERING
    return Point(name, state, versions, agreed if state is PointState.AGREED else None)
