"""``seawall manage export_decisions``: what people decided about likeness, as JSON lines, on the server's own machine."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from seawall.clearinghouse.deduplication.learning import exported
from seawall.foundation.access.types import Actor


class Command(BaseCommand):
    """Values of signals and the verdict of each pair that a person decided on; no word of any report."""

    help = "Print what people decided about pairs of reports, as JSON lines of signal values and the verdict."

    def handle(self, *_: Any, **__: Any) -> None:
        """Print them."""
        for row in exported(Actor.system("keeper")):
            self.stdout.write(json.dumps(row, sort_keys=True))
