"""Cards and invitations: how two nodes come to know each other's keys.

A card is a signed note (C2SP signed-note) whose text is `comity/card/1` NL canonical JSON NL, signed by the log key it
names. The fingerprint that people read to each other covers both cards, so that neither could be exchanged on the way.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from comity.kernel.canonical import decode, encode
from comity.kernel.errors import FormatError
from comity.kernel.identifiers import party_code
from comity.kernel.notes import KIND_MLDSA, SigningKey, VerifierKey, parse_note, sign_note, verify_note
from comity.kernel.sealing import SealingPublic

CARD = "comity/card/1"
INVITATION = "comity/invitation/1"
ROLES = ("log", "witness", "mirror", "transport", "extract")
COSIGNERS = ("witness", "mirror")
OPTIONAL = {"witness_mldsa", "mirror_mldsa"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a node tells of itself to a partner. `url` is empty for a node that no one can reach.

    The keys of kind 06 are empty, and left out on the wire, where the node's cosigners have none.
    """

    origin: str
    party: str
    name: str
    url: str
    role: str
    log: str
    witness: str
    mirror: str
    transport: str
    extract: str
    sealing: str
    witness_mldsa: str = ""
    mirror_mldsa: str = ""

    def key(self, role: str) -> VerifierKey:
        return VerifierKey.parse(getattr(self, role))

    def quantum(self, role: str) -> VerifierKey | None:
        """The ML-DSA-44 key of a cosigner, if it has one."""
        text = getattr(self, f"{role}_mldsa")
        return VerifierKey.parse(text) if text else None

    def sealing_key(self) -> SealingPublic:
        return SealingPublic.parse(self.sealing)


def write_card(card: Card, key: SigningKey) -> str:
    body = {name: value for name, value in asdict(card).items() if value or name not in OPTIONAL}
    return sign_note(f"{CARD}\n{encode(body).decode()}\n", key).encode().decode()


def read_card(note: str) -> Card:
    """A card, its keys checked and its signature verified. Raises FormatError or SignatureError."""
    parsed = parse_note(note.encode())
    body = _body(parsed.text, CARD)
    names, needed = set(Card.__slots__), set(Card.__slots__) - OPTIONAL
    if not needed <= set(body) <= names or not all(isinstance(value, str) for value in body.values()):
        raise FormatError("The card does not have the fields of a card.", place=CARD)
    card = Card(**body)
    party_code(card.party)
    for role in ROLES:
        key = card.key(role)
        wanted = card.origin if role == "log" else f"{card.origin}/{role}"
        if key.name != wanted or key.kind != (4 if role in COSIGNERS else 1):
            raise FormatError(f"The {role} key of the card is not that of {card.origin}.", place=role)
    if len({card.key(role).public for role in ROLES}) != len(ROLES):
        raise FormatError("The card uses one key in two roles.", place=CARD)
    for role in COSIGNERS:
        second = card.quantum(role)
        if second is not None and (second.name != f"{card.origin}/{role}" or second.kind != KIND_MLDSA):
            raise FormatError(f"The ML-DSA-44 key of the card is not that of the {role}.", place=f"{role}_mldsa")
    if card.sealing_key().name != f"{card.origin}/sealing":
        raise FormatError(f"The sealing key of the card is not that of {card.origin}.", place="sealing")
    if card.url:
        check_url(card.url)
    if not card.origin or len(card.origin) > 255 or len(card.name) > 255:
        raise FormatError("The card names no origin, or one too long.", place="origin")
    verify_note(parsed, [card.key("log")])
    return card


def check_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or parts.fragment:
        raise FormatError(f"{url[:120]!r} is not the address of a node.", remedy="Use https://HOST/ or http://HOST/.")
    if len(url) > 300:
        raise FormatError("The address is too long.", place="url")
    return url


def write_invitation(card_note: str, token: str) -> str:
    """The invitation as a file: one line of JSON."""
    return encode({"card": card_note, "comity": INVITATION, "token": token}).decode() + "\n"


def read_invitation(text: str) -> tuple[str, str]:
    """`(card note, token)` of an invitation file."""
    try:
        body = decode(text.strip().encode())
    except FormatError as error:
        raise FormatError(
            "This is not an invitation.", remedy="Send the file that `comity partner invite` wrote, unchanged."
        ) from error
    if not isinstance(body, dict) or body.get("comity") != INVITATION:
        raise FormatError("This is not an invitation.", remedy="Send the file that `comity partner invite` wrote.")
    return str(body.get("card", "")), str(body.get("token", ""))


def token_digest(token: str) -> str:
    return hashlib.sha256(f"comity/token/1\n{token}".encode()).hexdigest()


def fingerprint(one: str, other: str) -> str:
    """30 digits in six groups over both cards, the same at both nodes: to be read by telephone."""
    digest = hashlib.sha256("\n\n".join(["comity/pair/1", *sorted([one, other])]).encode()).digest()
    digits = f"{int.from_bytes(digest[:16]) % 10**30:030d}"
    return " ".join(digits[at : at + 5] for at in range(0, 30, 5))


def _body(text: str, kind: str) -> dict[str, Any]:
    head, _, rest = text.partition("\n")
    if head != kind or not rest.endswith("\n"):
        raise FormatError(f"This is not a note of the kind {kind}.", place="first line")
    body = decode(rest[:-1].encode())
    if not isinstance(body, dict):
        raise FormatError("The body of the note is not an object.", place=kind)
    return body
