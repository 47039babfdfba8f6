"""Log lines: as JSON, one object a line, for a collector; what is foreseen is said without a traceback."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import orjson
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError


class Json(logging.Formatter):
    """`time` (ISO 8601 UTC), `level`, `logger`, `message`, and `error` with the traceback of an exception.

    Only these fields: what a library hangs on a record, a request with its person among it, stays out.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()


class Foreseen(logging.Filter):
    """Says in one line that the database is away, the disk full, or a request suspicious, as one for another host name:
    where in the code that was met helps nobody.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, OperationalError | OSError | SuspiciousOperation):
            said, why = record.getMessage(), str(error).strip()
            record.msg, record.args = "%s", (said if why in said else f"{said}: {why}",)
            record.exc_info = record.exc_text = None
        return True
