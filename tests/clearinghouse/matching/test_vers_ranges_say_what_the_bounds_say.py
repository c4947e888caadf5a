import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from univers.version_constraint import InvalidConstraintsError
from univers.version_range import RANGE_CLASS_BY_SCHEMES
from univers.versions import InvalidVersion

from seawall.clearinghouse.matching import vers
from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem
from seawall.clearinghouse.matching.errors import NotAVers
from seawall.clearinghouse.matching.ranges import Ranges, bounds_of_versions, range_of_pair, ranges_of_events

PYPI = registry.ecosystem_of_folder("pypi")


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("vers:pypi/>=1.0|<2.0", "1.0 1.9 2.0rc1", "0.9 1.0rc1 2.0"),
        ("vers:pypi/>1.0|<=2.0", "1.0.post1 2.0", "1.0 1.0.0 2.0.1"),
        ("vers:pypi/<1.0|>=2.0|<2.5|>3.0", "0 2.0 2.4 3.1 99", "1.0 1.5 2.5 3.0"),
        ("vers:pypi/*", "0 1 99", ""),
        ("vers:pypi/1.0|1.5", "1.0 1.5.0", "1.1 0.9"),
        ("vers:pypi/1.0|>=2.0|!=2.2|<3", "1.0 2.0 2.1 2.2.1", "1.1 2.2 2.2.0 3"),
        ("vers:pypi/!=1.0", "0 0.9 1.0.1", "1.0 1.0.0"),
        ("vers:pypi/!=1.0|!=2.0", "0 1.5 3", "1.0 2.0"),
        ("vers:pypi/1.0%2Blocal", "1.0+local", "1.0"),
        ("vers:pypi/1.0+local", "1.0+local", "1.0"),
        ("vers:npm/>=1.0.0-alpha|<1.0.0", "1.0.0-alpha 1.0.0-rc.1", "0.9.9 1.0.0"),
        ("vers:deb/>=1:2.0-1|<1:2.5~", "1:2.0-1 1:2.4", "2.3 1:2.5~ 1:2.5"),
        ("vers:semver/>=1.2.3|<2.0.0", "1.9.0", "2.0.0"),
        ("vers:composer/dev-main|>=1.0", "dev-main 1.5", "dev-other 0.9"),
    ],
)
def test_a_range_holds_its_versions(text: str, inside: str, outside: str) -> None:
    found = vers.parse(text)
    assert [version for version in inside.split() if not vers.contains(found, version)] == []
    assert [version for version in outside.split() if vers.contains(found, version)] == []
    assert vers.parse(str(found)) == found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("pypi/>=1.0", "vers:type"),
        ("VERS:pypi/>=1.0", "vers:type"),
        ("vers:PyPI/>=1.0", "vers:type"),
        ("vers:pypi/", "vers:type"),
        ("vers:pypi/>=1.0 |<2.0", "blanks"),
        ("vers:pypi/>=1.0\n", "blanks"),
        ("vers:pypi/>=1.0|<2.０", "ASCII"),
        ("vers:pypi/|>=1.0", "no constraint"),
        ("vers:pypi/>=1.0|", "no constraint"),
        ("vers:pypi/>=1.0||<2.0", "no constraint"),
        ("vers:pypi/>=", "no constraint"),
        ("vers:pypi/=1.0", "no constraint"),
        ("vers:pypi/*|>=1.0", "no constraint"),
        ("vers:pypi/**", "no constraint"),
        ("vers:pypi/>=1.*", "no constraint"),
        ("vers:pypi/1.0%2", "percent"),
        ("vers:pypi/<2.0|>=1.0", "Sort"),
        ("vers:pypi/>=1.0|<1.0.0", "Leave one out"),
        ("vers:pypi/1.0|1.0.0", "Leave one out"),
        ("vers:pypi/>=1.0|!=1.0|<2", "Leave one out"),
        ("vers:pypi/>=1.0|>=2.0", "take turns"),
        ("vers:pypi/>=1.0|!=1.5|>2.0", "take turns"),
        ("vers:pypi/<1.0|<=2.0", "take turns"),
        ("vers:pypi/1.0|<2.0", "Leave that out"),
        ("vers:pypi/>=banana", "cannot be compared"),
        ("vers:pypi/!=banana", "cannot be compared"),
        ("vers:pypi/banana|apple|banana", "twice"),
        ("vers:conan/>=1.0", "not known"),
        ("vers:invalid/>=1.0", "not known"),
        ("vers:pypi/" + "1.0|" * 30_000 + "2.0", "constraints"),
        ("vers:pypi/" + "1" * 1_000_001, "characters"),
    ],
)
def test_what_breaks_a_rule_of_the_notation_is_refused_with_the_rule(text: str, says: str) -> None:
    with pytest.raises(NotAVers) as refused:
        vers.parse(text)
    assert says in f"{refused.value.detail} {refused.value.action}"


