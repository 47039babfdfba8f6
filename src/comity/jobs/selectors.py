"""What may be asked of the queue."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count

from comity.jobs.models import Job


def counts() -> dict[str, int]:
    """Jobs by state; every state is named."""
    found = dict(Job.objects.values_list("state").annotate(n=Count("pk")).order_by())
    return {state: found.get(state, 0) for state in Job.State.values}


def oldest_waiting() -> datetime | None:
    """Since when the longest waiting job waits."""
    rows = Job.objects.filter(state=Job.State.WAITING).order_by("created_at")
    return rows.values_list("created_at", flat=True).first()
