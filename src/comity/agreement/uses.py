"""What each action of a page or an API operation makes use of in the agreement; kinds of entry say it themselves."""

from __future__ import annotations

from collections.abc import Mapping

# By the first word of an action's name. Empty: the office's own business, which waits for no agreement.
_ROOMS: Mapping[str, str] = {
    "registers": "exchange.public",
    "extracts": "exchange.public",
    "agreement": "agreement.life",
    "letters": "exchange.confidential",
    "assistance": "assistance",
    "positions": "positions",
    "laws": "laws",
    "awareness": "awareness",
    "report": "",
    "journal": "",
    "federation": "",
    "node": "",
    "accounts": "",
    "audit": "",
    "signing": "",
    "web": "",
}


def capability_of(action: str) -> str:
    """The capability that an action of `accounts.policy` makes use of. KeyError for a room that the table misses."""
    return _ROOMS[action.partition(".")[0]]
