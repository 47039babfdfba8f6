"""REST API v1."""

from __future__ import annotations

from ninja import NinjaAPI

api = NinjaAPI(title="Comity", version="1", docs_url=None)
