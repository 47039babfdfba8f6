from __future__ import annotations

from django.apps import AppConfig


class AssistanceConfig(AppConfig):
    name = "comity.assistance"
    label = "assistance"

    def ready(self) -> None:
        from comity.assistance import entries, onward, selectors
        from comity.confidential import services
        from comity.journal import selectors as journals

        entries.register()
        services.guard(onward.check_attachments)
        journals.veil(selectors.veiled)
