from __future__ import annotations

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings

from comity.kernel.algorithms import register
from comity.kernel.errors import ConfigurationError


class NodeConfig(AppConfig):
    name = "comity.node"
    label = "node"

    def ready(self) -> None:
        from comity.journal import keystore
        from comity.journal.adapters import pkcs11

        keystore.use_tokens(pkcs11.open_key)
        use_algorithms(settings.COMITY.algorithms)


def use_algorithms(names: Sequence[str]) -> None:
    """Take up the adapters of national algorithms by name. ConfigurationError for one that is not there or fails."""
    for name in names:
        if name != "gost":
            raise ConfigurationError(
                f"There is no adapter {name!r}.", place="COMITY_ALGORITHMS", remedy="Adapters that there are: gost."
            )
        from comity.journal.adapters.gost import Gost

        register(Gost())
