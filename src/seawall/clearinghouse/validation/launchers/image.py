"""Makes a root folder of a container image inside the sandbox: its layers are hostile, and what they may cost is the sandbox's limits.

    python image.py /archive/IMAGE.tar /out

Reads an OCI layout (index.json, blobs) and what ``docker save`` writes (manifest.json). Layers are applied in order, deletions included
(``.wh.NAME``, ``.wh..wh..opq``). Every blob must have the digest that it is called by. A path is followed within the root only, links that lead
out of it end at its top; devices, pipes and sockets are left out, and so are the bits that give a program another's rights.
Whatever is odd ends it with a word for a person on standard error. Standard library only.
"""

import hashlib
import json
import os
import platform
import shutil
import stat
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

LAYERS_MAX = 128
ENTRIES_MAX = 100_000
"""Members of all layers together."""
BLOBS_MAX = 1_000
JSON_MAX = 4 * 2**20
PATH_MAX = 1_024
PARTS_MAX = 64
LINKS_MAX = 40
"""Links that one path may lead over."""
INDEXES_MAX = 3
BYTES_MAX = 2**30
_CHUNK = 2**20
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_DELETED, _OPAQUE = ".wh.", ".wh..wh..opq"


class Archive:
    """The image's outer archive."""

    def __init__(self, path: Path) -> None:
        """Find its members."""
        self._opened = tarfile.open(path)  # noqa: SIM115 - as long as this program
        self._members: dict[str, tarfile.TarInfo] = {}
        for info in self._opened:
            name = info.name.removeprefix("./")
            if info.isreg() and name in self._members:
                sys.exit(f"two members are called {name[:100]!r}")
            if info.isreg():
                self._members[name] = info
            if len(self._members) > BLOBS_MAX:
                sys.exit(f"it has more than {BLOBS_MAX} files")

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def stream(self, name: str) -> IO[bytes]:
        """The content of a member."""
        stream = self._opened.extractfile(self._members[name]) if name in self._members else None
        if stream is None:
            sys.exit(f"{name[:100]!r} is not in the archive")
        return stream

    def document(self, name: str) -> Any:
        """A member as JSON."""
        with self.stream(name) as stream:
            text = stream.read(JSON_MAX + 1)
        if len(text) > JSON_MAX:
            sys.exit(f"{name[:100]!r} is too long")
        return json.loads(text)

    def blob(self, descriptor: Any) -> str:
        """The name of the member that a descriptor means, whose digest holds."""
        algorithm, _, value = str(descriptor["digest"]).partition(":")
        if algorithm != "sha256" or not value.isalnum():
            sys.exit(f"the digest {descriptor['digest']!r:.100} is not read here")
        name, found = f"blobs/sha256/{value}", hashlib.sha256()
        with self.stream(name) as stream:
            while chunk := stream.read(_CHUNK):
                found.update(chunk)
        if found.hexdigest() != value:
            sys.exit(f"the blob {value[:16]} has another digest than its name says")
        return name


def layers(archive: Archive) -> list[str]:
    """Names of the layers, the lowest first."""
    if "index.json" in archive:
        document = archive.document("index.json")
        for _ in range(INDEXES_MAX):
            if "manifests" not in document:
                break
            document = archive.document(archive.blob(_one(document["manifests"])))
        if "layers" not in document:
            sys.exit("there is no image in its index")
        found = [archive.blob(layer) for layer in _bounded(document["layers"])]
    elif "manifest.json" in archive:
        images = archive.document("manifest.json")
        if len(images) != 1:
            sys.exit(f"it holds {len(images)} images; one is needed")
        found = [str(name) for name in _bounded(images[0]["Layers"])]
    else:
        sys.exit("it is no image: there is neither index.json nor manifest.json")
    return found


def _bounded(found: Any) -> list[Any]:
    if not isinstance(found, list) or not 1 <= len(found) <= LAYERS_MAX:
        sys.exit(f"an image has 1 to {LAYERS_MAX} layers")
    return found


def _one(manifests: Any) -> Any:
    """The one image, or the one for this machine."""
    wanted = _ARCHITECTURES.get(platform.machine(), platform.machine())
    here = [one for one in manifests if len(manifests) == 1 or one.get("platform", {}).get("architecture") == wanted]
    if len(here) != 1:
        sys.exit(f"its index names {len(here)} images for {wanted}; one is needed")
    return here[0]


