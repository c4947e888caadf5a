"""The WSGI application that granian serves, with the embedded carrier beside it."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from seawall.doors.bounds import BoundedBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seawall.foundation.platform.settings")

application = BoundedBodies(get_wsgi_application(), settings.SEAWALL.max_body_bytes)

if settings.SEAWALL.carrier == "embedded":
    from seawall.foundation.jobs.carriers.embedded import start

    start()
