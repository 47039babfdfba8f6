"""Confidential bodies: an entry that says for whom it is and how it is to be handled, and commits to the rest.

`{"sealed": {"cm": …, "label": …, "to": […]}}` stands in an entry of any kind; the body itself is the opening at
`/sealed` (canonical JSON) and goes only to those whom the entry names. Its owner keeps it in the vault, as a recipient
does that has the key; where only a body's own key opens it, the sealed bytes are kept.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from comity.confidential.models import SealedBytes
from comity.journal import home, vault
from comity.journal.models import Journal
from comity.kernel.canonical import decode, encode
from comity.kernel.commitments import commit, new_salt
from comity.kernel.entry import parse_entry
from comity.kernel.errors import ComityError, FormatError, SealError
from comity.kernel.handling import Label, read_label
from comity.kernel.identifiers import party_code
from comity.kernel.sealing import SealingKey, SealingPublic, open_content, seal_content

FIELD = "sealed"
PATH = f"/{FIELD}"
FORM = "comity/sealed-body/1"
MOST_BYTES = 6 * 1024 * 1024
MOST_RECIPIENTS = 32
# No string of canonical JSON can hold it: a quotation mark inside one is escaped.
_MARK = f'"{PATH}":['


class Recipient(BaseModel):
    """A party, or one of its bodies by its code."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    party: Annotated[str, AfterValidator(party_code)]
    body: str = Field(default="", pattern=r"^([a-z][a-z0-9-]{0,31})?$")

    def __str__(self) -> str:
        return f"{self.party}/{self.body}" if self.body else self.party


class Sealed(BaseModel):
    """What an entry says of its confidential body."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    cm: str = Field(pattern=r"^[A-Za-z0-9+/]{43}=$")
    label: Annotated[dict[str, Any], AfterValidator(lambda body: read_label(body).to_json())]
    to: list[Recipient] = Field(min_length=1, max_length=MOST_RECIPIENTS)

    @property
    def handling(self) -> Label:
        return read_label(self.label)


def read_recipient(text: str) -> Recipient:
    """A recipient from `RU` or `RU/enforcement`. Raises FormatError."""
    party, _, body = text.partition("/")
    try:
        return Recipient(party=party_code(party), body=body)
    except ValueError:
        raise FormatError(
            f"{text[:60]!r} is neither a party nor a body.", remedy="Write RU, or RU/enforcement."
        ) from None


def close(
    content: Mapping[str, Any], label: Label, to: Sequence[Recipient]
) -> tuple[dict[str, Any], dict[str, tuple[bytes, Any]]]:
    """`(what stands under `sealed` in the entry, openings)` of a confidential body.

    Raises FormatError for more than 6 MiB or for no recipient.
    """
    if len(encode(content)) > MOST_BYTES:
        raise FormatError(f"A confidential body has at most {MOST_BYTES // 1024**2} MiB.", remedy="Divide it.")
    salt = new_salt()
    named = sorted({str(recipient): recipient for recipient in to}.items())
    recipients = [recipient.model_dump(exclude_defaults=True) for _, recipient in named]
    body = {"cm": commit(PATH, content, salt), "label": label.to_json(), "to": recipients}
    Sealed.model_validate(body)
    return body, {PATH: (salt, content)}


def marked(data: str) -> bool:
    """Whether dumped openings may hold a confidential body: then its entry says who gets it."""
    return _MARK in data


def read(body: Mapping[str, Any]) -> Sealed | None:
    """What an entry's body says of its confidential body; None where there is none. Raises FormatError."""
    if FIELD not in body:
        return None
    try:
        return Sealed.model_validate(body[FIELD])
    except ValueError as error:
        raise FormatError("The entry does not say for whom its body is sealed.", place=FIELD) from error


def entitled(sealed: Sealed, owner: str, party: str) -> tuple[bool, tuple[str, ...]]:
    """`(whether the party as such, which of its bodies)` may have it. The owner may have its own back."""
    bodies = tuple(recipient.body for recipient in sealed.to if recipient.party == party and recipient.body)
    return party == owner or any(str(recipient) == party for recipient in sealed.to), bodies


def pack(data: str, sealed: Sealed, origin: str, keys: Iterable[SealingPublic]) -> str:
    """Dumped openings sealed for bodies of a party, in base64."""
    return base64.b64encode(seal_content(data.encode(), keys, origin, FORM, sealed.cm)).decode()


def unpack(
    text: object, sealed: Sealed, origin: str, keys: Sequence[SealingKey]
) -> tuple[bytes, vault.Openings | None]:
    """`(sealed bytes, openings)`; the openings None where none of `keys` opens them.

    Raises FormatError or SealError for what is not what the entry commits to.
    """
    try:
        package = base64.b64decode(text if isinstance(text, str) else "", validate=True)
    except binascii.Error as error:
        raise FormatError("The sealed body is not base64.") from error
    try:
        return package, vault.unpack(decode(open_content(keys, package, origin, FORM, sealed.cm)))
    except SealError as error:
        if "no such key is here" in error.message:
            return package, None
        raise


def keep(journal: Journal, items: Mapping[int, bytes]) -> None:
    """Keep sealed bytes for whose key this node does not have, in place of what it had for the same entries."""
    SealedBytes.objects.filter(journal=journal, index__in=list(items)).delete()
    SealedBytes.objects.bulk_create(SealedBytes(journal=journal, index=i, data=data) for i, data in items.items())


def open_waiting(journal: Journal) -> int:
    """Open what came before its key did; how many opened."""
    rows = list(SealedBytes.objects.filter(journal=journal).order_by("index"))
    if not rows:
        return 0
    keys, store = home.sealing_keys(), home.store(journal)
    opened = 0
    for row in rows:
        sealed = read(parse_entry(store.entry(row.index, journal.next_index)).body)
        if sealed is None:
            continue
        text = base64.b64encode(bytes(row.data)).decode()
        try:
            _, openings = unpack(text, sealed, journal.origin, keys)
        except ComityError:
            continue  # It came from a partner: what cannot be opened is as good as not given.
        if openings is None or set(openings) != {PATH} or not vault.opens(sealed.cm, PATH, *openings[PATH]):
            continue
        vault.replace(journal, {row.index: vault.dump(openings)})
        row.delete()
        opened += 1
    return opened
