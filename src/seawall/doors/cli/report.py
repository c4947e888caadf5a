"""``seawall report``: submit reports and follow them, over the API.

Exit codes: 0 done (for ``status``: proved, or still open); 1 answered, and the proof did not hold; 2 refused;
3 the server does not answer.
"""

import sys
import time
from pathlib import Path
from typing import Any

import click

from seawall.clearinghouse.intake.types import FORMATS
from seawall.doors.cli.client import Client
from seawall.doors.cli.terminal import plain, show_fields, show_json, show_table
from seawall.foundation.access.declarations import declares

READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)
POLL = 2.0
"""Seconds between two looks at a report."""
as_json = click.option("--json", "json_output", is_flag=True, help="Print JSON for a program.")


@click.group()
def report() -> None:
    """Submit reports and follow them over the API (SEAWALL_URL, SEAWALL_TOKEN)."""


@report.command()
@click.argument("file", type=READABLE)
@click.option("--proof", type=READABLE, help="Proof bundle; it is run before anybody is told.")
@click.option(
    "--format", "format_name", type=click.Choice(list(FORMATS)), help="Told from the file's bytes if not given."
)
@click.option("--lease", default="", help="The scan lease it was found under.")
@as_json
@declares("report.submit")
def submit(file: Path, proof: Path | None, format_name: str | None, lease: str, *, json_output: bool) -> None:
    """Submit FILE, in any format of docs/report-formats.md; prints the receipt, which proves when it came in."""
    parts = {"report": (file.name, file.read_bytes())}
    if proof is not None:
        parts["proof"] = (proof.name, proof.read_bytes())
    form = {"format": format_name} if format_name else {}
    if lease:
        form["lease_id"] = lease
    receipt = Client.from_environment().upload("/reports", form, parts)
    if json_output:
        show_json(receipt)
        return
    show_fields(
        [
            ("received", receipt["received_at"]),
            ("read as", FORMATS.get(receipt["format"], receipt["format"])),
            ("reports", ", ".join(receipt["reports"])),
            ("hops before", len(receipt["chain"]) - 1 or None),
            ("not understood", ", ".join(receipt["unread"])),
            ("log entries", ", ".join(str(index) for index in receipt["log_indexes"])),
            ("report digest", receipt["report_digest"]),
            ("proof digest", receipt["proof_digest"]),
        ]
    )
    click.echo(f"Follow it with: seawall report status {plain(receipt['reports'][0])} --follow")


@report.command()
@click.argument("report_id")
@click.option("--follow", is_flag=True, help="Wait for the answer.")
@click.option("--wait", default=900, show_default=True, help="Seconds to follow at most.")
@as_json
@declares("report.read")
def status(report_id: str, *, follow: bool, wait: int, json_output: bool) -> None:
    """Where a report stands: verdict, answer, what may be done next."""
    client = Client.from_environment()
    deadline = time.monotonic() + wait
    seen = ""
    while True:
        found = client.get(f"/reports/{_segment(report_id)}")
        state = found["state"]
        if not follow or state == "answered" or time.monotonic() > deadline:
            break
        if state != seen:
            click.echo(f"{plain(state)} ...", err=True)
            seen = state
        time.sleep(POLL)
    if json_output:
        show_json(found)
    else:
        show_fields(
            [
                ("report", found["id"]),
                ("title", found["title"]),
                ("package", found["package"]),
                ("how", found["found_by"]),
                ("through", " > ".join(hop["reporter"] for hop in found["chain"])),
                ("embargo", _terms(found["embargo"])),
                ("state", state),
                ("verdict", (found["verdict"] or "").replace("_", " ")),
                ("", found["verdict_summary"]),
                ("answer", found["answer"]),
                ("case", found["case"]),
                ("next", ", ".join(found["allowed_next"])),
            ]
        )
    sys.exit(1 if state == "answered" and not found["proved"] else 0)


@report.command()
@click.argument("report_id")
@declares("report.read")
def relay(report_id: str) -> None:
    """Print the report as JSON for another clearinghouse, with its chain; submit it there as it is."""
    show_json(Client.from_environment().get(f"/reports/{_segment(report_id)}/relay"))


@report.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@as_json
@declares("report.read")
def list_reports(limit: int, *, json_output: bool) -> None:
    """The reports you may see, newest first."""
    found = list(Client.from_environment().pages("/reports", most=limit))
    if json_output:
        show_json(found)
        return
    show_table(
        "Reports",
        ["id", "received", "state", "proved", "AI", "package", "title"],
        [
            (
                one["id"],
                one["received_at"][:16],
                one["state"],
                "yes" if one["proved"] else "",
                "yes" if one["found_by"] else "",
                one["package"],
                one["title"],
            )
            for one in found
        ],
    )


def _terms(embargo: dict[str, Any]) -> str:
    """The terms that bind, in a line."""
    parts = [f"until {embargo['until']}, asked for by {embargo['until_by']}"] if embargo["until"] else []
    parts += [f"TLP:{embargo['tlp']}, asked for by {embargo['tlp_by']}"] if embargo["tlp"] else []
    return "; ".join([*parts, *embargo["looser"], *embargo["texts"]])


def _segment(identifier: str) -> str:
    """An identifier as one segment of an address."""
    from urllib.parse import quote  # noqa: PLC0415 - keep start-up small

    return quote(identifier, safe="")
