"""Where sources come from: a registry's package at a version, unpacked, and an archive inside it; or a bundle's own folder.

Fetching (``registries.py``) has the network and gives one file with its digest. Unpacking is done inside the sandbox, which has
none, by a program of ours (``launchers/unpack.py``): a bomb ends at the sandbox's limits, and a name that steps out
steps into nothing. What is unpacked is plain files and folders.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seawall.clearinghouse.validation import interpreters
from seawall.clearinghouse.validation.errors import TargetError
from seawall.clearinghouse.validation.sandboxes.interface import Mount, Provider, RunLimits, RunSpec
from seawall.clearinghouse.validation.targets import registries
from seawall.clearinghouse.validation.targets.interface import cached, tree_digest

LAUNCHERS = Path(__file__).parents[1] / "launchers"
UNPACKING = RunLimits(wall_s=120.0, cpu_s=90.0, memory_bytes=512 * 2**20, disk_bytes=1024 * 2**20)
"""The largest sources that are built here (a browser engine's are not) unpack to a few hundred MiB."""
_DPKG = (Path("/usr/share/perl5"), Path("/usr/share/perl"), Path("/usr/share/dpkg"))
"""What dpkg-source, a Perl program, needs of this machine beside a sandbox's usual folders."""
FILES_MAX = 500
"""Files that one pattern may find."""


@dataclass(frozen=True)
class Source:
    """Sources on disk, of one side."""

    folder: Path
    facts: dict[str, Any]
    """Where they come from, with digests."""
    name: str
    """What a person calls them."""

    def find(self, patterns: tuple[str, ...]) -> list[str]:
        """Plain files below the folder, by their relative names, sorted; links are no files here."""
        found: set[str] = set()
        for pattern in patterns:
            for path in self.folder.glob(pattern):
                if path.is_file() and not path.is_symlink():
                    found.add(path.relative_to(self.folder).as_posix())
                if len(found) > FILES_MAX:
                    return sorted(found)
        return sorted(found)

    def folders(self, patterns: tuple[str, ...]) -> list[str]:
        """Folders below, by their relative names; a pattern without wildcards is taken as it is."""
        found: list[str] = []
        for pattern in patterns:
            if not re.search(r"[*?\[]", pattern):
                found.append(pattern)
                continue
            places = sorted(path for path in self.folder.glob(pattern) if path.is_dir())
            found += [path.relative_to(self.folder).as_posix() for path in places[:FILES_MAX]]
        return found


def uploaded(folder: Path, name: str) -> Source:
    """A tree that the bundle brings."""
    return Source(folder, {"registry": "source tree", "digest": tree_digest(folder)}, f"The tree {name!r}")


def packaged(cache: Path, provider: Provider, kind: str, name: str, version: str, archive: str = "") -> Source:
    """A package's sources.

    Args:
        cache: The cache's folder.
        provider: Where it is unpacked.
        kind: Registry: ``pypi``, ``npm``, ``deb`` or ``deb-source``.
        name: As the registry writes it.
        version: Exact.
        archive: Pattern of the one archive inside the package that holds the sources, or empty.

    Raises:
        TargetError: No such version, a digest that is not the registry's, or an archive that cannot be unpacked.
        Infrastructure: The registry or its client is out of reach.
    """
    what = f"{name} {version}"
    fetched = registries.fetch(cache, kind, name, version)
    facts = dict(fetched.facts)
    folder = _unpacked(cache, provider, fetched.folder / "tree" / facts["file"], facts["sha256"], what)
    if kind == "deb":
        folder = folder.parent if folder.name != "tree" else folder  # a package's paths begin at the system's root
    if not archive:
        return Source(folder, facts, what)
    inner = Source(folder, facts, what).find((archive,))
    if len(inner) != 1:
        raise TargetError(f"build.archive finds {len(inner)} files in {what}.", "Name exactly one archive.")
    folder = _unpacked(cache, provider, folder / inner[0], f"{facts['sha256']}:{inner[0]}", f"{inner[0]} of {what}")
    return Source(folder, {**facts, "archive": inner[0], "digest": tree_digest(folder)}, f"{inner[0]} of {what}")


def _unpacked(cache: Path, provider: Provider, archive: Path, digest: str, what: str) -> Path:
    """The folder that an archive unpacks to; its one top folder, where it has one, is left out."""
    built = cached(cache, {"unpacked": digest}, lambda tree: unpack(provider, archive, tree, what))
    folder = built.folder / "tree"
    inside = list(folder.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() and not inside[0].is_symlink() else folder


def unpack(
    provider: Provider, archive: Path, tree: Path, what: str, program_inside: str = "unpack.py"
) -> dict[str, Any]:
    """Unpack an archive into a folder, inside the sandbox, by a program of ``launchers``.

    Raises:
        TargetError: It cannot be unpacked.
    """
    program, mounts = interpreters.python()
    done = provider.run(
        RunSpec(
            argv=(program, "-I", "-S", f"/seawall/{program_inside}", f"/archive/{archive.name}", "/out"),
            mounts=(
                *mounts,
                *(Mount(place, str(place)) for place in _DPKG if archive.suffix == ".dsc" and place.is_dir()),
                Mount(LAUNCHERS, "/seawall"),
                Mount(archive.parent, "/archive"),
                Mount(tree, "/out", writable=True),
            ),
            env=interpreters.environment(program),
            cwd="/out",
            limits=UNPACKING,
        )
    )  # fmt: skip
    if done.exit_code != 0:
        said = done.killed_by or done.stderr.decode("utf-8", errors="replace").strip()[:300]
        limit = f"it reached its {said} limit" if done.killed_by else said
        raise TargetError(f"{what} cannot be unpacked: {limit}.", "It must be a plain archive of moderate size.")
    return {}
