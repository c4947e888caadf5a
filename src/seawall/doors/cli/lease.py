"""``seawall lease``: ask for ground to scan, over the API.

Exit codes: 0 done (for ``request``: all or some of the ground is yours); 1 all of it is taken; 2 refused; 3 the
server does not answer.
"""

import sys
from typing import Any
from urllib.parse import quote

import click

from seawall.doors.cli.client import Client
from seawall.doors.cli.terminal import plain, show_fields, show_json, show_table
from seawall.foundation.access.declarations import declares

HOURS = click.IntRange(1, 336)
as_json = click.option("--json", "json_output", is_flag=True, help="Print JSON for a program.")


@click.group()
def lease() -> None:
    """Ask for scan leases over the API (SEAWALL_URL, SEAWALL_TOKEN)."""


@lease.command()
@click.argument("target")
@click.option("--path", "paths", multiple=True, help="Path prefix below the target; repeat for more.")
@click.option("--technique", "techniques", multiple=True, help="Such as fuzzing; repeat for more. None means any.")
@click.option("--hours", default=24, show_default=True, type=HOURS)
@click.option("--shared", is_flag=True, help="Others may scan it meanwhile.")
@as_json
@declares("lease.request")
def request(
    target: str, paths: tuple[str, ...], techniques: tuple[str, ...], hours: int, *, shared: bool, json_output: bool
) -> None:
    """Ask for TARGET (a package URL or a repository's address); prints what is yours and what is taken until when."""
    answer = Client.from_environment().post(
        "/leases",
        {
            "target": target,
            "paths": list(paths),
            "techniques": list(techniques),
            "hours": hours,
            "exclusive": not shared,
        },
    )
    if json_output:
        show_json(answer)
    else:
        click.echo(plain(answer["outcome"]).replace("_", " "))
        if answer["leases"]:
            _show(answer["leases"])
        if answer["taken"]:
            show_table(
                "Taken",
                ["path", "technique", "until"],
                [(one["path"] or "(everything)", one["technique"], one["until"][:16]) for one in answer["taken"]],
            )
    sys.exit(1 if answer["outcome"] == "taken" else 0)


@lease.command()
@click.argument("lease_id")
@click.option("--hours", default=24, show_default=True, type=HOURS)
@click.option("--fence", type=int, help="Fencing number; looked up if not given.")
@as_json
@declares("lease.change")
def renew(lease_id: str, hours: int, fence: int | None, *, json_output: bool) -> None:
    """Extend a lease that is still active, counted from now."""
    client = Client.from_environment()
    held = client.get(f"/leases/{quote(lease_id, safe='')}")["fence"] if fence is None else fence
    _tell(client.post(f"/leases/{quote(lease_id, safe='')}/renew", {"fence": held, "hours": hours}), json_output)


@lease.command()
@click.argument("lease_id")
@click.option("--unscanned", is_flag=True, help="The ground was given up without being scanned.")
@as_json
@declares("lease.change")
def release(lease_id: str, *, unscanned: bool, json_output: bool) -> None:
    """Give ground back."""
    body = {"completed": not unscanned}
    _tell(Client.from_environment().post(f"/leases/{quote(lease_id, safe='')}/release", body), json_output)


@lease.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@as_json
@declares("lease.read")
def list_leases(limit: int, *, json_output: bool) -> None:
    """Your organization's leases, newest first."""
    found = list(Client.from_environment().pages("/leases", most=limit))
    if json_output:
        show_json(found)
    else:
        _show(found)


def _tell(found: dict[str, Any], json_output: bool) -> None:
    if json_output:
        show_json(found)
    else:
        show_fields((name, found[name]) for name in ("id", "target", "state", "fence", "expires_at"))


def _show(leases: list[dict[str, Any]]) -> None:
    show_table(
        "Leases",
        ["id", "target", "paths", "except", "techniques", "state", "until", "fence"],
        [
            (
                one["id"],
                one["target"],
                " ".join(path or "(everything)" for path in one["paths"]),
                " ".join(one["excluded_paths"]),
                " ".join(one["techniques"]),
                one["state"],
                one["expires_at"][:16],
                one["fence"],
            )
            for one in leases
        ],
    )
