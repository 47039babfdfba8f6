from __future__ import annotations

from django.apps import AppConfig


class AgreementConfig(AppConfig):
    name = "comity.agreement"
    label = "agreement"

    def ready(self) -> None:
        from comity.agreement import entries, selectors
        from comity.journal import kinds, named

        entries.register()
        kinds.guard(selectors.guard)
        named.register(named.Naming(selectors.documents_of, selectors.names_document))
