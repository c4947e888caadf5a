"""``seawall scan``: send what a tool found, and read what is new, gone or back, over the API.

Exit codes: 0 done (for ``upload`` with ``--fail-on-new``: nothing new); 1 something new, or a scan that could not be read;
2 refused; 3 the server does not answer.
"""

import gzip
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from seawall.doors.cli.client import Client
from seawall.doors.cli.terminal import plain, show_fields, show_json, show_table
from seawall.foundation.access.declarations import declares

READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)
POLL = 1.0
"""Seconds between two looks at a scan."""
WAIT = 1800
"""Seconds that an upload waits for its answer."""
_PACKED = b"\x1f\x8b"
as_json = click.option("--json", "json_output", is_flag=True, help="Print JSON for a program.")


@click.group()
def scan() -> None:
    """Send scans (SARIF) and read their findings, over the API (SEAWALL_URL, SEAWALL_TOKEN)."""


@scan.command()
@click.argument("file", type=READABLE)
@click.option("--project", required=True, help="What was scanned: a package URL or a repository's address.")
@click.option("--category", default="", help="Kind of run, where the document names none.")
@click.option("--partial", is_flag=True, help="It covers a part of the project, so that nothing is gone by it.")
@click.option("--fail-on-new", is_flag=True, help="Exit with 1 if something is new or back.")
@click.option("--no-wait", is_flag=True, help="Come back as soon as it is kept; see 'seawall scan status'.")
@as_json
@declares("scan.upload")
def upload(
    file: Path, project: str, category: str, *, partial: bool, fail_on_new: bool, no_wait: bool, json_output: bool
) -> None:
    """Upload FILE (SARIF 2.1.0, plain or gzip), wait until it was folded, and say what changed."""
    client = Client.from_environment()
    data = file.read_bytes()
    packed = data if data[:2] == _PACKED else gzip.compress(data, 5, mtime=0)
    said = {"project": project, "category": category, "partial": "true" if partial else ""}
    fields = {field: value for field, value in said.items() if value}
    found = client.upload("/scans", fields, {"sarif": (file.name, packed)})
    deadline = time.monotonic() + (0 if no_wait else WAIT)
    while found["state"] == "received" and time.monotonic() < deadline:
        time.sleep(POLL)
        found = client.get(f"/scans/{_segment(found['id'])}")
    if json_output:
        show_json(found)
    else:
        _show(found)
    counts = found["counts"] or {}
    worse = fail_on_new and (counts.get("new", 0) or counts.get("reopened", 0))
    sys.exit(1 if found["state"] == "refused" or worse else 0)


@scan.command()
@click.argument("scan_id")
@as_json
@declares("scan.read")
def status(scan_id: str, *, json_output: bool) -> None:
    """Where a scan stands, and what it changed."""
    found = Client.from_environment().get(f"/scans/{_segment(scan_id)}")
    if json_output:
        show_json(found)
    else:
        _show(found)
    sys.exit(1 if found["state"] == "refused" else 0)


@scan.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@as_json
@declares("scan.read")
def list_scans(limit: int, *, json_output: bool) -> None:
    """Your scans, newest first."""
    found = list(Client.from_environment().pages("/scans", most=limit))
    if json_output:
        show_json(found)
        return
    rows = [
        (one["id"], one["project"], one["state"], *_counted(one["counts"]), one["uploaded_at"][:16]) for one in found
    ]
    show_table("Scans", ["id", "project", "state", "new", "back", "gone", "same", "uploaded"], rows)


@scan.command()
@click.option("--scan", "scan_id", help="As of one scan.")
@click.option("--project", "project_id", help="Only those of one project, by its identifier.")
@click.option("--change", type=click.Choice(["new", "unchanged", "gone", "reopened"]), help="What the run did to it.")
@click.option("--level", type=click.Choice(["error", "warning", "note", "none"]))
@click.option("--rule")
@click.option("--path", help="How the path begins.")
@click.option("--judged", type=click.Choice(["no", "yes", "any"]), default="no", show_default=True)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@as_json
@declares("finding.read")
def findings(json_output: bool, limit: int, **wanted: str | None) -> None:
    """Findings, the worst first."""
    query = {name: value for name, value in wanted.items() if value}
    found = list(Client.from_environment().pages("/findings", most=limit, **query))
    if json_output:
        show_json(found)
        return
    show_table(
        "Findings",
        ["id", "change", "level", "rule", "place", "judged"],
        [
            (
                one["id"],
                one["change"],
                one["level"],
                one["rule"],
                f"{one['path']}:{one['line']}",
                one["judgment"]["decision"] if one["judgment"] else "",
            )
            for one in found
        ],
    )


@scan.command()
@click.argument("finding_id")
@click.option("--as", "decision", required=True, type=click.Choice(["false_positive", "accepted", "duplicate"]))
@click.option("--reason", required=True, help="Why; kept with it.")
@click.option("--case", "case_id", default="", help="With duplicate: the case.")
@declares("finding.judge")
def judge(finding_id: str, decision: str, reason: str, case_id: str) -> None:
    """Say that a finding does not count; no later scan changes that."""
    body = {"decision": decision, "reason": reason, "case_id": case_id}
    Client.from_environment().post(f"/findings/{_segment(finding_id)}/judgment", body)
    click.echo(f"Noted. Take it back with: seawall scan take-back {plain(finding_id)} --reason ...")


@scan.command("take-back")
@click.argument("finding_id")
@click.option("--reason", required=True, help="Why; kept with it.")
@declares("finding.judge")
def take_back(finding_id: str, reason: str) -> None:
    """End the judgment of a finding; it counts again."""
    Client.from_environment().post(f"/findings/{_segment(finding_id)}/judgment/take-back", {"reason": reason})
    click.echo("Taken back.")


def _counted(counts: dict[str, int] | None) -> tuple[str, str, str, str]:
    found = counts or {}
    new, back, gone, same = (str(found.get(name, "")) for name in ("new", "reopened", "gone", "unchanged"))
    return new, back, gone, same


def _show(found: dict[str, Any]) -> None:
    error = found["error"] or {}
    progress = found["progress"] or {}
    show_fields(
        [
            ("scan", found["id"]),
            ("project", found["project"]),
            ("state", found["state"]),
            ("written", f"{progress['done']} of {progress['total']}" if progress else ""),
            *[(f"{run['tool']} {run['category']}".strip(), _run(run)) for run in found["runs"]],
            ("refused", f"{error.get('detail', '')} {error.get('action', '')}".strip()),
            *[("note", note) for note in found["notes"]],
        ]
    )
    if found["state"] == "ready":
        click.echo(f"See what is new with: seawall scan findings --scan {plain(found['id'])} --change new")


def _run(run: dict[str, Any]) -> str:
    counts = run["counts"]
    told = ", ".join(f"{counts[name]} {name}" for name in ("new", "reopened", "gone", "unchanged"))
    return f"{told} (run {run['number']})" + (f"; nothing is gone: {run['why']}" if not run["complete"] else "")


def _segment(identifier: str) -> str:
    return quote(identifier, safe="")
