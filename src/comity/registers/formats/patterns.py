"""Regular expressions that users write: only those that cannot keep a node busy for ever.

Python's `re` backtracks, and nothing else of the process runs meanwhile. Where something that may match in several
ways is repeated, as in `(a+)+` or `(a|ab)*`, the time can double with each character of the text.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any, Final

_sre: Final = import_module("re._parser")
_REPEATS: Final = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
MAX_PATTERN: Final = 1000


def compiled(text: str) -> re.Pattern[str]:
    """The compiled expression; `re.error` if it is none, is longer than 1,000 characters, or repeats a choice."""
    if len(text) > MAX_PATTERN:
        raise re.error(f"it has more than {MAX_PATTERN} characters")
    try:
        pattern = re.compile(text)
        if _repeats_choice(_sre.parse(text), inside=False):
            raise re.error("it repeats what may itself match in several ways, such as (a+)+ or (a|ab)*")
    except (OverflowError, RecursionError) as error:
        raise re.error("its numbers or its depth are too large") from error
    return pattern


def _repeats_choice(node: Any, *, inside: bool) -> bool:
    """Whether a repetition within `node` holds a choice: another repetition of open length, or alternatives."""
    for code, argument in node:
        name = str(code)
        if name in _REPEATS:
            least, most, body = argument
            if inside and least != most:
                return True
            if _repeats_choice(body, inside=inside or most > 1):
                return True
        elif name == "BRANCH":
            if inside or any(_repeats_choice(branch, inside=inside) for branch in argument[1]):
                return True
        elif name == "GROUPREF_EXISTS":
            if inside or any(_repeats_choice(branch, inside=inside) for branch in argument[1:] if branch):
                return True
        else:
            parts = argument if isinstance(argument, tuple) else (argument,)
            if any(isinstance(part, _sre.SubPattern) and _repeats_choice(part, inside=inside) for part in parts):
                return True
    return False
