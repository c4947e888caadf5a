"""``seawall snapshot``: make a snapshot of advisories, and look at one. No server, no account, no network."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seawall.doors.cli.terminal import plain, show_fields, show_json, show_table

if TYPE_CHECKING:
    from seawall.clearinghouse.matching.snapshot.builder import Progress


@click.group()
def snapshot() -> None:
    """Advisories in one folder, to check inventories against offline."""


@snapshot.command()
@click.argument("sources", nargs=-1, required=True, metavar="[NAME=]PATH...")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write.")
@click.option("--json", "json_output", is_flag=True, help="Print the manifest.")
def build(sources: tuple[str, ...], *, out: Path, json_output: bool) -> None:
    """Read SOURCES (folders, ZIPs, tarballs or files of advisories) into a snapshot.

    The format is told from the files' names. NAME= sets what a source is called; without it, that is the file's name.
    """
    from seawall.clearinghouse.matching.snapshot import builder, files  # noqa: PLC0415 - start-up

    with _followed() as progress:
        content = builder.build([_source(text) for text in sources], progress)
        made = files.write(content, out)
    if json_output:
        show_json(made.manifest)
        return
    show_fields(
        [
            ("snapshot", str(out)),
            ("digest", made.digest),
            ("advisories", made.manifest["advisories"]),
            ("ranges", made.manifest["ranges"]),
            ("listed versions", made.manifest["listed"]),
            ("MiB", f"{sum(made.path(table).stat().st_size for table in files.TABLES) / 2**20:.1f}"),
        ]
    )
    columns = ("source", "format", "records", "withdrawn", "advisories", "ranges", "unread")
    show_table(
        "",
        columns,
        [
            (item.name, item.format, item.records, item.withdrawn, item.advisories, item.intervals, item.unread)
            for item in content.sources
        ],
    )
    if content.dropped:
        show_table(
            "Left out", ("how many", "why", "such as"), [(one.count, one.why, one.sample[0]) for one in content.dropped]
        )


def _source(text: str) -> "builder.Source":
    from seawall.clearinghouse.matching.snapshot.builder import Source  # noqa: PLC0415 - start-up

    name, sign, path = text.partition("=")
    return Source(Path(path), name=name) if sign and "/" not in name else Source(Path(text))


@contextmanager
def _followed() -> Iterator["Progress"]:
    if not sys.stderr.isatty():
        yield lambda _done, _text: None
        return
    from rich.console import Console  # noqa: PLC0415 - a third of the start-up

    with Console(stderr=True).status("reading") as status:
        yield lambda done, text: status.update(f"{done} advisories, {plain(text)}")
