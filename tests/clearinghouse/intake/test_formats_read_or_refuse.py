"""Every format reads a report whole or refuses it by its declared errors; whatever the bytes, nothing else escapes."""

import json
from dataclasses import asdict
from typing import Any

import pytest

from seawall.clearinghouse.intake import errors
from seawall.clearinghouse.intake.formats.interface import parser
from seawall.clearinghouse.intake.types import (
    AffectedRange,
    Cost,
    Credit,
    EmbargoTerms,
    FailureClass,
    Origin,
    Provenance,
    Relay,
    Report,
)
from support.report_samples import SARIF, SEAWALL

DECLARED = (errors.NotThisFormat, errors.UnsupportedVersion, errors.UnknownPackageType, errors.ReportTooLarge)


def read(name: str, document: Any) -> tuple[Report, ...]:
    return parser(name)(json.dumps(document).encode())


def test_seawalls_own_report_is_read_whole() -> None:
    assert read("seawall", SEAWALL) == (
        Report(
            title="Attr filter escapes the sandbox",
            description="The filter reaches str.format.",
            package="pkg:pypi/jinja2",
            versions=("3.1.3", "3.1.4"),
            failure=FailureClass.CODE_EXECUTION,
            weaknesses=("CWE-1336",),
            identifiers=("CVE-2025-27516",),
            affected=(AffectedRange("0", "3.1.6"), AffectedRange("4.0", None)),
            paths=("src/jinja2/filters.py",),
            symbols=("do_attr",),
            severity="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            provenance=Provenance(
                ai_assisted=True,
                model="lantern-3",
                tool="t",
                human_reviewed=True,
                model_version="2026-10",
                harness="night watch",
                reviewer_role="security engineer",
                method="ai-discovered",
                cost=Cost(amount="12.50", currency="USD", tokens=1_200_000),
                prompts_digest="sha256:" + "ab" * 32,
            ),
            fingerprints={"tool/1": "abc"},
            relay=Relay(
                credits=(Credit("Ada", "Harbor Labs", "found it", ("https://ada.example",)),),
                origins=(Origin("tracker", "HL-17", "https://tracker.example/17"),),
                embargo=EmbargoTerms(until="2027-01-01T00:00:00Z", tlp="AMBER", text="Not before the fix."),
            ),
        ),
    )


def test_sarif_is_read_with_what_its_rule_run_and_driver_say() -> None:
    (report,) = read("sarif", SARIF)
    assert report == Report(
        title="Template injection",
        description="do_attr reaches format.",
        package="pkg:pypi/jinja2",
        versions=("3.1.4",),
        failure=FailureClass.CODE_EXECUTION,
        weaknesses=("CWE-79", "CWE-1336", "CWE-94"),
        identifiers=("CVE-2025-27516",),
        affected=(AffectedRange("0", "3.1.6"),),
        paths=("src/jinja2/filters.py",),
        symbols=("jinja2.filters.do_attr",),
        provenance=Provenance(ai_assisted=True, model="m", tool="scanner"),
        fingerprints={"primaryLocationLineHash": "abc:1"},
    )


def test_an_unknown_format_is_refused_by_name() -> None:
    with pytest.raises(errors.NotThisFormat, match="pdf") as refusal:
        parser("pdf")
    assert refusal.value.field == "format"


NUL = "a\x00b"


def sarif_with(**changes: Any) -> Any:
    document = json.loads(json.dumps(SARIF))
    document["runs"][0]["results"][0].update(changes)
    return document


def only_declared_errors(name: str, data: bytes) -> None:
    try:
        reports = parser(name)(data)
    except DECLARED as refusal:
        refusal.detail.encode()  # what is quoted can be sent
    else:
        kept = json.dumps([asdict(report) for report in reports], ensure_ascii=False)
        kept.encode()  # no lone surrogates
        assert "\\u0000" not in kept  # PostgreSQL keeps no NUL


PLACES: list[tuple[str, Any]] = [
    ("seawall", {**SEAWALL, "title": NUL}),
    ("seawall", {**SEAWALL, "paths": [NUL]}),
    ("seawall", {**SEAWALL, "package": "pkg:pypi/a@1%00"}),
    ("seawall", {**SEAWALL, "package": "pkg:pypi/a%00b"}),
    ("seawall", {**SEAWALL, "affected": [{"introduced": NUL, "fixed": NUL}]}),
    ("sarif", sarif_with(locations=[{"physicalLocation": {"artifactLocation": {"uri": NUL}}}])),
    ("sarif", sarif_with(locations=[{"logicalLocations": [{"name": NUL}]}])),
    ("sarif", sarif_with(fingerprints={NUL: NUL})),
]


@pytest.mark.parametrize(("name", "document"), PLACES)
def test_no_nul_reaches_the_database(name: str, document: Any) -> None:
    only_declared_errors(name, json.dumps(document).encode())


def test_too_many_results_are_refused_at_once() -> None:
    document = json.loads(json.dumps(SARIF))
    document["runs"][0]["results"] *= 1001
    with pytest.raises(errors.ReportTooLarge) as refusal:
        read("sarif", document)
    assert refusal.value.field == "runs/0/results"


def test_many_runs_do_not_go_around_the_limit() -> None:
    document = json.loads(json.dumps(SARIF))
    document["runs"][0]["results"] *= 600
    document["runs"] *= 2
    with pytest.raises(errors.ReportTooLarge):
        read("sarif", document)
