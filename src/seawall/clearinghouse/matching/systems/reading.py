"""Lists what is installed in an image, below a folder, or on this machine. No process is started, nothing is written but to a
temporary file where an image's archive is packed as a whole.

    read_image(Path("nginx.tar"))
    read_root(Path("/mnt/rescue"))
    read_machine()

A file that is damaged is noted and the rest is listed; an image of which a layer is damaged or missing is refused.
"""

from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path

from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.systems.folders import Folder
from seawall.clearinghouse.matching.systems.gathering import Gathering, shown
from seawall.clearinghouse.matching.systems.images import layers, manifests
from seawall.clearinghouse.matching.systems.images.blobs import open_blobs
from seawall.clearinghouse.matching.systems.images.unpacking import GZIP, ZSTD
from seawall.clearinghouse.matching.systems.inventory import sbom
from seawall.clearinghouse.matching.systems.readers import binaries
from seawall.clearinghouse.matching.systems.types import NOTHING

MACHINE = Path("/")
DATABASES = (
    "etc",
    "lib/apk/db",
    "usr/lib/apk/db",
    "usr/lib/os-release",
    "usr/lib/sysimage/rpm",
    "usr/share/rpm",
    "var/lib/dpkg",
    "var/lib/rpm",
)
"""Where distributions keep what the readers of databases want."""
_TAR_MARK, _TAR_MARK_AT, _TAR_MARK_END = b"ustar", 257, 262
NOT_ON_DISK = ("dev", "proc", "run", "sys")
OTHER_SYSTEMS = (
    "var/lib/containerd",
    "var/lib/containers/storage",
    "var/lib/docker",
    "var/lib/kubelet",
    "var/lib/lxc",
    "var/lib/lxd",
    "var/lib/machines",
)
"""Where containers and virtual machines keep their own roots."""


def is_image(path: Path) -> bool:
    """Whether a file or folder is to be read as an image: an OCI layout, or an archive, packed or not. Never raises."""
    try:
        if path.is_dir():
            return (path / "oci-layout").is_file() and (path / "index.json").is_file()
        with path.open("rb") as file:
            begin = file.read(_TAR_MARK_END)
    except OSError:
        return False
    return begin[:2] == GZIP or begin[:4] == ZSTD or begin[_TAR_MARK_AT:] == _TAR_MARK


def read_image(path: Path) -> Sbom:
    """What is installed in an image.

    Args:
        path: An archive as ``docker save`` or ``podman save`` writes it, or an OCI layout as an archive or a folder.

    Raises:
        NotASystem: No image; or a layer is missing, damaged, cut, or not the one that is named.
        SystemTooLarge: Over a limit, such as a layer that unpacks to far more than its size.
    """
    gathering = Gathering()
    with ExitStack() as cleaning:
        blobs = open_blobs(path, cleaning)
        image = manifests.read(blobs)
        for note in image.notes:
            gathering.notes.add(note)
        layers.gather(blobs, image.layers, gathering)
    return sbom(gathering, shown(image.name or path.name), image.purl)


def read_root(path: Path) -> Sbom:
    """What is installed below a folder that is a system's root.

    Raises:
        NotASystem: No folder, or nothing in it names a package.
        SystemTooLarge: Over a limit.
    """
    return _read(path, shown(path.name), ())


def read_machine() -> Sbom:
    """What is installed on this machine, as far as its user may read it. Other systems' roots, such as containers', are left out.

    Raises:
        NotASystem: Nothing names a package.
        SystemTooLarge: Over a limit.
    """
    return _read(MACHINE, "this machine", (*NOT_ON_DISK, *OTHER_SYSTEMS))


def _read(path: Path, name: str, without: Collection[str]) -> Sbom:
    gathering = Gathering()
    # The distribution's databases first: programs that its packages brought, most of all, need not be read then.
    databases = Folder(str(path), lambda inside: _reader(gathering, inside, language=False), only=DATABASES)
    _gather(databases, gathering)
    owned = gathering.owned()
    others = Folder(
        str(path),
        lambda inside: (
            _reader(gathering, inside, language=True)
            and not (inside in owned and gathering.reader_of(inside) is binaries)
        ),
        without=without,
    )
    _gather(others, gathering)
    return sbom(gathering, name)


def _reader(gathering: Gathering, path: str, *, language: bool) -> bool:
    reader = gathering.reader_of(path)
    return reader is not None and reader.LANGUAGE is language


def _gather(folder: Folder, gathering: Gathering) -> None:
    for entry in folder.entries():
        looked = gathering.look(entry)
        if looked is not None and looked[1] is not NOTHING:
            gathering.put(entry.path, *looked)
    for note in folder.notes.all():
        gathering.notes.add(note)
