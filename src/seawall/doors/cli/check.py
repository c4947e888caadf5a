"""``seawall check``: which published flaws are in what you run, which version is clear of them, and by when. Offline.

Exit codes: 0 nothing found (or nothing as severe as asked); 1 findings; 2 what was given cannot be used; 3 this machine
cannot do it.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seawall.doors.cli.terminal import plain, show_json, show_table

if TYPE_CHECKING:
    from seawall.clearinghouse.matching.check.types import Finding, Report, Upgrade

_PATH = click.Path(exists=True, path_type=Path)
RATINGS = ("critical", "high", "medium", "low")
_COLORS = {"critical": "red", "high": "red", "medium": "yellow"}
_SHOWN = 3
"""Identifiers of one step that are named in the table."""


def default_snapshot() -> Path:
    """Where a snapshot is looked for: SEAWALL_SNAPSHOT, or the user's data folder."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(os.environ.get("SEAWALL_SNAPSHOT") or Path(base) / "seawall" / "snapshot")


@click.command()
@click.argument("paths", nargs=-1, type=_PATH)
@click.option(
    "--snapshot", "snapshot_folder", type=_PATH, help="Advisories to go by; SEAWALL_SNAPSHOT or the data folder's."
)
@click.option("--trust", type=_PATH, help="Public key (PEM) that must have signed the snapshot.")
@click.option(
    "--format", "output", type=click.Choice(["table", "json", "sarif", "vex"]), default="table", show_default=True
)
@click.option("--root", is_flag=True, help="PATHS are root folders of a system, such as a mounted disk.")
@click.option("--machine", is_flag=True, help="Check this machine's own packages.")
@click.option(
    "--reach",
    type=click.Choice(["public", "internal", "unknown"]),
    default="unknown",
    show_default=True,
    help="Can strangers reach it over public networks? Unknown counts as public.",
)
@click.option(
    "--without",
    type=click.Choice(["dev", "build", "optional"]),
    multiple=True,
    help="Leave out what is needed for this only, where the lock file says so.",
)
@click.option(
    "--ignore", "ignore_file", type=_PATH, help="Decisions to honor; seawall-ignore.toml beside PATHS if there is one."
)
@click.option(
    "--vex", "vex_files", type=_PATH, multiple=True, help="A VEX document to honor (CycloneDX, OpenVEX, CSAF)."
)
@click.option(
    "--fail-on",
    type=click.Choice([*RATINGS, "any", "never"]),
    default="any",
    show_default=True,
    help="The least severe finding that makes the exit code 1.",
)
@click.option("--all", "everything", is_flag=True, help="Show every finding with its reason, not only what to do.")
def check(
    paths: tuple[Path, ...],
    *,
    snapshot_folder: Path | None,
    trust: Path | None,
    output: str,
    root: bool,
    machine: bool,
    reach: str,
    without: tuple[str, ...],
    ignore_file: Path | None,
    vex_files: tuple[Path, ...],
    fail_on: str,
    everything: bool,
) -> None:
    """Check PATHS (folders, lock files, SBOMs, image tarballs) against a snapshot of advisories. Nothing leaves this machine."""
    from seawall.clearinghouse.matching.check import reading  # noqa: PLC0415 - start-up
    from seawall.clearinghouse.matching.check.checker import check as run  # noqa: PLC0415
    from seawall.clearinghouse.matching.snapshot.folder import load  # noqa: PLC0415
    from seawall.clearinghouse.matching.snapshot.lookup import Lookup  # noqa: PLC0415
    from seawall.clearinghouse.matching.types import Reach  # noqa: PLC0415
    from seawall.foundation.platform import clock  # noqa: PLC0415

    found = load(snapshot_folder or default_snapshot())
    if trust is not None:
        from seawall.clearinghouse.matching.snapshot import signing  # noqa: PLC0415 - loads cryptography

        signing.verify_signature(found, signing.read_key(trust))
    given = reading.read(paths, root=root, machine=machine, without=without)
    settings = reading.settings(
        paths,
        checked_on=clock.now().astimezone().date(),  # the day where the user is
        reach=Reach(reach),
        ignore_file=ignore_file,
        vex_files=vex_files,
    )
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "seawall" / "snapshots"
    with Lookup(found, cache=cache, beside=trust is None) as lookup:
        report = run(given.items, lookup, settings, unreadable=given.unreadable, notes=given.notes)
    _print(report, output, everything=everything)
    sys.exit(1 if _fails(report, fail_on) else 0)


