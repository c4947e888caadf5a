"""What a target is: a package at a version, installed or built into a folder that runs mount read-only.

Fetching has the network; building and running have none. A built target is named by what went into it and kept in
a cache: made in a folder beside, then renamed, so that a crash or a second worker never leaves half of one.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seawall.clearinghouse.validation.sandboxes.interface import Mount

_RECIPE = "2"
"""Raise when the same recipe would build something else."""


@dataclass(frozen=True)
class Built:
    """A target on disk."""

    folder: Path
    facts: dict[str, Any]
    """What it is, for the evidence: versions, digests."""

    def mounts(self, inside: str) -> tuple[Mount, ...]:
        """The target at its place in the sandbox."""
        return (Mount(self.folder / "tree", inside),)


def cached(cache: Path, recipe: dict[str, Any], build: Callable[[Path], dict[str, Any]]) -> Built:
    """The built target of a recipe, from the cache or made now.

    Args:
        cache: The cache's folder.
        recipe: Everything that decides what is built.
        build: Fills the given empty folder and returns the facts; whatever it raises is raised.
    """
    name = hashlib.sha256(json.dumps({"recipe": _RECIPE, **recipe}, sort_keys=True).encode()).hexdigest()[:32]
    target = cache / name
    if not (target / "facts.json").exists():
        cache.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=".making-", dir=cache))
        try:
            making.chmod(0o755)
            (making / "tree").mkdir()
            facts = build(making / "tree")
            (making / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
            try:
                making.rename(target)
            except OSError:
                # Another worker was faster; its result is the same.
                if not (target / "facts.json").exists():
                    raise
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return Built(target, json.loads((target / "facts.json").read_text(encoding="utf-8")))


def tree_digest(folder: Path) -> str:
    """SHA-256 over the names and contents of all files and links, sorted; compiled Python files left out."""
    digest = hashlib.sha256()
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(files):
            path = Path(root) / name
            if path.is_symlink():
                content = os.fsencode(path.readlink())
            elif path.is_file():
                content = path.read_bytes()
            else:
                continue  # a pipe would keep its reader waiting
            relative = path.relative_to(folder).as_posix()
            digest.update(f"{len(relative)}:{relative}{len(content)}:".encode())
            digest.update(content)
    return f"sha256:{digest.hexdigest()}"
