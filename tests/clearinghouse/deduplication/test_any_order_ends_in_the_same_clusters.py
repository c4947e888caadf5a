"""What is linked automatically is an equivalence, so no order of arrival and no third report can change it."""

import random
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.deduplication.rules import clusters, compare
from seawall.clearinghouse.deduplication.types import Finding, Site, Zone

NOTHING: frozenset[str] = frozenset()
sites = st.builds(Site, st.sampled_from(["read_field", "parse", "next"]), st.just("a.c"), st.sampled_from([None, 3, 9]))
findings = st.builds(
    Finding,
    report_id=st.uuids().map(str),
    package=st.sampled_from(["pkg:pypi/a", "pkg:pypi/b"]),
    failure=st.sampled_from(["memory-safety", "denial-of-service"]),
    signature=st.sampled_from([None, "crash/2:x@read_field", "crash/1:x@read_field", "hang/1:y@parse"]),
    identifiers=st.just(NOTHING),
    symbols=st.just(NOTHING),
    paths=st.just(NOTHING),
    weaknesses=st.just(NOTHING),
    text=st.just("the same words"),
    kind=st.sampled_from(["", "heap-buffer-overflow", "stack-overflow"]),
    stack=st.lists(sites, max_size=4).map(tuple),
)


def made(seed: int, count: int) -> list[Finding]:
    chance = random.Random(seed)  # noqa: S311 - chance that repeats
    return [
        Finding(
            str(number), f"pkg:pypi/p{chance.randrange(3)}", chance.choice(["memory-safety", "other"]),
            chance.choice([None, *(f"crash/2:x@f{chance.randrange(20)}" for _ in range(9))]),
            NOTHING, NOTHING, NOTHING, NOTHING, "words",
            stack=(Site("f", "a.c", chance.choice([None, 1, 2])),),
        )
        for number in range(count)
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(findings, max_size=14, unique_by=lambda one: one.report_id), st.randoms(use_true_random=False))
def test_clusters_are_the_union_of_the_links_in_any_order(found: list[Finding], chance: random.Random) -> None:
    expected = clusters(found)
    shuffled = chance.sample(found, len(found))
    assert clusters(shuffled) == expected
    together = {frozenset(pair) for one in expected for pair in combinations(sorted(one), 2)}
    linked = {
        frozenset((one.report_id, other.report_id))
        for one, other in combinations(shuffled, 2)
        if compare(one, other).zone is Zone.SAME
    }
    assert linked == together


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_five_hundred_reports_in_any_order(chance: random.Random) -> None:
    found = made(7, 500)
    expected = clusters(found)
    assert 100 < len(expected) < 400
    assert clusters(chance.sample(found, 500)) == expected
    assert sorted(name for one in expected for name in one) == sorted(one.report_id for one in found)
