"""What many sources said on many days, under many names, becomes what is known: pure, and in any order of names."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.clearinghouse.prioritization.rules import NO_CVE, combine, normal
from seawall.clearinghouse.prioritization.types import ALLOWED, OFFICIAL, Fact, FactName

A, B, GHSA = "CVE-2026-10001", "CVE-2026-10002", "GHSA-8j8c-7jfh-h6hx"
JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)
KEV, IMPACT, AUTO = FactName.IN_KEV, FactName.TECHNICAL_IMPACT, FactName.AUTOMATABLE


def fact(name: FactName, value: str, source: str = "kev", day: date = JUNE) -> Fact:
    return Fact(name, value, source, day)


def listed(*said: tuple[str, Fact], names: tuple[str, ...] = (A,), catalog: date | None = None) -> str | None:
    return combine(said, identifiers=names, kev_as_of=catalog).value(KEV)


def test_nothing_said_is_nothing_known() -> None:
    assert combine([], identifiers=[A]).known == {}


def test_the_catalog_says_no_of_what_it_does_not_list() -> None:
    known = combine([], identifiers=[A], kev_as_of=JULY)
    assert known.get(KEV) == fact(KEV, "no", "kev", JULY)


def test_what_the_catalog_listed_once_and_never_took_back_is_listed() -> None:
    assert listed((A, fact(KEV, "yes", day=JUNE)), catalog=AUGUST) == "yes"


def test_an_older_yes_of_another_feed_does_not_stand_against_the_catalog() -> None:
    old = (A, fact(KEV, "yes", "vulnrichment", JUNE))
    assert listed(old) == "yes", "no catalog was read"
    assert listed(old, catalog=JULY) == "no"


def test_a_later_yes_does_whoever_says_it() -> None:
    assert listed((A, fact(KEV, "yes", "vulnrichment", AUGUST)), catalog=JULY) == "yes"
    assert listed((A, fact(KEV, "yes", "our analyst", AUGUST)), catalog=JULY) == "yes"


def test_nobody_else_takes_an_entry_out_of_the_catalog() -> None:
    assert listed((A, fact(KEV, "yes")), (A, fact(KEV, "no", "our analyst", AUGUST)), catalog=JULY) == "yes"


@pytest.mark.parametrize("names", [(A, B), (B, A)])
def test_membership_under_any_name_counts_with_the_earliest_day(names: tuple[str, ...]) -> None:
    said = [
        (A, fact(KEV, "yes")),
        (A, fact(FactName.KEV_DATE_ADDED, "2026-05-09")),
        (B, fact(KEV, "yes", day=JULY)),
        (B, fact(FactName.KEV_DATE_ADDED, "2026-05-02", day=JULY)),
    ]
    known = combine(said, identifiers=names, kev_as_of=AUGUST)
    assert (known.value(KEV), known.value(FactName.KEV_DATE_ADDED)) == ("yes", "2026-05-02")


def test_what_one_names_entry_said_is_gone_with_it_though_another_is_listed() -> None:
    said = [
        (A, fact(KEV, "yes")),
        (A, fact(FactName.KEV_DATE_ADDED, "2024-01-01")),
        (A, fact(KEV, "no", day=JULY)),
        (B, fact(KEV, "yes")),
        (B, fact(FactName.KEV_DATE_ADDED, "2026-05-02")),
    ]
    known = combine(said, identifiers=(A, B), kev_as_of=AUGUST)
    assert (known.value(KEV), known.value(FactName.KEV_DATE_ADDED)) == ("yes", "2026-05-02")


def test_a_stale_yes_under_one_name_hides_no_entry_under_another() -> None:
    said = [(A, fact(KEV, "yes", "vulnrichment", JULY)), (B, fact(KEV, "yes", "kev", JUNE))]
    assert listed(*said, names=(A, B), catalog=AUGUST) == "yes"


def test_a_source_corrects_itself_on_the_same_day() -> None:
    said = [(A, fact(KEV, "yes")), (A, fact(KEV, "no")), (A, fact(AUTO, "no", "us")), (A, fact(AUTO, "yes", "us"))]
    known = combine(said, identifiers=(A,))
    assert (known.value(KEV), known.value(AUTO)) == ("no", "yes")


def test_of_two_who_differ_on_one_day_the_more_urgent_counts() -> None:
    said = [(A, fact(IMPACT, "total", "first")), (A, fact(IMPACT, "partial", "second"))]
    assert combine(said, identifiers=(A,)).value(IMPACT) == "total"
    assert combine(reversed(said), identifiers=(A,)).value(IMPACT) == "total"


def test_without_a_cve_it_cannot_be_in_the_catalog() -> None:
    member = combine([], identifiers=[GHSA], kev_as_of=JULY).get(KEV)
    assert member is not None
    assert (member.value, member.source) == ("no", NO_CVE)
    assert combine([], identifiers=[GHSA, A]).get(KEV) is None, "with a CVE, only a catalog can say so"


@pytest.mark.parametrize(
    ("written", "kept"), [("cve-2026-10001", A), (" CVE-2026-10001\n", A), (GHSA, GHSA), ("cve-soon", "cve-soon")]
)
def test_identifiers_have_one_spelling(written: str, kept: str) -> None:
    assert normal(written) == kept


days = st.dates(date(2024, 1, 1), date(2026, 12, 31))
names = st.sampled_from([KEV, AUTO, IMPACT, FactName.EXPLOITATION])


@st.composite
def statements(draw: st.DrawFn) -> tuple[str, Fact]:
    name = draw(names)
    source = draw(st.sampled_from([*OFFICIAL, "our analyst", "vendor"]))
    return draw(st.sampled_from([A, B, GHSA])), Fact(name, draw(st.sampled_from(ALLOWED[name])), source, draw(days))


@given(st.lists(statements(), max_size=12), st.none() | days)
def test_nothing_is_known_that_nobody_said(said: list[tuple[str, Fact]], catalog: date | None) -> None:
    known = combine(said, identifiers=[A, B, GHSA], kev_as_of=catalog).known
    spoken = {fact for _, fact in said}
    for name, found in known.items():
        assert found in spoken or (name is KEV and found == Fact(KEV, "no", "kev", catalog or date.min))


@given(st.lists(statements(), max_size=12), st.none() | days, st.permutations([A, B, GHSA]))
def test_the_order_of_names_says_nothing(said: list[tuple[str, Fact]], catalog: date | None, order: list[str]) -> None:
    first = combine(said, identifiers=[A, B, GHSA], kev_as_of=catalog)
    other = combine(sorted(said, key=lambda item: order.index(item[0])), identifiers=order, kev_as_of=catalog)
    assert {name: fact.value for name, fact in first.known.items()} == {
        name: fact.value for name, fact in other.known.items()
    }


@given(st.lists(statements(), max_size=12), st.none() | days, st.sampled_from([A, B]), days)
def test_an_addition_to_the_catalog_is_always_seen(
    said: list[tuple[str, Fact]], catalog: date | None, cve: str, day: date
) -> None:
    newest = max([day, *(fact.as_of for _, fact in said), *([catalog] if catalog else [])])
    more = [*said, (cve, Fact(KEV, "yes", "kev", newest))]
    assert combine(more, identifiers=[A, B, GHSA], kev_as_of=newest).value(KEV) == "yes"
