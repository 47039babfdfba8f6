"""Background work of the registers."""

from __future__ import annotations

from collections.abc import Callable

from comity.jobs import services as jobs
from comity.registers import services


def import_file(argument: str, renew: Callable[[], None]) -> None:
    """Carry out the import of this number.

    One that has ended is not begun again, though its worker was lost before it could say so: what was imported since
    would be undone.
    """
    if services.ended(int(argument)):
        return
    services.run_import(int(argument), tick=lambda run: renew())


def register() -> None:
    jobs.register(services.TASK, import_file)
