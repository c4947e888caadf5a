"""gradle/verification-metadata.xml (https://docs.gradle.org/current/userguide/dependency_verification.html): the digests of
everything that any build of the project fetched, plug-ins and older versions included. It lists more than is in use, and says so.
"""

from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.locks import Lock
from seawall.clearinghouse.matching.formats.reading import xml_of

_ONLY_METADATA = (".pom", ".module")


def claims(path: str) -> bool:
    """The one name that Gradle writes."""
    return path.rpartition("/")[2] == "verification-metadata.xml"


def parse(data: bytes) -> Sbom:
    """Read a verification-metadata.xml.

    Raises:
        NotAnInventory: Not XML, or another document.
        InventoryTooLarge: Over a limit.
    """
    root = xml_of(data)
    if root.tag != "verification-metadata":
        raise NotAnInventory("This is no verification-metadata.xml.", "Let Gradle write it.")
    lock = Lock("gradle_verification", "verification-metadata.xml")
    for item in root.all("components", "component"):
        group, name, version = (item.attributes.get(key, "") for key in ("group", "name", "version"))
        artifacts = [artifact.attributes.get("name", "") for artifact in item.all("artifact")]
        if not name:
            lock.left_out("Entries without a name are left out", group)
        elif artifacts and all(artifact.endswith(_ONLY_METADATA) for artifact in artifacts):
            lock.left_out(
                "Components of which only the description was fetched are left out", f"{group}:{name}:{version}"
            )
        else:
            lock.package((group, name, version), "maven", name, version, namespace=group)
    lock.note("The file lists what any build fetched, plug-ins and older versions included, not what is in use.")
    return lock.sbom()
