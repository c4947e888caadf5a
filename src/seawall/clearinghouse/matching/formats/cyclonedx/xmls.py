"""CycloneDX in XML: from bytes to values in the shape of the JSON document.

Hardened: a DOCTYPE is refused as soon as it begins, and with it all entities; depth is bounded; only UTF-8; nothing is fetched.
Elements that are not wanted are passed over with all that is in them, so that memory grows with components, not with the
document.
"""

from typing import Any
from xml.parsers import expat

from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.documents import DEPTH_MAX, too_many_components
from seawall.clearinghouse.matching.formats.interface import COMPONENTS_MAX

NAMESPACE = "http://cyclonedx.org/schema/bom/"

_TEXT = "text"
_STATES: dict[str, dict[str, str]] = {
    "": {"bom": "bom"},
    "bom": {
        "metadata": "metadata",
        "components": "components",
        "dependencies": "dependencies",
        "services": "services",
        "vulnerabilities": "vulnerabilities",
    },
    "metadata": {"component": "component", "timestamp": _TEXT},
    "components": {"component": "component"},
    "component": {
        "name": _TEXT,
        "version": _TEXT,
        "group": _TEXT,
        "purl": _TEXT,
        "cpe": _TEXT,
        "components": "components",
        "properties": "properties",
    },
    "properties": {"property": "property"},
    "property": {},
    "dependencies": {"dependency": "dependency"},
    "dependency": {"dependency": "dependsOn"},
    "dependsOn": {},
    "services": {"service": "service"},
    "service": {},
    "vulnerabilities": {"vulnerability": "vulnerability"},
    "vulnerability": {
        "id": _TEXT,
        "published": _TEXT,
        "updated": _TEXT,
        "references": "references",
        "analysis": "analysis",
        "affects": "affects",
    },
    "references": {"reference": "reference"},
    "reference": {"id": _TEXT},
    "analysis": {
        "state": _TEXT,
        "justification": _TEXT,
        "detail": _TEXT,
        "firstIssued": _TEXT,
        "lastUpdated": _TEXT,
    },
    "affects": {"target": "target"},
    "target": {"ref": _TEXT, "versions": "versions"},
    "versions": {"version": "one version"},
    "one version": {"version": _TEXT, "range": _TEXT, "status": _TEXT},
}
"""State -> element -> the state inside of it."""
_LISTS = frozenset(
    {"affects", "components", "dependencies", "properties", "references", "services", "versions", "vulnerabilities"}
)
_ATTRIBUTES = {
    "component": ("type", "bom-ref"),
    "property": ("name",),
    "dependency": ("ref",),
    "dependsOn": ("ref",),
    "vulnerability": ("bom-ref",),
}


def read(data: bytes) -> dict[str, Any]:
    """Values of a document.

    Raises:
        NotAnInventory: Not well-formed, not CycloneDX, or with a DOCTYPE.
        InventoryTooLarge: More components than are read.
    """
    reader = _Reader()
    parser = expat.ParserCreate("UTF-8", " ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise NotAnInventory(
            f"Not XML: {expat.ErrorString(error.code)} at line {error.lineno}, column {error.offset + 1}.",
            "Send one CycloneDX document as UTF-8.",
        ) from error
    return reader.document


def _refuse_doctype(*_: object) -> None:
    raise NotAnInventory("The XML has a DOCTYPE.", "Send it without: CycloneDX needs no document type nor entities.")


class _Reader:
    """Follows the states; each wanted element has a value that its parent takes when it ends."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = {}
        self._namespace = ""
        self._states = [""]
        self._values: list[Any] = [self.document]
        self._tags: list[str] = []
        self._passed_over = self._components = 0
        self._depth = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise NotAnInventory("The XML is nested too deeply.", f"Stay under {DEPTH_MAX} levels.")
        namespace, _, tag = name.rpartition(" ")
        if self._depth == 1:
            self._root(namespace, tag)
        state = _STATES.get(self._states[-1], {}).get(tag)
        if self._passed_over or state is None or namespace != self._namespace:
            self._passed_over += 1
            return
        if state == "component":
            self._components += 1
            if self._components > COMPONENTS_MAX + 1:  # the root is one too
                raise too_many_components("components")
        if self._depth == 1:
            value: Any = self.document
        elif state == _TEXT or state in _LISTS:
            value = []
        else:
            value = {key: attributes[key] for key in _ATTRIBUTES.get(state, ()) if key in attributes}
            if state == "property":
                value["value"] = []
        self._states.append(state)
        self._values.append(value)
        self._tags.append(tag)

    def _root(self, namespace: str, tag: str) -> None:
        if tag != "bom" or not namespace.startswith(NAMESPACE):
            raise NotAnInventory(
                "This is not a CycloneDX document: its root is not a bom in CycloneDX's namespace.",
                "Send a CycloneDX document.",
                field="bom",
            )
        self._namespace = namespace
        self.document.update(bomFormat="CycloneDX", specVersion=namespace.removeprefix(NAMESPACE))

    def end(self, _: str) -> None:
        self._depth -= 1
        if self._passed_over:
            self._passed_over -= 1
            return
        state, value, tag = self._states.pop(), self._values.pop(), self._tags.pop()
        parent = self._values[-1]
        if state == _TEXT:
            value = "".join(value).strip()
        elif state == "property":
            value["value"] = "".join(value["value"])
        if parent is value:
            return
        if isinstance(parent, list):
            parent.append(value)
        elif state == "dependsOn":
            parent.setdefault("dependsOn", []).append(value.get("ref"))
        elif tag in parent and state in _LISTS:
            parent[tag].extend(value)
        else:
            parent[tag] = value

    def characters(self, text: str) -> None:
        if self._passed_over:
            return
        if self._states[-1] == _TEXT:
            self._values[-1].append(text)
        elif self._states[-1] == "property":
            self._values[-1]["value"].append(text)
