"""yarn.lock: version 1 (https://classic.yarnpkg.com/lang/en/docs/yarn-lock/) and Berry's (versions 4 to 8).

Both are lines with indentation; Berry's is YAML by name, and is read here by the same small reader, which knows only what Yarn
writes. A package's name and version are those of its resolution, so that an alias counts as what it stands for. A patched
package counts as the published one of its version: the patch may be the fix, and a person should say so.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.interface import Beside, Sbom, nothing_beside
from seawall.clearinghouse.matching.formats.locks import PATCHED, Lock, of_file
from seawall.clearinghouse.matching.formats.npm.parser import add, name_and_range, why_not
from seawall.clearinghouse.matching.formats.reading import json_of, mapping, text, text_of

Block = dict[str, Any]
"""Its scalars by name; ``dependencies`` and the like as mappings."""

_LINE = re.compile(r'( *)(?:\? )?("(?:[^"\\]|\\.)*+"|[^\s":][^\s:]*|:)(?:: ?| |$)(.*)')
_NEEDED = ("dependencies", "optionalDependencies")
_TABLES = (("optionalDependencies", "optional"), ("dependencies", ""), ("devDependencies", "dev"))
"""npm's own precedence: what is both optional and needed is optional."""
_STEP = 2
_HEADER_MAX = 200_000
"""Characters of a block's first line; a package that is asked for in 1,000 ways has 30,000."""


def claims(path: str) -> bool:
    """The one name that Yarn writes."""
    return path.rpartition("/")[2] == "yarn.lock"


def parse(data: bytes) -> Sbom:
    """Read a yarn.lock.

    Raises:
        NotAnInventory: Not a text, or not Yarn's.
        InventoryTooLarge: Over a limit.
    """
    return parse_beside(data, nothing_beside)


def parse_beside(data: bytes, beside: Beside) -> Sbom:
    """The same, with the package.json beside it, which says what is needed and what only for development."""
    given = text_of(data)
    if "# yarn lockfile v1" not in given[:400] and "__metadata:" not in given:
        raise NotAnInventory("This is no yarn.lock: neither of its two headings is there.", "Let Yarn write it.")
    project = _project(beside("package.json"))
    subject = f"{text(project.get('name'))} {text(project.get('version'))}".strip()
    lock = Lock("yarn", subject or "yarn.lock")
    blocks = list(_blocks(given))
    by_descriptor: dict[str, int] = {}
    workspaces = {}
    for number, (header, block) in enumerate(blocks):
        for descriptor in _descriptors(header):
            by_descriptor[descriptor] = number
        place = _workspace(block)
        if place:
            workspaces[number] = place
            lock.own(number, name_and_range(text(block.get("resolution")))[0])
        elif header != "__metadata":
            _package(lock, number, header, block)
    for number, (_, block) in enumerate(blocks):
        needed = {name: spec for table in _NEEDED for name, spec in mapping(block.get(table)).items()}
        if number not in workspaces:
            lock.needs(number, (target for _, target in _targets(needed, by_descriptor)))
            continue
        member = project if workspaces[number] == "." else _project(beside(f"{workspaces[number]}/package.json"))
        scopes = _scopes(member)
        for name, target in _targets(needed, by_descriptor):
            lock.root(target, scopes.get(name, ""), part=None if workspaces[number] == "." else number)
    if not workspaces:
        _roots(lock, project, by_descriptor)
    return lock.sbom()


def _workspace(block: Block) -> str:
    """The folder of a workspace, which is the project's own; empty for a package."""
    place = name_and_range(text(block.get("resolution")))[1]
    return place.removeprefix("workspace:") if place.startswith("workspace:") else ""


def _blocks(given: str) -> Iterator[tuple[str, Block]]:
    """Each block with its first line's key."""
    header = ""
    block: Block = {}
    inner: dict[str, str] | None = None
    for line in given.split("\n"):
        if not line or line.isspace() or line == ":" or line.startswith("#"):
            continue
        if not line.startswith(" "):
            if header:
                yield header, block
            # Berry writes long keys as YAML does: "? key", and the colon on a line of its own.
            header, block, inner = line.removeprefix("? ").rstrip().rstrip(":")[:_HEADER_MAX], {}, None
            continue
        match = _LINE.fullmatch(line)
        if match is not None:
            inner = _read_line(block, inner, len(match[1]), _plain(match[2]), match[3].strip())
    if header:
        yield header, block


def _read_line(block: Block, inner: dict[str, str] | None, indent: int, name: str, value: str) -> dict[str, str] | None:
    """Put one line into its block; the mapping that further lines belong to."""
    if indent > _STEP:
        if inner is not None and indent == 2 * _STEP:
            inner[name] = _plain(value)
        return inner
    if value:
        block[name] = _plain(value)
        return None
    made: dict[str, str] = {}
    block[name] = made
    return made


def _plain(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        return text(json.loads(value))
    except ValueError:
        return value.strip('"')


def _descriptors(header: str) -> list[str]:
    """What asks for a block: ``a@^1, b@npm:a@^1``, each part or the whole in quotes."""
    if header.startswith('"') and header.endswith('"') and '", "' not in header:
        header = _plain(header)
    return [_plain(part.strip()) for part in header.split(", ")]


def _package(lock: Lock, number: int, header: str, block: Block) -> None:
    version, resolution = text(block.get("version")), text(block.get("resolution"))
    name, place = name_and_range(resolution or _descriptors(header)[0])
    if place.startswith("patch:"):
        name, place = name_and_range(unquote(unquote(place.removeprefix("patch:").partition("#")[0])))
        if "!builtin" not in resolution:
            lock.left_out(PATCHED, f"{name} {version}")
    if place.startswith("npm:"):
        place = place.removeprefix("npm:")
        if "@" in place.partition("::")[0]:
            name = name_and_range(place)[0]
        why = ""
    else:
        why = why_not(place) or (of_file(place) if resolution else "")
    add(lock, number, name, version, why_not=why, ref=f"{name}@{version}")


def _targets(needed: dict[str, Any], by_descriptor: dict[str, int]) -> Iterator[tuple[str, int]]:
    for name, spec in needed.items():
        for descriptor in (f"{name}@{text(spec)}", f"{name}@npm:{text(spec)}"):
            if descriptor in by_descriptor:
                yield name, by_descriptor[descriptor]
                break


def _scopes(project: dict[str, Any]) -> dict[str, str]:
    """Name -> scope of what a package.json asks for."""
    return {name: scope for table, scope in reversed(_TABLES) for name in mapping(project.get(table))}


def _project(data: bytes | None) -> dict[str, Any]:
    try:
        return {} if data is None else json_of(data)
    except NotAnInventory:
        return {}


def _roots(lock: Lock, project: dict[str, Any], by_descriptor: dict[str, int]) -> None:
    known = False
    for table, scope in _TABLES:
        for _, target in _targets(mapping(project.get(table)), by_descriptor):
            lock.root(target, scope)
            known = True
    if not known:
        lock.roots_are_what_nothing_needs()
