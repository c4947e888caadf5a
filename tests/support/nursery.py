"""The process behind ``support.workers.Nursery``: forks a worker for each line on its standard input.

A line says how many threads, and how many seconds of grace.
"""

import os
import signal
import sys
import time
from pathlib import Path

import django

LET_GO = ".let-go"
"""What the file is called beside the trace that lets held jobs write."""


def note(*words: object) -> None:
    """Append a line to the trace: one short write, so lines of several processes do not mix."""
    line = " ".join(str(word) for word in words) + "\n"
    descriptor = os.open(os.environ["SEAWALL_TEST_TRACE"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def register() -> None:
    """The contract's jobs, and some that write down what they do."""
    from seawall.foundation.jobs import services  # noqa: PLC0415 - after Django's setup
    from seawall.foundation.jobs.carriers import contract  # noqa: PLC0415
    from seawall.foundation.jobs.errors import StaleFence  # noqa: PLC0415
    from seawall.foundation.jobs.registry import handler  # noqa: PLC0415
    from seawall.foundation.jobs.types import Claim  # noqa: PLC0415

    contract.install()

    @handler("test.effect", max_attempts=200, lease=contract.LEASE)
    def effect(claim: Claim) -> None:
        """Take a moment, write once."""
        note(claim.subject_id, claim.fence, "began", os.getpid(), time.time())
        time.sleep(0.02 + sum(claim.subject_id.encode()) % 10 / 100)
        with claim.transaction():
            services.enqueue(contract.MARK, claim.subject_id, run_after=contract.NEVER)
            claim.complete()

    @handler("test.hold", max_attempts=200, lease=contract.LEASE)
    def hold(claim: Claim) -> None:
        """The first attempt writes when the test lets it, which has stopped its process by then."""
        note(claim.subject_id, claim.fence, "began", os.getpid())
        while claim.fence == 1 and not Path(os.environ["SEAWALL_TEST_TRACE"] + LET_GO).exists():
            time.sleep(0.02)
        try:
            with claim.transaction():
                services.enqueue(contract.MARK, claim.subject_id, run_after=contract.NEVER)
                claim.complete()
        except StaleFence:
            note(claim.subject_id, claim.fence, "fenced-off")
            raise
        note(claim.subject_id, claim.fence, "wrote")

    @handler("test.kills", max_attempts=3, lease=contract.LEASE)
    def kills(claim: Claim) -> None:
        """Take the whole worker along."""
        note(claim.subject_id, claim.fence, "began", os.getpid())
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Fork until the input ends."""
    django.setup()
    register()
    from seawall.foundation.jobs.carriers import process  # noqa: PLC0415

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # dead workers are reaped by the kernel
    for line in sys.stdin:
        threads, grace_s = line.split()
        pid = os.fork()
        if pid == 0:
            os.close(0)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            ended = process.run(threads=int(threads), grace_s=float(grace_s))
            note(os.getpid(), "ended", ended)
            os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
