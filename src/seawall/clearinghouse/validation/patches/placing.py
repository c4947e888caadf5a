"""Which file of the target a patch's path means, and which of its paths are none of ours to change.

A patch is made in a source tree, the target is what the registry installs, or a tree of the bundle. So leading folders of
a path are left off until a file of the target is found (``src/pier/label.py`` is ``pier/label.py``). Never changed are:
files of the harness and of the proof (refused), tests (left out and named), and everything that is not the target's own.
"""

import csv
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from seawall.clearinghouse.validation.archives import shown
from seawall.clearinghouse.validation.bundles import Bundle
from seawall.clearinghouse.validation.patches import applying
from seawall.clearinghouse.validation.patches.errors import PatchRefused
from seawall.clearinghouse.validation.patches.types import Applied, ChangedFile, FileChange
from seawall.clearinghouse.validation.targets.interface import Built
from seawall.clearinghouse.validation.types import Manifest, Runtime

FILE_MAX = 4 * 2**20
"""Bytes of one file that is patched."""
FILES_MAX = 50_000
"""Files of a target that are looked at."""
STRIPPED_MAX = 12
"""Leading folders that may be left off."""
_TESTS = frozenset({"test", "tests", "__tests__", "spec", "specs", "__mocks__", "testdata"})
_TEST_FILE = re.compile(r"(?:^test_.*|.*_test|.*[._-](?:test|spec)s?|^conftest|^tests?)\.(?:py|[cm]?[jt]sx?|c|cc|h)$")
_ASIDE = frozenset(
    {"doc", "docs", "example", "examples", "bench", "benchmark", "benchmarks", ".github", "ci", "changes"}
)
_CODE = re.compile(r"\.(?:py|pyx|pxd|[cm]?[jt]sx?|c|cc|cpp|cxx|h|hpp|rs|go|java)$")
_HARNESS = frozenset({"seawall", "proof.toml"})


@dataclass(frozen=True)
class Layout:
    """The files of a target that a patch may change."""

    root: Path
    """What the files' paths are relative to."""
    files: frozenset[str]
    flat: bool
    """Whether a new file may lie at the root itself; in a folder that all packages share it may not."""
    proof: frozenset[str]
    """Paths of the bundle, which no patch may change."""

    @property
    def folders(self) -> frozenset[str]:
        """Folders that hold a file; ``.`` where new files may lie at the root."""
        found = {parent.as_posix() for file in self.files for parent in PurePosixPath(file).parents}
        return frozenset(found if self.flat else found - {"."})


def layout(bundle: Bundle, built: Built) -> Layout:
    """The target's own files: of a Python distribution those of its record, of an npm package its folder, of a tree all."""
    manifest = bundle.manifest
    proof = frozenset(path.relative_to(bundle.folder).as_posix() for path in bundle.folder.rglob("*") if path.is_file())
    if manifest.runtime is Runtime.PYTHON:
        root = built.folder / "tree"
        return Layout(root, frozenset(_recorded(root, manifest.package_name)), flat=False, proof=proof)
    if manifest.runtime is Runtime.NODE:
        root = built.folder / "tree" / "node_modules" / manifest.package_name
        return Layout(root, frozenset(_below(root, "")), flat=True, proof=proof)
    tree = tree_name(manifest)
    root = bundle.folder / tree
    others = frozenset(path for path in proof if not path.startswith(f"{tree}/"))
    return Layout(root, frozenset(_below(root, "")), flat=True, proof=others)


def tree_name(manifest: Manifest) -> str:
    """The flawed tree's folder in the bundle.

    Raises:
        PatchRefused: The target is neither installed nor a tree of the bundle.
    """
    if manifest.vulnerable_tree is None or manifest.runtime.value != Runtime.NATIVE.value:
        raise PatchRefused(
            "Targets of this kind cannot be patched yet.", "Packages of PyPI and npm can, and trees of C in the bundle."
        )
    return manifest.vulnerable_tree


def apply(changes: tuple[FileChange, ...], where: Layout) -> Applied:
    """The target's files as a patch leaves them, in memory.

    Raises:
        PatchRefused: It touches what it may not, nothing of the target, or does not fit.
    """
    files: list[ChangedFile] = []
    aside: dict[str, list[str]] = {"left_out": [], "tests": [], "code_left_out": [], "old_tests": []}
    stripped = _stripped(changes, where)
    for change in changes:
        kind = _kind(change, where, stripped)
        if kind is not None:
            aside[kind].append(change.path)
            if kind == "tests" and change.old is not None:
                aside["old_tests"].append(change.path)
            continue
        files += _applied(change, where, stripped)
    if not files:
        named = ", ".join(shown(change.path) for change in changes[:3])
        raise PatchRefused(
            f"The patch changes no file of the target as it is installed ({named}).",
            "A package that is built from its sources is patched in what was built.",
        )
    twice = [file.path for file in files]
    if len(set(twice)) < len(twice):
        raise PatchRefused("Two parts of the patch mean the same file of the target.", "Make one diff of the two.")
    return Applied(tuple(files), **{key: tuple(paths) for key, paths in aside.items()})


