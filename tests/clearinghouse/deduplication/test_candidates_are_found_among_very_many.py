"""The index finds the likely ones, forgets the removed ones, and answers alike in whatever order it was filled."""

import random
from dataclasses import replace

from seawall.clearinghouse.deduplication.index import Index
from seawall.clearinghouse.deduplication.types import Finding, Site

NOTHING: frozenset[str] = frozenset()
WORDS = [
    "archive",
    "header",
    "length",
    "field",
    "record",
    "buffer",
    "overflow",
    "parser",
    "crafted",
    "image",
    "palette",
    "stride",
    "index",
    "cursor",
    "token",
]


def finding(name: str, text: str, *, package: str = "pkg:pypi/pier", **more: object) -> Finding:
    made = Finding(name, package, "memory-safety", None, NOTHING, NOTHING, NOTHING, NOTHING, text)
    return replace(made, **more)  # type: ignore[arg-type] # fields by name


def many(count: int) -> list[Finding]:
    chance = random.Random(5)  # noqa: S311 - chance that repeats
    return [finding(f"r{number}", " ".join(chance.choices(WORDS, k=8))) for number in range(count)]


def test_the_partner_in_other_words_comes_first() -> None:
    known = finding("known", "XSS in the go-getter's redirect page")
    index = Index([*many(500), known])
    assert index.candidates(finding("new", "gogetter: cross-site scripting when redirecting"), 5)[0] == "known"


def test_what_the_harness_saw_is_found_whatever_was_written() -> None:
    stack = (Site("put_field"), Site("read_record"))
    known = finding("known", "one way to say it", signature="crash/2:x@put_field", stack=stack)
    index = Index([*many(500), known])
    assert index.candidates(finding("new", "utterly else", signature="crash/2:x@put_field"), 3)[0] == "known"
    assert index.candidates(finding("new", "utterly else", stack=stack[:1]), 3)[0] == "known"


def test_the_order_of_filling_does_not_matter() -> None:
    found = many(300)
    asked = found[17]
    expected = Index(found).candidates(asked, 10)
    assert len(expected) == 10
    assert asked.report_id not in expected
    for seed in range(5):
        assert Index(random.Random(seed).sample(found, len(found))).candidates(asked, 10) == expected  # noqa: S311 - chance that repeats


def test_removed_and_replaced_findings_are_forgotten() -> None:
    index = Index([finding("a", "palette stride"), finding("b", "palette stride"), *many(20)])
    assert {"a", "b"} <= set(index.candidates(finding("new", "palette stride"), 30))
    index.remove("a")
    index.add(finding("b", "something else"))
    assert "a" not in index.candidates(finding("new", "palette stride"), 30)
    assert "a" not in index
    assert len(index) == 21


def test_other_packages_are_looked_at_only_where_asked_for() -> None:
    index = Index([finding("far", "palette stride", package="pkg:npm/other"), *many(20)])
    asked = finding("new", "palette stride")
    assert "far" not in index.candidates(asked, 30)
    assert "far" in index.candidates(asked, 30, across=True)
    assert "far" in index.candidates(replace(asked, package_aliases=frozenset({"pkg:npm/other"})), 30)


def test_hostile_text_is_bounded() -> None:
    index = Index(many(50))
    for text in (
        "x" * 10**6,
        "a b " * 10**5,
        "\ud800" * 100,
        "",
        "`" * 10**5,
        "path " + "../" * 10**5,
        "exhaust " * 10**4,
    ):
        index.add(finding("hostile", text))
        assert len(index.candidates(finding("new", text), 5)) <= 5
