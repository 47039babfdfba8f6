"""Addresses of a node: pages, API, the journal's files and the federation's endpoints."""

from __future__ import annotations

from django.urls import include, path

from comity.api.v1.api import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("", include("comity.federation.urls")),
    path("", include("comity.web.urls")),
]

handler400 = "comity.web.views.errors.bad_request"
handler403 = "comity.web.views.errors.forbidden"
handler404 = "comity.web.views.errors.not_found"
handler429 = "comity.web.views.errors.too_many"
handler500 = "comity.web.views.errors.failed"