def _recorded(root: Path, package: str) -> list[str]:
    """Plain files that a distribution's own record names; what other packages put into the same folder is not there."""
    wanted = re.sub(r"[-_.]+", "-", package).lower()
    found: list[str] = []
    for info in root.glob("*.dist-info"):
        if re.sub(r"[-_.]+", "-", info.name.removesuffix(".dist-info").rpartition("-")[0]).lower() != wanted:
            continue
        for row in csv.reader((info / "RECORD").read_text("utf-8", "replace").splitlines()[:FILES_MAX]):
            path = PurePosixPath(row[0]) if row else PurePosixPath("/")
            aside = path.is_absolute() or ".." in path.parts or path.parts[0].endswith((".dist-info", ".data"))
            if not aside and (root / path).resolve() == root.resolve() / path and _plain(root / path):
                found.append(path.as_posix())
    return found


def _below(root: Path, name: str) -> list[str]:
    """Plain files below a folder, relative to the root; no links, no other packages."""
    found: list[str] = []
    for folder, folders, files in os.walk(root / name):
        folders[:] = [inner for inner in folders if inner not in {"node_modules", "__pycache__"}]
        for file in files:
            path = Path(folder) / file
            if _plain(path):
                found.append(path.relative_to(root).as_posix())
        if len(found) > FILES_MAX:
            raise PatchRefused(f"The target has more than {FILES_MAX} files.", "It cannot be patched here.")
    return found


def _plain(path: Path) -> bool:
    return path.exists() and stat.S_ISREG(path.lstat().st_mode)


def _suffixes(path: str) -> list[str]:
    parts = PurePosixPath(path).parts
    return ["/".join(parts[count:]) for count in range(min(len(parts), STRIPPED_MAX + 1))]


def _file_of(path: str, where: Layout) -> tuple[str, int] | None:
    """The target's file that a path means, and how many folders were left off."""
    for count, suffix in enumerate(_suffixes(path)):
        if suffix in where.files:
            return suffix, count
    return None


def _stripped(changes: tuple[FileChange, ...], where: Layout) -> int:
    """Folders that are left off new files: as many as off the first file that is there."""
    for change in changes:
        if change.old is not None and not is_test(change.old) and (found := _file_of(change.old, where)):
            return found[1]
    return 0


def is_test(path: str) -> bool:
    """Whether a path is a test's, by the names that test runners look for."""
    pure = PurePosixPath(path)
    return bool(_TESTS & set(pure.parts[:-1])) or _TEST_FILE.match(pure.name) is not None


def _kind(change: FileChange, where: Layout, stripped: int) -> str | None:
    """Why a change is left out, or None where it is made.

    Raises:
        PatchRefused: It is to the harness or to the proof.
    """
    for path in (change.old, change.new):
        if path is None:
            continue
        if path not in where.files and (path in where.proof or PurePosixPath(path).parts[0] in _HARNESS):
            raise PatchRefused(
                f"The patch changes {shown(path)}, which is the proof's or the harness's.",
                "A fix is made in the package.",
            )
    if is_test(change.path) or (change.old is not None and is_test(change.old)):
        return "tests"
    if change.old is not None and _file_of(change.old, where):
        return None
    if _ASIDE & set(PurePosixPath(change.path).parts[:-1]) or not _CODE.search(change.path):
        return "left_out"
    if change.old is None and _new_place(change.path, where, stripped) is not None:
        return None
    return "code_left_out"


def _new_place(path: str, where: Layout, stripped: int) -> str | None:
    """Where a new file goes: into a folder that the target has, as far down as the patch's other files went."""
    suffixes = _suffixes(path)
    place = suffixes[stripped] if stripped < len(suffixes) else ""
    return place if place and PurePosixPath(place).parent.as_posix() in where.folders else None


def _applied(change: FileChange, where: Layout, stripped: int) -> list[ChangedFile]:
    if change.old is None:
        place = _new_place(change.path, where, stripped) or ""
        if (where.root / place).exists():
            raise PatchRefused(f"{shown(place)} is new in the patch and is in the target already.", "Is it applied?")
        content, places = applying.create(change.hunks)
        return [ChangedFile(place, None, content, places)]
    found = _file_of(change.old, where)
    if found is None:
        raise PatchRefused(f"The target has no {shown(change.old)}.", "Make the patch for this version.")
    path, count = found
    before = (where.root / path).read_bytes()
    if len(before) > FILE_MAX or b"\0" in before:
        raise PatchRefused(f"{shown(path)} is no text file of a sensible size.", "It cannot be patched here.")
    after, places, notes = applying.apply(before, change.hunks, path)
    if change.new is None:
        if after.strip():
            raise PatchRefused(f"{shown(path)} is deleted by the patch, but holds more.", "Make the diff anew.")
        return [ChangedFile(path, before, None)]
    # `diff -ur old/ new/` names one file by two paths.
    if change.new == change.old or (_file_of(change.new, where) or ("", 0))[0] == path:
        return [ChangedFile(path, before, after, places, notes)]
    moved = _new_place(change.new, where, count)
    if moved is None or (where.root / moved).exists():
        raise PatchRefused(f"{shown(change.old)} cannot be renamed to {shown(change.new)} here.", "Keep its name.")
    return [ChangedFile(path, before, None), ChangedFile(moved, None, after, places, notes)]
