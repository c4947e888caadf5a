"""An advisory as an OSV 1.7 record (https://ossf.github.io/osv-schema/).

One advisory always gives the same bytes: JSON in canonical form (RFC 8785), UTF-8.

OSV registers the prefixes of its identifiers; ``SEAWALL-`` is not registered yet, which the schema's
own pattern shows and the tests name (docs/decisions/0041).
"""

from typing import Any

import rfc8785

from seawall.clearinghouse.distribution import ecosystems, text, vendors
from seawall.clearinghouse.distribution.types import (
    Advisory,
    AffectedPackage,
    Credit,
    CreditRole,
    Evidence,
    VersionRange,
    stamp,
)

SCHEMA_VERSION = "1.7.0"
SUMMARY_MAX = 120
"""Characters of the summary; OSV recommends one line of at most 120."""

_CREDIT_TYPES = {role: role.name for role in CreditRole} | {CreditRole.CO_FINDER: "FINDER"}


def render(advisory: Advisory) -> bytes:
    """The record as canonical JSON."""
    return rfc8785.dumps(record(advisory))


def record(advisory: Advisory) -> dict[str, Any]:
    """The record as JSON values; empty members are left out."""
    details = "\n\n".join(
        part for part in (text.markdown(advisory.summary, text.SUMMARY_MAX), text.markdown(advisory.details)) if part
    )
    members = {
        "schema_version": SCHEMA_VERSION,
        "id": advisory.id,
        "published": stamp(advisory.published),
        "modified": stamp(advisory.modified),
        "aliases": sorted(set(advisory.aliases)),
        "summary": text.line(advisory.title, SUMMARY_MAX),
        "details": details,
        "severity": _severity(advisory.cvss),
        "affected": [_affected(package) for package in advisory.affected],
        "references": [{"type": reference.kind.name, "url": reference.url} for reference in advisory.references],
        "credits": [_credit(credit) for credit in advisory.credits],
        "database_specific": _database_specific(advisory),
    }
    return {name: value for name, value in members.items() if value}


def _severity(vector: str | None) -> list[dict[str, str]]:
    if vector is None:
        return []
    return [{"type": "CVSS_V4" if vector.startswith("CVSS:4.0/") else "CVSS_V3", "score": vector}]


def _affected(package: AffectedPackage) -> dict[str, Any]:
    named = ecosystems.osv_package(package)
    ranges = [ecosystems.osv_range(package, versions) for versions in package.ranges] if named else []
    ranges += [{"type": "GIT", "repo": package.repository, "events": _events(commits)} for commits in package.commits]
    members: dict[str, Any] = {
        "package": named,
        "ranges": ranges,
        "versions": list(package.versions),
        # Without an ecosystem OSV has no way to say which versions; our own matcher reads them here.
        "database_specific": {}
        if named
        else {
            "purl": package.purl,
            "ranges": [{"events": _events(versions)} for versions in package.ranges],
        },
    }
    return {name: value for name, value in members.items() if value}


def _events(versions: VersionRange) -> list[dict[str, str]]:
    ends = {"introduced": versions.introduced, "fixed": versions.fixed, "last_affected": versions.last_affected}
    return [{name: version} for name, version in ends.items() if version is not None]


def _credit(credit: Credit) -> dict[str, Any]:
    name = text.line(credit.name)
    if credit.organization.strip():
        name = f"{name} ({text.line(credit.organization)})"
    members = {"name": name, "type": _CREDIT_TYPES[credit.role], "contact": list(credit.urls)}
    return {key: value for key, value in members.items() if value}


def _database_specific(advisory: Advisory) -> dict[str, Any]:
    members: dict[str, Any] = {"cwe_ids": list(advisory.cwes)}
    if advisory.evidence is not None:
        members["evidence"] = evidence_members(advisory.evidence)
    co_finders = [text.line(credit.name) for credit in advisory.credits if credit.role is CreditRole.CO_FINDER]
    if co_finders:
        members["co_finders"] = co_finders
    if advisory.statements:
        members["vendor_statements"] = vendors.osv_members(advisory)
    return {name: value for name, value in members.items() if value}


def evidence_members(evidence: Evidence) -> dict[str, Any]:
    """How the flaw was proved, as JSON values."""
    members = {
        "verdict": evidence.verdict,
        "runs": evidence.runs,
        "attestation": evidence.attestation,
        "log_index": evidence.log_index,
    }
    return {name: value for name, value in members.items() if value is not None}
