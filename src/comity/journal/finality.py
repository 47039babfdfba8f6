"""Who must hold an entry before it is final, and how far a journal is.

An entry is final when a checkpoint that covers it carries the cosignatures that the policy asks for. The policy is the
file `policy` in the node's folder (C2SP tlog-policy); without it, the mirror of every paired partner. An entry of a
partner's journal is final when this node's own mirror has committed it, and the file, where it names that log, agrees.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from comity.journal import home, roster
from comity.journal.models import Cosignature, Journal
from comity.kernel.entry import parse_entry
from comity.kernel.errors import ComityError, ConfigurationError, NotFoundError
from comity.kernel.policy import NONE, Policy, parse_policy

logger = logging.getLogger("comity.journal")

FILE = "policy"
MOST_BYTES = 256 * 1024

Cosigner = tuple[str, str]
"""`(name, vkey)` of who cosigns."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A mirror that must hold every entry from number `since` on."""

    name: str
    since: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """What makes entries of one journal final: all `holders`, and the quorum of `policy` where there is one.

    Without holders and policy nothing is final.
    """

    holders: tuple[Holder, ...] = ()
    policy: Policy | None = None

    def met(self, index: int, cosigners: Collection[Cosigner]) -> bool:
        """Whether the cosigners of checkpoints that cover entry `index` suffice."""
        if not self.holders and self.policy is None:
            return False
        names = {name for name, _ in cosigners}
        if not all(holder.name in names for holder in self.holders if holder.since <= index):
            return False
        if self.policy is None:
            return True
        given = {vkey for _, vkey in cosigners}
        return self.policy.satisfied(name for name, w in self.policy.witnesses.items() if str(w.key) in given)

    def size(self, sizes: Mapping[Cosigner, int], most: int) -> int:
        """The largest size, at most `most`, up to which every entry is final; `sizes`: how far each cosigner is."""
        ends = {min(size, most) for size in (*sizes.values(), *(holder.since for holder in self.holders), most)}
        for end in sorted(ends - {0}, reverse=True):
            if self.met(end - 1, [cosigner for cosigner, size in sizes.items() if size >= end]):
                return end
        return 0


_partners: list[Callable[[], tuple[Holder, ...]]] = []


def held_by(mirrors: Callable[[], tuple[Holder, ...]]) -> None:
    """Say who names the mirrors of the paired partners: the default policy is all of them."""
    _partners[:] = [mirrors]


def path() -> Path:
    return home.home() / FILE


def file_policy() -> Policy | None:
    """The policy on file; None where there is no file. Raises ConfigurationError where it cannot be used."""
    try:
        stat = path().stat()
    except FileNotFoundError:
        return None
    return _read(path(), stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _read(file: Path, mtime_ns: int, size: int) -> Policy:
    try:
        if size > MOST_BYTES:
            raise ConfigurationError(f"A policy has at most {MOST_BYTES} bytes.")
        policy = parse_policy(file.read_text(encoding="utf-8"))
    except (ComityError, OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The policy cannot be read: {error}", place=str(file), remedy="Until it can, nothing is final."
        ) from error
    if policy.quorum == NONE:
        raise ConfigurationError(
            "With `quorum none` entries would be final that nobody else holds.",
            place=str(file),
            remedy="Name a witness or a group as the quorum, or delete the file. Until then nothing is final.",
        )
    return policy


def rule_of(journal: Journal) -> Rule:
    """What makes entries of this journal final. Raises ConfigurationError where the policy on file cannot be used.

    The file governs the logs that it names, and the own one where it names none.
    """
    policy = file_policy()
    if policy is not None and not any(log.key in roster.keyring(journal).known() for log in policy.logs):
        policy = None if policy.logs or not journal.own else policy
        if policy is None and journal.own:
            raise ConfigurationError(
                "The policy names logs, and not the one of this node.",
                place=str(path()),
                remedy=f"Add `log {journal.vkey}`. Until then nothing of this node's journal is final.",
            )
    if journal.own or journal.former:
        return Rule(policy=policy) if policy is not None else Rule(_partners[0]() if _partners else ())
    mine = Journal.objects.filter(own=True).values_list("origin", flat=True).first()
    return Rule((Holder(f"{mine}/mirror"),), policy) if mine else Rule()


def rule_or_none(journal: Journal) -> Rule:
    """The same for pages: with a policy that cannot be used, which is logged, nothing is final."""
    try:
        return rule_of(journal)
    except ConfigurationError as error:
        logger.error("%s", error)
        return Rule()


def said_of(journal: Journal) -> str:
    """Who must hold an entry, as an operator reads it; what is wrong with the policy where it cannot be used."""
    try:
        rule = rule_of(journal)
    except ConfigurationError as error:
        return f"nobody: {error}"
    names = [holder.name for holder in rule.holders]
    names += [f"the quorum {rule.policy.quorum} of {path()}"] if rule.policy is not None else []
    return ", ".join(names) or "nobody: no partner is paired"


def cosigners(journal: Journal) -> dict[Cosigner, int]:
    """How far each cosigner has come with a journal. One look into the index a cosigner, however long the journal."""
    found: dict[Cosigner, int] = {}
    rows = Cosignature.objects.filter(journal=journal)
    name: str | None = rows.order_by("name").values_list("name", flat=True).first()
    while name is not None:
        size, vkey = rows.filter(name=name).order_by("-size").values_list("size", "vkey")[0]
        found[name, vkey] = size
        name = rows.filter(name__gt=name).order_by("name").values_list("name", flat=True).first()
    return found


def final_size(journal: Journal) -> int:
    """How many entries of a journal are final."""
    signed = journal.size if journal.own else journal.next_index
    return rule_or_none(journal).size(cosigners(journal), signed)


def waiting(journal: Journal) -> tuple[int, str]:
    """How many signed entries of the own journal are not final yet, and when the first of them was made, as it says.

    Zero where nobody is to hold them.
    """
    rule = rule_or_none(journal)
    first = rule.size(cosigners(journal), journal.size)
    if first >= journal.size or not (rule.holders or rule.policy):
        return 0, ""
    try:
        entry = parse_entry(home.store(journal).entry(first, journal.size))
    except NotFoundError:
        return journal.size - first, ""  # The files are gone, and are taken back: that is told elsewhere.
    return journal.size - first, str(entry.body["at"])


def role_of(name: str) -> Literal["witness", "mirror"]:
    """`mirror` or `witness`, by the name of the cosigner's key."""
    return "mirror" if name.endswith("/mirror") else "witness"
