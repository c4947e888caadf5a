"""What a check is given: from paths to components, and to the decisions that silence findings."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from seawall.clearinghouse.matching import folders
from seawall.clearinghouse.matching.check import ignoring
from seawall.clearinghouse.matching.check.checker import Settings, Silencer
from seawall.clearinghouse.matching.check.errors import NothingToCheck
from seawall.clearinghouse.matching.check.types import Finding, Item, Silence, Unreadable
from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats import sniffing
from seawall.clearinghouse.matching.formats.interface import Sbom, parser
from seawall.clearinghouse.matching.types import Reach
from seawall.foundation.platform.errors import BadInput, TooLarge

_BEGIN = 512


@dataclass(frozen=True, slots=True)
class Given:
    """What was read."""

    items: tuple[Item, ...]
    unreadable: tuple[Unreadable, ...]
    notes: tuple[str, ...]


def read(paths: Sequence[Path], *, root: bool = False, machine: bool = False, without: Collection[str] = ()) -> Given:
    """Read everything.

    Args:
        paths: Files or folders.
        root: Folders are root folders of systems.
        machine: This machine's own packages, too.
        without: Scopes of components that are left out: ``dev``, ``build``, ``optional``.

    Raises:
        NothingToCheck: No inventory was found.
        BadInput: A file that was named itself cannot be read; says where.
    """
    unreadable: list[Unreadable] = []
    found: list[tuple[str, Sbom]] = []
    for path in paths:
        found += _read_one(path, root=root, unreadable=unreadable)
    if machine:
        from seawall.clearinghouse.matching.systems.reading import read_machine  # noqa: PLC0415 - only where asked for

        found.append(("this machine", read_machine()))
    if not found and not unreadable:
        raise NothingToCheck(
            f"No lock file, SBOM or package database was found{' in ' + str(paths[0]) if paths else ''}.",
            "Name a folder, a lock file, an SBOM or an image; --root for a system's folder, --machine for this one.",
        )
    return Given(
        tuple(
            Item(where, listing, sbom.product)
            for where, sbom in found
            for listing in sbom.listings
            if not listing.scope or listing.scope not in without
        ),
        tuple(unreadable),
        tuple(dict.fromkeys(f"{where}: {note}" for where, sbom in found for note in sbom.notes)),
    )


def settings(
    paths: Sequence[Path], *, checked_on: date, reach: Reach, ignore_file: Path | None, vex_files: Sequence[Path]
) -> Settings:
    """What the check goes by; an ignore file beside what is checked is taken without being named.

    Raises:
        NotAnIgnoreFile: It cannot be read.
        BadInput: A VEX document cannot be read; nothing of it is used.
    """
    chosen = ignore_file or next((place for place in _beside(paths) if place.is_file()), None)
    return Settings(
        checked_on=checked_on,
        reach=reach,
        ignores=() if chosen is None else ignoring.read(chosen),
        ignore_file="" if chosen is None else str(chosen),
        silencers=(_by_vex(vex_files, datetime.combine(checked_on, time.max, UTC)),) if vex_files else (),
    )


def _by_vex(paths: Sequence[Path], now: datetime) -> Silencer:
    from seawall.clearinghouse.matching.vex.reading import read as read_vex  # noqa: PLC0415 - only where asked for
    from seawall.clearinghouse.matching.vex.rules import Book  # noqa: PLC0415
    from seawall.clearinghouse.matching.vex.types import Subject  # noqa: PLC0415

    book = Book(statement for path in paths for statement in read_vex(path))

    def silencer(finding: Finding) -> Silence | None:
        listing = finding.item.listing
        within = (*finding.item.product, *listing.path[:1])
        decision = book.decide(Subject(finding.identifiers, listing.purl, listing.version, within), now)
        if decision is None or not decision.status.silences:
            return None
        statement = decision.applied.statement
        doubts = [*decision.applied.flags, *(["Others say otherwise."] if decision.conflict else [])]
        reason = " ".join([f"{statement.author or 'Somebody'} says {decision.status.value}.", statement.text, *doubts])
        return Silence("vex", " ".join(reason.split()), statement.source, justification=statement.justification)

    return silencer


def _beside(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        yield (path if path.is_dir() else path.parent) / ignoring.FILE


def _read_one(path: Path, *, root: bool, unreadable: list[Unreadable]) -> Iterator[tuple[str, Sbom]]:
    if path.is_dir():
        if root:
            from seawall.clearinghouse.matching.systems.reading import read_root  # noqa: PLC0415 - only where asked for

            yield str(path), read_root(path)
            return
        if (path / "oci-layout").is_file():
            from seawall.clearinghouse.matching.systems.reading import read_image  # noqa: PLC0415 - only where asked for

            yield str(path), read_image(path)
            return
        for where, sbom in folders.read_folder(
            path, report=lambda where, why: unreadable.append(Unreadable(str(path / where), why))
        ):
            yield str(path / where), sbom
        return
    try:
        yield str(path), _file(path)
    except (BadInput, TooLarge) as error:
        raise type(error)(f"{path}: {error.detail}", error.action, error.field) from error


def _file(path: Path) -> Sbom:
    """By its name; by its bytes where its name says nothing."""
    if folders.format_of(path.absolute().as_posix()) is not None:
        return folders.read_file(path)
    with path.open("rb") as file:
        begin = file.read(_BEGIN)
    if begin.lstrip()[:1] not in {b"{", b"<", b"S"}:
        from seawall.clearinghouse.matching.systems.reading import is_image, read_image  # noqa: PLC0415 - only where asked for

        if is_image(path):
            return read_image(path)
    if path.stat().st_size > folders.BYTES_MAX:
        raise NotAnInventory(f"It has over {folders.BYTES_MAX >> 20} MiB.", "Send one inventory per system.")
    data = path.read_bytes()
    name = sniffing.sniff(data)
    if not name:
        raise NotAnInventory(
            "Neither its name nor its content says what it is.",
            "Give a lock file under its own name, a CycloneDX or SPDX document, or an image (tar).",
        )
    return parser(name).parse(data)
