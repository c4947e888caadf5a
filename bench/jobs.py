"""Background work against bare rows in the same database: queueing, running, waking, and coming back from kill -9.

    python bench/jobs.py --size 1000
    python tests/support/postgres.py python bench/jobs.py --size 1000      # on PostgreSQL

A job costs three commits that a power cut must not undo: queued, claimed, finished together with what it wrote. So
the limit is what this machine does of the same three writes in plain SQL on a table without indexes, measured in the
same run. Everything is from one thread but for ``dispatch`` (the embedded carrier) and ``recovery`` (real processes).

The last line is one JSON object:
    size, database
    enqueue_per_s                       each in a transaction of its own
    run_per_s                           claim, fence, one row written, completed
    bare_insert_per_s, bare_job_per_s   the limits: one insert; one insert and two updates
    ratio_limit                         whole jobs (enqueue and run) per second / bare_job_per_s
    claim_deep_ms                       median claim with size * 10 jobs of 50 organizations waiting
    dispatch_ms_p50, dispatch_ms_p99    from the commit to the handler's first line, carrier idle
    recovery_s                          from kill -9 of a worker to the second attempt in another
    lease_s                             the lease of that job; recovery cannot be shorter than what is left of it
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seawall.foundation.jobs.types import Claim

LEASE_S = 5
WORK, TOLD, HELD, MARK = "bench.work", "bench.told", "bench.held", "bench.mark"
heard: list[float] = []
news = threading.Event()


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1000, help="jobs")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        load()
        work()
        return
    if arguments.size < 10:
        parser.error("--size is at least 10")
    with tempfile.TemporaryDirectory(prefix="seawall-bench-") as folder:
        os.environ["SEAWALL_DATA_DIR"] = folder
        os.environ["SEAWALL_CONFIG"] = str(Path(folder) / "none.toml")
        load()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", "jobs", verbosity=0)
        figures = {**measure_bare(arguments.size), **measure_jobs(arguments.size)}
        whole = 1 / (1 / figures["enqueue_per_s"] + 1 / figures["run_per_s"])
        figures["ratio_limit"] = round(whole / figures["bare_job_per_s"], 3)
        figures |= {**measure_dispatch(), **measure_recovery()}
        database = connection.vendor
        connection.close()
        print(json.dumps({"size": arguments.size, "database": database, **figures}))


def load() -> None:
    """Django, and this benchmark's handlers."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seawall.foundation.platform.settings")
    os.environ["SEAWALL_LOG_FORMAT"] = "json"
    import django

    django.setup()
    import logging
    from datetime import timedelta

    import structlog

    from seawall.foundation.jobs import services
    from seawall.foundation.jobs.registry import handler

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))

    @handler(WORK)
    def one_row(claim: "Claim") -> None:
        with claim.transaction():
            services.progress(claim.claimed, 1, 1, "", claim.claimed.claimed_at)  # type: ignore[attr-defined]  # one row
            claim.complete()

    @handler(TOLD)
    def tell(claim: "Claim") -> None:  # noqa: ARG001 - a handler's signature
        heard.append(time.perf_counter())
        news.set()

    @handler(HELD, lease=timedelta(seconds=LEASE_S))
    def hold(claim: "Claim") -> None:
        while claim.attempt == 1 and not claim.cancelled():
            time.sleep(0.05)


def work() -> None:
    """A worker process, until it is killed."""
    from seawall.foundation.jobs.carriers import process

    process.run(threads=1, grace_s=0)


def per_second(count: int, action: Callable[[int], object]) -> float:
    """How often a second ``action(number)`` ends."""
    start = time.perf_counter()
    for number in range(count):
        action(number)
    return round(count / (time.perf_counter() - start), 1)


def measure_bare(size: int) -> dict[str, float]:
    """The same writes without everything that makes them a job."""
    from django.db import connection, transaction

    def write(statement: str, *values: str | int) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)

    def insert(number: int) -> None:
        write("INSERT INTO bare (id, state, text) VALUES (%s, 'queued', %s)", number, "x" * 200)

    def job(number: int) -> None:
        insert(size + number)
        for state in ("running", "succeeded"):
            write("UPDATE bare SET state = %s WHERE id = %s", state, size + number)

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bare")
        cursor.execute("CREATE TABLE bare (id integer PRIMARY KEY, state varchar(10), text varchar(300))")
    return {"bare_insert_per_s": per_second(size, insert), "bare_job_per_s": per_second(size, job)}


def measure_jobs(size: int) -> dict[str, float]:
    """Queue all, run all; then claim from a long line."""
    from django.db import transaction

    from seawall.foundation.jobs import runner, services
    from seawall.foundation.jobs.models import Job
    from seawall.foundation.platform import clock

    def enqueue(number: int) -> None:
        with transaction.atomic():
            services.enqueue(WORK, f"subject-{number}", organization_id=f"org_{number % 50}")

    def run(_number: int) -> None:
        claimed = services.claim("bench", [WORK], clock.now())
        if claimed is None or runner.run(runner.RunningJob(claimed)) is None:
            sys.exit("a job was not there or did not end")

    found = {"enqueue_per_s": per_second(size, enqueue), "run_per_s": per_second(size, run)}
    if Job.objects.exclude(state="succeeded").exists():
        sys.exit("a job has not succeeded")
    with transaction.atomic():
        for number in range(size * 10):
            services.enqueue(WORK, f"subject-{number}", organization_id=f"org_{number % 50}")
    took = []
    for _ in range(50):
        start = time.perf_counter()
        services.claim("bench", [WORK], clock.now())
        took.append(time.perf_counter() - start)
    Job.objects.all().delete()
    return found | {"claim_deep_ms": round(1000 * statistics.median(took), 3)}


def measure_dispatch() -> dict[str, float]:
    """From a commit to the handler, in the server's own carrier."""
    from django.db import transaction

    from seawall.foundation.jobs import services
    from seawall.foundation.jobs.carriers import embedded

    embedded.start(threads=1)
    took = []
    for number in range(100):
        news.clear()
        with transaction.atomic():
            services.enqueue(TOLD, f"told-{number}")
        start = time.perf_counter()
        if not news.wait(10):
            sys.exit("a job did not start")
        took.append(max(heard[-1] - start, 0))
        time.sleep(0.02)  # idle again
    if not embedded.stop():
        sys.exit("the carrier did not stop")
    took.sort()
    return {"dispatch_ms_p50": round(1000 * took[50], 3), "dispatch_ms_p99": round(1000 * took[98], 3)}


def measure_recovery() -> dict[str, float]:
    """``kill -9`` of the worker that holds a job, with another one beside it."""
    from django.db import transaction

    from seawall.foundation.jobs import queries, services

    def wait_for(attempt: int) -> float:
        deadline = time.monotonic() + 60
        while (view := queries.view(job)).attempts < attempt or view.started_at is None:
            if time.monotonic() > deadline:
                sys.exit(f"attempt {attempt} did not begin")
            time.sleep(0.01)
        return view.started_at.timestamp()

    with transaction.atomic():
        job = services.enqueue(HELD, "held")
    command = [sys.executable, __file__, "--worker"]
    with subprocess.Popen(command) as first:
        wait_for(1)
        with subprocess.Popen(command) as second:
            time.sleep(LEASE_S)  # the second one has started, and the lease was renewed by then
            first.send_signal(signal.SIGKILL)
            died = time.time()
            again = wait_for(2)
            second.send_signal(signal.SIGKILL)
    return {"recovery_s": round(again - died, 2), "lease_s": LEASE_S}


if __name__ == "__main__":
    main()
