"""Runs a driver inside the sandbox and notes, for the harness, where an effect came from. Standard library only.

    python launch.py /proof/driver.py /input/input.txt

Notes go to /report/notes.jsonl: an uncaught exception with its frames, and the frames behind calls that leave the
interpreter (files opened for writing, programs started). The verdict never rests on these notes alone: they give an
uncaught exception its name, and a confirmed effect its signature for deduplication.
"""

import faulthandler
import json
import os
import runpy
import sys
import traceback

NOTES = "/report/notes.jsonl"
FRAMES_MAX = 40
NOTES_MAX = 200
EXIT_EXCEPTION = 66
_EVENTS = {"os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "open", "shutil.move", "os.rename"}

_count = 0
_busy = False
_report = open(NOTES, "a", encoding="utf-8")  # noqa: SIM115, PTH123 - open as long as the process


def _frames(frame):
    found = []
    while frame is not None and len(found) < 2000:
        code = frame.f_code
        if code.co_filename != __file__ and not code.co_filename.startswith("<frozen"):
            found.append((code.co_filename, code.co_name))
        frame = frame.f_back
    return _fold(found)


def _fold(frames):
    """Innermost first, each function once: recursion and loops do not matter."""
    folded = []
    for frame in frames:
        if frame not in folded:
            folded.append(frame)
        if len(folded) >= FRAMES_MAX:
            break
    return folded


def _note(kind, **fields):
    global _count
    if _count >= NOTES_MAX:
        return
    _count += 1
    _report.write(json.dumps({"kind": kind, **fields}) + "\n")
    _report.flush()


def _watch(event, arguments):
    global _busy
    if event not in _EVENTS or _busy:
        return
    if event == "open":
        mode = arguments[1]
        flags = arguments[2] if isinstance(arguments[2], int) else 0
        if not (isinstance(mode, str) and set(mode) & set("wax+")) and not flags & (os.O_WRONLY | os.O_RDWR):
            return
    _busy = True
    try:
        _note("effect", event=event, detail=repr(arguments[0])[:300], frames=_frames(sys._getframe(1)))
    finally:
        _busy = False


def main():
    driver = sys.argv[1]
    sys.argv = sys.argv[1:]
    sys.path[0] = os.path.dirname(driver)
    after = os.environ.pop("SEAWALL_DUMP_AFTER", "")
    if after:
        dump = open("/report/hang.txt", "w", encoding="utf-8")
        faulthandler.dump_traceback_later(float(after), file=dump)
    sys.addaudithook(_watch)
    try:
        runpy.run_path(driver, run_name="__main__")
    except Exception as error:
        frames = [
            (entry.filename, entry.name) for entry in reversed(traceback.extract_tb(error.__traceback__, limit=None))
        ]
        frames = [frame for frame in frames if frame[0] != __file__ and not frame[0].startswith("<frozen")]
        names = [kind.__name__ for kind in type(error).__mro__]
        _note("exception", names=names, frames=_fold(frames))
        print(f"{type(error).__name__}: {str(error)[:300]}", file=sys.stderr)
        sys.stderr.flush()
        os._exit(EXIT_EXCEPTION)


main()