@given(
    st.text(max_size=60)
    | st.text(max_size=60).map("vers:pypi/".__add__)
    | st.text("<>=!|*01.%", max_size=20).map("vers:pypi/".__add__)
)
def test_any_text_is_a_range_or_a_refusal(text: str) -> None:
    try:
        found = vers.parse(text)
    except NotAVers:
        return
    assert vers.parse(str(found)) == found
    vers.bounds(found)


@pytest.mark.parametrize(
    ("ranges", "text"),
    [
        (range_of_pair(PYPI, "1.0", "2.0"), "vers:pypi/>=1.0|<2.0"),
        (range_of_pair(PYPI, "0", None, "2.0"), "vers:pypi/<=2.0"),
        (range_of_pair(PYPI, "0"), "vers:pypi/*"),
        (range_of_pair(PYPI, "1.0"), "vers:pypi/>=1.0"),
        (bounds_of_versions(PYPI, ["1.5", "1.0", "banana"]), "vers:pypi/1.0|1.5|banana"),
        (range_of_pair(PYPI, "1.0", "2.0") + range_of_pair(PYPI, "2.0", "3.0"), "vers:pypi/>=1.0|<3.0"),
        (range_of_pair(PYPI, "1.0", "2.0") + range_of_pair(PYPI, "1.5", "1.7"), "vers:pypi/>=1.0|<2.0"),
        (range_of_pair(PYPI, "1.0", "2.0") + bounds_of_versions(PYPI, ["2.0"]), "vers:pypi/>=1.0|<=2.0"),
        (range_of_pair(PYPI, "0", "2.0") + ranges_of_events(PYPI, [{"introduced_after": "2.0"}]), "vers:pypi/!=2.0"),
        (ranges_of_events(PYPI, [{"introduced_after": "2.0"}, {"fixed": "3"}]), "vers:pypi/>2.0|<3"),
        (bounds_of_versions(PYPI, ["1.0+a|b"]), "vers:pypi/1.0+a%7Cb"),
    ],
)
def test_ranges_are_written_by_the_same_rules(ranges: Ranges, text: str) -> None:
    assert vers.render("pypi", ranges) == text
    vers.parse(text)


def test_what_cannot_be_said_exactly_is_refused() -> None:
    for ranges in (Ranges(), range_of_pair(PYPI, "1.0", "banana"), range_of_pair(PYPI, "banana", "2.0")):
        with pytest.raises(NotAVers):
            vers.render("pypi", ranges)


