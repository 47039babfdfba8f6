"""How text and numbers are compared: one folding, stored beside the original.

Follows Unicode NFKC and full case folding (UAX #15, Unicode §3.13), then what registers of this region need: ё = е, і
= и, ў = у, Latin letters without their marks, no apostrophes.
"""

from __future__ import annotations

import re
import unicodedata

_APOSTROPHES = dict.fromkeys(
    map(ord, "'`\u00b4\u02b9\u02bb\u02bc\u02bd\u02c8\u055a\u2018\u2019\u201b\u2032\u2035\uff07\uff40")
)
_INVISIBLE = dict.fromkeys(
    [0x00AD, 0x034F, 0x180E, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)]
)
_DROP = _APOSTROPHES | _INVISIBLE
_LETTERS = str.maketrans(
    {"ё": "е", "і": "и", "ў": "у"}
    | {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ħ": "h",
        "ŧ": "t",
        "ı": "i",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ĸ": "k",
        "ŋ": "n",
    }
)
_LATIN_MARKS = re.compile(r"([a-zøłđħŧıðþæœĸŋ])[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff]+")
_WORD = re.compile(r"[^\W_]+")
_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_GROUPING = re.compile(r"(?<=[0-9])\.(?=[0-9]{3}(?![0-9]))")


def fold(text: str) -> str:
    """The form in which text is compared and searched; folding twice changes nothing.

    Letters keep what tells them apart (й is not и); marks fall from Latin letters only; runs of space become one.
    """
    if text.isascii():
        return " ".join(text.replace("'", "").replace("`", "").lower().split())
    text = unicodedata.normalize("NFKC", text.translate(_DROP).casefold())
    # A second round: folding can bring forth what NFKC changes, and NFKC what folding changes.
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text.casefold()).translate(_DROP))
    text = unicodedata.normalize("NFC", _LATIN_MARKS.sub(r"\1", text)).translate(_LETTERS)
    return " ".join(text.split())


def words(text: str) -> list[str]:
    """The folded words of `text`, in order: runs of letters and digits."""
    return _WORD.findall(fold(text))


def search_form(text: str) -> str:
    """The folded words of `text`, one space between: `" ".join(words(text))`, and much faster for most texts."""
    if text.isascii():
        return b" ".join(text.encode().translate(_ASCII, b"'`").split()).decode()
    if _PLAIN.fullmatch(text) is not None:
        return " ".join(text.translate(_FOLDED).split())
    return " ".join(words(text))


def number_key(text: str) -> str:
    """The form in which the numbers of rights are compared: NFKC, upper case, without spaces and without dots between
    thousands.
    """
    if text.isascii():
        text = "".join(text.upper().split())
        return _GROUPING.sub("", text) if "." in text else text
    text = unicodedata.normalize("NFKC", text).translate(_INVISIBLE).upper()
    # Again, since upper case and the spaces that fall can leave what NFKC composes.
    text = unicodedata.normalize("NFKC", "".join(text.split()))
    return _GROUPING.sub("", _DASHES.sub("-", text))


def _folded() -> dict[int, str]:
    """What each plain character becomes in `search_form`: alone, since none of them changes with its neighbours."""
    table = {}
    for code in (*range(0x80), *_PLAIN_CODES):
        found = _WORD.findall(fold(chr(code)))
        table[code] = found[0] if found else "" if code in _DROP else " "
    return table


# Letters and signs that neither combine with what stands beside them nor come apart into more than one word.
_PLAIN_CODES = (
    *(0xA0, 0xA9, 0xAB, 0xAE, 0xB0, 0xB7, 0xBB, *range(0xC0, 0x100)),
    *range(0x0400, 0x0460),
    *(*range(0x2010, 0x2016), 0x2018, 0x2019, 0x201C, 0x201D, 0x201E, 0x2022, 0x2026, 0x2116),
)
_PLAIN = re.compile(f"[\x00-\x7f{''.join(map(chr, _PLAIN_CODES))}]*")
_FOLDED = _folded()
# The same of ASCII, byte for byte; the apostrophes, which fall, are named where it is used.
_ASCII = bytes(ord(_FOLDED[code] or " ") if code < 0x80 else code for code in range(0x100))
