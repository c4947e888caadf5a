"""SPDX 2.2 and 2.3: from the values of a JSON document, or of one in the same shape, to a ``Document``."""

from collections.abc import Iterator
from typing import Any

from seawall.clearinghouse.matching.errors import NotAnInventory, UnsupportedVersion
from seawall.clearinghouse.matching.formats.documents import (
    is_text,
    items,
    record,
    text,
    too_many,
    too_many_components,
)
from seawall.clearinghouse.matching.formats.interface import COMPONENTS_MAX
from seawall.clearinghouse.matching.formats.spdx.building import Document, Package
from seawall.clearinghouse.matching.formats.trees import EDGES_MAX

VERSIONS = ("SPDX-2.2", "SPDX-2.3")

_FORWARD = frozenset(
    {"CONTAINS", "DEPENDS_ON", "DYNAMIC_LINK", "HAS_PREREQUISITE", "STATIC_LINK", "DISTRIBUTION_ARTIFACT"}
)
_BACKWARD = frozenset(
    {
        "BUILD_DEPENDENCY_OF",
        "CONTAINED_BY",
        "DEPENDENCY_OF",
        "DEV_DEPENDENCY_OF",
        "OPTIONAL_COMPONENT_OF",
        "OPTIONAL_DEPENDENCY_OF",
        "PACKAGE_OF",
        "PREREQUISITE_FOR",
        "PROVIDED_DEPENDENCY_OF",
        "RUNTIME_DEPENDENCY_OF",
        "TEST_DEPENDENCY_OF",
    }
)


def document(value: Any) -> Document:
    """What a document says.

    Raises:
        NotAnInventory: Not SPDX 2, or of the wrong shape.
        UnsupportedVersion: Another version.
        InventoryTooLarge: Over a limit.
    """
    if not isinstance(value, dict) or not is_text(value.get("spdxVersion")):
        raise NotAnInventory(
            "This is not an SPDX document: it has no spdxVersion.", "Send an SPDX document.", field="spdxVersion"
        )
    if value["spdxVersion"] not in VERSIONS:
        raise UnsupportedVersion(
            f"spdxVersion {value['spdxVersion'][:20]!r} is not read.",
            f"Send one of {', '.join(VERSIONS)}, or SPDX 3.0 as JSON-LD.",
            field="spdxVersion",
        )
    listed = items(value.get("packages"), "packages")
    if len(listed) > COMPONENTS_MAX:
        raise too_many_components("packages")
    packages = tuple(_package(item, f"packages/{index}") for index, item in enumerate(listed))
    itself = text(value.get("SPDXID"), "SPDXID") or "SPDXRef-DOCUMENT"
    edges: dict[str, list[str]] = {}
    for source, target in _pairs(items(value.get("relationships"), "relationships")):
        edges.setdefault(source, []).append(target)
    described = [ref for ref in items(value.get("documentDescribes"), "documentDescribes") if is_text(ref)]
    described += edges.pop(itself, [])
    notes = []
    if packages and not described:
        notes.append("The document does not say what it describes, so that no tree is shown.")
    return Document(text(value.get("name"), "name"), packages, tuple(described), edges, tuple(notes))


def _package(value: Any, pointer: str) -> Package:
    item = record(value, pointer)
    purls: list[str] = []
    cpes: list[str] = []
    for index, entry in enumerate(items(item.get("externalRefs"), f"{pointer}/externalRefs")):
        reference = record(entry, f"{pointer}/externalRefs/{index}")
        into = {"purl": purls, "cpe23Type": cpes, "cpe22Type": cpes}.get(str(reference.get("referenceType")))
        if into is not None:
            place = f"{pointer}/externalRefs/{index}/referenceLocator"
            into.append(text(reference.get("referenceLocator"), place, limit=None).strip())
    name = text(item.get("name"), f"{pointer}/name")
    version = text(item.get("versionInfo"), f"{pointer}/versionInfo")
    ref = text(item.get("SPDXID"), f"{pointer}/SPDXID", limit=None)
    return Package(ref or pointer, name, _said(version), tuple(filter(None, purls)), tuple(filter(None, cpes)))


def _said(version: str) -> str:
    return "" if version in {"NOASSERTION", "NONE"} else version


def _pairs(listed: list[Any]) -> Iterator[tuple[str, str]]:
    if len(listed) > EDGES_MAX:
        raise too_many("relationships", EDGES_MAX, "relationships")
    for index, entry in enumerate(listed):
        one = record(entry, f"relationships/{index}")
        source, target, kind = (one.get(key) for key in ("spdxElementId", "relatedSpdxElement", "relationshipType"))
        if not (is_text(source) and is_text(target) and is_text(kind)):
            continue
        if kind in _FORWARD or kind == "DESCRIBES":
            yield source, target
        elif kind in _BACKWARD or kind == "DESCRIBED_BY":
            yield target, source
