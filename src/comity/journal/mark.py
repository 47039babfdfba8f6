"""The file in a node's folder that says that it reads only, and why. It needs neither settings nor a database."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from comity.journal.store import write_durably

NAME = "restored.json"

# Why a node reads only.
RESTORED = "restored"
FOLDER = "folder"
DATABASE = "database"
PARTNER = "partner"
FORK = "fork"
UNSURE = "unsure"

WORDS = {
    RESTORED: "It was restored from a backup.",
    FOLDER: "Its folder is older than what it has signed.",
    DATABASE: "Its database is older than its journal.",
    PARTNER: "A partner holds more of its journal than it does.",
    FORK: "Its journal has forked: a partner holds entries that it signed and does not have.",
    UNSURE: "Nothing here can tell whether it was rolled back: the machine was started anew, or its folder is another.",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Why this node reads only, since when, and what kept it from coming back when it last tried."""

    why: str
    since: str
    waits_for: str = ""

    @property
    def words(self) -> str:
        return WORDS.get(self.why, self.why)


def read(folder: Path) -> Standing | None:
    """What the file in a node's folder says; None if there is none. One that cannot be read still stands."""
    try:
        body = json.loads((folder / NAME).read_text())
        return Standing(str(body["why"]), str(body["since"]), str(body.get("waits_for", "")))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return Standing(RESTORED, "")


def write(folder: Path, standing: Standing) -> None:
    write_durably(folder / NAME, json.dumps(asdict(standing)).encode() + b"\n", mode=0o640)
