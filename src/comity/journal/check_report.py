"""What a check finds, and where apps put in checks of their own.

An app of a room above registers a function in its module `check`, which `fsck` imports from every installed app.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from comity.journal.models import Journal
from comity.kernel.errors import ComityError

AT_MOST = 50

REBUILD = "Stop the node and run `comity rebuild`."
BACKUP = "Restore it from a backup of this node."
COPY = "Take it from the partner's copy of this journal, or from a backup; then run `comity fsck` again."
STRAY = "Delete the row: nothing of this node made it."
AGAIN = "Take it from the partner, who serves its own journal, or from a backup; then run `comity fsck` again."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was stored. `place` names it; a warning hurts no fact."""

    place: str
    what: str
    remedy: str
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.place}: {self.what} {self.remedy}".rstrip()


@dataclass(slots=True)
class Report:
    """Everything found, in order, and how much was looked at: `checked` counts things by their name."""

    findings: list[Finding] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)

    @property
    def clean(self) -> bool:
        """Nothing but warnings."""
        return all(finding.warning for finding in self.findings)

    def error(self, place: str, what: str, remedy: str) -> None:
        self.findings.append(Finding(place, what, remedy))

    def warn(self, place: str, what: str, remedy: str) -> None:
        self.findings.append(Finding(place, what, remedy, warning=True))

    def failed(self, place: str, error: ComityError | ValueError, remedy: str) -> None:
        """A check raised: its words at our place."""
        words = error.message if isinstance(error, ComityError) else str(error)
        self.error(place, words if words.endswith(".") else f"{words}.", remedy)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a check of another room is given: the journals whose rows could be read, and a way to tell of progress."""

    journals: tuple[Journal, ...]
    report: Report
    tick: Callable[[str, int], None]


Check = Callable[[Inspection], None]
_checks: dict[str, Check] = {}


def register_check(name: str, check: Check) -> None:
    _checks[name] = check


def checks() -> list[Check]:
    return [_checks[name] for name in sorted(_checks)]
