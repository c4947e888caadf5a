"""Seawall's own report, ``seawall.report/1``: one JSON object, one finding.

    {"schema": "seawall.report/1", "title": "...", "description": "...",
     "package": "pkg:pypi/jinja2", "versions": ["3.1.4"], "failure": "code-execution",
     "weaknesses": ["CWE-1336"], "identifiers": ["CVE-2025-27516"],
     "affected": [{"introduced": "0", "fixed": "3.1.6"}],
     "paths": ["src/jinja2/filters.py"], "symbols": ["do_attr"], "severity": "CVSS:3.1/...",
     "provenance": {"ai_assisted": true, "model": "...", "tool": "...", "human_reviewed": true}}

Only schema, title, description and package are required. Unknown keys are refused by name, so that a
misspelled one is not lost in silence.
"""

from typing import Any

from seawall.clearinghouse.intake.errors import NotThisFormat, UnsupportedVersion
from seawall.clearinghouse.intake.formats import fields
from seawall.clearinghouse.intake.types import Provenance, Report

SCHEMA = "seawall.report/1"
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
    ]
)


def parse(data: bytes) -> tuple[Report, ...]:
    """Read one report.

    Raises:
        NotThisFormat: Not JSON, or a field is wrong; the field is named.
        UnsupportedVersion: Another schema.
        UnknownPackageType: See ``fields.package``.
        ReportTooLarge: A field is over its limit.
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
    versions = fields.texts(document.get("versions"), "versions")
    return (
        Report(
            title=fields.text(document.get("title"), "title", limit=fields.TITLE_MAX, required=True),
            description=fields.text(document.get("description"), "description", required=True),
            package=package,
            versions=tuple(dict.fromkeys([*versions, *([version] if version else [])])),
            failure=fields.failure(document.get("failure"), "failure"),
            weaknesses=fields.weaknesses(document.get("weaknesses"), "weaknesses"),
            identifiers=fields.texts(document.get("identifiers"), "identifiers"),
            affected=fields.affected(document.get("affected"), "affected"),
            paths=fields.texts(document.get("paths"), "paths"),
            symbols=fields.texts(document.get("symbols"), "symbols"),
            severity=fields.text(document.get("severity"), "severity", limit=120),
            provenance=_provenance(document.get("provenance")),
        ),
    )


def _provenance(value: Any) -> Provenance:
    if value is None:
        return Provenance()
    if not isinstance(value, dict):
        raise NotThisFormat("provenance must be an object.", field="provenance")
    for key in ("ai_assisted", "human_reviewed"):
        if not isinstance(value.get(key, False), bool):
            raise NotThisFormat(f"provenance/{key} must be true or false.", field=f"provenance/{key}")
    return Provenance(
        ai_assisted=value.get("ai_assisted", False),
        model=fields.text(value.get("model"), "provenance/model", limit=fields.WORD_MAX),
        tool=fields.text(value.get("tool"), "provenance/tool", limit=fields.WORD_MAX),
        human_reviewed=value.get("human_reviewed", False),
    )
