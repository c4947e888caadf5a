"""``seawall snapshot load``: the keeper takes a snapshot of advisories into this server, on its own machine.

It needs the database's folder, not a token, as ``seawall facts`` does: nobody can speak in the publishers' names over the
network. A server or worker that runs beside it may take the work over; whoever does it, it is done once, and goes on after
a crash when the command is given again.
"""

import sys
import time
from pathlib import Path
from typing import Any

from seawall.doors.cli.server import load_django
from seawall.doors.cli.terminal import show_fields, show_json
from seawall.foundation.access.types import Actor
from seawall.foundation.platform.errors import Unavailable

KEEPER = Actor.system("keeper")
POLL = 1.0
"""Seconds between two looks at work that another process does."""


def take_in(folder: Path, *, removals: int, json_output: bool) -> None:
    """Load a snapshot, and say what came of it; exit code 1 where not all of it was taken."""
    load_django()
    from django.core.management import call_command  # noqa: PLC0415 - needs Django loaded

    from seawall.clearinghouse.matching import advisory_queries, loading  # noqa: PLC0415
    from seawall.foundation.jobs.queries import latest_of  # noqa: PLC0415
    from seawall.foundation.jobs.runner import drain  # noqa: PLC0415
    from seawall.foundation.jobs.types import JobState  # noqa: PLC0415

    call_command("migrate", interactive=False, verbosity=0)
    row = loading.begin(KEEPER, folder, removals=removals)
    while row.finished_at is None:
        drain(kinds=[loading.LOAD], worker="snapshot load")
        row = advisory_queries.load(row.pk)
        job = latest_of([row.pk], kinds=[loading.LOAD])[row.pk]
        if row.finished_at is None and job.state in {JobState.FAILED, JobState.CANCELLED}:
            raise Unavailable(
                f"The load stopped: {job.error or job.state.value}.", "Give the command again; it goes on."
            )
        if row.finished_at is None:
            time.sleep(POLL)
    said: dict[str, Any] = {
        "load": row.pk,
        "snapshot": row.digest,
        "state": row.state,
        "advisories": row.total,
        "new": row.new,
        "changed": row.changed,
        "reworded": row.reworded,
        "withdrawn": row.withdrawn,
        "exposures_shown": row.shown,
        "exposures_closed": row.closed,
        "error": row.error,
    }
    if json_output:
        show_json(said)
    else:
        show_fields([(name.replace("_", " "), str(value)) for name, value in said.items() if value != ""])
    sys.exit(0 if row.state == "done" else 1)
