"""Runs one of our own modules as a child with limits, for bytes that are too dangerous for the server's process.

The child dies with its parent (PR_SET_PDEATHSIG through ``setpriv``), has its own session, no environment but the
one given, and is killed with its whole group when it runs over a limit.
"""

import os
import resource
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from mmap import mmap

_CHUNK = 65536


@dataclass(frozen=True)
class Limits:
    """What a child may use."""

    memory_bytes: int = 512 * 2**20
    cpu_seconds: int = 10
    wall_seconds: float = 20.0
    output_bytes: int = 16 * 2**20


@dataclass(frozen=True)
class Completed:
    """How a child ended."""

    returncode: int
    """Negative: the signal that ended it."""
    stdout: bytes
    stderr: bytes
    killed_by: str | None
    """``wall-time`` or ``output`` where a limit of ours ended it."""


def run_limited(
    argv: Sequence[str], *, stdin: bytes | mmap = b"", limits: Limits | None = None, env: dict[str, str] | None = None
) -> Completed:
    """Run a program of ours under limits.

    Args:
        argv: Program and arguments.
        stdin: Bytes for its standard input; a mapped file is not read into memory.
        limits: Defaults to ``Limits()``.
        env: Its whole environment; only ``PATH`` and the language by default.

    Returns:
        What it said, cut at the output limit, and how it ended.
    """
    bounds = limits or Limits()
    child = subprocess.Popen(
        ["/usr/bin/setpriv", "--pdeathsig", "KILL", "--", *argv],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=env if env is not None else {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
        start_new_session=True,
    )
    # Set from outside: no code runs between fork and exec, which would be unsafe in a threaded server.
    for kind, value in (
        (resource.RLIMIT_AS, bounds.memory_bytes),
        (resource.RLIMIT_CPU, bounds.cpu_seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.prlimit(child.pid, kind, (value, value))
    with child:
        out, err, killed_by = exchange(child, stdin, wall_s=bounds.wall_seconds, output_bytes=bounds.output_bytes)
        if killed_by is not None:
            kill_group(child)
        child.wait()
    return Completed(child.returncode, out, err, killed_by)


def exchange(
    child: "subprocess.Popen[bytes]",
    data: bytes | mmap,
    *,
    wall_s: float,
    output_bytes: int,
    poll_s: float = 0.2,
    stop: Callable[[], str | None] | None = None,
) -> tuple[bytes, bytes, str | None]:
    """Feed and drain a child's pipes without ever holding more than the limit.

    Args:
        child: With all three standard streams as pipes.
        data: For its standard input.
        wall_s: Longest time from now.
        output_bytes: Most bytes kept of each stream; more ends the exchange.
        poll_s: How often ``stop`` is asked.
        stop: Asked now and then; a returned word ends the exchange.

    Returns:
        Standard output, standard error, and why the exchange was ended early, if so.
    """
    pipes = _Pipes(child, data, output_bytes)
    deadline = time.monotonic() + wall_s
    ended: str | None = None
    with pipes.selector:
        while pipes.open and ended is None:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                ended = "wall-time"
                break
            full = pipes.move(min(remaining, poll_s))
            ended = "output" if full else stop() if stop else None
    return bytes(pipes.out), bytes(pipes.err), ended


class _Pipes:
    """A child's three pipes; what is read is kept up to a limit."""

    def __init__(self, child: "subprocess.Popen[bytes]", data: bytes | mmap, limit: int) -> None:
        if child.stdin is None or child.stdout is None or child.stderr is None:
            raise ValueError("the child was started without pipes")
        self.selector = selectors.DefaultSelector()
        self.out = bytearray()
        self.err = bytearray()
        self._stdin = child.stdin
        self._unsent = memoryview(data)
        self._limit = limit
        for stream, kept in ((child.stdout, self.out), (child.stderr, self.err)):
            os.set_blocking(stream.fileno(), False)
            self.selector.register(stream, selectors.EVENT_READ, kept)
        if data:
            os.set_blocking(self._stdin.fileno(), False)
            self.selector.register(self._stdin, selectors.EVENT_WRITE)
        else:
            self._stdin.close()

    @property
    def open(self) -> bool:
        """Whether there is anything left to read or write."""
        return bool(self.selector.get_map())

    def move(self, wait_s: float) -> bool:
        """Wait for bytes and move them; True once a stream has reached the limit."""
        full = False
        for key, _ in self.selector.select(wait_s):
            if key.data is None:
                self._feed()
            else:
                full |= self._drain(key)
        return full

    def _drain(self, key: selectors.SelectorKey) -> bool:
        kept: bytearray = key.data
        chunk = os.read(key.fd, _CHUNK)
        if not chunk:
            self.selector.unregister(key.fileobj)
        kept += chunk[: max(0, self._limit - len(kept))]
        return len(kept) >= self._limit

    def _feed(self) -> None:
        try:
            sent = os.write(self._stdin.fileno(), self._unsent[:_CHUNK])
        except BlockingIOError:
            return
        except BrokenPipeError:
            sent = len(self._unsent)  # it does not want the rest
        self._unsent = self._unsent[sent:]
        if not self._unsent:
            self.selector.unregister(self._stdin)
            self._stdin.close()


def kill_group(child: "subprocess.Popen[bytes]") -> None:
    """End a child that leads its own session, and everything in it."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
