"""Evidence of forks: checkpoints that a log signed and that do not agree."""

from __future__ import annotations

import hashlib
import logging

from comity.journal.models import Fork, Journal

logger = logging.getLogger("comity.federation")


def keep_fork(journal: Journal, held: str, shown: str, reason: str) -> None:
    """Keep the evidence of a fork, once."""
    digest = hashlib.sha256(f"{held}\n{shown}".encode()).hexdigest()
    _, new = Fork.objects.get_or_create(
        digest=digest, defaults={"journal": journal, "held": held, "shown": shown, "reason": reason}
    )
    if new:
        logger.error("the journal %s has forked: %s", journal.origin, reason)
