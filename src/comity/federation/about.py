"""What nodes say of themselves: their release, and the kinds of entry that they can apply.

An entry of a kind that its reader does not know waits there until the upgrade; this tells people beforehand.
"""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import Any

import orjson
from django.utils import timezone

from comity import RELEASE
from comity.federation.models import Partner
from comity.federation.source import Client
from comity.journal import kinds
from comity.kernel.canonical import encode
from comity.kernel.errors import NotFoundError, PartnerError

ABOUT = "comity/about/1"
PATH = "federation/v1/about"
MOST_BYTES = 64 * 1024
MOST_KINDS = 1000
# A partner's upgrade is seen so much later at the most; nothing but what people are shown depends on it.
ASK_AGAIN = timedelta(minutes=1)

_KIND = re.compile(r"[a-z][a-z0-9_.-]{0,63}/[1-9][0-9]{0,3}")
_RELEASE = re.compile(r"[\x21-\x7e]{0,40}")


def known() -> list[str]:
    """The kinds of entry that this release can apply, as `name/version`."""
    return sorted(f"{kind.name}/{kind.version}" for kind in kinds.known())


def own_about() -> bytes:
    """What this node says of itself, as canonical JSON."""
    return encode({"comity": ABOUT, "kinds": known(), "release": RELEASE})


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def take(partner: Partner, data: bytes) -> None:
    """Keep what a partner says of itself. Raises PartnerError for what is too long or does not parse."""
    release, said = _read(data)
    partner.release, partner.kinds, partner.about_at = release, said, timezone.now()
    partner.about_digest = digest(data)
    partner.save(update_fields=["release", "kinds", "about_at", "about_digest"])


def learn(partner: Partner, client: Client | None) -> None:
    """Ask a partner what it knows, once a minute. An older release does not say."""
    now = timezone.now()
    if client is None or (partner.about_at is not None and timedelta() <= now - partner.about_at < ASK_AGAIN):
        return
    try:
        data = client.get(PATH)
    except NotFoundError:
        partner.about_at = now
        partner.save(update_fields=["about_at"])
        return
    take(partner, data)


def bring(client: Client, have: object) -> int:
    """Tell a partner that cannot ask, where `have` is not the digest of what it was told. 1 if it was."""
    data = own_about()
    if not isinstance(have, str) or have == digest(data):
        return 0
    status, answer, _ = client.send("PUT", f"federation/v1/inbox/{PATH}", data)
    if status != 204:
        raise PartnerError(f"The partner did not take the delivery: {answer[:200].decode(errors='replace')}")
    return 1


def unknown_there(partner: Partner) -> list[str]:
    """Kinds of this release that the partner does not know: such entries wait there. Empty where it has not said."""
    return [kind for kind in known() if kind not in partner.kinds] if partner.kinds else []


def unknown_here(partner: Partner) -> list[str]:
    """Kinds that the partner knows and this release does not: such entries wait here."""
    mine = set(known())
    return [kind for kind in partner.kinds if kind not in mine]


def _read(data: bytes) -> tuple[str, list[str]]:
    if len(data) > MOST_BYTES:
        raise PartnerError(f"What the partner says of itself is longer than {MOST_BYTES} bytes.", place=PATH)
    try:
        body: Any = orjson.loads(data)
        label, release, said = body["comity"], body["release"], body["kinds"]
        fine = label == ABOUT and _RELEASE.fullmatch(release) and len(said) <= MOST_KINDS
        fine = fine and isinstance(said, list) and all(_KIND.fullmatch(kind) for kind in said)
    except (ValueError, KeyError, TypeError):
        fine = False
    if not fine:
        raise PartnerError("What the partner says of itself does not parse.", place=PATH)
    return release, sorted(set(said))
