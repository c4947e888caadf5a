"""What a sanitizer wrote of a run, for the oracles. Pure. The reading is ``understanding``'s."""

from seawall.clearinghouse.validation.understanding.parser import parse as understand
from seawall.clearinghouse.validation.understanding.types import Crash


def parse(text: str) -> Crash | None:
    """The first crash in a sanitizer's report, or None where it tells none.

    Other tools' words do not count: a run's report folder is for the sanitizers alone.
    """
    crash = understand(text)
    return crash if crash is not None and crash.tool.endswith("Sanitizer") else None
