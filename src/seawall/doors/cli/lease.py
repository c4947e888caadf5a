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
@click.option("--weakness", "weaknesses", multiple=True, help="Such as CWE-79; repeat for more. None means every one.")
@click.option("--repository", default="", help="A package's repository, if you know it.")
@click.option("--commit", default="", help="Full identifier of what is scanned.")
@click.option("--shared", is_flag=True, help="Others may scan it meanwhile.")
@as_json
@declares("lease.request")
def request(
    target: str,
    paths: tuple[str, ...],
    techniques: tuple[str, ...],
    weaknesses: tuple[str, ...],
    repository: str,
    commit: str,
    hours: int,
    *,
    shared: bool,
    json_output: bool,
) -> None:
    """Ask for TARGET (a package URL or a repository's address); prints what is yours and what is taken until when."""
    answer = Client.from_environment().post(
        "/leases",
        {
            "target": target,
            "paths": list(paths),
            "techniques": list(techniques),
            "weaknesses": list(weaknesses),
            "repository": repository,
            "commit": commit,
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
                ["path", "technique", "class", "until", "why", "by"],
                [
                    (
                        one["path"] or "(everything)",
                        one["technique"],
                        one["weakness"],
                        (one["until"] or "")[:16],
                        one["why"].replace("_", " "),
                        one["holder"] or "",
                    )
                    for one in answer["taken"]
                ],
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


def _step(lease_id: str, name: str, fence: int | None) -> dict[str, Any]:
    client = Client.from_environment()
    address = f"/leases/{quote(lease_id, safe='')}"
    held = client.get(address)["fence"] if fence is None else fence
    return dict(client.post(f"{address}/{name}", {"fence": held}))


@lease.command()
@click.argument("lease_id")
@click.option("--fence", type=int, help="Fencing number; a scanner that keeps its own learns when it lost the lease.")
@as_json
@declares("lease.change")
def heartbeat(lease_id: str, fence: int | None, *, json_output: bool) -> None:
    """Say that the scan goes on; the lease lasts its own length from now. Exit code 2: stop scanning."""
    _tell(_step(lease_id, "heartbeat", fence), json_output)


@lease.command()
@click.argument("lease_id")
@as_json
@declares("lease.change")
def pause(lease_id: str, *, json_output: bool) -> None:
    """Stop for a while and keep the ground, for 48 hours at most."""
    _tell(_step(lease_id, "pause", None), json_output)


@lease.command()
@click.argument("lease_id")
@as_json
@declares("lease.change")
def resume(lease_id: str, *, json_output: bool) -> None:
    """Go on with a paused lease."""
    _tell(_step(lease_id, "resume", None), json_output)


@lease.command("hand-over")
@click.argument("lease_id")
@declares("lease.change")
def hand_over(lease_id: str) -> None:
    """Print a code with which another organization takes the lease over within a day."""
    offer = _step(lease_id, "hand-over", None)
    click.echo(plain(offer["code"]))
    click.echo(f"good once, until {plain(offer['expires_at'][:16])}", err=True)


@lease.command("take-over")
@click.argument("code")
@as_json
@declares("lease.request")
def take_over(code: str, *, json_output: bool) -> None:
    """Take over a lease that its holder offered to you."""
    _tell(Client.from_environment().post("/leases/take-over", {"code": code}), json_output)


@lease.command()
@click.argument("target")
@as_json
@declares("ground.read")
def coverage(target: str, *, json_output: bool) -> None:
    """What was scanned of TARGET: by how many, how long ago, at which commit, with what effort."""
    found = Client.from_environment().get("/ground/coverage", target=target)
    if json_output:
        show_json(found)
    else:
        show_table(
            "Scanned",
            ["path", "by", "days ago", "commit", "techniques", "machine hours"],
            [
                (
                    one["path"] or "(everything)",
                    one["scanners"],
                    one["last_scanned_days"],
                    one["last_commit"][:12],
                    " ".join(one["techniques"]),
                    one["machine_hours"],
                )
                for one in found["patches"]
            ],
        )


@lease.command("next")
@click.argument("candidates", nargs=-1)
@click.option("--path", "paths", multiple=True, help="Prefix to rank within each; repeat for more.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 100))
@as_json
@declares("ground.read")
def next_ground(candidates: tuple[str, ...], paths: tuple[str, ...], limit: int, *, json_output: bool) -> None:
    """Where the least-scanned ground is that matters most; of CANDIDATES, or of all that is known."""
    question = {"candidates": list(candidates), "paths": list(paths), "limit": limit}
    found = Client.from_environment().post("/ground/least-scanned", question)["items"]
    if json_output:
        show_json(found)
    else:
        show_table(
            "Worth a scan",
            ["target", "path", "score", "weight", "cover", "by", "free"],
            [
                (
                    one["target"],
                    one["path"] or "(everything)",
                    one["score"],
                    one["weight"],
                    one["cover"],
                    one["scanners"],
                    "yes" if one["free"] else "no",
                )
                for one in found
            ],
        )


@lease.command()
@click.argument("lease_id")
@click.option("--unscanned", is_flag=True, help="The ground was given up without being scanned.")
@click.option("--tell", is_flag=True, help="Put the scan on the coverage map, without your name.")
@click.option("--machine-hours", default=0, type=click.IntRange(0), help="What it cost, for the map.")
@click.option("--model-tokens", default=0, type=click.IntRange(0), help="Thousands, for the map.")
@as_json
@declares("lease.change")
def release(
    lease_id: str, machine_hours: int, model_tokens: int, *, unscanned: bool, tell: bool, json_output: bool
) -> None:
    """Give ground back."""
    effort = {"machine_hours": machine_hours, "model_tokens": model_tokens}
    body = {"completed": not unscanned, "tell": tell, "effort": effort}
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
