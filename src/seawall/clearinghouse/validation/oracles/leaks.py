"""The oracle of memory that is never freed: LeakSanitizer's report, and that it came to look at all."""

import re

from seawall.clearinghouse.validation import crashes
from seawall.clearinghouse.validation.errors import Infrastructure
from seawall.clearinghouse.validation.oracles.interface import Bounds, Judgment, Scene
from seawall.clearinghouse.validation.types import Manifest
from seawall.clearinghouse.validation.understanding.types import Crash

EXIT_SANITIZER = 86
LEAKS_MAX = 200
"""Leaks of one report that are looked at."""
_EACH = re.compile(r"^(?=(?:Direct|Indirect) leak of )", re.MULTILINE)
_COULD_NOT = "LeakSanitizer has encountered a fatal error"
_PACKAGE = "/src/"


class Leak:
    """When the program ends, memory is lost that the package asked for, and that nothing points to any more.

    Memory that the driver asked for itself does not count: some frame of the leak's stack must be in the package's sources. A program that
    ends without a look for leaks (by ``_exit``, or by a signal) is none without leaks.
    """

    def bounds(self, manifest: Manifest) -> Bounds:  # noqa: ARG002 - the interface's signature
        """The usual time."""
        return Bounds()

    def judge(self, manifest: Manifest, scene: Scene) -> Judgment:
        """Read the report; what stands on standard error does not count.

        Raises:
            Infrastructure: LeakSanitizer could not look here.
        """
        del manifest
        text, evidence = scene.notes.sanitizer, scene.evidence
        if _COULD_NOT in text:
            raise Infrastructure("LeakSanitizer does not work here.", "It needs ptrace: see kernel.yama.ptrace_scope.")
        if not scene.notes.leaks_sought:
            return Judgment(triggered=False, why="Leaks were not looked for.", unseen=True)
        found = [crash for crash in map(crashes.parse, _EACH.split(text)[1 : LEAKS_MAX + 1]) if crash is not None]
        if not found:
            return Judgment(triggered=False, why="No memory was lost.")
        if evidence.exit_code != EXIT_SANITIZER:
            return Judgment(triggered=False, why="There is a report, but LeakSanitizer did not end the process.")
        crash = next(filter(_is_packages, found), None)
        if crash is None:
            return Judgment(triggered=False, why="Memory was lost, but none that the package asked for.")
        name = next((frame.function for frame in crash.frames if frame.file.startswith(_PACKAGE)), "")
        return Judgment(
            triggered=True,
            why=f"Memory that {name} asked for was lost.",
            signature=crash.signature or None,
            stack=tuple(frame.function for frame in crash.frames),
            crash=crashes.seen(crash),
        )


def _is_packages(crash: Crash) -> bool:
    return any(frame.file.startswith(_PACKAGE) for frame in crash.frames)
