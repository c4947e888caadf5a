"""A folder's inventories: its lock files, manifests and SBOMs, found by name and read one by one.

    for where, sbom in read_folder(Path("src"), report=lambda where, why: print(where, why)):
        ...

- Each file is of the first format that claims its name; no name is claimed twice (a contract test walks them).
- What is installed, fetched or cached is passed over: it is what the lock files already say, and often has lock files of its
  own that nobody uses. The folder that is named itself is always read.
- Symbolic links are not followed; a link that has a lock file's name is reported.
- A file that cannot be read is reported with the reason, and the rest is read.

Nothing leaves the machine, and nothing is run.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from posixpath import join, normpath
from typing import Any

from seawall.clearinghouse.matching.errors import InventoryTooLarge, NotAnInventory
from seawall.clearinghouse.matching.formats.interface import Sbom, parser
from seawall.foundation.platform.errors import SeawallError

Report = Callable[[str, str], None]
"""Told the path, from the folder, and the reason, a sentence."""

BYTES_MAX = 512 * 2**20
"""Of one file; an SBOM of 200,000 components has about 150 MB. Lock files have a lower limit of their own."""
DEPTH_MAX = 64
"""Folders inside of folders; the deepest source trees have about 30."""
ENTRIES_MAX = 5_000_000
"""Files and folders that are looked at by name; a monorepo with everything that is installed has about 1,000,000."""
DOCUMENTS_MAX = 50_000
"""Inventories of one folder."""

ENDINGS: Mapping[str, tuple[str, ...]] = {
    "config": ("nuget_config",),
    "json": ("cyclonedx", "spdx", "npm", "nuget_deps", "nuget_lock"),
    "json-ld": ("spdx",),
    "jsonld": ("spdx",),
    "lock": (
        "bun",
        "cargo",
        "composer",
        "conan",
        "gemfile",
        "mix",
        "pdm",
        "pipfile",
        "poetry",
        "pubspec",
        "uv",
        "yarn",
    ),
    "locked": ("gemfile",),
    "lockfile": ("gradle",),
    "mod": ("gomod",),
    "props": ("nuget_props",),
    "resolved": ("swift",),
    "spdx": ("spdx",),
    "sum": ("gosum",),
    "toml": ("pylock",),
    "txt": ("requirements",),
    "xml": ("cyclonedx", "gradle_verification", "pom"),
    "yaml": ("spdx", "actions", "pnpm"),
    "yml": ("spdx", "actions"),
}
"""By a name's ending, the formats that may claim it: most files have none of these, and only the formats that are asked are
loaded, which takes 2 ms each."""

PASSED_OVER = frozenset(
    {
        "__pycache__",
        ".build",
        ".bundle",
        ".bzr",
        ".cache",
        ".dart_tool",
        ".git",
        ".gradle",
        ".hg",
        ".mypy_cache",
        ".nox",
        ".pnpm-store",
        ".pytest_cache",
        ".ruff_cache",
        ".svn",
        ".terraform",
        ".tox",
        ".venv",
        ".yarn",
        "bower_components",
        "dist-packages",
        "jspm_packages",
        "node_modules",
        "site-packages",
    }
)
"""Folders of installed packages, caches and version control, by name."""

_MARKS = frozenset({"pyvenv.cfg", "conda-meta", "CACHEDIR.TAG", ".cargo-checksum.json"})
"""What makes a folder a virtual environment, a cache or a vendored crate, whatever its name."""
_VENDOR_MARKS = frozenset({"modules.txt", "autoload.php"})
"""What makes a folder named vendor Go's or Composer's; other folders of the name are people's own."""


def read_folder(root: Path, *, report: Report) -> Iterator[tuple[str, Sbom]]:
    """The inventories in a folder, in the order of their paths.

    Args:
        root: The folder.
        report: Told of what could not be read.

    Yields:
        The path from the folder, and what was read.

    Raises:
        NotAnInventory: The folder is none, or may not be listed.
    """
    top = Path(os.path.realpath(root))
    if not top.is_dir():
        raise NotAnInventory(f"{root} is no folder.", "Name a folder, or a file.")
    for count, (where, name) in enumerate(_walk(top, report), start=1):
        try:
            found = _parsed(top, where, name, _bytes(top / where))
        except SeawallError as error:
            report(_shown(where), f"{error.detail} {error.action}".strip())
        except OSError as error:
            report(_shown(where), f"It cannot be read: {error.strerror}.")
        else:
            yield _shown(where), found
        if count >= DOCUMENTS_MAX:
            report(".", f"Over {DOCUMENTS_MAX:,} inventories; those after {_shown(where)} are not read.")
            return


