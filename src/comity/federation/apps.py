from __future__ import annotations

from django.apps import AppConfig


class FederationConfig(AppConfig):
    name = "comity.federation"
    label = "federation"

    def ready(self) -> None:
        from comity.federation import entries

        entries.register()
        # Journals know no partners: who must hold an entry is told to them.
        from comity.federation.selectors import mirrors
        from comity.journal import finality

        finality.held_by(mirrors)
