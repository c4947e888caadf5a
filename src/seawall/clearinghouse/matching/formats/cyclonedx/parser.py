"""CycloneDX 1.4 to 1.7 in JSON.

Read strictly (UTF-8, no duplicate keys, bounded depth) and then leniently: a component without a usable package URL is
kept with the reason. Nested components are listed like the others. The tree may have cycles, unknown
references and islands.

Tags are properties: ``seawall:exposure`` (public, internal), ``seawall:environment``, ``seawall:asset-type``. A
component's own stand before those of ``metadata.component``.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any, TypeGuard

from seawall.clearinghouse.matching.errors import InventoryTooLarge, NotAnInventory, UnsupportedVersion
from seawall.clearinghouse.matching.formats import trees
from seawall.clearinghouse.matching.formats.interface import COMPONENTS_MAX, TEXT_MAX, Listing, Sbom
from seawall.clearinghouse.matching.formats.listings import ASSET_TYPE, ENVIRONMENT, REACH, listing
from seawall.clearinghouse.matching.types import Reach
from seawall.foundation.platform import strict_json
from seawall.foundation.platform.errors import BadInput

VERSIONS = ("1.4", "1.5", "1.6", "1.7")
NOTES_MAX = 50

_TAG_MAX = 60


def claims(path: str) -> bool:
    """Names that CycloneDX's own pages and tools give such files."""
    name = path.rpartition("/")[2].lower()
    return name.endswith((".cdx.json", ".cyclonedx.json")) or name in {"bom.json", "sbom.json"}


def parse(data: bytes) -> Sbom:
    """Read a CycloneDX document.

    Raises:
        NotAnInventory: Not strict JSON, not CycloneDX, or of the wrong shape; says where.
        UnsupportedVersion: Another ``specVersion``.
        InventoryTooLarge: More components or edges than are read.
    """
    bom = _document(data)
    metadata = _object(bom.get("metadata"), "metadata")
    root = _object(metadata.get("component"), "metadata/component")
    found = list(_flattened(_list(bom.get("components"), "components")))
    notes = [f"{count} {name} are not matched." for name in ("services",) if (count := len(_list(bom.get(name), name)))]
    defaults = _tags(root, "metadata/component", notes)
    ways = _ways(bom, root, found)
    listings = tuple(_listing(item, pointer, defaults, ways, notes) for pointer, item in found)
    subject = " ".join(_text(root.get(name), f"metadata/component/{name}") for name in ("name", "version")).strip()
    return Sbom("cyclonedx", subject[:TEXT_MAX], listings, tuple(dict.fromkeys(notes))[:NOTES_MAX])


def _document(data: bytes) -> dict[str, Any]:
    if data.lstrip()[:1] == b"<":
        raise NotAnInventory("This is XML.", "Send CycloneDX as JSON; 'cyclonedx convert' makes it.")
    try:
        bom = strict_json.loads(data)
    except BadInput as error:
        raise NotAnInventory(error.detail, error.action) from error
    if not isinstance(bom, dict) or bom.get("bomFormat") != "CycloneDX":
        raise NotAnInventory(
            "This is not a CycloneDX document: bomFormat is not 'CycloneDX'.",
            "Send a CycloneDX JSON document.",
            field="bomFormat",
        )
    version = bom.get("specVersion")
    if version not in VERSIONS:
        raise UnsupportedVersion(
            f"specVersion {str(version)[:20]!r} is not read.",
            f"Send one of {', '.join(VERSIONS)}.",
            field="specVersion",
        )
    return bom


def _flattened(components: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """All components with the place they stand at, parents before children."""
    waiting = deque((f"components/{index}", item) for index, item in enumerate(components))
    count = 0
    while waiting:
        pointer, item = waiting.popleft()
        count += 1
        if count + len(waiting) > COMPONENTS_MAX:
            raise InventoryTooLarge(
                f"The inventory has over {COMPONENTS_MAX} components.", "Send one inventory per system.", "components"
            )
        component = _object(item, pointer)
        yield pointer, component
        inner = _list(component.get("components"), f"{pointer}/components")
        waiting.extend((f"{pointer}/components/{index}", child) for index, child in enumerate(inner))


def _listing(
    item: dict[str, Any],
    pointer: str,
    defaults: dict[str, str],
    ways: dict[str, tuple[str, ...]],
    notes: list[str],
) -> Listing:
    name = _text(item.get("name"), f"{pointer}/name")
    version = _text(item.get("version"), f"{pointer}/version")
    purl = _text(item.get("purl"), f"{pointer}/purl", limit=None)
    reference = _text(item.get("bom-ref"), f"{pointer}/bom-ref", limit=None)
    tags = {**defaults, **_tags(item, pointer, notes)}
    return listing(
        purl, ref=reference or purl or pointer, name=name, version=version, tags=tags, path=ways.get(reference, ())
    )


def _tags(item: dict[str, Any], pointer: str, notes: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for index, entry in enumerate(_list(item.get("properties"), f"{pointer}/properties")):
        one = _object(entry, f"{pointer}/properties/{index}")
        name = one.get("name")
        if name not in {REACH, ENVIRONMENT, ASSET_TYPE}:
            continue
        value = _text(one.get("value"), f"{pointer}/properties/{index}/value").strip()[:_TAG_MAX]
        if name == REACH and value not in set(Reach):
            if len(notes) < NOTES_MAX:
                notes.append(f"{REACH} {value!r} means nothing here and counts as unknown; write public or internal.")
            value = Reach.UNKNOWN
        found[name] = value
    return found


def _ways(
    bom: dict[str, Any], root: dict[str, Any], found: list[tuple[str, dict[str, Any]]]
) -> dict[str, tuple[str, ...]]:
    """Reference -> shortest way from the root, as names with versions. Each reference is visited once, so cycles end."""
    labels = {
        item["bom-ref"]: _label(item) for item in [root, *(item for _, item in found)] if _is_text(item.get("bom-ref"))
    }
    edges: dict[str, list[str]] = {}
    count = 0
    for index, entry in enumerate(_list(bom.get("dependencies"), "dependencies")):
        pointer = f"dependencies/{index}"
        one = _object(entry, pointer)
        targets = [target for target in _list(one.get("dependsOn"), f"{pointer}/dependsOn") if _is_text(target)]
        count += len(targets)
        if count > trees.EDGES_MAX:
            raise InventoryTooLarge(
                f"The dependency tree has over {trees.EDGES_MAX} edges.",
                "Send one inventory per system.",
                "dependencies",
            )
        if _is_text(one.get("ref")):
            edges.setdefault(one["ref"], []).extend(targets)
    start = root.get("bom-ref")
    if not _is_text(start):
        return {}
    return trees.ways(start, {start: start[:TEXT_MAX], **labels}, edges)


def _label(item: dict[str, Any]) -> str:
    parts = [item[name] for name in ("name", "version") if _is_text(item.get(name))]
    return " ".join(parts)[:80]


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value)


def _text(value: Any, pointer: str, *, limit: int | None = TEXT_MAX) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise NotAnInventory(f"{pointer} must be a text.", "Check the document against its schema.", field=pointer)
    text = value.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return text if limit is None else text[:limit]


def _list(value: Any, pointer: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise NotAnInventory(f"{pointer} must be a list.", "Check the document against its schema.", field=pointer)
    return value


def _object(value: Any, pointer: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise NotAnInventory(f"{pointer} must be an object.", "Check the document against its schema.", field=pointer)
    return value
