from __future__ import annotations

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "comity.registers"
    label = "registers"

    def ready(self) -> None:
        from comity.registers import entries, tasks

        entries.register()
        tasks.register()
