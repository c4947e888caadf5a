"""A report as one JSON document, ``seawall.check/1``, for programs."""

from typing import Any

from seawall.clearinghouse.matching.check.types import Finding, Item, Report, Silence, Upgrade

SCHEMA = "seawall.check/1"


def document(report: Report) -> dict[str, Any]:
    """The whole report; keys are part of the promise, their order is not."""
    return {
        "schema": SCHEMA,
        "checked_on": report.checked_on.isoformat(),
        "snapshot": report.snapshot,
        "components": len(report.items),
        "unmatched": [{**_item(item), "why": item.listing.why_not} for item in report.unmatched],
        "findings": [_finding(finding) for finding in report.findings],
        "upgrades": [_upgrade(step) for step in report.upgrades],
        "unreadable": [{"where": one.where, "why": one.why} for one in report.unreadable],
        "notes": list(report.notes),
    }


def _item(item: Item) -> dict[str, Any]:
    listing = item.listing
    return {
        "where": item.where,
        "ref": listing.ref,
        "name": listing.name,
        "version": listing.version,
        "purl": listing.purl,
        "scope": listing.scope,
        "path": list(listing.path),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    due = finding.due
    return {
        "component": _item(finding.item),
        "identifiers": list(finding.identifiers),
        "title": finding.title,
        "severity": finding.severity,
        "score": finding.score,
        "rating": finding.rating.value,
        "confidence": finding.confidence.value,
        "fixed": finding.fixed,
        "due": None if due.due is None else due.due.isoformat(),
        "due_rule": due.rule,
        "due_why": due.why,
        "directive": due.directive,
        "forensic_triage": due.triage,
        "assumed": list(due.assumed),
        "evidence": [
            {
                "source": one.source,
                "advisory": one.advisory,
                "reason": one.reason,
                "confidence": one.confidence.value,
                "fixed": one.fixed,
            }
            for one in finding.evidence
        ],
        "references": list(finding.references),
        "silenced": None if finding.silence is None else _silence(finding.silence),
    }


def _silence(silence: Silence) -> dict[str, Any]:
    return {
        "by": silence.by,
        "reason": silence.reason,
        "source": silence.source,
        "until": None if silence.until is None else silence.until.isoformat(),
        "justification": silence.justification,
    }


def _upgrade(step: Upgrade) -> dict[str, Any]:
    return {
        "component": _item(step.item),
        "to": step.to,
        "due": None if step.due is None else step.due.isoformat(),
        "ends": list(step.names),
    }
