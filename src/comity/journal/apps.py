from __future__ import annotations

from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "comity.journal"
    label = "journal"

    def ready(self) -> None:
        from comity.journal import entries

        entries.register()
