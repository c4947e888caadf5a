"""What a sanitizer wrote of a run, for the oracles. Pure. The reading is ``understanding``'s."""

from seawall.clearinghouse.validation.types import SeenCrash, SeenFrame
from seawall.clearinghouse.validation.understanding.parser import parse as understand
from seawall.clearinghouse.validation.understanding.types import Crash

FRAMES_MAX = 24
"""Innermost frames that are kept as evidence; as many are compared."""
NAME_MAX = 300
"""Characters kept of a function's or file's name."""


def parse(text: str) -> Crash | None:
    """The first crash in a sanitizer's report, or None where it tells none.

    Other tools' words do not count: a run's report folder is for the sanitizers alone.
    """
    crash = understand(text)
    return crash if crash is not None and crash.tool.endswith("Sanitizer") else None


def seen(crash: Crash) -> SeenCrash:
    """What is kept of a crash as evidence, to hold two proofs against each other."""
    frames = tuple(
        SeenFrame(frame.symbol[:NAME_MAX], _ending(frame.file)[-NAME_MAX:], frame.line)
        for frame in crash.frames[:FRAMES_MAX]
    )
    return SeenCrash(crash.kind[:NAME_MAX], crash.access, frames)


def _ending(file: str) -> str:
    return "/".join(file.replace("\\", "/").split("/")[-2:])
