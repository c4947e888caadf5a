"""What a finder writes may suggest; only what the harness saw links, and the oldest report stays first."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from seawall.clearinghouse.deduplication.rules import ask_from, compare
from seawall.clearinghouse.deduplication.types import Finding, Zone

SEEN = "exception/1:RecursionError@sqlparse.sql.flatten < sqlparse.sql.__str__"
FINDING = Finding(
    report_id="a",
    package="pkg:pypi/sqlparse",
    failure="uncaught-exception",
    signature=SEEN,
    identifiers=frozenset({"CVE-2024-4340"}),
    symbols=frozenset({"sqlparse.sql.TokenList.flatten"}),
    paths=frozenset({"sqlparse/sql.py"}),
    weaknesses=frozenset({"CWE-674"}),
    text="Nested brackets end the parser in an uncaught recursion error.",
)
STRANGER = Finding("b", FINDING.package, "memory-safety", None, *(frozenset(),) * 4, text="Something else entirely.")
words = st.frozensets(st.sampled_from(["flatten", "parse", "sql.py", "CWE-674", "CVE-2024-4340", "x.y"]), max_size=4)
findings = st.builds(
    Finding,
    report_id=st.just("x"),
    package=st.sampled_from(["pkg:pypi/sqlparse", "pkg:pypi/mako"]),
    failure=st.sampled_from(["uncaught-exception", "denial-of-service"]),
    signature=st.sampled_from([None, SEEN, "hang/1:denial-of-service@mako.lexer.parse"]),
    identifiers=words,
    symbols=words,
    paths=words,
    weaknesses=words,
    text=st.text(max_size=200),
)


def test_the_same_flaw_in_other_words_is_linked_by_its_signature() -> None:
    other = replace(STRANGER, failure=FINDING.failure, signature=SEEN)
    assert compare(FINDING, other).zone is Zone.SAME


def test_a_copied_text_with_every_identifier_but_no_signature_is_only_a_suggestion() -> None:
    copied = compare(FINDING, replace(FINDING, report_id="b", signature=None))
    assert copied.zone is Zone.ASK
    assert copied.score >= max(60, ask_from())


def test_an_equal_signature_of_another_failure_class_is_never_linked() -> None:
    assert compare(FINDING, replace(FINDING, failure="denial-of-service")).zone is not Zone.SAME


def test_another_package_is_always_different() -> None:
    assert compare(FINDING, replace(FINDING, package="pkg:pypi/mako")).zone is Zone.DIFFERENT


def test_strangers_are_different_and_the_reason_says_so() -> None:
    compared = compare(FINDING, STRANGER)
    assert compared.zone is Zone.DIFFERENT
    assert compared.score < ask_from()
    assert "Both" not in compared.reason


@given(findings, findings)
def test_comparison_is_symmetric_bounded_and_links_by_signature_only(left: Finding, right: Finding) -> None:
    one, other = compare(left, right), compare(right, left)
    assert (one.zone, one.score) == (other.zone, other.score)
    assert 0 <= one.score <= 100
    if one.zone is Zone.SAME:
        assert left.signature is not None
        assert (left.signature, left.package, left.failure) == (right.signature, right.package, right.failure)
