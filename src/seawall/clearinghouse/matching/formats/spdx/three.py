"""SPDX 3.0: from the graph of a JSON-LD document to a ``Document``.

The serialization that SPDX prescribes is read as what it is, JSON with fixed names; contexts are never fetched.
"""

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

CONTEXT = "https://spdx.org/rdf/3.0"
"""What the address of a context of 3.0 and 3.0.1 begins with."""

_PACKAGES = frozenset({"software_Package", "ai_AIPackage", "dataset_DatasetPackage"})
_RELATIONSHIPS = frozenset({"Relationship", "LifecycleScopedRelationship"})
_COLLECTIONS = frozenset({"SpdxDocument", "software_Sbom", "Bom", "Bundle"})
_EDGES = frozenset(
    {
        "contains",
        "dependsOn",
        "describes",
        "hasDistributionArtifact",
        "hasDynamicLink",
        "hasOptionalComponent",
        "hasOptionalDependency",
        "hasPrerequisite",
        "hasProvidedDependency",
        "hasStaticLink",
    }
)


def is_graph(value: Any) -> bool:
    """Whether a JSON value is meant as JSON-LD."""
    return isinstance(value, dict) and "@context" in value


def document(value: dict[str, Any]) -> Document:
    """What a graph says.

    Raises:
        NotAnInventory: Not SPDX 3, or of the wrong shape.
        UnsupportedVersion: Another version.
        InventoryTooLarge: Over a limit.
    """
    contexts = value["@context"] if isinstance(value["@context"], list) else [value["@context"]]
    known = [context for context in contexts if is_text(context) and "spdx.org/rdf/" in context]
    if not known:
        raise NotAnInventory(
            "This is JSON-LD, but not SPDX: its @context is another.", "Send an SPDX document.", field="@context"
        )
    if not known[0].startswith(CONTEXT):
        raise UnsupportedVersion(f"The @context {known[0][:80]!r} is not read.", "Send SPDX 3.0.", field="@context")
    graph = items(value.get("@graph", [value]), "@graph")
    packages: list[Package] = []
    collections: dict[str, dict[str, Any]] = {}
    edges: dict[str, list[str]] = {}
    count = 0
    for index, entry in enumerate(graph):
        pointer = f"@graph/{index}"
        element = record(entry, pointer)
        kind = text(element.get("type", element.get("@type")), f"{pointer}/type")
        if kind in _PACKAGES:
            packages.append(_package(element, pointer))
            if len(packages) > COMPONENTS_MAX:
                raise too_many_components(pointer)
        elif kind in _COLLECTIONS:
            collections[_ref(element, pointer)] = element
        elif kind in _RELATIONSHIPS:
            for source, target in _pairs(element, pointer):
                count += 1
                if count > EDGES_MAX:
                    raise too_many("relationships", EDGES_MAX, pointer)
                edges.setdefault(source, []).append(target)
    name = next((text(item.get("name"), "name") for item in collections.values() if is_text(item.get("name"))), "")
    described = tuple(_described(collections, edges))
    notes = (
        ("The document does not say what it describes, so that no tree is shown.",)
        if packages and not described
        else ()
    )
    return Document(name, tuple(packages), described, edges, notes)


def _package(element: dict[str, Any], pointer: str) -> Package:
    found = [text(element.get("software_packageUrl"), f"{pointer}/software_packageUrl", limit=None).strip()]
    cpes: list[str] = []
    for index, entry in enumerate(items(element.get("externalIdentifier"), f"{pointer}/externalIdentifier")):
        place = f"{pointer}/externalIdentifier/{index}"
        identifier = record(entry, place)
        into = {"packageUrl": found, "cpe23": cpes, "cpe22": cpes}.get(str(identifier.get("externalIdentifierType")))
        if into is not None:
            into.append(text(identifier.get("identifier"), f"{place}/identifier", limit=None).strip())
    return Package(
        _ref(element, pointer),
        text(element.get("name"), f"{pointer}/name"),
        text(element.get("software_packageVersion"), f"{pointer}/software_packageVersion"),
        tuple(dict.fromkeys(purl for purl in found if purl)),
        tuple(filter(None, cpes)),
    )


def _ref(element: dict[str, Any], pointer: str) -> str:
    return text(element.get("spdxId", element.get("@id")), f"{pointer}/spdxId", limit=None) or pointer


def _pairs(element: dict[str, Any], pointer: str) -> Iterator[tuple[str, str]]:
    source, targets = element.get("from"), element.get("to")
    if element.get("relationshipType") not in _EDGES or not is_text(source):
        return
    for target in [targets] if is_text(targets) else items(targets, f"{pointer}/to"):
        if is_text(target):
            yield source, target


def _described(collections: dict[str, dict[str, Any]], edges: dict[str, list[str]]) -> Iterator[str]:
    """Roots of the collections; a root that is a collection itself stands for its own roots."""
    for ref, collection in collections.items():
        roots = collection.get("rootElement")
        for root in [roots] if is_text(roots) else items(roots, "rootElement"):
            if is_text(root) and root not in collections:
                yield root
        yield from (target for target in edges.pop(ref, ()) if target not in collections)
