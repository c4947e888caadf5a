"""Lays the layers of an image over each other, keeping only what readers find.

A layer's white-outs (``.wh.NAME``, ``.wh..wh..opq``) take away what lower layers have, wherever in the layer they stand; a file
or a link takes the place of whatever a lower layer has at its path. References: OCI image specification 1.1, layer.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from seawall.clearinghouse.matching.systems.errors import NotASystem, SystemTooLarge
from seawall.clearinghouse.matching.systems.gathering import Gathering, shown
from seawall.clearinghouse.matching.systems.images.blobs import Blobs
from seawall.clearinghouse.matching.systems.images.manifests import Layer
from seawall.clearinghouse.matching.systems.images.tars import Kind, Member, members
from seawall.clearinghouse.matching.systems.images.unpacking import RATIO_FLOOR, RATIO_MAX, Unpacked
from seawall.clearinghouse.matching.systems.interface import Reader
from seawall.clearinghouse.matching.systems.types import NOTHING, Found

DEPTH_MAX = 256
"""Parts of a path; Linux takes 2,048 at most."""

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"


@dataclass(slots=True)
class _Changes:
    """What one layer does to those below it."""

    found: dict[str, tuple[Reader, Found]] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A member as the readers see it."""

    path: str
    member: Member

    @property
    def size(self) -> int:
        """Bytes."""
        return self.member.size

    def begin(self, count: int) -> bytes:
        """See ``interface.Entry``."""
        return self.member.begin(count)

    def read(self) -> bytes:
        """See ``interface.Entry``."""
        return self.member.read()


def gather(blobs: Blobs, layers: Iterable[Layer], gathering: Gathering) -> None:
    """Offer all files of the layers, the lowest layer first.

    Raises:
        NotASystem: A layer is missing, damaged, cut, or not the one that the manifest names: what it would have changed is not
            known, so that nothing is said of the image.
        SystemTooLarge: Over a limit.
    """
    sizes: dict[str, int] = {}
    unpacked = 0
    for number, layer in enumerate(layers, start=1):
        if blobs.size(layer.name) is None:
            raise NotASystem(f"Layer {number} is missing: {layer.name[:80]}.", "Save the image again.")
        stream = Unpacked(blobs.chunks(layer.name))
        changes = _layer(stream, gathering)
        stream.finish()
        sizes[layer.name] = stream.packed
        unpacked += stream.unpacked
        if unpacked > RATIO_FLOOR and unpacked > RATIO_MAX * sum(sizes.values()):
            raise SystemTooLarge(
                f"The layers unpack to over {unpacked // 2**20:,} MiB.", "Check where the image comes from."
            )
        for wanted, digest in ((layer.packed, stream.packed_digest), (layer.unpacked, stream.digest)):
            if wanted and digest.hexdigest() != wanted:
                raise NotASystem(
                    f"Layer {number} is not the one that the image names: its digest is another.",
                    "Save the image again.",
                )
        for path in changes.removed:
            gathering.remove(path)
        for path in changes.emptied:
            gathering.remove(path, inside_only=True)
        for path, (reader, found) in changes.found.items():
            if found is not NOTHING:
                gathering.put(path, reader, found)


def _layer(stream: Unpacked, gathering: Gathering) -> _Changes:
    changes = _Changes()
    strange = 0
    for member in members(stream):
        path = _path(member.name)
        if path is None:
            strange += 1
            continue
        folder, _, name = path.rpartition("/")
        if name == _OPAQUE:
            changes.emptied.append(folder)
        elif name.startswith(_WHITEOUT):
            gone = name.removeprefix(_WHITEOUT)
            if gone in {"", ".", ".."}:
                strange += 1
            else:
                changes.removed.append(f"{folder}/{gone}".lstrip("/"))
        elif member.kind is not Kind.FOLDER:
            _change(changes, member, path, gathering)
    if strange:
        gathering.notes.add(
            f"{strange} members of a layer have names that lead out of it or to nothing, and are passed over."
        )
    return changes


def _change(changes: _Changes, member: Member, path: str, gathering: Gathering) -> None:
    if gathering.has(path):
        changes.removed.append(path)
    looked: tuple[Reader, Found] | None = None
    if member.kind is Kind.FILE:
        looked = gathering.look(_Entry(path, member))
    elif member.kind is Kind.HARD_LINK and gathering.reader_of(path) is not None:
        looked = changes.found.get(_path(member.link) or "")
        if looked is None:
            gathering.notes.add(f"{shown(path)} is a link to a file that was not looked at, and is not read.")
    changes.found.pop(path, None)
    if looked is not None:
        changes.found[path] = looked


def _path(name: str) -> str | None:
    """A member's path from the root; None where it would lead out of it, or is no path."""
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if not parts or ".." in parts or len(parts) > DEPTH_MAX or "\0" in name:
        return None if parts else ""
    return "/".join(parts)
