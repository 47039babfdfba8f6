from __future__ import annotations

from django.apps import AppConfig


class AssistanceConfig(AppConfig):
    name = "comity.assistance"
    label = "assistance"

    def ready(self) -> None:
        from comity.assistance import entries, onward
        from comity.confidential import services

        entries.register()
        services.guard(onward.check_attachments)
