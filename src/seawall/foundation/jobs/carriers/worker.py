"""What every carrier does with a job: claim, keep the lease, run, write the end."""

import threading
import traceback
from collections.abc import Sequence

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from seawall.foundation.jobs import registry, services, wakeup
from seawall.foundation.jobs.errors import JobCancelled, StaleFence
from seawall.foundation.platform import clock

POLL_SECONDS = 0.5
"""Longest time that work from another process waits for an idle worker."""
BEATS_PER_LEASE = 3

log = structlog.get_logger("jobs")


def work(worker: str, stop: threading.Event, kinds: Sequence[str] | None = None) -> None:
    """Do jobs until ``stop``; the body of a worker thread."""
    seen = 0
    try:
        while not stop.is_set():
            try:
                busy = run_one(worker, kinds)
            except DatabaseError as error:
                log.warning("database not reachable", error=str(error))
                busy = False
            close_old_connections()
            if not busy:
                seen = wakeup.wait(POLL_SECONDS, seen)
    finally:
        connection.close()


def run_one(worker: str, kinds: Sequence[str] | None = None) -> bool:
    """Claim and run one job; False where nothing waits."""
    claimed = services.claim(worker, kinds or registry.kinds(), clock.now())
    if claimed is None:
        return False
    found = registry.registered(claimed.kind)
    if found is None:
        raise LookupError(f"no handler for {claimed.kind!r}")
    over = threading.Event()
    keeper = threading.Thread(target=_keep_lease, args=(claimed, over), name=f"{worker}-lease", daemon=True)
    keeper.start()
    try:
        found.run(claimed)
        services.finish(claimed)
    except StaleFence:
        log.warning("another worker has the job", job=claimed.job_id, kind=claimed.kind)
    except JobCancelled as error:
        services.fail(claimed, str(error))
    except Exception as error:  # noqa: BLE001 - a job's failure must not end its worker; it is kept and shown
        log.error("job failed", job=claimed.job_id, kind=claimed.kind, trace=traceback.format_exc())  # noqa: TRY400
        services.fail(claimed, f"{type(error).__name__}: {error}")
    finally:
        over.set()
        keeper.join()
    return True


def _keep_lease(claimed: services.RowClaim, over: threading.Event) -> None:
    pause = settings.SEAWALL.lease_seconds / BEATS_PER_LEASE
    try:
        while not over.wait(pause):
            try:
                if not services.heartbeat(claimed, clock.now()):
                    return
            except DatabaseError as error:
                log.warning("lease not lengthened", job=claimed.job_id, error=str(error))
    finally:
        connection.close()
