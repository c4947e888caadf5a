"""Reads a scan in a child process, so that a hostile document can cost a child and nothing else."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap
from typing import Any

from seawall.clearinghouse.deduplication.bulk.errors import ScanTooLarge
from seawall.clearinghouse.deduplication.bulk.types import RunSummary
from seawall.clearinghouse.intake import errors
from seawall.clearinghouse.validation.processes import Limits, run_limited
from seawall.foundation.platform.errors import BadInput

LIMITS = Limits(memory_bytes=1024 * 2**20, cpu_seconds=180, wall_seconds=400, output_bytes=384 * 2**20)
"""250,000 results, the most that are read, need about 600 MiB and 25 seconds."""

_ERRORS: dict[str, type[BadInput]] = {kind.__name__: kind for kind in (errors.NotThisFormat, errors.UnsupportedVersion)}


@dataclass(frozen=True)
class ParsedRun:
    """A run, and where its results stand in the child's answer: they are decoded when they are asked for."""

    summary: RunSummary
    lines: tuple[memoryview, ...]

    def rows(self) -> Iterator[list[Any]]:
        """The results, as the child wrote them: values in the order of ``Result``'s fields."""
        return map(row, self.lines)


def row(line: memoryview) -> list[Any]:
    """One result's values."""
    values: list[Any] = json.loads(bytes(line))
    return values


def read_confined(data: bytes | mmap) -> tuple[ParsedRun, ...]:
    """Read a document, packed or not, in a child process.

    Raises:
        BadInput: The reader's own refusal, with its field.
        ScanTooLarge: It is over a limit, or the child was ended by one.
    """
    done = run_limited(
        [sys.executable, "-I", "-m", "seawall.clearinghouse.deduplication.bulk.child"], stdin=data, limits=LIMITS
    )
    answer = memoryview(done.stdout)
    found: list[ParsedRun] = []
    at = 0
    last: dict[str, Any] = {}
    while at < len(answer):
        end = done.stdout.find(b"\n", at)
        if end < 0:
            break
        last = json.loads(bytes(answer[at:end]))
        at = end + 1
        if "run" not in last:
            break
        said = last["run"]
        summary = RunSummary(**{**said, "notes": tuple(said["notes"])})
        lines = []
        for _ in range(summary.results):
            end = done.stdout.find(b"\n", at)
            if end < 0:
                break
            lines.append(answer[at:end])
            at = end + 1
        found.append(ParsedRun(summary, tuple(lines)))
    if "error" in last:
        kind, detail, action, field = last["error"]
        if kind == ScanTooLarge.__name__:
            raise ScanTooLarge(detail, action, field)
        raise _ERRORS.get(kind, BadInput)(detail, action, field)
    if "end" not in last:
        raise ScanTooLarge(
            "Reading the scan took more memory or time than any real one needs.",
            "Send one scan per part of the project.",
        )
    return tuple(found)
