"""The WSGI application that granian serves, with the embedded carrier beside it."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from seawall.doors.bounds import BoundedBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seawall.foundation.platform.settings")

_FORM = 1024 * 1024
"""Bytes of a form around the document in it."""
INVENTORIES = dict.fromkeys(
    ("/api/v1/inventories", "/inventories/upload"), settings.SEAWALL.max_inventory_bytes + _FORM
)
"""Addresses that store what comes piece by piece."""

SCANS = dict.fromkeys(("/api/v1/scans", "/scans/upload"), settings.SEAWALL.max_scan_bytes + _FORM)
"""As above."""

application = BoundedBodies(get_wsgi_application(), settings.SEAWALL.max_body_bytes, {**INVENTORIES, **SCANS})

if settings.SEAWALL.carrier == "embedded":
    from seawall.foundation.jobs.carriers.embedded import start

    start()
