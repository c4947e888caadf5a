"""What the harness saw of a crash reaches the comparison: kind, access and the lines of the stack, from the run's evidence."""

from dataclasses import replace

import pytest

from seawall.clearinghouse.deduplication import comparing, queries
from seawall.clearinghouse.deduplication.models import Suggestion
from seawall.clearinghouse.deduplication.types import Zone
from seawall.clearinghouse.intake.models import Report
from seawall.clearinghouse.validation import crashes
from seawall.clearinghouse.validation.queries import observed
from seawall.clearinghouse.validation.types import Run, Side, ValidationResult, Verdict
from support import World
from support.reports import folded, proved

pytestmark = pytest.mark.django_db
PIER = {"package": "pkg:generic/pier", "failure": "memory-safety", "affected": [{"introduced": "0", "fixed": "1.1"}]}
REPORT = """==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000011 at pc 0x4 bp 0x7 sp 0x7
WRITE of size 1 at 0x602000000011 thread T0
    #0 0x401 in put_field /build/{folder}/src/pier.c:{line}:5
    #1 0x402 in read_record /build/{folder}/src/pier.c:90:3
    #2 0x403 in run /build/{folder}/src/pier.c:200:9
    #3 0x404 in main /build/{folder}/src/main.c:12:3
"""


def result(line: int, folder: str = "a") -> ValidationResult:
    """As a validation ends whose runs a sanitizer stopped."""
    crash = crashes.parse(REPORT.format(line=line, folder=folder))
    assert crash is not None
    run = Run(
        Side.VULNERABLE, triggered=True, why="The sanitizer ended it.", exit_code=86, signal=None, killed_by=None, wall_s=0.1,
        cpu_s=0.1, peak_memory_bytes=None, output="", signature=crash.signature,
        stack=tuple(frame.function for frame in crash.frames), crash=crashes.seen(crash),
    )  # fmt: skip
    plain = replace(run, side=Side.PLAIN, signature=None, stack=(), crash=None)
    return ValidationResult(
        Verdict.CONFIRMED, "It works.", (), runs=(plain, run), signature=crash.signature, failure="memory-safety",
        target={"vulnerable": {"version": "1.0"}, "fixed": {"version": "1.1"}},
    )  # fmt: skip


def crashed(world: World, finder: str, minutes: int, line: int, folder: str = "a") -> str:
    return proved(world, finder, minutes, **PIER, result=result(line, folder).to_json())


def test_the_evidence_of_the_run_is_what_is_compared(world: World) -> None:
    report_id = crashed(world, "finder", 0, 40)
    seen = observed([report_id])[report_id]
    assert (seen.version, seen.fixed) == ("1.0", "1.1")
    found = comparing.finding(Report.objects.get(pk=report_id))
    assert (found.kind, found.access) == ("heap-buffer-overflow", "write")
    assert [(site.symbol, site.file, site.line) for site in found.stack[:2]] == [
        ("put_field", "src/pier.c", 40),
        ("read_record", "src/pier.c", 90),
    ]


def test_one_flaw_built_in_two_folders_is_one_case(world: World) -> None:
    assert folded(crashed(world, "finder", 0, 40, "a")) == folded(crashed(world, "rival", 1, 40, "b"))


def test_two_flaws_of_one_function_are_told_apart_and_asked_about(world: World) -> None:
    first, second = crashed(world, "finder", 0, 40), crashed(world, "rival", 1, 44)
    cases = folded(first), folded(second)
    assert cases[0] != cases[1]
    asked = Suggestion.objects.get(report_id=second)
    assert asked.case_id == cases[0]
    assert {"sites", "crash", "frames"} <= {item["signal"] for item in asked.contributions}
    beside = queries.side_by_side(world.actor("clearinghouse"), *cases)
    assert beside.comparison.zone is Zone.ASK


def test_evidence_of_an_older_harness_without_lines_is_read_as_it_is(world: World) -> None:
    kept = result(40).to_json()
    for run in kept["runs"]:
        del run["crash"]
    report_id = proved(world, "finder", 0, **PIER, result=kept)
    found = comparing.finding(Report.objects.get(pk=report_id))
    assert [site.line for site in found.stack] == [None] * 3
    assert not found.kind
