"""``seawall network``: what a scanner does over the API, and what an operator's SOC asks offline."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import click

from seawall.doors.cli.client import Client
from seawall.doors.cli.terminal import plain, show_fields, show_json
from seawall.foundation.access.declarations import declares
from seawall.foundation.platform import clock

READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)
WRITABLE = click.Path(dir_okay=False, path_type=Path)
as_json = click.option("--json", "json_output", is_flag=True, help="Print JSON for a program.")


@click.group()
def network() -> None:
    """Authorized network scans: book one, keep it going, ask whether a source is one."""


@network.command()
@click.argument("network_id")
@click.option("--hours", required=True, type=click.IntRange(1, 72))
@click.option("--rate", required=True, type=click.IntRange(1), help="Requests a second.")
@click.option("--source", "sources", multiple=True, required=True, help="Where the scan comes from; repeat for more.")
@click.option("--target", "targets", multiple=True, help="Part of the network; repeat for more. None means all.")
@as_json
@declares("booking.request")
def book(
    network_id: str, hours: int, rate: int, sources: tuple[str, ...], targets: tuple[str, ...], *, json_output: bool
) -> None:
    """Book the first window with room. Do not scan before a heartbeat says go."""
    wish = {"network_id": network_id, "hours": hours, "rate": rate, "sources": sources, "targets": targets}
    row = Client.from_environment().post("/bookings", wish)
    if json_output:
        show_json(row)
    else:
        show_fields((name, row[name]) for name in ("id", "state", "starts_at", "ends_at", "rate"))


@network.command()
@click.argument("booking_id")
@as_json
@declares("booking.change")
def heartbeat(booking_id: str, *, json_output: bool) -> None:
    """Ask whether the scan may go on. Exit code 0: go on; 1: stop at once."""
    answer = Client.from_environment().post(f"/bookings/{quote(booking_id, safe='')}/heartbeat")
    if json_output:
        show_json(answer)
    else:
        click.echo(f"{'go' if answer['go'] else 'STOP'}: {plain(answer['why'])}")
    sys.exit(0 if answer["go"] else 1)


@network.command()
@click.argument("booking_id")
@declares("booking.change")
def finish(booking_id: str) -> None:
    """End your scan, or cancel one that did not begin."""
    row = Client.from_environment().post(f"/bookings/{quote(booking_id, safe='')}/finish")
    click.echo(plain(row["state"]))


@network.command()
@click.argument("day")
@click.argument("file", type=WRITABLE)
@declares("network.ask")
def authorized(day: str, file: Path) -> None:
    """Fetch the signed file of a DAY (2026-11-26) into FILE, to be asked with `ours`."""
    file.write_text(Client.from_environment().text(f"/networks/authorized/{quote(day, safe='')}"), encoding="utf-8")
    click.echo(f"{file}: scans of {plain(day)}")


@network.command()
@click.argument("file", type=READABLE)
@click.argument("source")
@click.option("--key", required=True, type=READABLE, help="The clearinghouse's public key (PEM), from a trusted place.")
@click.option("--at", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S"]), help="UTC; now without it.")
@click.option("--target", default="", help="What it came to.")
@as_json
@declares("network.ask")
def ours(file: Path, source: str, key: Path, at: datetime | None, target: str, *, json_output: bool) -> None:
    """Is SOURCE an authorized scan, by a day's FILE? Needs no server. Exit code 0: yes; 1: no; 2: the file is not genuine."""
    from seawall.clearinghouse.deconfliction.networks.daily import Authorizations  # noqa: PLC0415 - keep start-up small

    moment = clock.now() if at is None else at if at.tzinfo else at.replace(tzinfo=UTC)
    answer = Authorizations.read(file.read_bytes(), key.read_bytes()).ours(source, moment, target)
    if json_output:
        show_json({"ours": answer.ours, "why": answer.why, "booking_id": answer.booking_id, "scanner": answer.scanner})
    elif answer.ours:
        click.echo(f"ours: {plain(answer.scanner or '')}, {plain(answer.booking_id or '')}")
    else:
        click.echo(f"NOT ours: {answer.why}")
    sys.exit(0 if answer.ours else 1)
