"""From what the harness saw to a ``Finding``. Pure."""

from dataclasses import replace

from seawall.clearinghouse.deduplication.types import Finding, Site
from seawall.clearinghouse.validation.types import SeenCrash
from seawall.clearinghouse.validation.understanding.types import Crash

FRAMES_MAX = 64
"""Innermost frames that are kept of a crash."""


def seen(finding: Finding, crash: Crash | SeenCrash) -> Finding:
    """The finding with kind, access and stack of the crash that the harness read while its proof ran.

    Args:
        finding: With the run's signature, or None.
        crash: Read from the harness's own report of the run, never from what a finder sent.
    """
    stack = tuple(Site(frame.symbol, frame.file, frame.line) for frame in crash.frames[:FRAMES_MAX])
    return replace(finding, kind=crash.kind, access=crash.access, stack=stack)
