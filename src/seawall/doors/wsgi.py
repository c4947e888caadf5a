"""The WSGI application that granian serves, with the embedded carrier beside it."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seawall.foundation.platform.settings")

application = get_wsgi_application()

if settings.SEAWALL.carrier == "embedded":
    from seawall.foundation.jobs.carriers.embedded import start

    start()
