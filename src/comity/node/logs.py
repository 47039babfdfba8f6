"""Log lines as JSON, one object a line, for a collector."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import orjson


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
