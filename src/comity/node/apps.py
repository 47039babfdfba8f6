from __future__ import annotations

from django.apps import AppConfig


class NodeConfig(AppConfig):
    name = "comity.node"
    label = "node"

    def ready(self) -> None:
        from comity.journal import keystore
        from comity.journal.adapters import pkcs11

        keystore.use_tokens(pkcs11.open_key)
