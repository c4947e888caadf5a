"""Every format reads a report whole or refuses it by its declared errors; whatever the bytes, nothing else escapes."""

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.intake import errors
from seawall.clearinghouse.intake.formats.interface import FORMATS, parser
from seawall.clearinghouse.intake.parsing import parse_confined
from seawall.clearinghouse.intake.types import AffectedRange, FailureClass, Provenance, Report

DECLARED = (errors.NotThisFormat, errors.UnsupportedVersion, errors.UnknownPackageType, errors.ReportTooLarge)

SEAWALL: dict[str, Any] = {
    "schema": "seawall.report/1",
    "title": "Attr filter escapes the sandbox",
    "description": "The filter reaches str.format.",
    "package": "pkg:pypi/Jinja2@3.1.4?x=y#sub",
    "versions": ["3.1.3"],
    "failure": "code-execution",
    "weaknesses": ["CWE-1336"],
    "identifiers": ["CVE-2025-27516"],
    "affected": [{"introduced": "0", "fixed": "3.1.6"}, {"introduced": "4.0"}],
    "paths": ["src/jinja2/filters.py", "src/jinja2/filters.py"],
    "symbols": ["do_attr"],
    "severity": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "provenance": {"ai_assisted": True, "model": "m", "tool": "t", "human_reviewed": False},
}
SARIF: dict[str, Any] = {
    "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
    "version": "2.1.0",
    "runs": [
        {
            "tool": {
                "driver": {
                    "name": "scanner",
                    "rules": [
                        {
                            "id": "R1",
                            "shortDescription": {"text": "Template injection"},
                            "properties": {"tags": ["external/cwe/cwe-094", "security"]},
                            "relationships": [{"target": {"id": "1336", "toolComponent": {"name": "CWE"}}}],
                        }
                    ],
                }
            },
            "results": [
                {
                    "ruleId": "R1",
                    "message": {"text": "do_attr reaches format."},
                    "taxa": [{"id": "CWE-79"}],
                    "locations": [
                        {
                            "physicalLocation": {"artifactLocation": {"uri": "src/jinja2/filters.py"}},
                            "logicalLocations": [{"fullyQualifiedName": "jinja2.filters.do_attr"}],
                        }
                    ],
                    "partialFingerprints": {"primaryLocationLineHash": "abc:1"},
                    "properties": {
                        "seawall/failure": "code-execution",
                        "seawall/identifiers": ["CVE-2025-27516"],
                        "seawall/affected": [{"introduced": "0", "fixed": "3.1.6"}],
                    },
                }
            ],
            "properties": {
                "seawall/package": "pkg:pypi/jinja2@3.1.4",
                "seawall/model": "m",
                "seawall/ai_assisted": True,
            },
        }
    ],
}


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
            provenance=Provenance(ai_assisted=True, model="m", tool="t"),
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


@pytest.mark.parametrize(("name", "document"), [("seawall", SEAWALL), ("sarif", SARIF)])
def test_a_child_process_reads_the_same(name: str, document: Any) -> None:
    data = json.dumps(document).encode()
    assert parse_confined(name, data) == parser(name)(data)


@pytest.mark.parametrize("name", FORMATS)
def test_a_byte_order_mark_is_no_obstacle(name: str) -> None:
    document = {"seawall": SEAWALL, "sarif": SARIF}[name]
    assert parser(name)(b"\xef\xbb\xbf" + json.dumps(document).encode()) == read(name, document)


def test_an_unknown_format_is_refused_by_name() -> None:
    with pytest.raises(errors.NotThisFormat, match="pdf") as refusal:
        parser("pdf")
    assert refusal.value.field == "format"


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.just("pkg:pypi/a")
    | st.just("CWE-79"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


def nested_changes(document: Any) -> Any:
    """Documents that differ from a good one in one place, at any depth."""
    places: list[tuple[Any, ...]] = []

    def walk(value: Any, path: tuple[Any, ...]) -> None:
        places.append(path)
        if isinstance(value, dict):
            for key, item in value.items():
                walk(item, (*path, key))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                walk(item, (*path, index))

    walk(document, ())

    def changed(place: tuple[Any, ...], value: Any) -> Any:
        if not place:
            return value
        copy = json.loads(json.dumps(document))
        holder = copy
        for step in place[:-1]:
            holder = holder[step]
        holder[place[-1]] = value
        return copy

    return st.builds(changed, st.sampled_from(places), json_values)


def only_declared_errors(name: str, data: bytes) -> None:
    try:
        reports = parser(name)(data)
    except DECLARED as refusal:
        refusal.detail.encode()  # what is quoted can be sent
    else:
        kept = json.dumps([asdict(report) for report in reports], ensure_ascii=False)
        kept.encode()  # no lone surrogates
        assert "\\u0000" not in kept  # PostgreSQL keeps no NUL


@given(document=nested_changes(SEAWALL))
@settings(max_examples=300, deadline=None)
def test_a_changed_report_is_read_or_refused(document: Any) -> None:
    only_declared_errors("seawall", json.dumps(document).encode())


@given(document=nested_changes(SARIF))
@settings(max_examples=300, deadline=None)
def test_a_changed_sarif_is_read_or_refused(document: Any) -> None:
    only_declared_errors("sarif", json.dumps(document).encode())


@given(data=st.binary(max_size=300), name=st.sampled_from(sorted(FORMATS)))
@settings(deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes, name: str) -> None:
    only_declared_errors(name, data)


@given(place=st.integers(0, 2000), byte=st.integers(0, 255), name=st.sampled_from(sorted(FORMATS)))
@settings(max_examples=300, deadline=None)
def test_a_flipped_byte_is_read_or_refused(place: int, byte: int, name: str) -> None:
    data = bytearray(json.dumps({"seawall": SEAWALL, "sarif": SARIF}[name]).encode())
    data[place % len(data)] = byte
    only_declared_errors(name, bytes(data))


NUL = "a\x00b"


def sarif_with(**changes: Any) -> Any:
    document = json.loads(json.dumps(SARIF))
    document["runs"][0]["results"][0].update(changes)
    return document


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
