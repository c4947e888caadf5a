"""``seawall snapshot``: make a snapshot of advisories, look at one, and carry changes. No server, no account, no network."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seawall.doors.cli.terminal import plain, show_fields, show_json, show_table

if TYPE_CHECKING:
    from seawall.clearinghouse.matching.snapshot.builder import Progress, Source
    from seawall.clearinghouse.matching.snapshot.folder import Snapshot

_FOLDER = click.Path(file_okay=False, path_type=Path)
_KNOWN = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_MIB = 2**20


@click.group()
def snapshot() -> None:
    """Advisories in one folder, to check inventories against offline."""


@snapshot.command()
@click.argument("sources", nargs=-1, required=True, metavar="[NAME=]PATH...")
@click.option("--out", type=_FOLDER, required=True, help="Folder to write.")
@click.option("--format", "format_name", help="Of all SOURCES, where it cannot be told from them.")
@click.option("--base", type=_KNOWN, help="An earlier snapshot: sources that did not change are taken from it.")
@click.option("--json", "json_output", is_flag=True, help="Print the manifest.")
def build(
    sources: tuple[str, ...], *, out: Path, format_name: str | None, base: Path | None, json_output: bool
) -> None:
    """Read SOURCES (folders, ZIPs, tarballs or files of advisories) into a snapshot.

    The format is told from the files. NAME= sets what a source is called; without it, that is the file's name.
    The same sources give the same bytes.
    """
    from seawall.clearinghouse.matching.snapshot import builder, delta, files, folder, lookup  # noqa: PLC0415 - start-up

    chosen = [_source(text, format_name or "") for text in sources]
    known = delta.parts_of(folder.load(base)) if base is not None else lambda _title, _digest: None
    with _followed() as progress:
        content = builder.build(chosen, progress, known=known)
        made = files.write(content, out)
        progress(len(content.entries), "writing the index")
        lookup.make(made, out / lookup.INDEX)
    _show(made, json_output=json_output)


@snapshot.command()
@click.argument("path", metavar="FOLDER", type=_KNOWN)
@click.option("--trust", type=_FILE, help="Public key (PEM) that must have signed it.")
@click.option("--json", "json_output", is_flag=True, help="Print the manifest.")
def show(path: Path, *, trust: Path | None, json_output: bool) -> None:
    """Say what a snapshot is made of, what was left out and why, and whether its files are whole."""
    from seawall.clearinghouse.matching.snapshot import folder  # noqa: PLC0415 - start-up

    found = folder.load(path)
    folder.verify(found)
    if trust is not None:
        from seawall.clearinghouse.matching.snapshot import signing  # noqa: PLC0415 - loads cryptography

        signing.verify_signature(found, signing.read_key(trust))
    _show(found, json_output=json_output)


@snapshot.command()
@click.argument("path", metavar="FOLDER", type=_KNOWN)
@click.option(
    "--key", type=_FILE, required=True, help="Ed25519 private key (PEM), such as keys/advisories.pem of a server."
)
def sign(path: Path, *, key: Path) -> None:
    """Sign a snapshot, so that those who get it by other ways can tell that it is yours."""
    from seawall.clearinghouse.matching.snapshot import folder, signing  # noqa: PLC0415 - start-up

    found = folder.load(path)
    signing.sign(found, signing.read_key(key))
    show_fields([("signed", str(path)), ("digest", found.digest)])


@snapshot.command(name="delta")
@click.argument("old", type=_KNOWN)
@click.argument("new", type=_KNOWN)
@click.option("--out", type=_FOLDER, required=True, help="Folder to write.")
def delta_command(old: Path, new: Path, *, out: Path) -> None:
    """Write what turns the snapshot OLD into NEW, for those who have OLD."""
    from seawall.clearinghouse.matching.snapshot import delta, folder  # noqa: PLC0415 - start-up

    said = delta.difference(folder.load(old), folder.load(new), out)
    show_fields(
        [
            ("delta", str(out)),
            ("from", said["from"]),
            ("to", said["to"]),
            ("changed", said["changed"]),
            ("gone", str(len(said["gone"]))),
            ("MiB", f"{_mib(folder.load(out)):.2f}"),
        ]
    )


@snapshot.command()
@click.argument("old", type=_KNOWN)
@click.argument("delta_folder", metavar="DELTA", type=_KNOWN)
@click.option("--out", type=_FOLDER, required=True, help="Folder to write.")
def apply(old: Path, delta_folder: Path, *, out: Path) -> None:
    """Make the newer snapshot out of OLD and a DELTA; it has the same bytes as where the delta was made."""
    from seawall.clearinghouse.matching.snapshot import delta, folder, lookup  # noqa: PLC0415 - start-up

    if out.absolute() == old.absolute():
        raise click.UsageError("--out must be another folder than OLD.")
    made = delta.apply(folder.load(old), delta_folder, out)
    lookup.make(made, out / lookup.INDEX)
    _show(made, json_output=False)


def _source(text: str, format_name: str) -> "Source":
    from seawall.clearinghouse.matching.snapshot.builder import Source  # noqa: PLC0415 - start-up

    name, sign, path = text.partition("=")
    return Source(Path(path), format_name, name) if sign and "/" not in name else Source(Path(text), format_name)


def _mib(found: "Snapshot") -> float:
    return sum(path.stat().st_size for path in found.folder.glob("*.parquet")) / _MIB


def _show(found: "Snapshot", *, json_output: bool) -> None:
    manifest: dict[str, Any] = found.manifest
    if json_output:
        show_json({**manifest, "digest": found.digest})
        return
    show_fields(
        [
            ("snapshot", str(found.folder)),
            ("digest", found.digest),
            ("advisories", manifest["advisories"]),
            ("ranges", manifest["ranges"]),
            ("listed versions", manifest["listed"]),
            ("facts", manifest["facts"]),
            ("MiB", f"{_mib(found):.1f}"),
        ]
    )
    columns = ("records", "withdrawn", "advisories", "intervals", "listed", "facts", "unread")
    rows = [(item["name"], *(item[name] for name in columns)) for item in manifest["sources"]]
    show_table("", ("source", *columns), rows)
    left_out = [
        (item["name"], reason["count"], reason["why"], reason["sample"][0])
        for item in manifest["sources"]
        for reason in item["dropped"]
    ]
    if left_out:
        show_table("Left out", ("source", "how many", "why", "such as"), left_out)


@snapshot.command()
@click.argument("folder", type=_KNOWN)
@click.option(
    "--removals",
    type=click.IntRange(min=0),
    default=0,
    help="How many advisories may be gone from its sources, where publishers have really taken back more than a few.",
)
@click.option("--json", "json_output", is_flag=True, help="Print JSON for a program.")
def load(folder: Path, *, removals: int, json_output: bool) -> None:
    """Take the snapshot FOLDER into this server; a keeper's command, on the server's own machine.

    Only what has changed is touched and matched. Stopped at any point, the same command goes on.
    """
    # By its name: this file's other commands never load Django, and a check of imports holds them to it.
    importlib.import_module("seawall.doors.cli.advisories_load").take_in(
        folder, removals=removals, json_output=json_output
    )


@contextmanager
def _followed() -> Iterator["Progress"]:
    if not sys.stderr.isatty():
        yield lambda _done, _text: None
        return
    from rich.console import Console  # noqa: PLC0415 - a third of the start-up

    with Console(stderr=True).status("reading") as status:
        yield lambda done, text: status.update(f"{done} advisories, {plain(text)}")
