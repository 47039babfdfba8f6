"""The accounts of the demonstration, name and role. The password is printed on purpose: they guard nothing."""

from __future__ import annotations

PEOPLE = (("coordinator", "coordinator"), ("examiner", "examiner"), ("operator", "operator"), ("viewer", "viewer"))
PASSWORD = "for-the-demonstration"  # noqa: S105 - see above
