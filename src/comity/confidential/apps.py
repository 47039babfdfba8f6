from __future__ import annotations

from django.apps import AppConfig


class ConfidentialConfig(AppConfig):
    name = "comity.confidential"
    label = "confidential"

    def ready(self) -> None:
        from comity.confidential import entries

        entries.register()
