"""pubspec.lock of Dart and Flutter (https://dart.dev/tools/pub/glossary#lockfile). It says what is direct, not what needs what."""

from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.locks import Lock, of_file, of_git
from seawall.clearinghouse.matching.formats.reading import mapping, shown, text, yaml_of

_PUBLIC = ("", "https://pub.dev", "https://pub.dartlang.org")


def claims(path: str) -> bool:
    """The one name that pub writes."""
    return path.rpartition("/")[2] == "pubspec.lock"


def parse(data: bytes) -> Sbom:
    """Read a pubspec.lock.

    Raises:
        NotAnInventory: Not YAML, or not pub's.
        InventoryTooLarge: Over a limit.
    """
    documents = yaml_of(data)
    if not documents or "packages" not in documents[0]:
        raise NotAnInventory("This is no pubspec.lock: packages is missing.", "Let 'dart pub get' write it.")
    lock = Lock("pubspec", "pubspec.lock")
    for name, given in mapping(documents[0].get("packages")).items():
        item = mapping(given)
        source, about = text(item.get("source")), mapping(item.get("description"))
        why = ""
        if source == "git":
            why = of_git(text(about.get("url")), text(about.get("resolved-ref")))
        elif source == "path":
            why = of_file(text(about.get("path")))
        elif source == "sdk":
            lock.left_out("Parts of the SDK have no version of their own", name)
            continue
        elif source != "hosted":
            why = f"its source ({shown(source)}) is not known here"
        elif text(about.get("url")).rstrip("/") not in _PUBLIC:
            why = f"it comes from another registry ({shown(text(about.get('url')), 120)}), not from pub.dev"
        scope = "dev" if text(item.get("dependency")) == "direct dev" else ""
        lock.package(name, "pub", text(about.get("name")) or name, text(item.get("version")), why_not=why, scope=scope)
    return lock.sbom()
