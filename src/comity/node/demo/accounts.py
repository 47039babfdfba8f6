"""The accounts of the demonstration, name and role. The password is printed on purpose: they guard nothing."""

from __future__ import annotations

PEOPLE = tuple((role, role) for role in ("examiner", "operator", "viewer", "clerk", "head", "coordinator", "auditor"))
PASSWORD = "for-the-demonstration"  # noqa: S105 - see above