def read_file(path: Path) -> Sbom:
    """One file, by its name, with its neighbors at hand where its format asks for them.

    Raises:
        NotAnInventory: No format claims the name, or the file is not of the format.
        SeawallError: See ``matching.errors``.
        OSError: It cannot be read.
    """
    place = Path(os.path.realpath(path.parent)) / path.name
    name = format_of(place.as_posix())
    if name is None:
        raise NotAnInventory(f"No format is known by the name {path.name[:80]!r}.", "Rename it as its tool does.")
    # The parents of a pom.xml lie above it; how far up the tree goes is not said, so the whole disk counts as it.
    top = Path(place.anchor)
    # A file that is named may be a link; its name counts, and the bytes of what it leads to.
    return _parsed(top, place.relative_to(top).as_posix(), name, _bytes(Path(os.path.realpath(place))))


def format_of(path: str) -> str | None:
    """The format that claims a file's name; None where none does. Names only, no bytes."""
    asked = ENDINGS.get(path.rpartition(".")[2].lower(), ())
    return next((name for name in asked if _claims(name)(path)), None)


@cache
def _claims(name: str) -> Callable[[str], bool]:
    return parser(name).claims


def _walk(top: Path, report: Report) -> Iterator[tuple[str, str]]:
    """The path of each file that a format claims, with the format, without recursion."""
    waiting = [("", 0)]
    seen = 0
    while waiting:
        folder, depth = waiting.pop()
        try:
            with os.scandir(top / folder) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError as error:
            report(_shown(folder) or ".", f"The folder cannot be listed: {error.strerror}.")
            continue
        names = {entry.name for entry in entries}
        if folder and _is_passed_over(folder, names):
            continue
        seen += len(entries)
        if seen > ENTRIES_MAX:
            report(_shown(folder) or ".", f"Over {ENTRIES_MAX:,} files; what comes after this folder is not read.")
            return
        inner = [(path, depth + 1) for path in _folders(folder, entries, names)]
        yield from _files(folder, entries, report)
        if inner and depth >= DEPTH_MAX:
            report(_shown(folder), f"Folders over {DEPTH_MAX} levels deep are not read.")
            continue
        waiting.extend(reversed(inner))


def _folders(folder: str, entries: list[os.DirEntry[str]], names: set[str]) -> Iterator[str]:
    for entry in entries:
        # Mix fetches into deps; elsewhere a folder of the name may be anybody's.
        passed_over = entry.name in PASSED_OVER or (entry.name == "deps" and "mix.exs" in names)
        if entry.is_dir(follow_symlinks=False) and not passed_over:
            yield join(folder, entry.name)


def _files(folder: str, entries: list[os.DirEntry[str]], report: Report) -> Iterator[tuple[str, str]]:
    for entry in entries:
        path = join(folder, entry.name)
        if entry.is_dir(follow_symlinks=False) or (name := format_of(path)) is None:
            continue
        if entry.is_symlink():
            report(_shown(path), "It is a symbolic link and is not followed.")
        else:
            yield path, name


def _is_passed_over(folder: str, names: Iterable[str]) -> bool:
    """Whether what lies in a folder shows that it is installed, fetched or cached."""
    held = frozenset(names)
    parts = folder.rsplit("/", 2)
    if held & _MARKS or (parts[-1] == "vendor" and held & _VENDOR_MARKS):
        return True
    return parts[-2:] == ["vendor", "bundle"]


def _parsed(top: Path, where: str, name: str, data: bytes) -> Sbom:
    module: Any = parser(name)
    parse_beside = getattr(module, "parse_beside", None)
    if parse_beside is None:
        found: Sbom = module.parse(data)
    else:
        found = parse_beside(data, _Neighbors(top, where.rpartition("/")[0]))
    return found


@dataclass(frozen=True, slots=True)
class _Neighbors:
    """``Beside`` of one file."""

    top: Path
    folder: str

    def __call__(self, path: str) -> bytes | None:
        where = normpath(join(self.folder, path))
        if where.startswith(("..", "/")) or "\x00" in where:
            return None
        target = self.top / where
        # A link on the way, or at its end, may lead out of the tree.
        if os.path.realpath(target) != str(target):
            return None
        try:
            return _bytes(target)
        except (OSError, InventoryTooLarge, NotAnInventory):
            return None


def _bytes(path: Path) -> bytes:
    # Without waiting: a pipe that has a lock file's name must not hold up everything.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise NotAnInventory("It is no ordinary file.", "Remove it, or give its content as a file.")
        if about.st_size > BYTES_MAX:
            raise InventoryTooLarge(f"It has over {BYTES_MAX >> 20} MiB.", "Check what wrote it.")
        return file.read(BYTES_MAX + 1)


def _shown(path: str) -> str:
    return path.encode("utf-8", "replace").decode()
