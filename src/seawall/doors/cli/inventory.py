"""``seawall inventory`` and ``seawall exposure``: what an operator runs, and what of it to fix by when, over the API.

Exit codes: 0 done (for ``exposure list``: nothing to fix); 1 something to fix, or an inventory that could not be
read; 2 refused; 3 the server does not answer.
"""

import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from seawall.doors.cli.client import Client
from seawall.doors.cli.terminal import plain, show_fields, show_json, show_table
from seawall.foundation.access.declarations import declares

READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)
POLL = 1.0
"""Seconds between two looks at an inventory."""
WAIT = 600
"""Seconds that an upload waits for its answer."""
_PENDING = "received"
as_json = click.option("--json", "json_output", is_flag=True, help="Print JSON for a program.")


@click.group()
def inventory() -> None:
    """Say what you run, over the API (SEAWALL_URL, SEAWALL_TOKEN); only your organization sees it."""


@inventory.command()
@click.argument("file", type=READABLE)
@click.option(
    "--name", help="The product; a newer inventory of the same one takes its place. The file's name if not given."
)
@click.option("--release", default="", help="The product's release, where it has one.")
@click.option("--format", "format_name", default="", help="Of the document; CycloneDX if not given.")
@as_json
@declares("inventory.upload")
def upload(file: Path, name: str | None, release: str, format_name: str, *, json_output: bool) -> None:
    """Upload FILE (an SBOM), wait until it was matched, and say how much of it could be."""
    client = Client.from_environment()
    said = {"name": name or file.stem, "release": release, "format": format_name}
    fields = {field: value for field, value in said.items() if value}
    found = client.upload("/inventories", fields, {"sbom": (file.name, file.read_bytes())})
    deadline = time.monotonic() + WAIT
    while found["state"] == _PENDING and time.monotonic() < deadline:
        time.sleep(POLL)
        found = client.get(f"/inventories/{_segment(found['id'])}")
    if json_output:
        show_json(found)
    else:
        _show(found)
    sys.exit(1 if found["state"] == "refused" else 0)


@inventory.command()
@click.argument("inventory_id")
@as_json
@declares("inventory.read")
def status(inventory_id: str, *, json_output: bool) -> None:
    """Where an inventory stands, and how much of it is matched."""
    found = Client.from_environment().get(f"/inventories/{_segment(inventory_id)}")
    if json_output:
        show_json(found)
    else:
        _show(found)
    sys.exit(1 if found["state"] == "refused" else 0)


@inventory.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@as_json
@declares("inventory.read")
def list_inventories(limit: int, *, json_output: bool) -> None:
    """Your inventories, newest first."""
    found = list(Client.from_environment().pages("/inventories", most=limit))
    if json_output:
        show_json(found)
        return
    show_table(
        "Inventories",
        ["id", "name", "state", "components", "not matched", "uploaded"],
        [
            (
                one["id"],
                one["name"],
                one["state"],
                str(one["components"]),
                str(one["unmatched"]),
                one["uploaded_at"][:16],
            )
            for one in found
        ],
    )


@inventory.command()
@click.argument("inventory_id")
@click.confirmation_option(prompt="Delete the inventory with its lines and exposures?")
@declares("inventory.withdraw")
def withdraw(inventory_id: str) -> None:
    """Delete an inventory with its lines and exposures."""
    Client.from_environment().delete(f"/inventories/{_segment(inventory_id)}")
    click.echo("Withdrawn.")


@click.group()
def exposure() -> None:
    """See what of yours is affected, and by when to fix it, over the API (SEAWALL_URL, SEAWALL_TOKEN)."""


@exposure.command("list")
@click.option("--inventory", "inventory_id", help="Only those of one inventory.")
@click.option(
    "--judged", type=click.Choice(["no", "yes", "any"]), default="no", help="Those not judged, those judged, or both."
)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@as_json
@declares("exposure.read")
def list_exposures(inventory_id: str | None, judged: str, limit: int, *, json_output: bool) -> None:
    """What to fix, the earliest due date first."""
    query = {"judged": judged, **({"inventory_id": inventory_id} if inventory_id else {})}
    found = list(Client.from_environment().pages("/exposures", most=limit, **query))
    if json_output:
        show_json(found)
    elif found:
        show_table(
            "To fix",
            ["due", "rule", "component", "update to", "advisory", "inventory"],
            [
                (
                    _due(one),
                    one["rule"] or "",
                    f"{one['component']} {one['version']}",
                    one["fixed"] or "no fix known",
                    one["advisory"],
                    one["inventory"],
                )
                for one in found
            ],
        )
    else:
        click.echo("Nothing to fix.")
    sys.exit(1 if found else 0)


