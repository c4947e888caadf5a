import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.ranges import (
    EVENTS_MAX,
    Ranges,
    bounds_of_versions,
    just_above,
    range_of_pair,
    ranges_of_events,
)
from seawall.clearinghouse.matching.types import Bound, Confidence

PYPI = registry.ecosystem_of_folder("pypi")
GENERIC = registry.ecosystem_of_folder("generic")


def key(version: str) -> bytes:
    found = PYPI.key(version)
    assert isinstance(found, bytes)
    return found


def covers(ranges: Ranges, version: str) -> bool:
    return any(
        bound.low <= key(version) and (bound.high is None or key(version) < bound.high) for bound in ranges.bounds
    )


def events(text: str) -> list[dict[str, str]]:
    names = {"i": "introduced", "f": "fixed", "l": "last_affected", "m": "limit"}
    return [{names[word[0]]: word[1:]} for word in text.split()]


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("i0 f1.2.2", "0 0.dev0 1.2.1 1.2.2rc1", "1.2.2 1.2.2.post1 2"),
        ("i1.0 l1.5", "1.0 1.5 1.5.0", "1.5.post1 1.5+local 1.0rc1 2"),
        ("i1.0", "1.0 99!1", "0.9"),
        ("f1.2 i0", "0 1.1", "1.2"),
        ("i2.0 f2.1 i1.0 f1.1", "1.0 2.0.5", "1.1 1.5 2.1"),
        ("i0 f1.0 i1.0 f2.0", "0.5 1.0 1.5", "2.0"),
        ("i0 f1.0 f2.0", "0.5", "1.0 1.5"),
        ("i0 i1.0 f2.0", "0.5 1.5", "2.0"),
        ("f1.0 i2.0 f3.0", "2.5", "0.5 1.5 3.0"),
        ("i0 m5", "9", ""),
    ],
)
def test_events_are_sorted_before_they_are_paired(text: str, inside: str, outside: str) -> None:
    found = ranges_of_events(PYPI, events(text))
    assert [version for version in inside.split() if not covers(found, version)] == []
    assert [version for version in outside.split() if covers(found, version)] == []


@pytest.mark.parametrize(
    ("text", "said", "outside"),
    [
        ("i2.0 f1.0", "ends before it begins", "0.5 1.5 2.5"),
        ("i1.0 f1.0", "ends before it begins", "0.5 1.0 1.5"),
        ("f1.0 i2.0 f3.0", "nothing begins before it", "0.5 1.5"),
        ("i0 f1.0 f2.0", "nothing begins before it", "1.5"),
        ("i0 f1 i2 f2", "empty", "1.5 2 2.5"),
    ],
)
def test_empty_and_inverted_ranges_are_dropped_and_reported(text: str, said: str, outside: str) -> None:
    found = ranges_of_events(PYPI, events(text))
    assert [drop.why for drop in found.dropped if said in drop.why]
    assert [version for version in outside.split() if covers(found, version)] == []


def test_the_last_affected_version_is_affected_and_the_next_is_not() -> None:
    (bound,) = range_of_pair(PYPI, "1.0", last_affected="1.5").bounds
    assert bound.high == just_above(key("1.5"))
    assert key("1.5") < just_above(key("1.5")) < key("1.5.post0.dev0")


def test_a_range_that_contains_nothing_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="empty range"):
        Bound(b"\x11", b"\x11", "1", "1")


def test_an_end_without_a_place_in_the_order_widens_the_range_and_is_flagged() -> None:
    (bound,) = range_of_pair(GENERIC, "1.0", fixed="1.1.1k").bounds
    assert bound.high is None
    assert bound.confidence is Confidence.FLAGGED
    assert "1.1.1k" in bound.flag
    (bound,) = range_of_pair(GENERIC, "1.0.2u", fixed="1.1").bounds
    assert bound.low == b""
    assert bound.confidence is Confidence.FLAGGED


def test_listed_versions_match_exactly_and_by_their_text_where_they_have_no_key() -> None:
    found = bounds_of_versions(GENERIC, ["1.0", "1.0.0", "1.1.1k", " 1.1.1k ", "2"])
    assert [bound.introduced for bound in found.bounds] == ["1.0", "2"]
    assert found.texts == ("1.1.1k",)
    assert {bound.confidence for bound in found.bounds} == {Confidence.EXACT}


def test_a_range_with_more_events_than_are_read_is_reported_and_a_long_one_is_quick() -> None:
    begun = time.process_time()
    many = [{"introduced": f"{number}.0"} if number % 2 else {"fixed": f"{number}.0"} for number in range(EVENTS_MAX)]
    assert len(ranges_of_events(PYPI, many).bounds) == EVENTS_MAX // 2
    assert time.process_time() - begun < 5
    found = ranges_of_events(PYPI, [*many, {"introduced": "0"}])
    assert found.bounds == ()
    assert "are not read" in found.dropped[0].why


def osv_says(marks: list[dict[str, str]], version: str) -> bool:
    """The evaluation algorithm of the OSV schema, by Version objects; only for marks that differ."""
    vulnerable = False
    for mark in sorted(marks, key=lambda item: Version(next(iter(item.values())))):
        ((kind, text),) = mark.items()
        if kind == "introduced" and Version(version) >= Version(text):
            vulnerable = True
        elif (kind == "fixed" and Version(version) >= Version(text)) or (
            kind == "last_affected" and Version(version) > Version(text)
        ):
            vulnerable = False
    return vulnerable


@given(
    marks=st.dictionaries(
        st.integers(0, 12), st.sampled_from(["introduced", "fixed", "last_affected"]), min_size=3, max_size=7
    ),
    version=st.integers(0, 13),
)
def test_pairing_agrees_with_osvs_own_algorithm(marks: dict[int, str], version: int) -> None:
    listed = [{kind: f"{number}.0"} for number, kind in marks.items()]
    assert covers(ranges_of_events(PYPI, listed), f"{version}.0") == osv_says(listed, f"{version}.0")


def test_the_versions_that_pypas_records_list_lie_in_their_ranges(pypi_records: list[dict[str, Any]]) -> None:
    inside = outside = unsorted = 0
    for record in pypi_records:
        for entry in record["affected"]:
            found = Ranges()
            for span in entry.get("ranges", ()):
                if span["type"] == "ECOSYSTEM":
                    found += ranges_of_events(PYPI, span["events"])
                    keys = [PYPI.key(text) for event in span["events"] for text in event.values() if text != "0"]
                    known = [one for one in keys if isinstance(one, bytes)]
                    unsorted += known != sorted(known)
            if not found.bounds:
                continue
            for version in entry.get("versions", ()):
                if isinstance(PYPI.key(version), bytes):
                    inside += covers(found, version)
                    outside += not covers(found, version)
    assert inside > 130_000
    assert outside < 20
    assert unsorted > 50
