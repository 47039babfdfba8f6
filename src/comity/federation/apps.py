from __future__ import annotations

from django.apps import AppConfig


class FederationConfig(AppConfig):
    name = "comity.federation"
    label = "federation"

    def ready(self) -> None:
        from comity.federation import entries

        entries.register()
