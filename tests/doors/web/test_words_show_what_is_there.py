"""What a reader sees is what is there: nothing hidden, nothing reordered, nothing covered."""

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.doors.web import words
from seawall.doors.web.evidence import claimed_score, picture

HIDING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@given(st.text())
def test_nothing_hidden_comes_through(text: str) -> None:
    shown = words.seen(text)
    assert not [one for one in shown if unicodedata.category(one) in HIDING and one not in "\n\t"]
    assert words.seen(shown) == shown


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert words.seen(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("safe\u202egpj.exe", "safe⟦U+202E⟧gpj.exe"),
        ("a\u200bb", "a⟦U+200B⟧b"),
        ("a\x00b\x1b[31m", "a⟦U+0000⟧b⟦U+001B⟧[31m"),
        ("pay\u2800pal", "pay⟦U+2800⟧pal"),
        ("x\ufe0f", "x⟦U+FE0F⟧"),
        ("one\r\ntwo", "one\ntwo"),
        ("Grüße, 漢字, עברית", "Grüße, 漢字, עברית"),
    ],
)
def test_what_hides_is_written_out(text: str, shown: str) -> None:
    assert words.seen(text) == shown


def test_marks_do_not_pile_up() -> None:
    shown = words.seen("Z" + "\u0301" * 50)
    assert sum(unicodedata.category(one) == "Mn" for one in shown) == words.MARKS_MAX


def test_a_line_is_one_line() -> None:
    assert words.seen_line(" a\n\n b\t c ") == "a b c"


def test_moments_and_lengths() -> None:
    assert words.moment(NOW) == "24 Nov 2026 12:00 UTC"
    assert words.ago(NOW - timedelta(hours=3), NOW) == "3 hours ago"
    assert words.ago(NOW + timedelta(days=1), NOW) == "in 1 day"
    assert words.ago(NOW, NOW) == "just now"
    assert words.countdown(NOW + timedelta(days=2, hours=1), NOW) == "2 days 1 hour left"
    assert words.countdown(NOW + timedelta(minutes=61), NOW) == "1 hour 1 minute left"
    assert words.countdown(NOW - timedelta(hours=2), NOW) == "over since 2 hours"
    assert [words.size(count) for count in (0, 1023, 1536, 38 << 20, None)] == [
        "0 B",
        "1023 B",
        "1.5 KiB",
        "38 MiB",
        "not measured",
    ]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
KEYS = ["runs", "reasons", "target", "oracle", "input_preview", "bundle_digest", "signature"]


@given(st.dictionaries(st.sampled_from(KEYS), json_values))
def test_any_stored_result_has_a_picture(result: dict[str, object]) -> None:
    drawn = picture(state="confirmed", summary="", result=result)
    assert all(0 <= run.time_bar <= 100 for side in drawn.sides for run in side.runs)


def test_a_picture_tells_where_the_proof_struck() -> None:
    runs = [
        {"side": "vulnerable", "triggered": True, "wall_s": 0.2, "signal": "SIGABRT", "output": "boom", "stack": ["f"]},
        {"side": "vulnerable", "triggered": False, "wall_s": 0.4, "exit_code": 0},
        {"side": "fixed", "triggered": False, "wall_s": 0.1, "exit_code": 0},
    ]
    target = {"vulnerable": {"version": "1"}, "fixed": {"installed": "2"}}
    drawn = picture(state="flaky", summary="", result={"runs": runs, "target": target})
    struck, fixed = drawn.sides
    assert (struck.version, struck.triggered, struck.as_expected, struck.ended) == ("1", 1, False, "")
    assert (fixed.version, fixed.triggered, fixed.as_expected, fixed.ended) == ("2", 0, True, "exit 0")
    assert [run.time_bar for run in struck.runs] == [50.0, 100.0]
    assert drawn.output == "boom"


def test_a_claimed_score_is_computed_or_left_out() -> None:
    assert claimed_score("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H") == "9.8"
    assert claimed_score("CVSS:3.1/nonsense") == ""
    assert claimed_score("") == ""
