from __future__ import annotations

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "comity.registers"
    label = "registers"

    def ready(self) -> None:
        from comity.registers import entries, returning, tasks  # noqa: F401 - returning listens

        entries.register()
        tasks.register()
