"""An advisory as a CSAF 2.0 document of the profile ``csaf_security_advisory``.

One advisory and one publisher always give the same bytes: JSON in canonical form (RFC 8785), UTF-8;
its sorted members are also what the standard recommends (test 6.2.13).

CSAF 2.0 knows the first TLP, so TLP:CLEAR carries its older label WHITE. It knows no CVSS 4.0 either:
such a vector is given in a note and never turned into an invented 3.1 score.
"""

from collections.abc import Sequence
from typing import Any

import rfc8785
from cvss import CVSS3
from cvss.exceptions import CVSSError

from seawall.clearinghouse.distribution import text, vendors
from seawall.clearinghouse.distribution.cwe import CWE_NAMES
from seawall.clearinghouse.distribution.product_tree import ProductTree
from seawall.clearinghouse.distribution.rules import csaf_path
from seawall.clearinghouse.distribution.types import (
    Advisory,
    Credit,
    Evidence,
    Publisher,
    Reference,
    Revision,
    stamp,
)

Json = dict[str, Any]

_SYSTEMS = {
    "GHSA": "GitHub Security Advisories",
    "GO": "Go Vulnerability Database",
    "OSV": "OSV",
    "PYSEC": "PyPI Advisory Database",
    "RUSTSEC": "RustSec Advisory Database",
}


def render(advisory: Advisory, publisher: Publisher) -> bytes:
    """The document as canonical JSON."""
    return rfc8785.dumps(document(advisory, publisher))


def document(advisory: Advisory, publisher: Publisher) -> Json:
    """The document as JSON values."""
    tree = ProductTree.of(advisory.affected)
    made = {
        "document": _document(advisory, publisher),
        "product_tree": {"branches": tree.branches},
        "vulnerabilities": [_vulnerability(advisory, tree)],
    }
    return vendors.with_statements(made, advisory)


def _document(advisory: Advisory, publisher: Publisher) -> Json:
    return {
        "category": "csaf_security_advisory",
        "csaf_version": "2.0",
        "title": text.line(advisory.title),
        "lang": "en",
        "publisher": _filled(
            {
                "category": "coordinator",
                "name": text.line(publisher.name),
                "namespace": publisher.base_url,
                "contact_details": text.line(publisher.contact) if publisher.contact else "",
            }
        ),
        "distribution": {
            "text": "TLP:CLEAR (labelled WHITE in CSAF 2.0): may be shared without limit.",
            "tlp": {"label": "WHITE", "url": "https://www.first.org/tlp/"},
        },
        "notes": [
            {"category": "summary", "title": "Summary", "text": text.block(advisory.summary, text.SUMMARY_MAX) or "-"}
        ],
        "references": [
            {
                "category": "self",
                "summary": "This document",
                "url": f"{publisher.base_url}/csaf/{csaf_path(advisory)}",
            },
            *(_reference(reference) for reference in advisory.references),
        ],
        "tracking": _tracking(advisory),
    }


def _tracking(advisory: Advisory) -> Json:
    revisions = advisory.revisions or (Revision(advisory.published, "First publication."),)
    return {
        "id": advisory.id,
        "status": "final",
        "version": str(len(revisions)),
        "initial_release_date": stamp(advisory.published),
        "current_release_date": stamp(advisory.modified),
        "generator": {"engine": {"name": "Seawall"}},
        "revision_history": [
            {"number": str(number), "date": stamp(revision.date), "summary": text.line(revision.summary)}
            for number, revision in enumerate(revisions, start=1)
        ],
    }


def _vulnerability(advisory: Advisory, tree: ProductTree) -> Json:
    cves = [alias for alias in advisory.aliases if alias.startswith("CVE-")]
    cwe = next((cwe for cwe in advisory.cwes if cwe in CWE_NAMES), None)
    others = [alias for alias in advisory.aliases if not alias.startswith("CVE-")]
    return _filled(
        {
            "title": text.line(advisory.title),
            "cve": cves[0] if cves else None,
            "cwe": {"id": cwe, "name": CWE_NAMES[cwe]} if cwe else None,
            "ids": [
                {"system_name": "Seawall", "text": advisory.id},
                *({"system_name": _SYSTEMS.get(_prefix(alias), _prefix(alias)), "text": alias} for alias in others),
            ],
            "notes": _notes(advisory, cves[1:], cwe),
            "release_date": stamp(advisory.published),
            "product_status": _filled({"known_affected": tree.affected, "fixed": tree.fixed}),
            "remediations": _remediations(tree),
            "scores": _scores(advisory.cvss, tree.affected),
            "acknowledgments": [_acknowledgment(credit) for credit in advisory.credits],
        }
    )


def _notes(advisory: Advisory, further_cves: list[str], cwe: str | None) -> list[Json]:
    notes = [
        {"category": "description", "title": "Details", "text": text.block(advisory.details or advisory.summary) or "-"}
    ]
    further = further_cves + [other for other in advisory.cwes if other != cwe]
    if further:
        notes.append({"category": "other", "title": "Further identifiers", "text": ", ".join(further)})
    if advisory.cvss is not None and advisory.cvss.startswith("CVSS:4.0/"):
        notes.append({"category": "other", "title": "CVSS 4.0 vector", "text": advisory.cvss})
    if advisory.evidence is not None:
        notes.append({"category": "details", "title": "Evidence", "text": evidence_sentence(advisory.evidence)})
    return notes


def evidence_sentence(evidence: Evidence) -> str:
    """How the flaw was proved, in a sentence."""
    sentence = f"Validation by running the proof: {evidence.verdict}, {evidence.runs} runs."
    if evidence.attestation is not None:
        sentence += f" Attestation {evidence.attestation}."
    if evidence.log_index is not None:
        sentence += f" Transparency log entry {evidence.log_index}."
    return sentence


def _remediations(tree: ProductTree) -> list[Json]:
    """Every affected product gets one: the update that fixes it, or the plain word that there is none yet."""
    fixes = [
        {"category": "vendor_fix", "details": f"Update to {name}.", "product_ids": products}
        for name, products in sorted(tree.updates.items())
    ]
    if tree.unfixed:
        fixes.append(
            {"category": "none_available", "details": "No fixed version is known yet.", "product_ids": tree.unfixed}
        )
    return fixes


def _scores(vector: str | None, products: Sequence[str]) -> list[Json]:
    if vector is None or vector.startswith("CVSS:4.0/"):
        return []
    return [{"cvss_v3": dict(_cvss3(vector).as_json(minimal=True)), "products": list(products)}]


def _cvss3(vector: str) -> CVSS3:
    try:
        return CVSS3(vector)
    except CVSSError as error:
        raise ValueError(f"cvss {vector!r}: {error}") from error


def _acknowledgment(credit: Credit) -> Json:
    return _filled(
        {
            "names": [text.line(credit.name)],
            "organization": text.line(credit.organization) if credit.organization.strip() else "",
            "summary": credit.role.value.replace("_", " "),
            "urls": list(credit.urls),
        }
    )


def _reference(reference: Reference) -> Json:
    summary = text.line(reference.summary) if reference.summary.strip() else reference.kind.value.capitalize()
    return {"category": "external", "summary": summary, "url": reference.url}


def _prefix(alias: str) -> str:
    return alias.split("-", 1)[0]


def _filled(members: Json) -> Json:
    return {name: value for name, value in members.items() if value}
