"""What a check is given: from paths to components, and to the decisions that silence findings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from seawall.clearinghouse.matching.check import ignoring
from seawall.clearinghouse.matching.check.checker import Settings
from seawall.clearinghouse.matching.check.errors import NothingToCheck
from seawall.clearinghouse.matching.check.types import Item, Unreadable
from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.interface import FORMATS, Sbom, parser
from seawall.clearinghouse.matching.types import Reach
from seawall.foundation.platform.errors import BadInput

BYTES_MAX = 512 * 2**20
"""Of one file; an SBOM of 200,000 components has about 150 MB."""


@dataclass(frozen=True, slots=True)
class Given:
    """What was read."""

    items: tuple[Item, ...]
    unreadable: tuple[Unreadable, ...]
    notes: tuple[str, ...]


def read(paths: Sequence[Path], *, root: bool = False, machine: bool = False) -> Given:
    """Read everything.

    Args:
        paths: Files or folders.
        root: Folders are root folders of systems.
        machine: This machine's own packages, too.

    Raises:
        NothingToCheck: No inventory was found.
        BadInput: A file that was named itself cannot be read; says where.
    """
    unreadable: list[Unreadable] = []
    found: list[tuple[str, Sbom]] = []
    for path in paths:
        found += _read_one(path, root=root, unreadable=unreadable)
    if machine:
        from seawall.clearinghouse.matching.systems import read_machine  # noqa: PLC0415 - only where asked for

        found.append(("this machine", read_machine()))
    if not found and not unreadable:
        raise NothingToCheck(
            f"No lock file, SBOM or package database was found{' in ' + str(paths[0]) if paths else ''}.",
            "Name a folder, a lock file, an SBOM or an image; --root for a system's folder, --machine for this one.",
        )
    return Given(
        tuple(Item(where, listing) for where, sbom in found for listing in sbom.listings),
        tuple(unreadable),
        tuple(dict.fromkeys(f"{where}: {note}" for where, sbom in found for note in sbom.notes)),
    )


def settings(
    paths: Sequence[Path], *, checked_on: date, reach: Reach, ignore_file: Path | None, vex_files: Sequence[Path]
) -> Settings:
    """What the check goes by; an ignore file beside what is checked is taken without being named.

    Raises:
        NotAnIgnoreFile: It cannot be read.
    """
    chosen = ignore_file or next((place for place in _beside(paths) if place.is_file()), None)
    return Settings(
        checked_on=checked_on,
        reach=reach,
        ignores=() if chosen is None else ignoring.read(chosen),
        ignore_file="" if chosen is None else str(chosen),
    )


def _beside(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        yield (path if path.is_dir() else path.parent) / ignoring.FILE


def _read_one(path: Path, *, root: bool, unreadable: list[Unreadable]) -> Iterator[tuple[str, Sbom]]:
    yield str(path), _file(path)


def _file(path: Path) -> Sbom:
    if path.stat().st_size > BYTES_MAX:
        raise NotAnInventory(f"{path} has over {BYTES_MAX >> 20} MiB.", "Send one inventory per system.")
    data = path.read_bytes()
    name = next((one for one in FORMATS if parser(one).claims(path.as_posix())), "cyclonedx")
    try:
        return parser(name).parse(data)
    except BadInput as error:
        raise type(error)(f"{path}: {error.detail}", error.action, error.field) from error