def _fails(report: "Report", fail_on: str) -> bool:
    if fail_on == "never":
        return False
    severe = set(RATINGS[: RATINGS.index(fail_on) + 1]) if fail_on in RATINGS else None
    # What nobody rated may be severe: the more careful answer.
    return any(severe is None or finding.rating.value in {*severe, "unknown"} for finding in report.counting)


def _print(report: "Report", output: str, *, everything: bool) -> None:
    if output == "json":
        from seawall.clearinghouse.matching.check.outputs.document import document  # noqa: PLC0415 - start-up

        show_json(document(report))
    elif output == "sarif":
        from seawall.clearinghouse.matching.check.outputs.sarif import sarif  # noqa: PLC0415 - start-up

        show_json(sarif(report))
    elif output == "vex":
        from seawall.clearinghouse.matching.check.outputs.vex import vex  # noqa: PLC0415 - start-up

        show_json(vex(report))
    else:
        _for_people(report, everything=everything)


def _for_people(report: "Report", *, everything: bool) -> None:
    counting = report.counting
    if everything:
        for finding in counting:
            _tell(finding)
    elif report.upgrades:
        show_table("", ("due", "what to do", "ends", "severity", "where"), [_step(step) for step in report.upgrades])
    for one in report.unreadable:
        click.secho(f"not read: {plain(one.where)}: {plain(one.why)}", fg="yellow", err=True)
    for note in report.notes:
        click.secho(f"note: {plain(note)}", fg="yellow", err=True)
    silenced = len(report.findings) - len(counting)
    said = [
        f"{len(report.items)} components",
        f"{len(counting)} findings in {len(report.upgrades)} of them",
        *([f"{silenced} silenced"] if silenced else []),
        *([f"{len(report.unmatched)} not matched fully (--format json says why)"] if report.unmatched else []),
    ]
    click.secho("; ".join(said) + ".", bold=True)
    if not everything and counting:
        click.echo("Why, and every identifier: --all")


def _step(step: "Upgrade") -> tuple[str, ...]:
    listing = step.item.listing
    name = f"{listing.name} {listing.version}" + (f" ({listing.scope})" if listing.scope else "")
    what = f"{name} → {step.to}" if step.to else f"{name}: no fix known"
    names = step.names
    ends = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    worst = min(step.findings, key=lambda finding: -(finding.score or 0))
    due = step.due.isoformat() if step.due else "next upgrade"
    return due, what, ends, f"{worst.rating.value} {worst.score or ''}".strip(), step.item.where


def _tell(finding: "Finding") -> None:
    listing = finding.item.listing
    score = f" {finding.score}" if finding.score is not None else ""
    click.secho(f"{plain(finding.name)}  {plain(listing.name)} {plain(listing.version)}", bold=True, nl=False)
    click.secho(f"  {finding.rating.value}{score}", fg=_COLORS.get(finding.rating.value))
    if finding.title:
        click.echo(f"  {plain(finding.title)}")
    due = finding.due
    lines = [
        ("fix", f"update to {finding.fixed}" if finding.fixed else "no fixed version is known"),
        ("due", f"{due.due or 'with the next system upgrade'}: {due.why}"),
        *(("", text) for text in due.assumed),
        *(("why", f"{one.reason} ({one.source}: {one.advisory})") for one in finding.evidence),
        ("also", ", ".join(finding.identifiers[1:])),
        ("where", finding.item.where),
        ("way", " → ".join(listing.path)),
    ]
    for name, text in lines:
        if text:
            click.echo(f"  {name:<6} {plain(text)}")
    click.echo()
