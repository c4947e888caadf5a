"""Reads what a launcher noted, bounded, and makes signatures of it. Pure but for reading one folder.

A signature is ``<kind>/<version>:<what>@<frame><frame><frame>``: the innermost three functions of the target package
(never the driver's or the interpreter's), each once. Two proofs of one flaw meet in them however they got there.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from seawall.clearinghouse.validation import plainfiles

NOTES_BYTES_MAX = 512 * 1024
FRAMES_IN_SIGNATURE = 3
FRAMES_MAX = 40
_NAMES_MAX = 200
_TARGET = re.compile(r"^(?:/target/|/node_modules/)")
_MADE_BY_TARGET = re.compile(
    r"^eval at .*\((?:/target/|/node_modules/)[^()]*:\d+:\d+\)(?:, <anonymous>(?::\d+:\d+\))?)*$"
)
_SAMPLE = re.compile(r"^(?:Stack|Current thread|Thread) .*most recent call first", re.MULTILINE)
_SAMPLES_MAX = 20
_SAMPLE_FRAME = re.compile(r'^  File "(?P<file>[^"]+)", line \d+ in (?P<name>.+)$')

Frame = tuple[str, str]
"""File and function."""


@dataclass(frozen=True)
class Notes:
    """What was noted of one run."""

    exception: tuple[str, ...] = ()
    """Class names of an uncaught exception, most derived first."""
    exception_frames: tuple[Frame, ...] = ()
    effects: tuple[tuple[str, str, tuple[Frame, ...]], ...] = ()
    """Event, detail, frames."""
    polluted: tuple[str, ...] = ()
    """Properties that Object.prototype gained; those of other prototypes with their names before."""
    evaluated: tuple[str, ...] = ()
    """What code that a package evaluated has called."""
    evaluated_frames: tuple[Frame, ...] = ()
    requests: tuple[str, ...] = ()
    """Beginnings of what reached the harness's listener."""
    seen: str = ""
    """What a script alone has looked at, to be searched for the secret."""
    wire: str = ""
    """What came to it over sockets and pipes."""
    own_read: bool = False
    """Whether it has read files outside of its folder itself."""
    hang_frames: tuple[Frame, ...] = ()
    """Functions that every sample of a long run passes through, innermost first."""
    sanitizer: str = ""
    leaks_sought: bool = False
    """Whether LeakSanitizer came to look for leaks."""


def read(report: Path) -> Notes:
    """Everything in a run's report folder; unreadable lines are dropped, for the proof may write there too."""
    exception: tuple[str, ...] = ()
    exception_frames: tuple[Frame, ...] = ()
    effects: list[tuple[str, str, tuple[Frame, ...]]] = []
    polluted: list[str] = []
    evaluated: list[str] = []
    evaluated_frames: tuple[Frame, ...] = ()
    requests: list[str] = []
    own_read = False
    for line in _text(report / "notes.jsonl").splitlines():
        try:
            entry = json.loads(line)
            kind = entry["kind"]
            if kind == "exception" and not exception:
                exception = tuple(str(name) for name in entry["names"])[:20]
                exception_frames = _frames(entry["frames"])
            elif kind == "effect":
                effects.append((str(entry["event"]), str(entry["detail"]), _frames(entry["frames"])))
            elif kind == "polluted":
                polluted += [str(key)[:200] for key in entry["keys"][:50]]
            elif kind == "evaluated":
                evaluated.append(str(entry["call"])[:200])
                evaluated_frames = evaluated_frames or _frames(entry["frames"])
            elif kind == "own-read":
                own_read = True
            elif kind == "request":
                requests.append(str(entry["said"])[:2000])
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return Notes(
        exception=exception,
        exception_frames=exception_frames,
        effects=tuple(effects),
        polluted=tuple(polluted[:_NAMES_MAX]),
        evaluated=tuple(evaluated[:_NAMES_MAX]),
        evaluated_frames=evaluated_frames,
        requests=tuple(requests[:_NAMES_MAX]),
        seen=_text(report / "seen.bin"),
        wire=_text(report / "wire.bin"),
        own_read=own_read,
        hang_frames=_common(_text(report / "hang.txt")),
        leaks_sought=plainfiles.read(report / "leaks", 1) is not None,
        sanitizer="\n".join(_text(path) for path in plainfiles.walk(report) if "san." in path.name),
    )


def package_frames(frames: tuple[Frame, ...]) -> tuple[str, ...]:
    """The frames inside the target package as ``module.function``, innermost first."""
    found = []
    for file, name in frames:
        if _TARGET.match(file):
            module = re.sub(r"\.(?:py|js|cjs|mjs)$", "", _TARGET.sub("", file)).replace("/", ".")
            found.append(f"{module}.{name.rsplit('.', 1)[-1]}")
    return tuple(dict.fromkeys(found))


def went_through_package(frames: tuple[Frame, ...]) -> bool:
    """Whether a call passed the target package: its own code, or code that it made of a text (V8's ``eval at``).

    A validator or template that a package compiles runs later, called by the driver, and no file of the package is on the stack.
    """
    return bool(package_frames(frames)) or any(_MADE_BY_TARGET.match(file) for file, _ in frames)


def signature(kind: str, what: str, frames: tuple[str, ...]) -> str | None:
    """The versioned signature, or None where no frame of the target is known."""
    if not frames:
        return None
    return f"{kind}/1:{what}@{' < '.join(frames[:FRAMES_IN_SIGNATURE])}"


def _frames(raw: list[list[str]]) -> tuple[Frame, ...]:
    return tuple((str(file)[:300], str(name)[:200]) for file, name in raw[:FRAMES_MAX])


def _common(text: str) -> tuple[Frame, ...]:
    """What the later samples have in common.

    A loop is caught at random points, but its own function is always there; the early samples may be of imports.
    """
    samples = [
        [(match["file"], match["name"]) for match in map(_SAMPLE_FRAME.match, part.splitlines()) if match]
        for part in _SAMPLE.split(text)[1 : _SAMPLES_MAX + 1]
    ]
    if not samples:
        return ()
    # The last one may be of the program's end, where a run was not ended by us.
    late = samples[len(samples) // 2 : -1] or samples[-1:]
    shared = set(late[0]).intersection(*late[1:])
    return tuple(dict.fromkeys(frame for frame in late[0] if frame in shared))[:FRAMES_MAX]


def _text(path: Path) -> str:
    return (plainfiles.read(path, NOTES_BYTES_MAX) or b"").decode("utf-8", errors="replace")
