"""A report as SARIF 2.1.0, for code hosts and editors: a rule per flaw, a result per component, silenced ones suppressed."""

import hashlib
from typing import Any

from seawall import __version__
from seawall.clearinghouse.matching.check.types import Finding, Rating, Report

_LEVELS = {Rating.CRITICAL: "error", Rating.HIGH: "error", Rating.MEDIUM: "warning", Rating.UNKNOWN: "warning"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(report: Report) -> dict[str, Any]:
    """One run."""
    rules: dict[str, Finding] = {}
    for finding in report.findings:
        rules.setdefault(finding.name, finding)
    places = {name: index for index, name in enumerate(rules)}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "seawall check",
                        "version": __version__,
                        "rules": [_rule(name, finding) for name, finding in rules.items()],
                    }
                },
                "properties": {"snapshot": report.snapshot, "checkedOn": report.checked_on.isoformat()},
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": [
                            {"level": "warning", "message": {"text": f"{one.where}: {one.why}"}}
                            for one in report.unreadable
                        ],
                    }
                ],
                "results": [_result(finding, places[finding.name]) for finding in report.findings],
            }
        ],
    }


def _rule(name: str, finding: Finding) -> dict[str, Any]:
    properties: dict[str, Any] = {"tags": ["security", *finding.identifiers[1:]]}
    if finding.score is not None:
        properties["security-severity"] = f"{finding.score:.1f}"
    rule: dict[str, Any] = {
        "id": name,
        "shortDescription": {"text": finding.title or name},
        "properties": properties,
    }
    if finding.references:
        rule["helpUri"] = finding.references[0]
    return rule


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    listing = finding.item.listing
    to = f"Update to {finding.fixed}." if finding.fixed else "No fixed version is known."
    by = f"Due {finding.due.due} ({finding.due.directive}, {finding.due.rule})." if finding.due.due else finding.due.why
    result: dict[str, Any] = {
        "ruleId": finding.name,
        "ruleIndex": rule,
        "level": _LEVELS.get(finding.rating, "note"),
        "message": {
            "text": f"{listing.name} {listing.version}: {finding.title or finding.name}. {finding.reason} {to} {by}"
        },
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": _uri(finding.item.where)}},
                "logicalLocations": [{"fullyQualifiedName": listing.purl or listing.ref, "kind": "package"}],
            }
        ],
        "partialFingerprints": {"seawallCheck/v1": _fingerprint(finding)},
        "properties": {
            "identifiers": list(finding.identifiers),
            "fixed": finding.fixed,
            "due": None if finding.due.due is None else finding.due.due.isoformat(),
            "confidence": finding.confidence.value,
            "path": list(listing.path),
            "scope": listing.scope,
        },
    }
    if finding.silence is not None:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": finding.silence.reason}]
    return result


def _fingerprint(finding: Finding) -> str:
    """Stable over versions of the component: an update that does not help is the same finding."""
    listing = finding.item.listing
    text = f"{finding.item.where}\0{listing.ecosystem}\0{listing.package}\0{finding.name}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _uri(where: str) -> str:
    from urllib.parse import quote  # noqa: PLC0415 - start-up

    return quote(where.encode("utf-8", "surrogateescape"), safe="/!:@&=+$,-_.~*'()")
