"""go.mod (https://go.dev/ref/mod#go-mod-file).

From Go 1.17 on it lists every module that the build may use, in the version that is selected; an older one lists only the
direct needs, and the go.sum beside it is then read too. A replacement counts as what takes the place; a local folder in
its place has no published version. The standard library's version is the toolchain line's. The go line says only which
Go is the oldest that may build the module, so it is kept and not matched.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.locks import Lock, of_file
from seawall.clearinghouse.matching.formats.reading import shown, text_of

COMPLETE = (1, 17)
"""The first Go whose go.mod lists everything (https://go.dev/ref/mod#graph-pruning)."""

_WORD = re.compile(r'"((?:[^"\\]|\\.)*+)"?|`([^`]*+)`?|([^\s"`()]+|[()])')
_GO = re.compile(r"([0-9]+)\.([0-9]+)")
_TOOLCHAIN = re.compile(r"go([0-9]+\.[0-9]+(?:\.[0-9]+)?(?:(?:rc|beta)[0-9]+)?)(?:[-+ ].*)?")
_LOCAL = ("./", "../", "/", ".\\", "..\\")
Version = tuple[str, str]


@dataclass(slots=True)
class GoMod:
    """What a go.mod says."""

    module: str = ""
    go: str = ""
    toolchain: str = ""
    required: list[tuple[str, str, bool]] = field(default_factory=list)
    """Module, version, whether only others need it."""
    replaced: dict[Version, Version] = field(default_factory=dict)
    """Module and version (empty: all) -> what takes its place; a local folder has no version."""
    excluded: set[Version] = field(default_factory=set)

    @property
    def is_complete(self) -> bool:
        """Whether it lists all modules of the build."""
        match = _GO.match(self.go)
        return match is not None and (int(match[1][:6]), int(match[2][:6])) >= COMPLETE


def claims(path: str) -> bool:
    """The one name that Go reads."""
    return path.rpartition("/")[2] == "go.mod"


def parse(data: bytes) -> Sbom:
    """Read a go.mod.

    Raises:
        NotAnInventory: Not a text, or without a module line.
        InventoryTooLarge: Over a limit.
    """
    found = read(data)
    lock = Lock("gomod", found.module)
    if not found.is_complete:
        lock.note(
            f"Its go line is {shown(found.go) or 'missing'}; before 1.17 a go.mod lists direct needs only."
            " The go.sum beside it has the others."
        )
    _standard_library(lock, found)
    for module, version, indirect in found.required:
        target = found.replaced.get((module, version)) or found.replaced.get((module, ""))
        key = (module, version)
        if target is None:
            excluded = key in found.excluded
            why = "this version is excluded, and which one takes its place is not said" if excluded else ""
            add(lock, key, module, version, why_not=why)
        elif not target[1] or target[0].startswith(_LOCAL):
            add(lock, key, module, "", why_not=of_file(target[0]))
        else:
            add(lock, key, *target)
            lock.left_out("Replaced modules are matched as what takes their place", f"{module} by {' '.join(target)}")
        if not indirect:
            lock.root(key)
    return lock.sbom()


def add(lock: Lock, key: Version, module: str, version: str, *, why_not: str = "") -> None:
    """A module."""
    namespace, _, name = module.rpartition("/")
    lock.package(key, "golang", name, version, namespace=namespace, why_not=why_not)


def _standard_library(lock: Lock, found: GoMod) -> None:
    match = _TOOLCHAIN.fullmatch(found.toolchain)
    key = ("stdlib", "")
    if match is not None:
        add(lock, key, "stdlib", match[1])
    elif found.go:
        add(
            lock,
            key,
            "stdlib",
            "",
            why_not=f"the go line says that {shown(found.go, 20)} is the oldest Go that may build it, not which one does",
        )
    else:
        return
    lock.root(key)


def read(data: bytes) -> GoMod:
    """The directives of a go.mod.

    Raises:
        NotAnInventory: Not a text, or without a module line.
        InventoryTooLarge: Over a limit.
    """
    found = GoMod()
    for verb, words, comment in _directives(text_of(data)):
        if verb == "module" and words:
            found.module = words[0]
        elif verb == "go" and words:
            found.go = words[0]
        elif verb == "toolchain" and words:
            found.toolchain = words[0]
        elif verb == "require" and len(words) >= 2:  # noqa: PLR2004 - module and version
            found.required.append((words[0], words[1], comment.split(";")[0].strip() == "indirect"))
        elif verb == "exclude" and len(words) >= 2:  # noqa: PLR2004 - module and version
            found.excluded.add((words[0], words[1]))
        elif verb == "replace" and "=>" in words:
            at = words.index("=>")
            old, new = [*words[:at], "", ""], [*words[at + 1 :], "", ""]
            found.replaced[old[0], old[1]] = (new[0], new[1])
    if not found.module:
        raise NotAnInventory("This is no go.mod: it has no module line.", "Give the go.mod of a module.")
    return found


def _directives(given: str) -> Iterator[tuple[str, list[str], str]]:
    """Verb, words and comment of each directive, those of blocks one by one."""
    block = ""
    for line in given.split("\n"):
        code, _, comment = line.partition("//")
        words = [match[1] or match[2] or match[3] or "" for match in _WORD.finditer(code)]
        if not words:
            continue
        if block:
            if words[0] == ")":
                block = ""
            else:
                yield block, words, comment.strip()
        elif len(words) == 2 and words[1] == "(":  # noqa: PLR2004 - a verb and what opens its block
            block = words[0]
        else:
            yield words[0], words[1:], comment.strip()
