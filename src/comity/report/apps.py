from __future__ import annotations

from django.apps import AppConfig


class ReportConfig(AppConfig):
    name = "comity.report"
    label = "report"
