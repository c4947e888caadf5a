"""go.sum (https://go.dev/ref/mod#go-sum-files): the digests of everything that was ever looked at.

It holds more versions than the build uses. Beside a go.mod of Go 1.17 or later it adds nothing and is not read. Otherwise, of
each module the highest version whose content was fetched (not only its go.mod) is taken, as minimal version selection
does; those that the go.mod beside it lists are left to it.
"""

from seawall.clearinghouse.matching.ecosystems.golang.order import ECOSYSTEM
from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.gomod.parser import GoMod, add, read
from seawall.clearinghouse.matching.formats.interface import Beside, Sbom, nothing_beside
from seawall.clearinghouse.matching.formats.locks import Lock
from seawall.clearinghouse.matching.formats.reading import text_of

_FIELDS = 3


def claims(path: str) -> bool:
    """The one name that Go writes."""
    return path.rpartition("/")[2] == "go.sum"


def parse(data: bytes) -> Sbom:
    """Read a go.sum.

    Raises:
        NotAnInventory: Not a text, or no line of it is a go.sum's.
        InventoryTooLarge: Over a limit.
    """
    return parse_beside(data, nothing_beside)


def parse_beside(data: bytes, beside: Beside) -> Sbom:
    """The same, with the go.mod beside it."""
    module = _module(beside("go.mod"))
    lock = Lock("gosum", module.module or "go.sum")
    if module.is_complete:
        lock.note("The go.mod beside it lists the selected version of every module; go.sum holds more and is not read.")
        return lock.sbom()
    highest: dict[str, tuple[bytes, str]] = {}
    lines = known = 0
    for line in text_of(data).split("\n"):
        parts = line.split()
        if not parts:
            continue
        lines += 1
        if len(parts) != _FIELDS or not parts[2].startswith("h1:"):
            continue
        known += 1
        name, version, _ = parts
        if version.endswith("/go.mod"):
            continue
        key = ECOSYSTEM.key(version)
        ranked = (key if isinstance(key, bytes) else b"", version)
        if name not in highest or ranked > highest[name]:
            highest[name] = ranked
    if lines and not known:
        raise NotAnInventory("This is no go.sum: no line has a module, a version and a digest.", "Let Go write it.")
    listed = {name for name, _, _ in module.required}
    for name, (_, version) in highest.items():
        if name not in listed:
            add(lock, (name, version), name, version)
    lock.note("go.sum holds more than the build uses: of each module the highest version that was fetched is taken.")
    return lock.sbom()


def _module(data: bytes | None) -> GoMod:
    try:
        return GoMod() if data is None else read(data)
    except NotAnInventory:
        return GoMod()
