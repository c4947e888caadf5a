"""Whole systems as targets: the root folder of a container image, which stands in a run in place of this machine's system folders.

A side is named by ``target.vulnerable_tree`` and ``target.fixed_tree``: a folder of the bundle, an image's archive in the bundle (an OCI
layout, or what ``docker save`` writes), or ``sha256:…``, the digest of such an archive in the cache's folder ``images``. Layers are applied in the
sandbox, by a program of ours (``launchers/image.py``). Nothing of the image decides how it is run: no entry point, user or variable.
"""

import shutil
from pathlib import Path
from typing import Any

from seawall.clearinghouse.validation.bundles import Bundle
from seawall.clearinghouse.validation.errors import TargetError
from seawall.clearinghouse.validation.sandboxes.interface import Provider
from seawall.clearinghouse.validation.shapes import DIGEST
from seawall.clearinghouse.validation.targets.interface import Built, cached, tree_digest
from seawall.clearinghouse.validation.targets.registries import digest
from seawall.clearinghouse.validation.targets.sources import unpack

IMAGES = "images"
"""Folder of the cache with images, each called by its digest: ``images/HEX.tar``."""
ARCHIVE_MAX = 2 * 2**30
"""Bytes of an archive; what it unpacks to is limited by ``sources.UNPACKING``."""


def build(cache: Path, provider: Provider, bundle: Bundle, *, fixed: bool) -> Built:
    """The root folder of one side.

    Raises:
        TargetError: The image is not there, is another, or cannot be unpacked.
    """
    manifest = bundle.manifest
    name = (manifest.fixed_tree if fixed else manifest.vulnerable_tree) or ""
    driver = bundle.folder / manifest.driver
    driver.chmod(0o755)  # the kernel starts it, inside, by its first line
    folder = bundle.folder / name
    if folder.is_dir() and not DIGEST.match(name):
        content = tree_digest(folder)
        return cached(cache, {"root": content}, lambda tree: _copied(folder, tree, content))
    archive, wanted = (_kept(cache, name), name) if DIGEST.match(name) else (folder, "")
    found = f"sha256:{digest(archive)}"
    if wanted and found != wanted:
        raise TargetError(f"The cache's image {name[:19]}… is another one.", "Put the right one there.")

    def make(tree: Path) -> dict[str, Any]:
        unpack(provider, archive, tree, f"The image {name[:60]}", "image.py")
        return {"registry": "image", "archive": found, "digest": tree_digest(tree)}

    return cached(cache, {"root": found}, make)


def _kept(cache: Path, name: str) -> Path:
    path = cache / IMAGES / f"{name.removeprefix('sha256:')}.tar"
    if not path.is_file():
        raise TargetError(f"The image {name[:19]}… is not in the cache.", f"Put its archive at {path}.")
    if path.stat().st_size > ARCHIVE_MAX:
        raise TargetError(f"The image {name[:19]}… has more than {ARCHIVE_MAX >> 30} GiB.", "Use a smaller one.")
    return path


def _copied(folder: Path, tree: Path, content: str) -> dict[str, Any]:
    """A folder of the bundle, which says nothing of modes: everything may be run."""
    shutil.copytree(folder, tree, dirs_exist_ok=True)
    for path in tree.rglob("*"):
        path.chmod(0o755)
    return {"registry": "root folder", "digest": content}
