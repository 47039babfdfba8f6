from __future__ import annotations

from django.apps import AppConfig


class PositionsConfig(AppConfig):
    name = "comity.positions"
    label = "positions"

    def ready(self) -> None:
        from comity.positions import entries

        entries.register()
