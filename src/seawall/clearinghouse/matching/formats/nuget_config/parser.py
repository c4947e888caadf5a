"""NuGet's packages.config (https://learn.microsoft.com/en-us/nuget/reference/packages-config): every package of a project, those
that others need included, without saying which.
"""

from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.locks import Lock
from seawall.clearinghouse.matching.formats.reading import xml_of


def claims(path: str) -> bool:
    """``packages.config``, or ``packages.project.config``."""
    name = path.rpartition("/")[2].lower()
    return name == "packages.config" or (name.startswith("packages.") and name.endswith(".config"))


def parse(data: bytes) -> Sbom:
    """Read a packages.config.

    Raises:
        NotAnInventory: Not XML, or another document.
        InventoryTooLarge: Over a limit.
    """
    root = xml_of(data)
    if root.tag != "packages":
        raise NotAnInventory("This is no packages.config: its root is not 'packages'.", "Let NuGet write it.")
    lock = Lock("nuget_config", "packages.config")
    for item in root.all("package"):
        name, version = item.attributes.get("id", ""), item.attributes.get("version", "")
        scope = "dev" if item.attributes.get("developmentDependency", "").lower() == "true" else ""
        if name:
            lock.package((name.lower(), version, scope), "nuget", name, version, scope=scope)
        else:
            lock.left_out("Entries without a name are left out", version)
    return lock.sbom()
