"""Profiles are data, several bind at once, the earliest end wins and says why."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.clearinghouse.coordination.embargoes import library, rules
from seawall.clearinghouse.coordination.embargoes.types import Facts, Term, TermKind, moment

START = datetime(2026, 11, 19, 14, 0, tzinfo=UTC)
DAY = timedelta(days=1)
NOTHING = Facts()


def term(
    profile: str,
    *,
    days: int | None = None,
    starts_at: datetime = START,
    brought_by: str = "",
    until: datetime | None = None,
    granted: datetime | None = START,
) -> Term:
    known = library.profiles()[profile]
    length = timedelta(days=days) if days else None
    return Term(
        TermKind.PROFILE,
        known.name,
        starts_at,
        known,
        length,
        brought_by=brought_by,
        extended_until=until,
        extended_at=granted if until else None,
    )


def agreed(at: datetime) -> Term:
    return Term(TermKind.AGREED, "Agreed date", START, ends_at=at)


# what binds, what happened -> days from the start, and whose rule
ENDS: list[tuple[list[Term], Facts, float, str]] = [
    ([term("seawall-default")], NOTHING, 90, "Seawall's default"),
    ([term("seawall-default"), term("openai")], NOTHING, 90, "Seawall's default"),
    ([term("seawall-default"), term("anthropic")], Facts(fixed_at=START + 20 * DAY), 20, "Anthropic"),
    ([term("seawall-default"), term("linux-distros")], NOTHING, 14, "linux-distros"),
    ([term("seawall-default"), term("linux-distros", starts_at=START + 80 * DAY)], NOTHING, 90, "Seawall's default"),
    ([term("seawall-default"), term("linux-distros"), term("linux-kernel")], NOTHING, 7, "Linux kernel security team"),
    ([term("seawall-default"), term("linux-kernel")], Facts(ai_assisted=True), 0, "Linux kernel security team"),
    ([term("seawall-default"), term("akrites")], NOTHING, 30, "Akrites"),
    ([term("seawall-default"), term("akrites"), term("upstream", days=60)], NOTHING, 30, "Akrites"),
    ([term("seawall-default"), term("akrites"), term("upstream", days=5)], NOTHING, 5, "The upstream's own policy"),
    ([term("seawall-default")], Facts(attacked_at=START + 3 * DAY, critical=True), 10, "Seawall's default"),
    ([term("seawall-default")], Facts(attacked_at=START + 3 * DAY), 90, "Seawall's default"),
    (
        [term("seawall-default"), term("project-zero")],
        Facts(attacked_at=START + DAY),
        8,
        "Google Project Zero and Big Sleep",
    ),
    ([term("seawall-default"), term("project-zero")], Facts(fixed_at=START + 20 * DAY), 90, ""),
    ([term("seawall-default"), agreed(START + 40 * DAY)], NOTHING, 40, "Agreed date"),
    ([term("seawall-default", until=START + 100 * DAY)], NOTHING, 100, "Seawall's default"),
    ([term("seawall-default", until=START + 80 * DAY)], NOTHING, 90, "Seawall's default"),
    ([term("seawall-default", until=START + 100 * DAY), term("linux-distros")], NOTHING, 14, "linux-distros"),
    (
        [term("seawall-default", until=START + 100 * DAY), term("akrites"), term("upstream", days=60)],
        NOTHING,
        30,
        "Akrites",
    ),
    (
        [term("seawall-default"), term("akrites", until=START + 45 * DAY), term("upstream", days=60)],
        NOTHING,
        45,
        "Akrites",
    ),
    # attacks that came after the extension end it; an extension in view of them holds
    (
        [term("seawall-default", until=START + 100 * DAY)],
        Facts(attacked_at=START + 85 * DAY, critical=True),
        92,
        "Seawall's default",
    ),
    (
        [term("seawall-default", until=START + 100 * DAY)],
        Facts(attacked_at=START + 3 * DAY, critical=True),
        10,
        "Seawall's default",
    ),
    (
        [term("seawall-default", until=START + 12 * DAY, granted=START + 4 * DAY)],
        Facts(attacked_at=START + 3 * DAY, critical=True),
        12,
        "Seawall's default",
    ),
]


@pytest.mark.parametrize(("terms", "facts", "days", "whose"), ENDS)
def test_the_end_and_its_rule(terms: list[Term], facts: Facts, days: float, whose: str) -> None:
    found = rules.clock(terms, facts)
    assert found.ends_at == START + days * DAY
    assert found.strictest.name == (whose or found.strictest.name)
    assert len(found.rows) == len(terms)


def test_the_end_is_said_with_its_hour_its_reason_and_everybody_elses() -> None:
    found = rules.clock([term("seawall-default"), term("linux-distros"), term("openai")], NOTHING)
    assert found.sentence == (
        "ends 2026-12-03 14:00 UTC because linux-distros: 14 days from 2026-11-19 14:00 UTC; "
        "others: Seawall's default: 90 days from 2026-11-19 14:00 UTC; OpenAI: no fixed deadline"
    )
    assert moment(START + timedelta(seconds=7)) == "2026-11-19 14:00:07 UTC"


def test_an_end_is_never_a_fraction_of_a_second_early() -> None:
    begun = START + timedelta(microseconds=1)
    assert rules.clock([term("linux-distros", starts_at=begun)], NOTHING).ends_at == START + 14 * DAY + rules.SECOND


def test_no_end_at_all_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no term"):
        rules.clock([term("openai")], NOTHING)


# until which day -> the rule that does not allow it
EXTENSIONS: list[tuple[list[Term], float, str | None]] = [
    ([term("seawall-default")], 104, None),
    ([term("seawall-default")], 105, "Seawall's default"),
    ([term("seawall-default"), term("linux-distros")], 15, "linux-distros"),
    ([term("seawall-default"), term("linux-kernel")], 8, "Linux kernel security team"),
    ([term("seawall-default"), term("akrites")], 31, "Akrites"),
    ([term("seawall-default"), term("akrites"), term("upstream", days=60)], 60, None),
    ([term("seawall-default"), term("akrites"), term("upstream", days=60)], 61, "Akrites"),
    ([term("seawall-default"), agreed(START + 40 * DAY)], 90, None),
    ([term("seawall-default"), agreed(START + 40 * DAY), term("linux-distros")], 41, "linux-distros"),
]


@pytest.mark.parametrize(("terms", "days", "against"), EXTENSIONS)
def test_an_extension_needs_every_rule_that_would_end_before(
    terms: list[Term], days: float, against: str | None
) -> None:
    refusing = rules.too_strict(rules.clock(terms, NOTHING), START + days * DAY)
    assert (refusing.name if refusing else None) == against


def test_who_brought_a_rule_that_is_stretched_has_to_agree() -> None:
    terms = [term("seawall-default"), term("anthropic", brought_by="org_lab"), term("openai", brought_by="org_other")]
    found = rules.clock(terms, NOTHING)
    assert rules.bringers(found, START + 100 * DAY) == ("org_lab",)
    assert rules.bringers(found, START + 90 * DAY) == ()


def test_details_wait_for_the_policy_that_asks_longest() -> None:
    facts = Facts(fixed_at=START + 10 * DAY)
    waits = rules.details_wait_until(
        rules.clock([term("seawall-default"), term("anthropic"), term("project-zero")], facts), facts
    )
    assert waits is not None
    assert (waits[0], waits[1].name) == (START + 55 * DAY, "Anthropic")
    assert rules.details_wait_until(rules.clock([term("seawall-default")], facts), facts) is None


TIMES = st.integers(-10_000, 200 * 86_400_000).map(lambda ms: START + timedelta(milliseconds=ms))
TERMS = st.one_of(
    st.builds(
        term,
        st.sampled_from([name for name in library.profiles() if name != "upstream"]),
        starts_at=TIMES,
        brought_by=st.sampled_from(["", "org_a", "org_b"]),
        until=st.none() | TIMES,
        granted=TIMES,
    ),
    st.builds(lambda days, at: term("upstream", days=days, starts_at=at), st.integers(1, 400), TIMES),
    st.builds(agreed, TIMES),
)
FACTS = st.builds(
    Facts,
    attacked_at=st.none() | TIMES,
    fixed_at=st.none() | TIMES,
    critical=st.booleans(),
    ai_assisted=st.booleans(),
)


def bound(terms: list[Term]) -> list[Term]:
    return [term("seawall-default"), *terms]


@given(terms=st.lists(TERMS, max_size=6), more=TERMS, facts=FACTS)
def test_one_more_term_never_moves_the_end_later(terms: list[Term], more: Term, facts: Facts) -> None:
    before, after = rules.clock(bound(terms), facts), rules.clock(bound([*terms, more]), facts)
    assert after.ends_at <= before.ends_at


@given(terms=st.lists(TERMS, max_size=6), facts=FACTS, chance=st.randoms(use_true_random=False))
def test_the_order_of_terms_does_not_matter(terms: list[Term], facts: Facts, chance: object) -> None:
    shuffled = bound(terms)
    chance.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis's Random
    one, other = rules.clock(bound(terms), facts), rules.clock(shuffled, facts)
    assert (one.ends_at, one.strictest.name, one.sentence) == (other.ends_at, other.strictest.name, other.sentence)


@given(terms=st.lists(TERMS, max_size=6), facts=FACTS)
def test_the_end_is_the_earliest_of_all_rows_to_the_second(terms: list[Term], facts: Facts) -> None:
    found = rules.clock(bound(terms), facts)
    assert found.ends_at == min(row.ends_at for row in found.rows if row.ends_at is not None)
    assert all(row.ends_at is None or row.ends_at.microsecond == 0 for row in found.rows)


@given(terms=st.lists(TERMS, max_size=6), facts=FACTS, moved=TIMES)
def test_news_of_attacks_and_patches_never_move_the_end_later(terms: list[Term], facts: Facts, moved: datetime) -> None:
    quiet = Facts(ai_assisted=facts.ai_assisted, critical=facts.critical)
    for heard in (
        Facts(attacked_at=moved, critical=facts.critical, ai_assisted=facts.ai_assisted),
        Facts(fixed_at=moved, critical=facts.critical, ai_assisted=facts.ai_assisted),
    ):
        assert rules.clock(bound(terms), heard).ends_at <= rules.clock(bound(terms), quiet).ends_at


@given(wall=TIMES, step=st.integers(-7200, 7200))
def test_a_step_of_the_clock_is_never_believed_forward(wall: datetime, step: int) -> None:
    assert rules.cautious(wall + timedelta(seconds=step), wall) <= wall


def test_silence_has_seven_days_and_never_less_than_seventy_two_hours() -> None:
    assert rules.answer_due(START) == START + 7 * DAY
    assert rules.answer_due(START, timedelta(hours=72)) == START + 3 * DAY
    with pytest.raises(ValueError, match="72 hours"):
        rules.answer_due(START, timedelta(hours=71, minutes=59))
