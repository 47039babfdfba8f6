"""The small encodings that every text format of the journal shares: strict base64 and strict decimals.

Follows RFC 4648 §4 (padded, no stray characters, zero pad bits) and the decimals of C2SP tlog-checkpoint (no sign, no
leading zero).
"""

from __future__ import annotations

import base64
import binascii

from comity.kernel.errors import FormatError

MAX_INTEGER = 2**63 - 1


def b64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 §4)."""
    return base64.b64encode(data).decode("ascii")


def unb64(text: str, length: int | None = None, *, place: str = "", error: type[FormatError] = FormatError) -> bytes:
    """The bytes of strict base64; `length` is the number of bytes demanded, if one is.

    Raises `error` on missing padding, stray characters, non-zero pad bits or another length.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as reason:
        raise error("This is not base64 with padding.", place=place) from reason
    if b64(data) != text:
        raise error("This base64 is not in its one strict form.", place=place)
    if length is not None and len(data) != length:
        raise error(f"{length} bytes were expected, {len(data)} are here.", place=place)
    return data


def decimal(text: str, *, place: str = "", error: type[FormatError] = FormatError, limit: int = MAX_INTEGER) -> int:
    """A decimal of ASCII digits without sign or leading zero, at most `limit`; raises `error` otherwise."""
    if not (text.isascii() and text.isdigit()) or (text[0] == "0" and text != "0") or len(text) > 20:
        raise error(f"{text[:24]!r} is not a decimal number without sign and leading zero.", place=place)
    number = int(text)
    if number > limit:
        raise error(f"{text} is greater than {limit}.", place=place)
    return number
