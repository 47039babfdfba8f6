"""A scratch database: shared tables derived anew, beside the node's own, to compare with.

It is SQLite in a temporary file whatever the node uses: handlers are the same on both, and nothing of it is kept.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connections
from django.db.utils import load_backend

from comity.journal import kinds
from comity.journal.models import Journal

ALIAS = "comity-scratch"


def _settings(path: Path) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "TIME_ZONE": connections["default"].settings_dict.get("TIME_ZONE"),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            # It is thrown away: nothing waits for the disk. The journal stays, for handlers run in savepoints.
            "init_command": (
                "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; PRAGMA cache_size=-65536"
            ),
        },
    }
    connections.configure_settings({"default": connections["default"].settings_dict.copy(), ALIAS: wanted})
    return wanted


@contextmanager
def database() -> Iterator[str]:
    """Within the block, the alias of an empty database with the tables of every app that has shared ones."""
    with tempfile.TemporaryDirectory(prefix="comity-scratch-") as folder:
        settings = _settings(Path(folder) / "scratch.sqlite3")
        made = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, ALIAS)
        made.ensure_connection()
        connections.databases[ALIAS], connections[ALIAS] = settings, made
        try:
            labels = {table.name.partition(".")[0] for table in kinds.shared_tables()} | {"journal"}
            with made.schema_editor() as editor:
                for model in apps.get_models():
                    if model._meta.app_label in labels:
                        editor.create_model(model)
            yield ALIAS
        finally:
            made.close()
            del connections[ALIAS]
            del connections.databases[ALIAS]


def copy_journal(journal: Journal, using: str) -> Journal:
    """The same journal in the scratch database, with nothing applied yet."""
    Journal.objects.using(using).bulk_create(
        [Journal(pk=journal.pk, origin=journal.origin, own=journal.own, vkey=journal.vkey)]
    )
    return Journal.objects.using(using).get(pk=journal.pk)
