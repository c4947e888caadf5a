"""Seawall's own report, ``seawall.report/1``: one JSON object, one finding.

    {"schema": "seawall.report/1", "title": "...", "description": "...",
     "package": "pkg:pypi/jinja2", "versions": ["3.1.4"], "failure": "code-execution",
     "weaknesses": ["CWE-1336"], "identifiers": ["CVE-2025-27516"],
     "affected": [{"introduced": "0", "fixed": "3.1.6"}],
     "paths": ["src/jinja2/filters.py"], "symbols": ["do_attr"], "severity": "CVSS:3.1/...",
     "fingerprints": {"tool/1": "..."}, "provenance": {...}, "relay": {...}}

``provenance`` (how it was found) and ``relay`` (through whose hands it came) are in ``formats/travelling.py``.
Only schema, title, description and package are required. Unknown keys are refused by name, so that a
misspelled one is not lost in silence.
"""

from seawall.clearinghouse.intake import relays
from seawall.clearinghouse.intake.errors import NotThisFormat, UnsupportedVersion
from seawall.clearinghouse.intake.formats import fields, travelling
from seawall.clearinghouse.intake.types import Report

SCHEMA = relays.SCHEMA
_KEYS = frozenset(
    [
        "schema",
        "title",
        "description",
        "package",
        "versions",
        "failure",
        "weaknesses",
        "identifiers",
        "affected",
        "paths",
        "symbols",
        "severity",
        "provenance",
        "fingerprints",
        "relay",
    ]
)


def parse(data: bytes) -> tuple[Report, ...]:
    """Read one report.

    Raises:
        NotThisFormat: Not JSON, or a field is wrong; the field is named.
        UnsupportedVersion: Another schema.
        UnknownPackageType: See ``fields.package``.
        ReportTooLarge: A field is over its limit.
        ChainAltered: It was relayed, and its chain does not hold together.
    """
    document = fields.load_json(data)
    if not isinstance(document, dict):
        raise NotThisFormat("The report must be a JSON object.")
    if document.get("schema") != SCHEMA:
        raise UnsupportedVersion(
            f"schema is {str(document.get('schema'))[:60]!r}.", f'Write "schema": "{SCHEMA}".', field="schema"
        )
    unknown = sorted(set(document) - _KEYS)
    if unknown:
        raise NotThisFormat(
            f"Unknown key {unknown[0][:60]!r}.", f"Known are {', '.join(sorted(_KEYS))}.", field=unknown[0][:60]
        )
    package, version = fields.package(document.get("package"), "package")
    report = Report(
        title=fields.text(document.get("title"), "title", limit=fields.TITLE_MAX, required=True),
        description=fields.text(document.get("description"), "description", required=True),
        package=package,
        versions=fields.versions(document.get("versions"), version, "versions"),
        failure=fields.failure(document.get("failure"), "failure"),
        weaknesses=fields.weaknesses(document.get("weaknesses"), "weaknesses"),
        identifiers=fields.texts(document.get("identifiers"), "identifiers"),
        affected=fields.affected(document.get("affected"), "affected"),
        paths=fields.texts(document.get("paths"), "paths", limit=fields.PATH_MAX),
        symbols=fields.texts(document.get("symbols"), "symbols", limit=fields.PATH_MAX),
        severity=fields.text(document.get("severity"), "severity", limit=fields.SEVERITY_MAX),
        provenance=travelling.provenance(document.get("provenance")),
        fingerprints=fields.fingerprints(document.get("fingerprints"), "fingerprints"),
        relay=travelling.relay(document.get("relay")),
    )
    relays.check(report)
    return (report,)
