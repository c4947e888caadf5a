"""CycloneDX 1.4 to 1.7 in JSON or XML.

Read strictly (UTF-8, no duplicate keys, bounded depth, no DOCTYPE) and then leniently: a component without a usable package URL is
kept with the reason. Nested components are listed like the others. The tree may have cycles, unknown
references and islands.

Tags are properties: ``seawall:exposure`` (public, internal), ``seawall:environment``, ``seawall:asset-type``. A
component's own stand before those of ``metadata.component``.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

from seawall.clearinghouse.matching.errors import InventoryTooLarge, NotAnInventory, UnsupportedVersion
from seawall.clearinghouse.matching.formats import trees
from seawall.clearinghouse.matching.formats.cyclonedx import xmls
from seawall.clearinghouse.matching.formats.documents import (
    NOTES_MAX,
    check_size,
    is_text,
    items,
    read_json,
    record,
    text,
    too_many_components,
    unwrapped,
)
from seawall.clearinghouse.matching.formats.interface import COMPONENTS_MAX, TEXT_MAX, Listing, Sbom
from seawall.clearinghouse.matching.formats.listings import ASSET_TYPE, ENVIRONMENT, REACH, listing
from seawall.clearinghouse.matching.purls import PURL_MAX
from seawall.clearinghouse.matching.types import Reach

VERSIONS = ("1.4", "1.5", "1.6", "1.7")
_TAG_MAX = 60
_TRIVY = "aquasecurity:trivy:Src"
_OF_DISTRIBUTIONS = ("pkg:deb/", "pkg:apk/", "pkg:rpm/")


def claims(path: str) -> bool:
    """Names that CycloneDX's own pages and tools give such files."""
    name = path.rpartition("/")[2].lower()
    return name.endswith((".cdx.json", ".cyclonedx.json", ".cdx.xml", ".cyclonedx.xml")) or name in {
        "bom.json",
        "bom.xml",
        "sbom.json",
        "sbom.xml",
    }


def parse(data: bytes) -> Sbom:
    """Read a CycloneDX document.

    Raises:
        NotAnInventory: Not strict JSON or XML, not CycloneDX, or of the wrong shape; says where.
        UnsupportedVersion: Another ``specVersion``.
        InventoryTooLarge: More bytes, components or edges than are read.
    """
    bom = read(data)
    metadata = record(bom.get("metadata"), "metadata")
    root = record(metadata.get("component"), "metadata/component")
    found = list(_flattened(items(bom.get("components"), "components")))
    notes = [f"{count} {name} are not matched." for name in ("services",) if (count := len(items(bom.get(name), name)))]
    defaults = _tags(root, "metadata/component", notes)
    ways = _ways(bom, root, found)
    listings = tuple(_listing(item, pointer, defaults, ways, notes) for pointer, item in found)
    subject = " ".join(text(root.get(name), f"metadata/component/{name}") for name in ("name", "version")).strip()
    purl = text(root.get("purl"), "metadata/component/purl", limit=PURL_MAX)
    noted = tuple(dict.fromkeys(notes))[:NOTES_MAX]
    return Sbom("cyclonedx", subject[:TEXT_MAX], listings, noted, (purl,) if purl else ())


def read(data: bytes) -> dict[str, Any]:
    """Values of a document in the shape of its JSON form; its format and version are checked, and nothing else.

    Raises:
        NotAnInventory: Not strict JSON or XML, or not CycloneDX.
        UnsupportedVersion: Another ``specVersion``.
        InventoryTooLarge: More bytes than are read.
    """
    check_size(data)
    is_xml = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"
    bom = xmls.read(data) if is_xml else unwrapped(read_json(data))
    if not isinstance(bom, dict) or bom.get("bomFormat") != "CycloneDX":
        raise NotAnInventory(
            "This is not a CycloneDX document: bomFormat is not 'CycloneDX'.",
            "Send a CycloneDX document.",
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
            raise too_many_components("components")
        component = record(item, pointer)
        yield pointer, component
        inner = items(component.get("components"), f"{pointer}/components")
        waiting.extend((f"{pointer}/components/{index}", child) for index, child in enumerate(inner))


def _listing(
    item: dict[str, Any],
    pointer: str,
    defaults: dict[str, str],
    ways: dict[str, tuple[str, ...]],
    notes: list[str],
) -> Listing:
    name = text(item.get("name"), f"{pointer}/name")
    version = text(item.get("version"), f"{pointer}/version")
    purl = text(item.get("purl"), f"{pointer}/purl", limit=None)
    reference = text(item.get("bom-ref"), f"{pointer}/bom-ref", limit=None)
    tags = {**defaults, **_tags(item, pointer, notes)}
    return listing(
        purl,
        ref=reference or purl or pointer,
        name=name,
        version=version,
        tags=tags,
        path=ways.get(reference, ()),
        cpe=text(item.get("cpe"), f"{pointer}/cpe", limit=None),
        upstream=_upstream(item, pointer) if purl.startswith(_OF_DISTRIBUTIONS) else "",
    )


def _upstream(item: dict[str, Any], pointer: str) -> str:
    """Source package of a distribution's package, as Trivy writes it beside the package URL."""
    found: dict[str, str] = {}
    for index, entry in enumerate(items(item.get("properties"), f"{pointer}/properties")):
        one = record(entry, f"{pointer}/properties/{index}")
        name = one.get("name")
        if isinstance(name, str) and name.startswith(_TRIVY):
            found[name.removeprefix(_TRIVY)] = text(one.get("value"), f"{pointer}/properties/{index}/value").strip()
    version = "-".join(part for part in (found.get("Version", ""), found.get("Release", "")) if part)
    epoch = f"{found['Epoch']}:" if found.get("Epoch", "0") != "0" and version else ""
    return "@".join(part for part in (found.get("Name", ""), f"{epoch}{version}") if part) if found.get("Name") else ""


def _tags(item: dict[str, Any], pointer: str, notes: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for index, entry in enumerate(items(item.get("properties"), f"{pointer}/properties")):
        one = record(entry, f"{pointer}/properties/{index}")
        name = one.get("name")
        if name not in {REACH, ENVIRONMENT, ASSET_TYPE}:
            continue
        value = text(one.get("value"), f"{pointer}/properties/{index}/value").strip()[:_TAG_MAX]
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
        item["bom-ref"]: _label(item) for item in [root, *(item for _, item in found)] if is_text(item.get("bom-ref"))
    }
    edges: dict[str, list[str]] = {}
    count = 0
    for index, entry in enumerate(items(bom.get("dependencies"), "dependencies")):
        pointer = f"dependencies/{index}"
        one = record(entry, pointer)
        targets = [target for target in items(one.get("dependsOn"), f"{pointer}/dependsOn") if is_text(target)]
        count += len(targets)
        if count > trees.EDGES_MAX:
            raise InventoryTooLarge(
                f"The dependency tree has over {trees.EDGES_MAX} edges.",
                "Send one inventory per system.",
                "dependencies",
            )
        if is_text(one.get("ref")):
            edges.setdefault(one["ref"], []).extend(targets)
    start = root.get("bom-ref")
    if not is_text(start):
        return {}
    return trees.ways(start, {start: start[:TEXT_MAX], **labels}, edges)


def _label(item: dict[str, Any]) -> str:
    parts = [item[name] for name in ("name", "version") if is_text(item.get(name))]
    return " ".join(parts)[:80]
