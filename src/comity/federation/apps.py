from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings


class FederationConfig(AppConfig):
    name = "comity.federation"
    label = "federation"

    def ready(self) -> None:
        from comity.federation import entries, source

        entries.register()
        if settings.COMITY.partner_ca_file is not None:
            source.trust(settings.COMITY.partner_ca_file)
        # Journals know no partners: who must hold an entry is told to them.
        from comity.federation.selectors import mirrors
        from comity.journal import finality

        finality.held_by(mirrors)
