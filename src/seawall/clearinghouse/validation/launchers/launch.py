"""Runs a driver inside the sandbox and notes, for the harness, where an effect came from. Standard library only.

    python launch.py [--alone] [--style=pytest] [--listen] /proof/driver.py [/input/input.txt]

Notes go to /report/notes.jsonl: an uncaught exception with its frames, and the frames behind calls that leave the
interpreter (files opened for writing, programs started). The verdict never rests on these notes alone: they give an
uncaught exception its name, and a confirmed effect its signature for deduplication.

With SEAWALL_SAMPLE_EVERY (seconds of processor time), /report/hang.txt gets the stack again and again: where every
sample passes through is where the time goes.

With --alone the driver is the whole attack: what its functions hold when they return goes to /report/seen.bin, so that the
harness can search it for the run's secret, and calls that come out of evaluated code are noted.
"""

import atexit
import faulthandler
import json
import os
import runpy
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

NOTES = "/report/notes.jsonl"
SAMPLES = "/report/hang.txt"
SEEN = "/report/seen.bin"
SEEN_MAX = 400_000
"""Characters kept of what a script looks at."""
FRAMES_MAX = 40
DEPTH_MAX = 2_000
"""Frames looked at behind one effect."""
NOTES_MAX = 200
EXIT_EXCEPTION = 66
STUCK = 4
"""Samples that may fail to come before the stack is looked at from outside the interpreter."""
_EVENTS = {"os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "open", "shutil.move", "os.rename"}
_STARTING = {"os.system", "subprocess.Popen", "os.exec", "os.posix_spawn"}
_WRITING = os.O_WRONLY | os.O_RDWR

Frame = tuple[str, str]
"""File and function."""


class Notebook:
    """Writes notes, at most ``NOTES_MAX``; what writing itself causes is not noted."""

    def __init__(self) -> None:
        self._file = Path(NOTES).open("a", encoding="utf-8")  # noqa: SIM115 - open as long as the process
        self._left = NOTES_MAX
        self._busy = False

    def note(self, kind: str, **fields: Any) -> None:
        """Write one line."""
        if self._left:
            self._left -= 1
            self._file.write(json.dumps({"kind": kind, **fields}) + "\n")
            self._file.flush()

    def watch_evaluated(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook: does code that a package evaluated reach for the system?"""
        if event not in _STARTING and not (event == "open" and not self._busy and _writes(arguments)):
            return
        caller: FrameType | None = sys._getframe(1)  # noqa: SLF001 - as below
        frames = _behind(caller)
        made = [place for place, (file, _) in enumerate(frames) if file == "<string>"]
        if made and any(file.startswith("/target/") for file, _ in frames[made[0] :]):
            self.note("evaluated", call=event, frames=frames)

    def watch(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook: called by the interpreter for everything, so it leaves quickly."""
        if event not in _EVENTS or self._busy or (event == "open" and not _writes(arguments)):
            return
        self._busy = True
        try:
            frames = _behind(sys._getframe(1))  # noqa: SLF001 - the documented way to the caller's frame
            self.note("effect", event=event, detail=repr(arguments[:2])[:300], frames=frames)
        finally:
            self._busy = False


class _Looker:
    """Keeps what functions of the script hold when they return: only the harness knows the secret to look for."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._file = Path(SEEN).open("a", encoding="utf-8", errors="replace")  # noqa: SIM115 - as long as the process
        self._left = SEEN_MAX

    def __call__(self, frame: FrameType, event: str, value: object) -> None:
        """Called by the interpreter for every call and return, so it leaves quickly."""
        if event != "return" or self._left <= 0 or not frame.f_code.co_filename.startswith(self._folder):
            return
        for thing in (value, *list(frame.f_locals.values())[:100]):
            if isinstance(thing, str | bytes | list | tuple | dict):
                text = thing if isinstance(thing, str) else repr(thing)
                self._file.write(f"{text[: self._left]}\n")
                self._left -= len(text)
        self._file.flush()


def _writes(arguments: tuple[Any, ...]) -> bool:
    _, mode, flags = arguments
    return bool(isinstance(mode, str) and set(mode) & set("wax+")) or bool(isinstance(flags, int) and flags & _WRITING)


def _behind(frame: FrameType | None) -> list[Frame]:
    found: list[Frame] = []
    while frame is not None and len(found) < DEPTH_MAX:
        found.append((frame.f_code.co_filename, frame.f_code.co_name))
        frame = frame.f_back
    return _folded(found)


def _folded(frames: list[Frame]) -> list[Frame]:
    """Innermost first, each function once: recursion and loops do not matter."""
    foreign = (frame for frame in frames if frame[0] != __file__ and not frame[0].startswith("<frozen"))
    return list(dict.fromkeys(foreign))[:FRAMES_MAX]


def _sample_every(seconds: float) -> None:
    """Write the stack down every so many seconds of processor time, without ever disturbing what is measured.

    Between two instructions, where frames are whole. A handler in C, which interrupts anywhere, once read a frame that
    was being made and ended the run by SIGSEGV. It comes only where the interpreter has not come by for ``STUCK`` samples,
    so that it is inside one C function and its frames stand still.
    """
    file = Path(SAMPLES).open("w", encoding="utf-8")  # noqa: SIM115 - open as long as the process

    def sample(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler's signature
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds * STUCK)
        faulthandler.dump_traceback(file, all_threads=False)

    signal.signal(signal.SIGPROF, sample)
    signal.siginterrupt(signal.SIGPROF, False)
    faulthandler.register(signal.SIGVTALRM, file=file, all_threads=False)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds * STUCK)
    signal.setitimer(signal.ITIMER_PROF, seconds, seconds)
    # When Python ends it gives signals back their own meaning, which is the program's end, while a timer still runs.
    atexit.register(signal.setitimer, signal.ITIMER_VIRTUAL, 0)
    atexit.register(signal.setitimer, signal.ITIMER_PROF, 0)


def main() -> None:
    """Run the driver named by the first argument as the main program."""
    notebook = Notebook()
    flags = [word for word in sys.argv[1:] if word.startswith("--")]
    sys.argv = [word for word in sys.argv[1:] if not word.startswith("--")]
    driver = sys.argv[0]
    sys.path[0] = str(Path(driver).parent)
    every = os.environ.pop("SEAWALL_SAMPLE_EVERY", "")
    if every:
        _sample_every(float(every))
    if "--listen" in flags:
        runpy.run_path("/seawall/listen.py")["listen"](notebook.note)
    sys.addaudithook(notebook.watch)
    if "--alone" in flags:
        sys.addaudithook(notebook.watch_evaluated)
        sys.setprofile(_Looker(str(Path(driver).parent)))
    try:
        if "--style=pytest" in flags:
            sys.exit(runpy.run_path("/seawall/cases.py")["run"](driver))
        runpy.run_path(driver, run_name="__main__")
    except Exception as error:  # noqa: BLE001 - whatever goes uncaught is what is looked for
        trace = [(entry.filename, entry.name) for entry in reversed(traceback.extract_tb(error.__traceback__))]
        names = [kind.__name__ for kind in type(error).__mro__]
        notebook.note("exception", names=names, frames=_folded(trace))
        sys.stderr.write(f"{type(error).__name__}: {str(error)[:300]}\n")
        sys.stderr.flush()
        os._exit(EXIT_EXCEPTION)


main()
