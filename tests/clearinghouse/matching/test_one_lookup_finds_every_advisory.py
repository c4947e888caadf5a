import time

from hypothesis import given
from hypothesis import strategies as st

from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.matcher import Index, match
from seawall.clearinghouse.matching.ranges import bounds_of_versions, range_of_pair
from seawall.clearinghouse.matching.segments import Segments
from seawall.clearinghouse.matching.types import Bound, Component, Confidence, Interval, Listed, Package

PYPI = registry.ecosystem_of_folder("pypi")
MAKO = Package("PyPI", "mako")


def component(version: str, package: Package = MAKO, ref: str = "one") -> Component:
    key = PYPI.key(version)
    return Component(ref, package, version, key if isinstance(key, bytes) else None)


def intervals(advisory: str, introduced: str, fixed: str | None, package: Package = MAKO) -> list[Interval]:
    return [Interval(package, advisory, bound) for bound in range_of_pair(PYPI, introduced, fixed).bounds]


numbers = st.integers(0, 40)
bounds = st.tuples(st.sampled_from("ABCD"), numbers, numbers | st.none(), st.booleans()).filter(
    lambda item: item[2] is None or item[2] > item[1]
)


@given(found=st.lists(bounds, max_size=25), asked=numbers)
def test_segments_find_what_a_look_at_every_range_finds(
    found: list[tuple[str, int, int | None, bool]], asked: int
) -> None:
    rows = [
        Interval(MAKO, name, Bound(bytes([low + 1]), None if high is None else bytes([high + 1]), "x", flag="?" * flag))
        for name, low, high, flag in found
    ]
    expected = {name for name, low, high, _ in found if low <= asked and (high is None or asked < high)}
    hits = Segments(rows).at(bytes([asked + 1]))
    assert {advisory for advisory, _ in hits} == expected
    assert len(hits) <= 2 * len(expected)
    key = bytes([asked + 1])
    assert all(bound.low <= key and (bound.high is None or key < bound.high) for _, bound in hits)


def test_each_match_says_which_versions_are_affected_and_where_it_is_fixed() -> None:
    index = Index([*intervals("A", "0", "1.2.2"), *intervals("B", "1.0", None)])
    found = {item.advisory: item for item in match([component("1.2.1")], index)}
    assert found["A"].fixed == "1.2.2"
    assert found["A"].reason == "1.2.1 is among the affected: every version before 1.2.2."
    assert found["B"].fixed is None
    assert "no fixed version is known" in found["B"].reason
    assert match([component("1.2.2")], Index(intervals("A", "0", "1.2.2"))) == []


def test_a_listed_version_is_the_surest_reason_and_keeps_the_fix_of_the_range() -> None:
    listed = [Interval(MAKO, "A", bound) for bound in bounds_of_versions(PYPI, ["1.2.1"]).bounds]
    for rows in ([*listed, *intervals("A", "0", "1.2.2")], [*intervals("A", "0", "1.2.2"), *listed]):
        (found,) = match([component("1.2.1")], Index(rows))
        assert found.confidence is Confidence.EXACT
        assert found.fixed == "1.2.2"


def test_a_version_without_a_key_is_matched_by_its_exact_text_only() -> None:
    index = Index(intervals("A", "0", None), [Listed(MAKO, "B", "weird-1")])
    (found,) = match([component("weird-1")], index)
    assert (found.advisory, found.confidence) == ("B", Confidence.EXACT)
    assert "no place in an order" in found.reason
    assert match([component("weird-2")], index) == []


def test_packages_of_one_name_in_two_ecosystems_are_strangers() -> None:
    index = Index(intervals("A", "0", None, Package("Debian:11", "curl")))
    assert match([component("7.0", Package("Debian:12", "curl"))], index) == []
    assert match([component("7.0", Package("Debian:11", "curl"))], index)


def test_components_that_share_a_version_each_get_their_match() -> None:
    parts = [component("1.0", ref=f"part {number}") for number in range(3)]
    assert [item.component.ref for item in match(parts, Index(intervals("A", "0", "2")))] == [
        "part 0",
        "part 1",
        "part 2",
    ]


def test_an_advisory_with_100_000_ranges_is_cut_and_searched_quickly() -> None:
    rows = [
        Interval(MAKO, "A", Bound(number.to_bytes(4, "big"), (number + 1).to_bytes(4, "big"), str(number)))
        for number in range(0, 200_000, 2)
    ]
    nested = [
        Interval(MAKO, "B", Bound(number.to_bytes(4, "big"), (400_000 - number).to_bytes(4, "big"), str(number)))
        for number in range(1, 100_000)
    ]
    begun = time.process_time()
    segments = Segments(rows + nested)
    assert time.process_time() - begun < 10
    assert {name for name, _ in segments.at((100_000).to_bytes(4, "big"))} == {"A", "B"}
    assert {name for name, _ in segments.at((100_001).to_bytes(4, "big"))} == {"B"}
