"""A report as CycloneDX VEX 1.6: what is affected, and what was judged not to be, with the reason."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from seawall import __version__
from seawall.clearinghouse.matching.check.types import Finding, Rating, Report

_JUSTIFICATIONS = {
    "component_not_present": "code_not_present",
    "vulnerable_code_not_present": "code_not_present",
    "vulnerable_code_not_in_execute_path": "code_not_reachable",
    "vulnerable_code_cannot_be_controlled_by_adversary": "requires_environment",
    "inline_mitigations_already_exist": "protected_by_mitigating_control",
}
"""CSAF's and OpenVEX's words -> CycloneDX's."""
_OURS = frozenset(
    {
        "code_not_present",
        "code_not_reachable",
        "requires_configuration",
        "requires_dependency",
        "requires_environment",
        "protected_by_compiler",
        "protected_at_runtime",
        "protected_at_perimeter",
        "protected_by_mitigating_control",
    }
)
_METHODS = {"CVSS:4.0": "CVSSv4", "CVSS:3.1": "CVSSv31", "CVSS:3.0": "CVSSv3"}


def vex(report: Report) -> dict[str, Any]:
    """One document; the same report gives the same document."""
    refs: dict[tuple[str, str], str] = {}
    components: list[dict[str, Any]] = []
    for finding in report.findings:
        listing = finding.item.listing
        key = finding.item.where, listing.ref
        if key not in refs:
            refs[key] = str(uuid5(NAMESPACE_URL, "\0".join(key)))
            component = {"type": "library", "bom-ref": refs[key], "name": listing.name or listing.ref}
            if listing.version:
                component["version"] = listing.version
            if listing.purl:
                component["purl"] = listing.purl
            components.append(component)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, f'{report.snapshot} {sorted(refs)} {report.checked_on}')}",
        "version": 1,
        "metadata": {
            "timestamp": f"{report.checked_on.isoformat()}T00:00:00Z",
            "tools": {"components": [{"type": "application", "name": "seawall check", "version": __version__}]},
            "properties": [{"name": "seawall:snapshot", "value": report.snapshot}],
        },
        "components": components,
        "vulnerabilities": [
            _vulnerability(finding, refs[finding.item.where, finding.item.listing.ref]) for finding in report.findings
        ],
    }


def _vulnerability(finding: Finding, ref: str) -> dict[str, Any]:
    listing = finding.item.listing
    found: dict[str, Any] = {
        "bom-ref": str(uuid5(NAMESPACE_URL, f"{ref}\0{finding.name}")),
        "id": finding.name,
        "references": [{"id": name, "source": {"name": name.partition("-")[0]}} for name in finding.identifiers[1:]],
        "description": finding.title or finding.name,
        "advisories": [{"url": url} for url in finding.references],
        "affects": [{"ref": ref, "versions": [{"version": listing.version, "status": "affected"}]}],
        "analysis": _analysis(finding),
        "properties": [
            {"name": "seawall:due", "value": finding.due.due.isoformat() if finding.due.due else "next system upgrade"},
            {"name": "seawall:reason", "value": finding.reason},
        ],
    }
    if finding.severity:
        rating: dict[str, Any] = {"vector": finding.severity, "method": _METHODS.get(finding.severity[:8], "CVSSv2")}
        if finding.rating is not Rating.UNKNOWN:
            rating |= {"score": finding.score, "severity": finding.rating.value}
        found["ratings"] = [rating]
    if finding.fixed:
        found["recommendation"] = f"Update {listing.name} to {finding.fixed}."
    return found


def _analysis(finding: Finding) -> dict[str, Any]:
    if finding.silence is None:
        return {"state": "in_triage", "detail": finding.reason}
    word = finding.silence.justification
    justification = word if word in _OURS else _JUSTIFICATIONS.get(word)
    analysis: dict[str, Any] = {"state": "not_affected", "detail": finding.silence.reason}
    if justification:
        analysis["justification"] = justification
    if finding.silence.by == "ignore":
        # An accepted risk is no claim that the code is sound.
        analysis = {"state": "exploitable", "response": ["will_not_fix"], "detail": finding.silence.reason}
    return analysis
