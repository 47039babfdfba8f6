from __future__ import annotations

from django.apps import AppConfig


class NodeConfig(AppConfig):
    name = "comity.node"
    label = "node"
