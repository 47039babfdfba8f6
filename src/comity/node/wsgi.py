"""The WSGI application that granian serves."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "comity.node.settings")

from django.core.wsgi import get_wsgi_application

from comity.node.bodies import Bodies
from comity.node.process import WITH_PARENT, die_with_parent, settle

if parent := os.environ.get(WITH_PARENT):
    # Granian's worker is a process of its own: it must end with granian, as granian ends with `comity serve`.
    die_with_parent(int(parent))

application = Bodies(get_wsgi_application())
settle()
