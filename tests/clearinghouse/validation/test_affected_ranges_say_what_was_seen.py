"""From outcomes to OSV's events and to a comparison with a publication."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.clearinghouse.matching.ecosystems.registry import of_name
from seawall.clearinghouse.matching.ranges import ranges_of_events
from seawall.clearinghouse.validation.affected import rules
from seawall.clearinghouse.validation.affected.types import Event, Outcome, Release, State, Trial

STATES = {
    "A": State.AFFECTED,
    "f": State.FLAKY,
    "N": State.NOT_TRIGGERED,
    "?": State.UNTESTABLE,
    "!": State.FAULTED,
    ".": State.NOT_RUN,
}


def outcomes(history: str) -> list[Outcome]:
    return [
        Outcome(Release(f"1.{number}", place=bytes([1, number])), "1.x", STATES[letter], None)
        for number, letter in enumerate(history)
    ]


@pytest.mark.parametrize(
    ("history", "careful", "seen"),
    [
        ("AAN", "introduced 0 fixed 1.2", "introduced 0 fixed 1.2"),
        ("NAAN", "introduced 1.1 fixed 1.3", "introduced 1.1 fixed 1.3"),
        ("AAA", "introduced 0", "introduced 0"),
        ("NNN", "", ""),
        ("???", "", ""),
        ("ANAN", "introduced 0 fixed 1.1 introduced 1.2 fixed 1.3", "introduced 0 fixed 1.1 introduced 1.2 fixed 1.3"),
        ("??AN", "introduced 0 fixed 1.3", "introduced 1.2 fixed 1.3"),
        ("A??N", "introduced 0 fixed 1.3", "introduced 0 last_affected 1.0"),
        ("N?AN", "introduced 1.1 fixed 1.3", "introduced 1.2 fixed 1.3"),
        ("AN?", "introduced 0 fixed 1.1", "introduced 0 fixed 1.1"),
        ("A?", "introduced 0", "introduced 0 last_affected 1.0"),
        ("A.?!N", "introduced 0 fixed 1.4", "introduced 0 last_affected 1.0"),
        ("N?N", "", ""),
        ("A?A", "introduced 0", "introduced 0 last_affected 1.0 introduced 1.2"),
        ("fN", "introduced 0 fixed 1.1", "introduced 0 fixed 1.1"),
    ],
)
def test_events_are_careful_or_narrow(history: str, careful: str, seen: str) -> None:
    assert _text(rules.events(outcomes(history), careful=True)) == careful
    assert _text(rules.events(outcomes(history), careful=False)) == seen


def _text(events: tuple[Event, ...]) -> str:
    return " ".join(f"{kind} {version}" for kind, version in events)


@given(st.text("AfN?!.", min_size=1, max_size=25))
def test_ranges_read_back_hold_the_same_versions(history: str) -> None:
    order = of_name("PyPI")
    assert order is not None
    told = outcomes(history)

    def holds(version: str, *, careful: bool) -> bool:
        key = order.key(version)
        assert isinstance(key, bytes)
        events = rules.events(told, careful=careful)
        bounds = ranges_of_events(order, [{kind: text} for kind, text in events]).bounds
        return any(bound.low <= key and (bound.high is None or key < bound.high) for bound in bounds)

    for outcome in told:
        version = outcome.release.version
        hit = outcome.state in {State.AFFECTED, State.FLAKY}
        assert holds(version, careful=False) == hit
        if outcome.state is State.NOT_TRIGGERED or hit:
            assert holds(version, careful=True) == hit


def test_a_version_without_a_place_is_listed_and_in_no_range() -> None:
    told = [*outcomes("AN"), Outcome(Release("2004d", place=None), "other", State.AFFECTED, None)]
    assert rules.events(told, careful=True) == (("introduced", "0"), ("fixed", "1.1"))
    assert rules.affected_versions(told) == ("1.0", "2004d")


def test_a_publication_is_held_against_what_is_known_only() -> None:
    told = outcomes("AAN?N")
    published = {"1.0": True, "1.1": False, "1.2": False, "1.3": True, "1.4": True}
    found = rules.compared(told, "ADV-1", published, ["0.9"])
    assert (found.agree, found.silent, found.not_released) == (2, ("1.3",), ("0.9",))
    assert [(one.version, one.published, one.state) for one in found.differ] == [
        ("1.1", False, State.AFFECTED),
        ("1.4", True, State.NOT_TRIGGERED),
    ]
    assert not found.equal
    assert rules.compared(told, "ADV-1", {"1.0": True, "1.3": False}).equal


def test_evidence_names_runs_or_neighbors() -> None:
    trial = Trial("1.0", State.AFFECTED, 5, 5, "The canary was written.")
    release = Release("1.0")
    assert Outcome(release, "1.x", State.AFFECTED, trial).evidence == "Triggered 5 of 5 times. The canary was written."
    inferred = Outcome(release, "1.x", State.NOT_TRIGGERED, None, ("0.9", "1.1")).evidence
    assert "0.9 and 1.1" in inferred
    assert "not-triggered" in inferred
    broken = Trial("1.0", State.UNTESTABLE, 0, 0, "It cannot be installed.")
    assert Outcome(release, "1.x", State.UNTESTABLE, broken).evidence == "It cannot be installed."


@pytest.mark.parametrize(
    ("version", "kind", "expected"),
    [
        ("1.0", "pypi", False),
        ("1.0rc1", "pypi", True),
        ("1.0.dev3", "pypi", True),
        ("1.0a", "pypi", True),
        ("1.0.post1", "pypi", False),
        ("1.0+linux.abc", "pypi", False),
        ("2004d", "pypi", False),
        ("1.0.0-rc.8", "npm", True),
        ("1.0.0", "npm", False),
        ("1.0.0+build-5", "npm", False),
    ],
)
def test_prereleases_are_told_by_their_text(version: str, kind: str, expected: bool) -> None:
    assert rules.is_prerelease(version, kind) is expected
