"""Vendors' statements in an advisory: as products and statuses of a CSAF document, and as members of an OSV record.

Each statement is a product of its own in CSAF's tree, below its vendor: the whole product where it speaks of all versions,
the one version where it is fixed. ``unknown`` is no status of CSAF's and stands in a note. OSV has no place for what
other vendors say of products of theirs, so a record carries it in ``database_specific`` and changes no range by it.
"""

from dataclasses import dataclass, field
from typing import Any

from seawall.clearinghouse.distribution import ecosystems, text
from seawall.clearinghouse.distribution.types import Advisory, AffectedPackage, ProductStatement, VersionRange

Json = dict[str, Any]

UNNAMED = "A vendor"


@dataclass
class VendorProducts:
    """The statements as CSAF members."""

    branches: list[Json] = field(default_factory=list)
    statuses: dict[str, list[str]] = field(default_factory=dict)
    """CSAF's name of a status -> product ids."""
    flags: list[Json] = field(default_factory=list)
    threats: list[Json] = field(default_factory=list)
    notes: list[Json] = field(default_factory=list)
    references: list[Json] = field(default_factory=list)
    remediations: list[Json] = field(default_factory=list)

    @classmethod
    def of(cls, advisory: Advisory) -> "VendorProducts":
        """Read the statements of an advisory, in their order."""
        made = cls()
        vendors: dict[str, dict[str, list[Json]]] = {}
        flagged: dict[str, list[str]] = {}
        for number, said in enumerate(advisory.statements, start=1):
            package = AffectedPackage(said.purl, (VersionRange(),))
            name = text.line(ecosystems.display_name(package))
            product_id = f"CSAFPID-V{number:04d}"
            made._say(said, name, product_id)
            if said.status not in _STATUSES:
                continue  # a product that no status names would stand in the tree for nothing
            leaves = vendors.setdefault(text.line(said.vendor or UNNAMED), {}).setdefault(name, [])
            leaves.append(_leaf(package, said, name, product_id))
            if said.justification:
                flagged.setdefault(said.justification, []).append(product_id)
        made.flags = [{"label": label, "product_ids": ids} for label, ids in sorted(flagged.items())]
        made.branches = [
            {
                "category": "vendor",
                "name": vendor,
                "branches": [
                    {"category": "product_name", "name": name, "branches": leaves} for name, leaves in products.items()
                ],
            }
            for vendor, products in vendors.items()
        ]
        return made

    def _say(self, said: ProductStatement, name: str, product_id: str) -> None:
        status = _STATUSES.get(said.status)
        if status is not None:
            self.statuses.setdefault(status, []).append(product_id)
        if said.status in _NO_FIX:
            self.remediations.append(
                {"category": "none_available", "details": _NO_FIX[said.status], "product_ids": [product_id]}
            )
        title = f"{text.line(said.vendor or UNNAMED)} on {name}"
        words = text.block(said.text, text.SUMMARY_MAX) if said.text.strip() else ""
        if said.status == "not_affected" and words:
            self.threats.append({"category": "impact", "details": words, "product_ids": [product_id]})
        elif words or status is None:
            self.notes.append({"category": "other", "title": title, "text": words or "The vendor does not know yet."})
        if said.url is not None:
            self.references.append({"category": "external", "summary": title, "url": said.url})


def with_statements(document: Json, advisory: Advisory) -> Json:
    """A CSAF document with its advisory's statements in it; the same where there are none."""
    if not advisory.statements:
        return document
    said = VendorProducts.of(advisory)
    by_name = {branch["name"]: branch for branch in document["product_tree"]["branches"]}
    for branch in said.branches:
        if branch["name"] in by_name:
            by_name[branch["name"]]["branches"] += branch["branches"]
        else:
            document["product_tree"]["branches"].append(branch)
    [flaw] = document["vulnerabilities"]
    for status, ids in said.statuses.items():
        flaw["product_status"].setdefault(status, []).extend(ids)
    for member in ("flags", "threats", "notes", "references", "remediations"):
        if found := getattr(said, member):
            flaw.setdefault(member, []).extend(found)
    return document


def osv_members(advisory: Advisory) -> list[Json]:
    """The statements as JSON values; empty members are left out."""
    rows = [
        {
            "vendor": text.line(said.vendor or UNNAMED),
            "product": said.purl,
            "status": said.status,
            "justification": said.justification,
            "fixed": said.fixed_version,
            "statement": text.markdown(said.text, text.SUMMARY_MAX) if said.text.strip() else "",
            "url": said.url,
        }
        for said in advisory.statements
    ]
    return [{name: value for name, value in row.items() if value} for row in rows]


_STATUSES = {
    "affected": "known_affected",
    "not_affected": "known_not_affected",
    "fixed": "fixed",
    "under_investigation": "under_investigation",
}
_NO_FIX = {
    "affected": "The vendor has named no fixed version.",
    "under_investigation": "The vendor does not know yet whether it is affected.",
}


def _leaf(package: AffectedPackage, said: ProductStatement, name: str, product_id: str) -> Json:
    branch = said.fixed_version or ecosystems.vers(package, package.ranges[0])
    purl = ecosystems.purl_of_version(package, branch) if said.fixed_version else package.purl
    return {
        "category": "product_version" if said.fixed_version else "product_version_range",
        "name": branch,
        "product": {
            "name": f"{name} {branch}",
            "product_id": product_id,
            "product_identification_helper": {"purl": purl},
        },
    }
