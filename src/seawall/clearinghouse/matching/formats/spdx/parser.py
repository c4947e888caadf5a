"""SPDX 2.2 and 2.3 as JSON, YAML or tag-value, and SPDX 3.0 as JSON-LD.

Packages are identified by their package URLs (``externalRefs``, ``software_packageUrl``, ``externalIdentifier``). What the
document describes is the root of the tree; relationships that say "needs" or "has in it", from either end, are its edges. Files
and snippets are not components. Read strictly (UTF-8, no duplicate keys, bounded depth) and then leniently: a package without
a usable package URL is kept with the reason.

SPDX as RDF/XML and as a spreadsheet is refused with a hint.
"""

import re

from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats import documents
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.spdx import tag_value, three, two, yamls
from seawall.clearinghouse.matching.formats.spdx.building import build

_ENDINGS = (".spdx", ".spdx.json", ".spdx.yaml", ".spdx.yml", ".spdx.jsonld", ".spdx3.json", ".spdx.json-ld")
_TAGS = re.compile(rb"(?m)^(?:\xef\xbb\xbf)?SPDXVersion:")


def claims(path: str) -> bool:
    """Names that SPDX's own pages and tools give such files."""
    name = path.rpartition("/")[2].lower()
    return name.endswith(_ENDINGS) or name in {"spdx.json", "manifest.spdx.json", "spdx.yaml", "spdx.yml"}


def parse(data: bytes) -> Sbom:
    """Read an SPDX document.

    Raises:
        NotAnInventory: Not strict, not SPDX, or of the wrong shape; says where.
        UnsupportedVersion: Another version of SPDX.
        InventoryTooLarge: More bytes, packages or relationships than are read.
    """
    documents.check_size(data)
    begin = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if begin[:1] == b"<":
        raise NotAnInventory("This is XML; SPDX is read as JSON, YAML or tag-value.", "Convert it to SPDX JSON.")
    if begin[:2] == b"PK":
        raise NotAnInventory("This is a spreadsheet or an archive.", "Convert it to SPDX JSON.")
    if begin[:1] in {b"{", b"["}:
        value = documents.unwrapped(documents.read_json(data))
        return build(three.document(value) if three.is_graph(value) else two.document(value))
    if _TAGS.search(data):
        return build(two.document(tag_value.read(documents.decoded(data))))
    return build(two.document(yamls.read(documents.decoded(data))))
