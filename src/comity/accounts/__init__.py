"""People, bodies, roles, sign-in; the base of every policy."""

from __future__ import annotations

# A second factor that was shown within so many seconds still counts for what is signed or approved.
FRESH_S = 15 * 60
