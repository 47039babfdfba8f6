from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "comity.accounts"
    label = "accounts"

    def ready(self) -> None:
        from comity.accounts import audit, noted

        audit.watch()
        noted.watch()
