from __future__ import annotations

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "comity.registers"
    label = "registers"

    def ready(self) -> None:
        from comity.journal import named
        from comity.registers import entries, returning, selectors, tasks  # noqa: F401 - returning listens

        entries.register()
        named.register(named.Naming(selectors.images_of, selectors.names_image))
        tasks.register()
