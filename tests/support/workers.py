"""Worker processes that tests can kill and stop, on the database of the tests that start them.

A nursery process loads Django once and forks a worker for each request, in some milliseconds instead of a second.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import connection

from .nursery import LET_GO


def environment(folder: Path) -> dict[str, str]:
    """Variables for a child that shall work on the tests' own database, with ``folder`` for everything else."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEAWALL_")}
    settings = connection.settings_dict
    folder.mkdir(parents=True, exist_ok=True)
    kept["SEAWALL_DATA_DIR"] = str(folder)
    kept["DJANGO_SETTINGS_MODULE"] = "seawall.foundation.platform.settings"
    if connection.vendor == "sqlite":
        link = folder / "seawall.sqlite3"
        if not link.exists():
            link.symlink_to(settings["NAME"])
    else:
        password = f":{settings['PASSWORD']}" if settings["PASSWORD"] else ""
        address = f"{settings['HOST']}:{settings['PORT']}"
        kept["SEAWALL_DATABASE_URL"] = f"postgres://{settings['USER']}{password}@{address}/{settings['NAME']}"
    return kept


class Nursery:
    """Forks workers on request."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._trace = folder / "trace"
        with (folder / "workers.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("nursery.py"))],
                env={**environment(folder), "SEAWALL_TEST_TRACE": str(self._trace)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.alive: list[int] = []

    def worker(self, *, threads: int = 2, grace_s: float = 0.5) -> int:
        """Start a worker; its process id."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{threads} {grace_s}\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline())
        self.alive.append(pid)
        return pid

    def kill(self, pid: int) -> None:
        """``kill -9``."""
        self.alive.remove(pid)
        os.kill(pid, signal.SIGKILL)

    def stop(self, pid: int, *, impatient: bool = False) -> bool:
        """SIGTERM, twice if impatient, and wait for the end; whether every handler had returned."""
        os.kill(pid, signal.SIGTERM)
        if impatient:
            time.sleep(0.1)
            with suppress(ProcessLookupError):  # it had nothing to wait for
                os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 20
        while Path(f"/proc/{pid}").exists():
            assert time.monotonic() < deadline, f"worker {pid} does not end"
            time.sleep(0.02)
        self.alive.remove(pid)
        return [str(pid), "ended", "True"] in self.traces()

    def traces(self) -> list[list[str]]:
        """What the handlers of ``support.nursery`` wrote down: one list of words for each line."""
        return [line.split() for line in self._trace.read_text().splitlines()] if self._trace.exists() else []

    def let_go(self) -> None:
        """Jobs of ``test.hold`` may write from now on."""
        Path(f"{self._trace}{LET_GO}").touch()

    def clear(self) -> None:
        """Kill all workers and forget what they wrote down."""
        for pid in list(self.alive):
            self.kill(pid)
            while Path(f"/proc/{pid}").exists():
                time.sleep(0.01)
        self._trace.unlink(missing_ok=True)
        Path(f"{self._trace}{LET_GO}").unlink(missing_ok=True)

    def close(self) -> None:
        """End the nursery and its workers."""
        self.clear()
        self._process.communicate(timeout=30)


@contextmanager
def nursery(folder: Path) -> Iterator[Nursery]:
    """A nursery for the length of a block; its workers die with it."""
    home = Nursery(folder)
    try:
        yield home
    finally:
        home.close()
