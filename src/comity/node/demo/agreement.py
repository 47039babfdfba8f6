"""The agreement of the demonstration: what is publicly known of it, stated by the party that knows it."""

from __future__ import annotations

from comity.agreement import services
from comity.agreement.domain.life import Step
from comity.agreement.toml import parse, shipped_text

PROFILE = "by-ru-2025"


def state_what_is_known(party: str) -> None:
    """Adopt the shipped profile and state what has been published: the notes that bring it into force have not."""
    data, profile = parse(shipped_text(PROFILE))
    services.adopt(None, data)
    if party == "BY":
        services.state(
            None,
            profile.code,
            Step.BASIS,
            "2024-05-29",
            act="Resolution of the Council of Ministers of the Republic of Belarus",
            number="394",
        )
    services.state(None, profile.code, Step.SIGNATURE, "2025-03-13")
