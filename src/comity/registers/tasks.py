"""Background work of the registers."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import timezone

from comity.jobs import services as jobs
from comity.registers import services
from comity.registers.models import Import


def import_file(argument: str, renew: Callable[[], None]) -> None:
    """Carry out the import of this number.

    One that has ended is not begun again, though its worker was lost before it could say so: what was imported since
    would be undone.
    """
    if Import.objects.filter(pk=int(argument), state__in=(Import.State.DONE, Import.State.FAILED)).exists():
        return
    services.run_import(int(argument), tick=lambda run: renew())


def give_up(argument: str, reason: str) -> None:
    """Tell an import as failed whose job is tried no more."""
    rows = Import.objects.filter(pk=int(argument), state__in=(Import.State.WAITING, Import.State.RUNNING))
    rows.update(state=Import.State.FAILED, error=reason, ended_at=timezone.now())


def register() -> None:
    jobs.register(services.TASK, import_file, give_up)
