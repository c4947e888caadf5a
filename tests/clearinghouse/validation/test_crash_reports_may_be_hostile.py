"""Any bytes are read in time that grows with their length only, and none raises."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.validation.understanding.headlines import DETECTORS
from seawall.clearinghouse.validation.understanding.lines import LINE_MAX
from seawall.clearinghouse.validation.understanding.names import STATE_LINE
from seawall.clearinghouse.validation.understanding.parser import FRAMES_MAX, parse
from seawall.clearinghouse.validation.understanding.types import Crash

WORDS = sorted({word.strip("\n") for word, _ in DETECTORS})
HEAD = (
    "==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602 at pc 0x1\nREAD of size 4 at 0x602 thread T0\n"
)
PIECES = st.sampled_from(
    [*WORDS, HEAD, "\n", "    #0 0x1 in ", "(", ")", "<", "::", "+0x1", " vs. ", "Check failed: ", "goroutine 1 [running]:\n",
     "\tat a.b.C.d(C.java:1)\n", '  File "a", line 1, in f\n', "'", "0x", "[", "]", "_ZN1a", "1f", "$LT$", ":1:1", "ffff"]
)  # fmt: skip
SLOW = 1.5e-6
"""Seconds a byte at most, five times what the slowest of these takes on one core of a small machine."""


def _sound(crash: Crash | None) -> None:
    if crash is None:
        return
    assert 1 <= len(crash.state) <= 3
    assert all(len(line) <= STATE_LINE for line in crash.state)
    assert len(crash.frames) <= FRAMES_MAX
    assert all(len(frame.function) <= LINE_MAX for frame in crash.frames)
    assert crash.kind
    assert len(crash.kind) <= 100


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=2_000))
def test_any_bytes_are_read(report: bytes) -> None:
    _sound(parse(report))


@settings(max_examples=600, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=20)), max_size=60))
def test_any_mixture_of_known_words_is_read(pieces: list[str]) -> None:
    report = "".join(pieces)
    _sound(parse(report))
    assert parse(report) == parse(report)


BOMBS = {
    "frames": HEAD
    + "".join(f"    #{n} 0x{n:x} in ns::f{n}<std::vector<int>>(int) /src/b.c:{n}:3\n" for n in range(40_000)),
    "noise": HEAD + "    #1 0x1 in malloc /src/b.c:1:3\n" * 60_000,
    "one line": HEAD + "    #0 0x1 in " + "a<" * 2**20,
    "one headline": "==1==ERROR: AddressSanitizer: " + "x" * 2**21,
    "headlines": "==1==ERROR: AddressSanitizer: SEGV on unknown address 0x1\n" * 40_000,
    "words in one line": "ERROR: AddressSanitizer: " * 80_000,
    "newlines": "\n" * 2**21,
    "brackets": HEAD + ("    #0 0x1 in " + "(" * 4_000 + "\n") * 500,
    "templates": HEAD + ("    #0 0x1 in " + "f<" * 2_000 + "\n") * 500,
    "places": HEAD + ("    #0 0x1 in " + "a:1:1 " * 680 + "\n") * 500,
    "spaces": HEAD + (" " * 4_000 + "x\n") * 500,
    "values": ("[1:FATAL:a.cc(1)] Check failed: " + "( vs. " * 680 + "\n") * 500,
    "assertions": ("a: b.c:1: f: Assertion `" + ": Assertion `" * 300 + "\n") * 500,
    "mangled": HEAD + ("    #0 0x1 in _ZN" + "I" * 3_000 + "\n") * 500,
    "traceback": "Traceback (most recent call last):\n"
    + '  File "/a/b.py", line 3, in f\n    f()\n' * 50_000
    + "KeyError: 1\n",
}


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_a_bomb_takes_no_longer_than_its_length(name: str) -> None:
    report = BOMBS[name]
    before = time.process_time()
    _sound(parse(report))
    assert time.process_time() - before < SLOW * len(report) + 0.5


@pytest.mark.parametrize("tail", [" " * 1_500 + "(" * 500, "'" * 2_000, "a.b " * 500, "0" * 2_000, ": " * 1_000])
def test_no_word_leads_to_an_expression_that_backtracks(tail: str) -> None:
    report = "".join(f"at {word}{tail}{word}\n==1==ERROR: {word}{tail}'\n# {word} {tail}\n" for word in WORDS)
    before = time.process_time()
    _sound(parse(report * 5))
    assert time.process_time() - before < SLOW * len(report) * 5 + 0.5


@pytest.mark.long
def test_64_mib_a_million_frames_and_a_line_of_16_mib_are_read() -> None:
    for report in (
        (HEAD.replace("ERROR", "INFO") + "lorem ipsum 0x123 (foo) [bar]\n" * 40) * 45_000,
        HEAD + "".join(f"    #{n} 0x{n:x} in f{n} /src/b.c:{n}:3\n" for n in range(1_000_000)),
        HEAD + "    #0 0x1 in " + "a" * 2**24,
    ):
        before = time.process_time()
        _sound(parse(report.encode()))
        assert time.process_time() - before < 30
