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
from typing import IO

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
    argv: Sequence[str], *, stdin: bytes = b"", limits: Limits | None = None, env: dict[str, str] | None = None
) -> Completed:
    """Run a program of ours under limits.

    Args:
        argv: Program and arguments.
        stdin: Bytes for its standard input.
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
    data: bytes,
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
    kept: dict[IO[bytes], bytearray] = {}
    deadline = time.monotonic() + wall_s
    offset = 0
    with selectors.DefaultSelector() as selector:
        for stream in (child.stdout, child.stderr):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
                kept[stream] = bytearray()
                selector.register(stream, selectors.EVENT_READ)
        if child.stdin is not None:
            if data:
                os.set_blocking(child.stdin.fileno(), False)
                selector.register(child.stdin, selectors.EVENT_WRITE)
            else:
                child.stdin.close()
        ended: str | None = None
        while selector.get_map() and ended is None:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                ended = "wall-time"
                break
            for key, _ in selector.select(min(remaining, poll_s)):
                stream = key.fileobj  # type: ignore[assignment]  # registered above: always a pipe object
                if stream is child.stdin:
                    offset = _feed(child, data, offset, selector)
                    continue
                chunk = os.read(key.fd, _CHUNK)
                if not chunk:
                    selector.unregister(key.fileobj)
                    continue
                buffer = kept[stream]  # type: ignore[index]  # see above
                buffer += chunk[: max(0, output_bytes - len(buffer))]
                if len(buffer) >= output_bytes:
                    ended = "output"
            if ended is None and stop is not None:
                ended = stop()
    out = bytes(kept.get(child.stdout, b"")) if child.stdout else b""
    err = bytes(kept.get(child.stderr, b"")) if child.stderr else b""
    return out, err, ended


def _feed(child: "subprocess.Popen[bytes]", data: bytes, offset: int, selector: selectors.BaseSelector) -> int:
    if child.stdin is None:
        return offset
    try:
        offset += os.write(child.stdin.fileno(), data[offset : offset + _CHUNK])
    except BlockingIOError:
        return offset
    except BrokenPipeError:
        offset = len(data)
    if offset >= len(data):
        selector.unregister(child.stdin)
        child.stdin.close()
    return offset


def kill_group(child: "subprocess.Popen[bytes]") -> None:
    """End a child that leads its own session, and everything in it."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