@exposure.command()
@click.option("--inventory", "inventory_id", help="Only those of one inventory.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@as_json
@declares("exposure.read")
def updates(inventory_id: str | None, limit: int, *, json_output: bool) -> None:
    """The same as things to do: each component once, with the version that mends most, and how many flaws that ends."""
    query = {"inventory_id": inventory_id} if inventory_id else {}
    found = list(Client.from_environment().pages("/exposures/updates", most=limit, **query))
    if json_output:
        show_json(found)
    elif found:
        show_table(
            "To update",
            ["due", "component", "update to", "mends"],
            [
                (
                    one["due"] or "",
                    f"{one['component']} {one['version']}",
                    one["fixed"] or "no fix known",
                    f"{one['mended']} of {one['flaws']}",
                )
                for one in found
            ],
        )
    else:
        click.echo("Nothing to fix.")
    sys.exit(1 if found else 0)


@exposure.command()
@click.argument("exposure_id")
@click.option(
    "--as",
    "status",
    required=True,
    type=click.Choice(["not_affected", "false_positive", "accepted", "mitigated", "fixed"]),
    help="What you say of it.",
)
@click.option("--reason", required=True, help="Why; kept with it.")
@click.option("--justification", help="With not_affected: VEX's status justification.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="With accepted: the last day.")
@click.option("--this-version", is_flag=True, help="Only for this version of the package.")
@as_json
@declares("exposure.judge")
def judge(
    exposure_id: str,
    status: str,
    reason: str,
    justification: str | None,
    until: datetime | None,
    *,
    this_version: bool,
    json_output: bool,
) -> None:
    """Say that an exposure does not count; it does not come back with the next release."""
    body = {
        "status": status,
        "reason": reason,
        "justification": justification,
        "until": until.date().isoformat() if until else None,
        "this_version": this_version,
    }
    said = Client.from_environment().post(f"/exposures/{_segment(exposure_id)}/judgment", body)
    if json_output:
        show_json(said)
        return
    click.echo(f"{plain(said['id'])}: {status}, for {plain(said['package'])} in {plain(said['product'])}.")
    click.echo(f"Take it back with: seawall exposure take-back {plain(said['id'])} --reason ...")


@exposure.command("take-back")
@click.argument("judgment_id")
@click.option("--reason", required=True, help="Why; kept with it.")
@declares("judgment.take_back")
def take_back(judgment_id: str, reason: str) -> None:
    """End a judgment; what it held for is back in the list, with the dates that it had."""
    Client.from_environment().post(f"/judgments/{_segment(judgment_id)}/take-back", {"reason": reason})
    click.echo("Taken back.")


@exposure.command()
@click.option("--ended", is_flag=True, help="Also those that do not hold any more.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@as_json
@declares("judgment.read")
def judgments(*, ended: bool, limit: int, json_output: bool) -> None:
    """What was said of exposures, the newest first."""
    found = list(Client.from_environment().pages("/judgments", most=limit, ended=str(ended).lower()))
    if json_output:
        show_json(found)
        return
    show_table(
        "Judgments",
        ["id", "status", "product", "package", "flaw", "until", "reason"],
        [
            (
                one["id"],
                one["status"] if one["ended_at"] is None else f"{one['status']} (ended)",
                one["product"],
                f"{one['package']} {one['version']}".strip(),
                one["identifiers"][0] if one["identifiers"] else "",
                one["until"] or "",
                one["reason"],
            )
            for one in found
        ],
    )


@exposure.command()
@click.argument("exposure_id")
@as_json
@declares("exposure.read")
def show(exposure_id: str, *, json_output: bool) -> None:
    """One exposure: why it is affected, and what its due date rests on."""
    one = Client.from_environment().get(f"/exposures/{_segment(exposure_id)}")
    if json_output:
        show_json(one)
        return
    clock = one["clock"] or {}
    show_fields(
        [
            ("component", f"{one['component']} {one['version']} ({one['inventory']})"),
            ("way", " > ".join(one["path"])),
            ("advisory", f"{one['advisory']} {one['title']} ({one['source']})"),
            ("also", ", ".join(one["identifiers"])),
            ("affected", one["reason"]),
            ("update to", one["fixed"] or "no fixed version is known"),
            ("due", _due(one)),
            ("", clock.get("why", "")),
            ("assumed", " ".join(clock.get("assumed", []))),
            ("judged", f"{one['judgment']['status']}: {one['judgment']['reason']}" if one["judgment"] else "no"),
            ("triage first", "yes: collect evidence before you update" if clock.get("triage") else "no"),
        ]
    )


def _show(found: dict[str, Any]) -> None:
    error = found["error"] or {}
    show_fields(
        [
            ("inventory", found["id"]),
            ("name", found["name"]),
            ("of", found["subject"]),
            ("state", found["state"]),
            ("components", str(found["components"])),
            ("not matched", str(found["unmatched"])),
            ("refused", f"{error.get('detail', '')} {error.get('action', '')}".strip()),
            *[("note", note) for note in found["notes"]],
        ]
    )
    if found["state"] == "ready":
        click.echo(f"See what to fix with: seawall exposure list --inventory {plain(found['id'])}")


def _due(one: dict[str, Any]) -> str:
    if one["clock"] is None:
        return ""
    return one["due"] or "with the next upgrade"


def _segment(identifier: str) -> str:
    return quote(identifier, safe="")