VERSIONS = {
    "pypi": ["0.9", "1.0a1", "1.0rc2", "1.0", "1.0.post1", "1.1.dev3", "1.1", "1.10", "2.0b1", "2.0", "2!1.0", "3.0.1"],
    "npm": [
        "0.9.0",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1",
        "1.2.0",
        "1.10.0",
        "2.0.0-0",
        "2.0.0",
    ],
    "golang": [
        "v0.9.0",
        "v1.0.0-rc.1",
        "v1.0.0",
        "v1.2.0",
        "v1.10.0",
        "v2.0.0",
        "v2.0.1-0.20200101000000-abcdefabcdef",
    ],
    "gem": ["0.9", "1.0.a", "1.0.b1", "1.0.rc1", "1.0", "1.0.1", "1.2", "1.10", "2.0.pre", "2.0", "3.0.1.1"],
    "maven": ["0.9", "1.0-alpha-1", "1.0-beta2", "1.0-rc1", "1.0-SNAPSHOT", "1.0", "1.0-sp1", "1.0.1", "1.10", "2.0"],
    "nuget": ["0.9.0", "1.0.0-alpha", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0", "1.0.0.1", "1.2.0", "1.10.0", "2.0.0"],
    "composer": ["0.9.0", "1.0.0-alpha1", "1.0.0-beta2", "1.0.0-RC1", "1.0.0", "1.2.0", "1.10.0", "2.0.0", "2.0.1.1"],
    "cargo": ["0.9.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-rc.1", "1.0.0", "1.2.0", "1.10.0", "2.0.0"],
    "hex": ["0.9.0", "1.0.0-alpha", "1.0.0-rc.1", "1.0.0", "1.2.0", "1.10.0", "2.0.0"],
    "deb": [
        "0.9-1",
        "1.0~rc1-1",
        "1.0-1",
        "1.0-1+deb12u1",
        "1.0-1ubuntu1",
        "1.0+git1-1",
        "1.10-1",
        "1:0.1-1",
        "2:1.0-1",
    ],
    "rpm": ["0.9-1", "1.0~rc1-1", "1.0-1", "1.0-1.el9", "1.0-1.el9_3.2", "1.0^git1-1", "1.10-1", "1:0.1-1", "2:1.0-1"],
    "apk": ["0.9-r0", "1.0_alpha1-r0", "1.0_rc2-r0", "1.0-r0", "1.0-r1", "1.0_p1-r0", "1.0a-r0", "1.2-r0", "1.10-r0"],
}
"""Of each type in common with univers: the kinds of versions that it has."""

EXPLAINED = {
    "apk": "univers answers < and > of apk versions, but >= and <= by their texts: 1.0_alpha1 >= 1.0 is true there",
    "composer": "univers puts RC before alpha, as their capital letters are; Composer puts it after beta",
}
"""Types of which some answers differ, and why ours are right. Of all types, univers holds no version to be in a range of two
exclusions and nothing else, but all others in a range of one: the specification's steps say so and its words do not."""
ONLY_EXCLUSIONS = "only exclusions"


def generated(kind: str, chance: random.Random, order: Ecosystem) -> str:
    """A range of versions of a type; some are not valid."""
    pool = {key: version for version in VERSIONS[kind] if isinstance(key := order.key(version), bytes)}
    assert len(pool) == len(VERSIONS[kind])
    chosen = sorted(chance.sample(sorted(pool), chance.randint(1, 5)))
    parts: list[str] = []
    lower = chance.random() < 0.5
    for key in chosen:
        roll = chance.random()
        if roll < 0.2:
            parts.append(f"!={pool[key]}")
        elif roll < 0.35 and lower:
            parts.append(pool[key])
        else:
            parts.append(f"{chance.choice(['>', '>='] if lower else ['<', '<='])}{pool[key]}")
            lower = not lower
    return f"vers:{kind}/{'|'.join(parts)}"


@pytest.mark.parametrize("kind", sorted(VERSIONS))
def test_membership_is_what_univers_says(kind: str) -> None:
    order = vers.order_of(kind)
    chance = random.Random(7)  # noqa: S311 - the same ranges in each run
    theirs = RANGE_CLASS_BY_SCHEMES[kind]
    compared = 0
    different: Counter[str] = Counter()
    samples: list[str] = []
    for _ in range(400):
        text = generated(kind, chance, order)
        try:
            ours = vers.parse(text)
        except NotAVers:
            continue
        only_exclusions = all(part.startswith("!=") for part in text.partition("/")[2].split("|"))
        try:
            other = theirs.from_string(text, validate=False)
        except (InvalidVersion, ValueError, TypeError):
            continue
        for version in VERSIONS[kind]:
            try:
                answer = theirs.version_class(version) in other
            except InvalidConstraintsError:
                answer = None  # sorted by its own order, the constraints do not take turns
            except (InvalidVersion, ValueError, TypeError):
                continue
            compared += 1
            if answer != vers.contains(ours, version):
                reason = ONLY_EXCLUSIONS if only_exclusions and len(ours.constraints) > 1 else kind
                different[reason] += 1
                samples.append(f"{text} {version}: univers {answer}")
    assert compared > 2_000
    assert set(different) - {ONLY_EXCLUSIONS} == {kind} & set(EXPLAINED), samples[:10]


@pytest.mark.parametrize("kind", sorted(VERSIONS))
def test_a_range_survives_its_bounds(kind: str) -> None:
    order = vers.order_of(kind)
    chance = random.Random(11)  # noqa: S311 - the same ranges in each run
    done = 0
    for _ in range(300):
        try:
            found = vers.parse(generated(kind, chance, order))
            again = vers.parse(vers.render(kind, vers.bounds(found)))
        except NotAVers:
            continue
        done += 1
        for version in VERSIONS[kind]:
            assert vers.contains(found, version) == vers.contains(again, version), (str(found), str(again), version)
    assert done > 100
