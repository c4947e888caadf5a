"""``seawall facts``: the keeper reads CISA's feeds on the server's own machine.

They need the database's folder, not a token, as ``seawall organization`` does: nobody can speak in CISA's name over the network.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from seawall.doors.cli.server import load_django
from seawall.doors.cli.terminal import show_fields
from seawall.foundation.access.types import Actor

KEEPER = Actor.system("keeper")
READABLE = click.Path(exists=True, path_type=Path)
LINE_MAX = 4 * 2**20
"""Bytes of one record; the longest at hand has 200,000."""


@click.group()
def facts() -> None:
    """Read CISA's feeds into this server (KEV, Vulnrichment)."""
    load_django()
    from django.core.management import call_command  # noqa: PLC0415 - needs Django loaded

    call_command("migrate", interactive=False, verbosity=0)


@facts.command()
@click.argument("file", type=READABLE)
@click.option(
    "--removals",
    type=click.IntRange(min=0),
    help="How many entries may be gone since the last reading, where CISA has really taken back more than a few.",
)
def kev(file: Path, removals: int | None) -> None:
    """Read FILE, CISA's known_exploited_vulnerabilities.json. An older catalog than the last one changes nothing."""
    from seawall.clearinghouse.prioritization.services import REMOVALS_MAX, load_kev  # noqa: PLC0415

    _tell(load_kev(KEEPER, file.read_bytes(), removals=REMOVALS_MAX if removals is None else removals))


@facts.command()
@click.argument("path", type=READABLE)
def vulnrichment(path: Path) -> None:
    """Read PATH: a folder of CVE 5 records (a checkout of Vulnrichment), or a file with one record a line."""
    from seawall.clearinghouse.prioritization.services import load_vulnrichment  # noqa: PLC0415

    _tell(load_vulnrichment(KEEPER, _records(path)))


@facts.command()
@click.argument("identifier")
def show(identifier: str) -> None:
    """What is known about a vulnerability, each with its source and day."""
    from seawall.clearinghouse.prioritization.queries import facts_of  # noqa: PLC0415

    known = facts_of([identifier]).known.values()
    show_fields([(fact.name.value, f"{fact.value} ({fact.source}, {fact.as_of})") for fact in known])
    if not known:
        click.echo("Nothing is known about it here.")
        sys.exit(1)


def _records(path: Path) -> Iterator[bytes]:
    if path.is_dir():
        for file in sorted(path.rglob("CVE-*.json")):
            yield file.read_bytes()
        return
    with path.open("rb") as lines:
        while line := lines.readline(LINE_MAX):
            yield line


def _tell(count: int) -> None:
    click.echo(json.dumps({"new_statements": count}))
