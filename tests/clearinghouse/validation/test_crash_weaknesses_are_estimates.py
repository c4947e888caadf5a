"""A kind of crash is estimated to be a weakness, with a reason that says so."""

import re

import pytest

from seawall.clearinghouse.validation.types import Failure
from seawall.clearinghouse.validation.understanding import weaknesses
from seawall.clearinghouse.validation.understanding.parser import parse
from seawall.clearinghouse.validation.understanding.sanitizers import _SIGNALS, _UBSAN_KINDS
from seawall.clearinghouse.validation.understanding.security import HARMLESS

ASAN = (
    "==1==ERROR: AddressSanitizer: {} on address 0x602000000010 at pc 0x1\n{} of size 4 at 0x602000000010 thread T0\n"
)


@pytest.mark.parametrize(
    ("report", "cwe"),
    [
        (ASAN.format("heap-buffer-overflow", "WRITE"), "CWE-787"),
        (ASAN.format("heap-buffer-overflow", "READ"), "CWE-125"),
        (ASAN.format("heap-use-after-free", "READ"), "CWE-416"),
        ("==1==ERROR: AddressSanitizer: stack-overflow on address 0x7ffc (pc 0x1)\n", "CWE-674"),
        ("==1==ERROR: AddressSanitizer: SEGV on unknown address 0x000000000008 (pc 0x1)\n", "CWE-476"),
        ("==1==ERROR: AddressSanitizer: attempting double-free on 0x6020 in thread T0:\n", "CWE-415"),
        ("a.c:1:2: runtime error: signed integer overflow: 1 + 2147483647 cannot be represented in type 'int'\n", "CWE-190"),
        ("a.c:1:2: runtime error: division by zero\n", "CWE-369"),
        ("a.c:1:2: runtime error: shift exponent 33 is too large for 32-bit type 'int'\n", "CWE-1335"),
        ('Traceback (most recent call last):\n  File "a.py", line 1, in f\nRecursionError: deep\n', "CWE-674"),
        ('Traceback (most recent call last):\n  File "a.py", line 1, in f\nZeroDivisionError: division by zero\n', "CWE-369"),
        ('Traceback (most recent call last):\n  File "a.py", line 1, in f\nKeyError: 1\n', "CWE-248"),
        ('Exception in thread "main" java.lang.NullPointerException\n\tat a.B.c(B.java:1)\n', "CWE-476"),
        ("Unhandled exception. System.IndexOutOfRangeException: Index\n   at A.B.C(Int32 i)\n", "CWE-129"),
        ("panic: runtime error: integer divide by zero\n\ngoroutine 1 [running]:\na/b.F(0x1)\n", "CWE-369"),
    ],
)  # fmt: skip
def test_a_report_is_estimated(report: str, cwe: str) -> None:
    crash = parse(report)
    assert crash is not None
    found = weaknesses.of_crash(crash)
    assert found is not None
    assert found.cwe == cwe
    assert found.reason.startswith("Estimated from ")


@pytest.mark.parametrize(
    ("kind", "cwe"), [("redos", "CWE-1333"), ("prototype-pollution", "CWE-1321"), ("path-traversal", "CWE-22")]
)
def test_failures_of_other_languages_are_estimated_too(kind: str, cwe: str) -> None:
    found = weaknesses.of_kind(kind)
    assert found is not None
    assert found.cwe == cwe


def test_every_row_is_well_formed_and_can_be_reached() -> None:
    seen: set[tuple[str, str]] = set()
    for row in weaknesses._rows():
        assert set(row) <= {"kind", "access", "cwe", "severity", "why"}
        assert re.fullmatch(r"CWE-\d{1,4}", row["cwe"])
        assert row["severity"] in weaknesses.SEVERITIES
        key = (row["kind"], row.get("access", ""))
        assert key not in seen
        assert (row["kind"], "") not in seen, "a row for any access hides those below it"
        seen.add(key)


def test_what_is_known_is_estimated() -> None:
    said = {kind for _, kind in _UBSAN_KINDS} | set(_SIGNALS.values())
    nothing_to_say = {"ill", "breakpoint", "sigtrap", "assumption-violation", "invalid-builtin-use"}
    assert {kind for kind in said if weaknesses.of_kind(kind) is None} <= nothing_to_say
    assert {
        kind for kind in HARMLESS if (found := weaknesses.of_kind(kind)) and found.severity in {"high", "critical"}
    } == set()
    several = {Failure.MEMORY_SAFETY, Failure.DENIAL_OF_SERVICE}
    assert all(weaknesses.of_kind(failure.value) or failure in several for failure in list(Failure)[:9])


def test_an_unknown_kind_is_not_guessed() -> None:
    assert weaknesses.of_kind("spilled-coffee") is None
