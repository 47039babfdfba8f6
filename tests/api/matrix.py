"""Who gets what, as a table with one letter per role: how its rows are written and asked.

A row names the method, the addresses (of an own and of a partner's object, where there are both), the action of
`accounts.policy`, the letters of those who are let in, and what they get. Who is not let in gets 403, or is asked to
sign in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from comity.accounts import policy
from tests import node

ANONYMOUS, NOBODY = "*", "-"
# `-`: signed in, without any role.
LETTERS: dict[str, str] = {
    "V": policy.VIEWER,
    "C": policy.CLERK,
    "E": policy.EXAMINER,
    "N": policy.ENFORCEMENT,
    "H": policy.HEAD,
    "K": policy.COORDINATOR,
    "A": policy.AUDITOR,
    "O": policy.OPERATOR,
}
IN_BODIES = tuple(letter for letter, role in LETTERS.items() if role not in policy.OFFICE_ROLES)
COLUMNS = (ANONYMOUS, NOBODY, *LETTERS)
EVERYBODY = "*-VCENHKAO"


@dataclass(frozen=True, slots=True)
class Row:
    """`gets`: the status for those let in; `but`: of single letters, another."""

    method: str
    addresses: tuple[str, ...]
    action: str
    who: str
    gets: int
    but: Mapping[str, int]

    def wanted(self, letter: str, stranger: int) -> int:
        if letter in self.but:
            return self.but[letter]
        if letter in self.who:
            return self.gets
        return stranger if letter == ANONYMOUS else 403


def row(method: str, address: str | tuple[str, ...], action: str, who: str, gets: int = 200, but: Any = None) -> Row:
    addresses = (address,) if isinstance(address, str) else address
    assert set(who) <= {*COLUMNS, "."}, who
    return Row(method, addresses, action, who, gets, but or {})


def person(letter: str, body: str = "") -> User:
    """Somebody who has the one role that a letter stands for, in a body or the office."""
    return node.user(f"{letter}-{body}", *([LETTERS[letter]] if letter in LETTERS else []), body=body)


def said(table: Mapping[str, Row]) -> dict[str, str]:
    """The letters that the policy lets in, by row, to compare with what the table says."""
    return {
        name: "".join(letter if role in policy.ACTIONS[line.action] else "." for letter, role in LETTERS.items())
        for name, line in table.items()
        if line.action in policy.ACTIONS
    }


Ask = Callable[[str, str, str], int]


def compare(table: Mapping[str, Row], ask: Ask, stranger: int) -> int:
    """Ask each address in each role, and hold the answers against the table; the number of cells.

    `ask` is given the letter, the method and the address; `stranger` is what somebody gets who must sign in.
    """
    cells, wrong = 0, []
    for letter in COLUMNS:
        for name, line in table.items():
            for address in line.addresses:
                cells += 1
                got, wanted = ask(letter, line.method, address), line.wanted(letter, stranger)
                if got != wanted:
                    wrong.append(f"{letter} {name} {address}: {got}, not {wanted}")
    assert wrong == []
    # `pytest -rP` shows it.
    print(f"{len(table)} rows, {len(COLUMNS)} roles, {cells} cells")
    return cells
