"""Capabilities: what the agreement lets a node do, by which article, since when, or why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from comity.agreement.domain.life import Life, State
from comity.agreement.domain.profile import Profile

# Every capability that this release has: what an entry, a page or an operation names. A profile says by which article
# each is given; what it does not name stays closed.
CAPABILITIES = (
    "agreement.life",
    "exchange.public",
    "exchange.confidential",
    "assistance",
    "enforcement",
    "licensing",
    "positions",
    "laws",
    "awareness",
)
# The own register is the party's own: recording in it waits for no agreement, and is what preparation exchanges.
OWN = frozenset({"exchange.public"})
# What nodes need to come together at all, whatever a profile says.
ALWAYS = frozenset({"agreement.life"})

Why = Literal[
    "open",
    "always",
    "trial",
    "no_agreement",
    "not_agreed",
    "no_party",
    "not_named",
    "not_yet",
    "left",
    "ended",
    "finishing",
]


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a capability is open on a day. `since`: from when, known also while it is still closed, where the day is
    computed already; `until`: when it closes; `article` as the parties number it, empty where it was not entered.
    """

    capability: str
    open: bool
    why: Why
    article: str = ""
    since: date | None = None
    until: date | None = None


def gate(profile: Profile, life: Life, party: str, capability: str, on: date, *, begun: date | None = None) -> Gate:
    """Whether `party` may use a capability on a day.

    `begun`: the day on which the matter at hand began. What was begun while it was open may be finished after the end;
    nothing new starts.
    """
    if capability not in CAPABILITIES:
        raise ValueError(f"no capability {capability!r}")
    named = profile.capability(capability)
    article = named.article if named else ""
    if capability in ALWAYS or (named is not None and named.opens == "always"):
        return Gate(capability, True, "always", article)
    if named is None:
        return Gate(capability, False, "not_named")
    who = profile.party(party)
    if who is None:
        return Gate(capability, False, "no_party", article)
    since = None if named.opens == "preparatory" else life.applied_for(who)
    until = min((when for when in (life.left.get(party), life.ends) if when is not None), default=None)
    if until is not None and on >= until:
        if begun is not None and begun < until and (since is None or begun >= since):
            return Gate(capability, True, "finishing", article, since, until)
        why: Why = "ended" if life.state(on) is State.ENDED else "left"
        return Gate(capability, False, why, article, since, until)
    if named.opens == "preparatory":
        return Gate(capability, True, "open", article, since, until)
    if since is None or on < since:
        return Gate(capability, False, "not_yet", article, since, until)
    return Gate(capability, True, "open", article, since, until)
