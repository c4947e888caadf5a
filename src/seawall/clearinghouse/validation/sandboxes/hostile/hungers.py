"""Programs that take without end, or never stop: ``python hungers.py NAME ARGUMENTS MARKER``, run inside the sandbox
under test. What they could take is seen from outside; some say how much they hold. Standard library only.
"""

import contextlib
import mmap
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

CHUNK = 4 * 2**20
PIECE = 2**16
LAST_STANDARD = 2


def works(text: str) -> None:
    """What honest programs do: names from the root and relative ones, folders, temporary files, other programs."""
    Path("/work/made").write_text(text, encoding="ascii")
    Path("deeper/still").mkdir(parents=True)
    Path("deeper/still/file").write_text(text, encoding="ascii")
    Path("deeper").rename("elsewhere")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree("elsewhere", f"{folder}/copy")
        copied = Path(folder, "copy", "still", "file").read_text(encoding="ascii")
    subprocess.run(["/bin/sh", "-c", "echo $0 | cat > by-a-shell", copied], check=True)
    sys.stdout.write(Path("/work/by-a-shell").read_text(encoding="ascii"))


def forks() -> None:
    """Two of each for ever."""
    while True:
        with contextlib.suppress(OSError):
            os.fork()


def crowds() -> None:
    """As many sleeping processes as there may be; says how many."""
    count = 1
    try:
        while os.fork():
            count += 1
    except OSError:
        sys.stdout.write(f"{count}\n")
        sys.stdout.flush()
        os._exit(0)
    time.sleep(60)


def orphans() -> None:
    """Leave a daemon: forked twice, in a session of its own, all pipes closed."""
    if os.fork():
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    for descriptor in range(LAST_STANDARD + 1):
        os.close(descriptor)
    time.sleep(60)


def clings() -> None:
    """Leave a daemon that keeps the pipes open."""
    if os.fork():
        return
    os.setsid()
    time.sleep(60)


def sleeps() -> None:
    """Do nothing."""
    time.sleep(60)


def stays() -> None:
    """Ignore every signal that can be ignored, and stop."""
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(60)


def spins() -> None:
    """Work for ever, in two processes."""
    os.fork()
    while True:
        pass


def shouts(descriptor: str) -> None:
    """Print without end."""
    block = b"\0" * CHUNK
    while True:
        os.write(int(descriptor), block)


def hogs() -> None:
    """Take private memory without end; says how much it holds."""
    held = []
    while True:
        held.append(b"x" * CHUNK)
        _say(len(held) * CHUNK)


def shares() -> None:
    """Take memory that belongs to no process alone: shared, and anonymous files."""
    held: list[mmap.mmap] = []
    while True:
        file = os.memfd_create("shared")
        os.truncate(file, CHUNK)
        part = mmap.mmap(file, CHUNK)
        part.write(b"x" * CHUNK)
        held.append(part)
        _say(len(held) * CHUNK)


def heaps(folder: str) -> None:
    """Fill a folder in memory (/tmp, /dev/shm) with files; says how much it holds."""
    count = 0
    while True:
        Path(folder, str(count)).write_bytes(b"x" * CHUNK)
        count += 1
        _say(count * CHUNK)


def fills() -> None:
    """One file without end."""
    with Path("/work/file").open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * CHUNK)


def litters() -> None:
    """Small files without end."""
    count = 0
    while True:
        Path(f"/work/{count}").write_bytes(b"x")
        count += 1


def digs() -> None:
    """Folders in folders without end."""
    os.chdir("/work")
    while True:
        Path("deeper").mkdir()
        os.chdir("deeper")


def threads() -> None:
    """As many sleeping threads as there may be; says how many, which the kernel counts like processes."""
    threading.stack_size(PIECE)
    count = 1
    with contextlib.suppress(RuntimeError):
        while True:
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
            count += 1
    _say(count)
    os._exit(0)


def pipes() -> None:
    """Take the kernel's memory: what lies in pipes that nobody reads; says how much."""
    held = 0
    while True:
        _, end = os.pipe2(os.O_NONBLOCK)
        with contextlib.suppress(BlockingIOError):
            while True:
                held += os.write(end, b"x" * PIECE)
        _say(held)


def sockets() -> None:
    """Take the kernel's memory: what lies between sockets that nobody reads; says how much."""
    kept, held = [], 0
    while True:
        pair = socket.socketpair()
        pair[0].setblocking(False)
        kept.append(pair)
        with contextlib.suppress(BlockingIOError):
            while True:
                held += pair[0].send(b"x" * PIECE)
        _say(held)


def dumps() -> None:
    """Crash with a large core, which would go to a folder or to a program of the host."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    held = b"x" * CHUNK * 4
    os.chdir("/work")
    os.kill(os.getpid(), signal.SIGSEGV if held else signal.SIGABRT)


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


HUNGERS: dict[str, Callable[..., None]] = {
    function.__name__: function
    for function in (
        works, forks, crowds, threads, orphans, clings, sleeps, stays, spins, shouts, hogs, shares, pipes, sockets, heaps,
        fills, litters, digs, dumps,
    )
}  # fmt: skip

if __name__ == "__main__":
    HUNGERS[sys.argv[1]](*sys.argv[2:-1])
