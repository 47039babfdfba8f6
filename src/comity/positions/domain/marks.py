"""Where two wordings differ, word by word."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
MOST_WORDS = 3000
# Of equal words on both sides. The comparison's time grows with these far more than with the words.
MOST_PAIRS = 10_000


def marks(text: str, other: str) -> tuple[tuple[bool, str], ...]:
    """`text` in pieces, each with whether it is other than in `other`. A very long pair is marked as a whole."""
    if text == other:
        return ((False, text),)
    mine, theirs = _WORDS.findall(text), _WORDS.findall(other)
    if not theirs or len(mine) + len(theirs) > MOST_WORDS or _pairs(mine, theirs) > MOST_PAIRS:
        return ((True, text),)
    found: list[tuple[bool, str]] = []
    for tag, start, end, _from, _to in SequenceMatcher(str.isspace, mine, theirs, autojunk=False).get_opcodes():
        if piece := "".join(mine[start:end]):
            found.append((tag != "equal", piece))
    return tuple(found)


def _pairs(mine: list[str], theirs: list[str]) -> int:
    """How many words of one side are equal to how many of the other, spaces left out."""
    other = Counter(theirs)
    return sum(count * other[word] for word, count in Counter(mine).items() if not word.isspace())
