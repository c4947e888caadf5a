"""VEX in CycloneDX 1.4 to 1.7, in JSON or XML: with the inventory that it is about, or apart from it.

What ``metadata.component`` names is the product: a statement is about its components there, not wherever they are used.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

from seawall.clearinghouse.matching.formats.interface import COMPONENTS_MAX
from seawall.clearinghouse.matching.vex.errors import NotVex, VexTooLarge
from seawall.clearinghouse.matching.vex.formats.fields import (
    Budget,
    Flags,
    identifiers,
    moment,
    record,
    records,
    text,
)
from seawall.clearinghouse.matching.vex.patterns import pattern
from seawall.clearinghouse.matching.vex.types import Pattern, Product, Statement, Status

_STATES = {
    "exploitable": Status.AFFECTED,
    "in_triage": Status.UNDER_INVESTIGATION,
    "resolved": Status.FIXED,
    "resolved_with_pedigree": Status.FIXED,
    "not_affected": Status.NOT_AFFECTED,
    "false_positive": Status.NOT_AFFECTED,
}
_JUSTIFICATIONS = {
    "code_not_present": "vulnerable_code_not_present",
    "code_not_reachable": "vulnerable_code_not_in_execute_path",
    "protected_by_compiler": "inline_mitigations_already_exist",
    "protected_by_mitigating_control": "inline_mitigations_already_exist",
    "protected_at_perimeter": "inline_mitigations_already_exist",
    "protected_at_runtime": "inline_mitigations_already_exist",
}
"""CycloneDX's words that are the CISA's; ``requires_configuration`` and the like have none, and are kept."""
_LINK = "urn:cdx:"


def claims(document: dict[str, Any]) -> bool:
    """Whether a document is CycloneDX."""
    return document.get("bomFormat") == "CycloneDX"


def read(document: dict[str, Any], source: str) -> Iterator[Statement]:
    """Its statements: one for each vulnerability with an analysis.

    Raises:
        NotVex: Of the wrong shape; says where.
        VexTooLarge: Over a limit.
    """
    metadata = record(document.get("metadata"), "metadata")
    root = record(metadata.get("component"), "metadata/component")
    known = _components(document, root)
    budget = Budget()
    for place, entry in records(document.get("vulnerabilities"), "vulnerabilities"):
        analysis = record(entry.get("analysis"), f"{place}/analysis")
        if not analysis:
            continue
        budget.statement()
        state = text(analysis.get("state"), f"{place}/analysis/state")
        if state not in _STATES:
            raise NotVex(f"{place}/analysis/state {state[:40]!r} is none of CycloneDX.", "Check the document's schema.")
        flags = Flags()
        said = text(analysis.get("justification"), f"{place}/analysis/justification")
        products = tuple(_products(entry, place, root, known, flags, budget))
        yield Statement(
            identifiers(_names(entry, place)),
            products,
            _STATES[state],
            _JUSTIFICATIONS.get(said, said),
            text(analysis.get("detail"), f"{place}/analysis/detail") or (state if state == "false_positive" else ""),
            _author(metadata),
            moment(
                analysis.get("lastUpdated"),
                analysis.get("firstIssued"),
                entry.get("updated"),
                metadata.get("timestamp"),
            ),
            f"{source}: {place}",
            flags.all(),
        )


def _author(metadata: dict[str, Any]) -> str:
    supplier = metadata.get("supplier") or metadata.get("manufacturer")
    if isinstance(supplier, dict) and isinstance(supplier.get("name"), str):
        return text(supplier["name"], "metadata/supplier/name")
    return ""


def _names(entry: dict[str, Any], place: str) -> Iterator[str]:
    yield text(entry.get("id"), f"{place}/id")
    for pointer, reference in records(entry.get("references"), f"{place}/references"):
        yield text(reference.get("id"), f"{pointer}/id")


def _components(document: dict[str, Any], root: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Reference -> component, the product's own and nested ones included."""
    found: dict[str, dict[str, Any]] = {}
    waiting = deque([("metadata/component", root), *records(document.get("components"), "components")])
    count = 0
    while waiting:
        pointer, item = waiting.popleft()
        count += 1
        if count > COMPONENTS_MAX:
            raise VexTooLarge(f"The document has over {COMPONENTS_MAX} components.", "Give the statements alone.")
        reference = text(item.get("bom-ref"), f"{pointer}/bom-ref", None)
        if reference:
            found[reference] = item
        waiting.extend(records(item.get("components"), f"{pointer}/components"))
    return found


def _products(
    entry: dict[str, Any],
    place: str,
    root: dict[str, Any],
    known: dict[str, dict[str, Any]],
    flags: Flags,
    budget: Budget,
) -> Iterator[Product]:
    product, label = _named(root, flags)
    for pointer, target in records(entry.get("affects"), f"{place}/affects"):
        budget.product()
        reference = text(target.get("ref"), f"{pointer}/ref", None)
        if reference.startswith(_LINK):
            reference = reference.partition("#")[2]
        item = known.get(reference)
        if item is not None and item is root:
            if product is not None:
                yield Product(product)
            if product is not None or label:
                yield Product(None, product, label)
            continue
        purl = text(item.get("purl"), f"{pointer}/ref", None) if item is not None else reference
        component = flags.purl(purl) if purl else None
        if component is None:
            flags.add(f"{reference[:80]!r} names no package URL, and is not honored.")
            continue
        versions = _versions(target, pointer, flags)
        if versions is not None:
            yield Product(component, product, label, versions)


def _named(root: dict[str, Any], flags: Flags) -> tuple[Pattern | None, str]:
    name, version = (text(root.get(key), f"metadata/component/{key}") for key in ("name", "version"))
    label = f"{name} {version}".strip()[:80] if name else ""
    purl = text(root.get("purl"), "metadata/component/purl", None)
    return (flags.purl(purl) if purl and pattern(purl) is not None else None), label


def _versions(target: dict[str, Any], pointer: str, flags: Flags) -> tuple[str, ...] | None:
    """Versions that are named; None where only ranges are, which are not honored."""
    listed = list(records(target.get("versions"), f"{pointer}/versions"))
    found = tuple(version for place, entry in listed if (version := text(entry.get("version"), f"{place}/version")))
    if len(found) < len(listed):
        flags.add("Version ranges of a statement are not honored; name the versions.")
    return found if found or not listed else None
