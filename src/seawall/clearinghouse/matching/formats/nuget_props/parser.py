"""Directory.Packages.props (https://learn.microsoft.com/en-us/nuget/consume-packages/central-package-management): the versions
that a tree's projects ask for. It is a choice, not a lock: a project may use fewer of them, and NuGet may take a higher one
where another package needs it. Properties of the same file are put in; what stays open is kept with the reason.
"""

import re

from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.locks import Lock
from seawall.clearinghouse.matching.formats.properties import Properties
from seawall.clearinghouse.matching.formats.reading import Element, shown, xml_of

_PROPERTY = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")
_EXACT = re.compile(r"\[\s*([^\s,\[\]]+)\s*\]")
_SCOPES = {"PackageVersion": "", "GlobalPackageReference": "dev"}


def claims(path: str) -> bool:
    """The one name that NuGet looks for."""
    return path.rpartition("/")[2].lower() == "directory.packages.props"


def parse(data: bytes) -> Sbom:
    """Read a Directory.Packages.props.

    Raises:
        NotAnInventory: Not XML, or another document.
        InventoryTooLarge: Over a limit.
    """
    root = xml_of(data)
    if root.tag != "Project":
        raise NotAnInventory("This is no Directory.Packages.props: its root is not 'Project'.", "Give an MSBuild file.")
    lock = Lock("nuget_props", "Directory.Packages.props")
    values = {item.tag.lower(): item.text for group in root.all("PropertyGroup") for item in group.children}
    properties = Properties(values, _PROPERTY, ignore_case=True)
    for item in (item for group in root.all("ItemGroup") for item in group.children):
        name = item.attributes.get("Include") or item.attributes.get("Update") or ""
        if item.tag not in _SCOPES or not name:
            continue
        given = item.attributes.get("Version") or item.attributes.get("VersionOverride") or item.value("Version")
        version, why = _version(given, properties)
        key = (name.lower(), version, why)
        lock.package(key, "nuget", name, version, why_not=why, scope=_SCOPES[item.tag])
    _say(lock, root)
    return lock.sbom()


def _say(lock: Lock, root: Element) -> None:
    lock.note("The file says which versions projects ask for; what they get is in their packages.lock.json.")
    for item in root.all("Import"):
        lock.left_out("Imported files are not followed", item.attributes.get("Project", ""))


def _version(given: str, properties: Properties) -> tuple[str, str]:
    """A version and why there is none."""
    value = properties.fill(given.strip())
    exact = _EXACT.fullmatch(value)
    if exact is not None:
        return exact[1], ""
    if "$(" in value:
        return "", f"its version ({shown(given)}) needs a property that this file does not have"
    if not value or any(one in value for one in "*[](),"):
        return "", f"its version is not pinned ({shown(value) or 'none is given'})"
    return value, ""
