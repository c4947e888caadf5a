"""Maven's comparison goes around in circles; whatever takes part in one with two versions that have keys has none."""

from itertools import pairwise, product

import pytest

from seawall.clearinghouse.matching.ecosystems.interface import Malformed, Unparsable
from seawall.clearinghouse.matching.ecosystems.maven.comparing import compare
from seawall.clearinghouse.matching.ecosystems.maven.order import ECOSYSTEM
from seawall.clearinghouse.matching.matcher import holds
from seawall.clearinghouse.matching.types import Bound

CYCLES = [
    # Each stands before the next, and the last before the first.
    ("1", "1.x-1", "1-alpha"),  # a word in place of a pre-release: 1.2.3.redhat-1 and 1.2.3-SNAPSHOT
    ("2", "2.redhat-1", "2-alpha"),
    ("1", "1.sp-1", "1-alpha"),
    ("1", "1.ga.1", "1-alpha"),
    ("1", "1-x", "1.0.alpha-1"),  # a pre-release in place of a zero
    ("1", "1-1", "1.0.rc.2"),
    ("1", "1-x", "1-ga-alpha"),  # a pre-release after an empty word: 1.0-final-SNAPSHOT
    ("1", "1-jre", "1.0-final-SNAPSHOT"),
    ("0", "v1", "0-alpha"),  # a word at the beginning
    ("0", "r09", "0-SNAPSHOT"),
    ("1-alpha", "1-alpha.x.1", "1-alpha-rc"),
]

HEADS = ["", "0", "1", "1.0", "1.1", "2"]
TAILS = """ -1 -alpha -alpha-rc -rc -snapshot -sp -x .x-1 .alpha-1 .x.1 .alpha.1 -ga1 -ga-alpha .ga.1 -ga-x -1-alpha .x-alpha
-alpha.x.1 .sp-1 -ga.x.1 .snapshot-x alpha x sp ga1 .1 -sp1 -x-1 -ga-alpha-1"""


def has_key(version: str) -> bool:
    return not isinstance(ECOSYSTEM.key(version), Unparsable)


@pytest.mark.parametrize("cycle", CYCLES)
def test_the_known_cycles_are_cycles(cycle: tuple[str, ...]) -> None:
    for low, high in pairwise((*cycle, cycle[0])):
        assert compare(low, high) < 0, f"{low} should stand before {high}"
    assert not all(map(has_key, cycle))


def test_exactly_what_is_in_no_cycle_with_keys_has_one() -> None:
    """The keys reach as far as any keys can: no version without one could be given one."""
    dense = sorted({(head + tail).lstrip(".-") for head, tail in product(HEADS, ["", *TAILS.split()])} - {""})
    keyed = [version for version in dense if has_key(version)]
    unkeyed = [version for version in dense if not has_key(version)]
    assert len(keyed) > 60
    assert len(unkeyed) > 30
    for version in unkeyed:
        low = [other for other in keyed if compare(other, version) < 0]
        high = {other for other in keyed if compare(version, other) < 0}
        assert any(compare(other, one) < 0 for one in low for other in high), f"{version} fits in the order of the keys"


def test_keys_of_a_dense_set_are_mavens_own_order() -> None:
    dense = {(head + tail).lstrip(".-") for head, tail in product([*HEADS, "1.0.1", "10"], ["", *TAILS.split()])} - {""}
    keyed = [(version, key) for version in sorted(dense) if isinstance(key := ECOSYSTEM.key(version), bytes)]
    for (one, key), (other, against) in product(keyed, keyed):
        order = compare(one, other)
        assert (order > 0) - (order < 0) == (key > against) - (key < against), (one, other)


@pytest.mark.parametrize("version", ["", " ", "1.0é", "1" * 300, "1.0000000000000", "1.\x00"])
def test_what_is_no_version_anywhere_is_compared_with_nothing(version: str) -> None:
    with pytest.raises(Malformed):
        compare(version, "1.0")
    assert not holds(compare, version, Bound(b"", None, "0", fixed="2.redhat-1", compared=True))
    assert not holds(compare, "1.0", Bound(b"", None, "0", fixed=version, compared=True))