class Root:
    """The folder under way."""

    def __init__(self, out: Path) -> None:
        """Start with an empty folder."""
        self._out = out
        self._entries = 0
        self._bytes = 0

    def apply(self, archive: Archive, name: str) -> None:
        """Apply a layer: what it deletes is below it, so that goes first."""
        for info in self._members(archive, name):
            parts = self._parts(info.name)
            if parts and parts[-1].startswith(_DELETED):
                self._delete(parts)
        for info, stream in self._contents(archive, name):
            parts = self._parts(info.name)
            if parts and not parts[-1].startswith(_DELETED):
                self._add(info, stream, parts)

    def _members(self, archive: Archive, name: str) -> Iterator[tarfile.TarInfo]:
        for info, _ in self._contents(archive, name):
            self._entries += 1
            if self._entries > ENTRIES_MAX:
                sys.exit(f"its layers have more than {ENTRIES_MAX} members")
            yield info

    @staticmethod
    def _contents(archive: Archive, name: str) -> Iterator[tuple[tarfile.TarInfo, IO[bytes] | None]]:
        with archive.stream(name) as stream, tarfile.open(fileobj=stream, mode="r|*") as opened:
            for info in opened:
                yield info, opened.extractfile(info) if info.isreg() else None

    @staticmethod
    def _parts(name: str) -> tuple[str, ...]:
        parts = tuple(part for part in PurePosixPath(name.lstrip("/")).parts if part != ".")
        if len(name) > PATH_MAX or len(parts) > PARTS_MAX or ".." in parts or "\0" in name:
            sys.exit(f"the path {name[:100]!r} does not stay inside")
        return parts

    def _place(self, parts: tuple[str, ...], *, make: bool) -> Path | None:
        """The real folder that a path means, links followed within the root; None where it is not there."""
        here: list[str] = []
        left, followed = list(reversed(parts)), 0
        while left:
            part = left.pop()
            if part == "..":
                here = here[:-1]
                continue
            path = self._out.joinpath(*here, part)
            if path.is_symlink():
                followed += 1
                target = PurePosixPath(path.readlink())
                if followed > LINKS_MAX or len(left) + len(target.parts) > PARTS_MAX * 4:
                    sys.exit(f"{'/'.join(parts)[:100]!r} leads over too many links")
                here = [] if target.is_absolute() else here
                left += [one for one in reversed(target.parts) if one not in {"/", "//", "."}]
                continue
            if not path.is_dir():
                if not make:
                    return None
                if path.exists():
                    path.unlink()
                path.mkdir(mode=0o755)
            here.append(part)
        return self._out.joinpath(*here)

    def _delete(self, parts: tuple[str, ...]) -> None:
        folder = self._place(parts[:-1], make=False)
        if folder is None:
            return
        if parts[-1] == _OPAQUE:
            for path in list(folder.iterdir()):
                _remove(path)
            return
        name = parts[-1].removeprefix(_DELETED)
        if name in {"", ".", ".."}:
            sys.exit("it deletes a name that is none")
        _remove(folder / name)

    def _add(self, info: tarfile.TarInfo, content: IO[bytes] | None, parts: tuple[str, ...]) -> None:
        folder = self._place(parts[:-1], make=True)
        if folder is None:
            return
        path = folder / parts[-1]
        if info.isdir():
            if path.is_symlink() or not path.is_dir():
                _remove(path)
                path.mkdir()
            path.chmod(info.mode & 0o755 | 0o700)
        elif info.issym():
            _remove(path)
            path.symlink_to(info.linkname[:PATH_MAX])
        elif info.islnk():
            self._link(info, path)
        elif content is not None:
            self._bytes += info.size
            if self._bytes > BYTES_MAX:
                sys.exit(f"its layers unpack to more than {BYTES_MAX >> 20} MiB")
            _remove(path)
            with path.open("xb") as file:
                shutil.copyfileobj(content, file, _CHUNK)
            path.chmod(info.mode & 0o755 | 0o600)

    def _link(self, info: tarfile.TarInfo, path: Path) -> None:
        parts = self._parts(info.linkname)
        folder = self._place(parts[:-1], make=False) if parts else None
        first = folder / parts[-1] if folder is not None else None
        if first is None or not stat.S_ISREG(first.lstat().st_mode):
            sys.exit(f"{info.name[:100]!r} is another name of what is no file")
        if first != path:
            _remove(path)
            os.link(first, path, follow_symlinks=False)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def main() -> None:
    """Make the root folder of the image named by the first argument in the second."""
    archive, root = Archive(Path(sys.argv[1])), Root(Path(sys.argv[2]))
    for name in layers(archive):
        root.apply(archive, name)


if __name__ == "__main__":
    try:
        main()
    except (
        tarfile.TarError,
        OSError,
        EOFError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        sys.exit(f"{type(error).__name__}: {str(error)[:200]}")
