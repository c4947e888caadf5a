"""SPDX 2 as tag-value: from lines to values in the shape of the JSON document.

Only what an inventory needs is kept. A tag that stands where it means nothing is passed over, as SPDX's own tools do.
"""

import re
from collections.abc import Iterator
from typing import Any

from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.documents import too_many, too_many_components
from seawall.clearinghouse.matching.formats.interface import COMPONENTS_MAX
from seawall.clearinghouse.matching.formats.trees import EDGES_MAX

_LINE = re.compile(r"([A-Za-z][A-Za-z0-9]{0,60}):[ \t]*(.*)", re.DOTALL)
_OPEN, _CLOSE = "<text>", "</text>"
_NAMES = {"SPDXVersion": "spdxVersion", "DocumentName": "name", "SPDXID": "SPDXID", "PackageVersion": "versionInfo"}
_RELATIONSHIP = ("spdxElementId", "relationshipType", "relatedSpdxElement")
_OTHER_SECTIONS = frozenset({"FileName", "SnippetSPDXID", "LicenseID", "Reviewer", "Annotator"})
_WORDS_OF_REFERENCE = 3


def read(text: str) -> dict[str, Any]:
    """Values of a document.

    Raises:
        NotAnInventory: A text that is not closed.
        InventoryTooLarge: Over a limit.
    """
    packages: list[dict[str, Any]] = []
    relationships: list[dict[str, str]] = []
    found: dict[str, Any] = {"packages": packages, "relationships": relationships}
    section: dict[str, Any] | None = found
    for tag, value in _tags(text):
        if tag == "PackageName":
            section = {"name": value, "externalRefs": []}
            packages.append(section)
            if len(packages) > COMPONENTS_MAX:
                raise too_many_components("PackageName")
        elif tag in _OTHER_SECTIONS:
            section = None
        elif tag == "Relationship":
            relationships.append(dict(zip(_RELATIONSHIP, value.split(), strict=False)))
            if len(relationships) > EDGES_MAX:
                raise too_many("relationships", EDGES_MAX, "Relationship")
        elif section is not None:
            _into(section, tag, value)
    return found


def _into(section: dict[str, Any], tag: str, value: str) -> None:
    if tag in _NAMES:
        section.setdefault(_NAMES[tag], value)
    elif tag == "ExternalRef" and "externalRefs" in section:
        words = value.split(None, 2)
        if len(words) == _WORDS_OF_REFERENCE:
            section["externalRefs"].append({"referenceType": words[1], "referenceLocator": words[2]})


def _tags(text: str) -> Iterator[tuple[str, str]]:
    lines = iter(text.split("\n"))
    for number, line in enumerate(lines, start=1):
        found = _LINE.match(line.rstrip("\r"))
        if found is None:
            continue
        tag, value = found[1], found[2].strip()
        if value.startswith(_OPEN):
            rest = [value.removeprefix(_OPEN)]
            while _CLOSE not in rest[-1]:
                following = next(lines, None)
                if following is None:
                    raise NotAnInventory(f"The <text> of tag {number}, {tag}, is not closed.", "Close it.", field=tag)
                rest.append(following)
            value = "\n".join(rest).partition(_CLOSE)[0].strip()
        yield tag, value
