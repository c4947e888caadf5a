from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from seawall.clearinghouse.distribution import rules
from seawall.clearinghouse.distribution.types import (
    Advisory,
    AffectedPackage,
    Credit,
    CreditRole,
    Evidence,
    Format,
    Publisher,
    Reference,
    ReferenceKind,
    Revision,
    VersionRange,
)

NOON = datetime(2026, 7, 14, 12, tzinfo=UTC)

WRONG: list[tuple[str, dict[str, Any]]] = [
    ("id", {"id": "SEAWALL-2026-1"}),
    ("id", {"id": "CVE-2026-1234"}),
    ("id", {"id": "SEAWALL-2026-K7Q2MX4A\n"}),
    ("title", {"title": "  "}),
    ("affected", {"affected": ()}),
    ("aliases", {"aliases": ("<b>",)}),
    ("aliases", {"aliases": ("CVE-26-1",)}),
    ("aliases", {"aliases": tuple(f"GHSA-{n:04}" for n in range(51))}),
    ("cwes", {"cwes": ("79",)}),
    ("cvss", {"cvss": "9.8"}),
    ("cvss", {"cvss": "CVSS:2.0/AV:N/AC:L/Au:N/C:P/I:P/A:P"}),
    ("UTC", {"published": datetime(2026, 7, 14, tzinfo=timezone(timedelta(hours=2)))}),
    ("UTC", {"published": datetime(2026, 7, 14)}),  # noqa: DTZ001 - naive on purpose
    ("revisions", {"modified": NOON + timedelta(days=1)}),
    ("revisions", {"revisions": (Revision(NOON, "later"),)}),
]


@pytest.mark.parametrize(("word", "change"), WRONG)
def test_a_wrong_field_is_refused_by_its_name(make: Callable[..., Advisory], word: str, change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=word):
        make(**change)


WRONG_PARTS: list[tuple[str, Callable[[], object]]] = [
    ("purl", lambda: AffectedPackage.of("jinja2")),
    ("version", lambda: AffectedPackage.of("pkg:pypi/jinja2@3.1.4")),
    ("which versions", lambda: AffectedPackage("pkg:pypi/jinja2")),
    ("fixed", lambda: AffectedPackage.of("pkg:pypi/jinja2", fixed="3.1 .6")),
    ("fixed", lambda: AffectedPackage.of("pkg:pypi/jinja2", fixed="3.1.6\n")),
    ("introduced", lambda: AffectedPackage.of("pkg:pypi/jinja2", introduced="")),
    ("versions", lambda: AffectedPackage("pkg:pypi/jinja2", (), ("1\x1b[0m",))),
    ("not both", lambda: VersionRange("0", "1", "2")),
    ("repository", lambda: AffectedPackage("pkg:generic/x", (), (), commits=(VersionRange("0"),))),
    (
        "full hash",
        lambda: AffectedPackage("pkg:generic/x", commits=(VersionRange("abc"),), repository="https://git.example/x"),
    ),
    ("references", lambda: Reference(ReferenceKind.WEB, "javascript:alert(1)")),
    ("references", lambda: Reference(ReferenceKind.WEB, "https://a b/")),
    ("references", lambda: Reference(ReferenceKind.WEB, "https://a/\n")),
    ("references", lambda: Reference(ReferenceKind.WEB, 'https://a/"onclick')),
    ("references", lambda: Reference(ReferenceKind.WEB, "https://user:pass@a/")),
    ("references", lambda: Reference(ReferenceKind.WEB, "https:///nohost")),
    ("references", lambda: Reference(ReferenceKind.WEB, "https://a/" + "x" * 2048)),
    ("references", lambda: Reference(ReferenceKind.WEB, "https://аpple.example/")),
    ("credit", lambda: Credit(" ", CreditRole.FINDER)),
    ("verdict", lambda: Evidence("Confirmed!", 1)),
    ("runs", lambda: Evidence("confirmed", -1)),
    ("attestation", lambda: Evidence("confirmed", 1, "sha256:12")),
    ("slash", lambda: Publisher("Seawall", "https://seawall.example/")),
]


@pytest.mark.parametrize(("word", "build"), WRONG_PARTS)
def test_a_wrong_part_is_refused_by_its_name(word: str, build: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=word):
        build()


def test_identifiers_say_the_year_and_nothing_else() -> None:
    first, second = (rules.advisory_id(NOON, bytes(random)) for random in ([0] * 5, [0xFF] * 5))
    assert (first, second) == ("SEAWALL-2026-AAAAAAAA", "SEAWALL-2026-77777777")
    with pytest.raises(ValueError, match="random"):
        rules.advisory_id(NOON, b"1234")


@pytest.mark.parametrize(
    ("identifier", "name"),
    [
        ("SEAWALL-2026-K7Q2MX4A", "seawall-2026-k7q2mx4a.json"),
        # The standard's own examples (section 5.1).
        ("Example Company - 2019-YH3234", "example_company_-_2019-yh3234.json"),
        ("RHBA-2019:0024", "rhba-2019_0024.json"),
        ("2022 #01-A", "2022_01-a.json"),
    ],
)
def test_csaf_files_are_named_by_the_standard(identifier: str, name: str) -> None:
    assert rules.csaf_file_name(identifier) == name
    assert rules.file_name("SEAWALL-2026-K7Q2MX4A", Format.OSV) == "SEAWALL-2026-K7Q2MX4A.json"
