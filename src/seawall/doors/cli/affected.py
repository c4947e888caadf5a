"""``seawall affected``: run a proof over the released versions of its package, on this machine; no server, no account.

Exit codes: 0 all is known (and, with --compare, agrees); 1 a budget ended it, or a version differs from --compare, or that
says nothing of the package; 2 the bundle cannot be used or does nothing on the version that it names; 3 this machine cannot run it.
"""

import re
import sys
from itertools import groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seawall.doors.cli.terminal import plain, show_fields, show_json, show_table
from seawall.doors.cli.validate import _cache, _followed

if TYPE_CHECKING:
    from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem
    from seawall.clearinghouse.matching.types import Bound
    from seawall.clearinghouse.validation.affected.types import Affected, Budget, Comparison, Key, Outcome

MARKS = {"affected": "■", "not-triggered": "□", "flaky": "~", "untestable": "?", "faulted": "!", "not-run": "·"}
INFERRED = {"affected": "▪", "not-triggered": "▫"}
LEGEND = "■ affected  □ not triggered  ▪ ▫ the same, inferred  ~ flaky  ? untestable  ! faulted  · not run"
_STRIP = 60
"""Versions on a line."""
_SHOWN = 40
"""Rows of a table of versions."""
_NAMED = 3
"""Versions with one reason that are named each."""
_ALIKE = 160
"""Characters by which two reasons are taken for one."""
_SILENT = frozenset({"untestable", "faulted", "not-run"})
_NUMBERS = re.compile(r"[0-9][0-9.]*")
_BUDGET = re.compile(r"([1-9][0-9]{0,6})(m|h|s|)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


@click.command()
@click.argument("bundle", type=click.Path(exists=True, path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json", "osv"]), default="text", show_default=True)
@click.option("--all", "everything", is_flag=True, help="Run every version, infer none.")
@click.option(
    "--version", "only", multiple=True, metavar="VERSION", help="Only these, in place of the registry's list."
)
@click.option(
    "--repository",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Run commits of this clone's main line in place of releases; needs --since.",
)
@click.option("--since", metavar="COMMIT", help="First commit: a tag, a branch, or an identifier.")
@click.option("--until", metavar="COMMIT", default="HEAD", show_default=True, help="Last commit.")
@click.option("--no-prereleases", is_flag=True, help="Leave out alphas, betas and the like.")
@click.option("--runs", type=click.IntRange(1, 5), default=1, show_default=True, help="On each version; 5 at a change.")
@click.option(
    "--budget", multiple=True, metavar="N|TIME", help="Stop after so many runs (200) or so long (15m); may be both."
)
@click.option("--jobs", type=click.IntRange(1, 8), default=2, show_default=True, help="Versions at once.")
@click.option(
    "--compare",
    type=click.Path(exists=True, path_type=Path),
    help="Hold the result against a published advisory (OSV, or another format that `seawall snapshot` reads).",
)
@click.option("--fresh", is_flag=True, help="Forget the answers of earlier commands.")
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), help="Where packages and answers are kept.")
def affected(
    bundle: Path,
    *,
    form: str,
    everything: bool,
    only: tuple[str, ...],
    repository: Path | None,
    since: str | None,
    until: str,
    no_prereleases: bool,
    runs: int,
    budget: tuple[str, ...],
    jobs: int,
    compare: Path | None,
    fresh: bool,
    cache: Path | None,
) -> None:
    """Run BUNDLE (as for `seawall validate`) on the released versions of its package and say which it works on.

    A version on which it does nothing is `not-triggered`, which is less than unaffected (docs/affected-versions.md).
    """
    from seawall.clearinghouse.validation.affected import commits, running  # noqa: PLC0415 - start-up
    from seawall.clearinghouse.validation.affected.errors import NothingToScan  # noqa: PLC0415
    from seawall.clearinghouse.validation.affected.osv import osv  # noqa: PLC0415
    from seawall.clearinghouse.validation.errors import (  # noqa: PLC0415
        BundleError,
        Infrastructure,
        SandboxUnavailable,
        TargetError,
    )
    from seawall.foundation.platform.errors import Unavailable  # noqa: PLC0415

    if (repository is None) != (since is None) or (repository is not None and (compare or only)):
        raise click.UsageError("--repository goes with --since, and without --compare and --version.")
    wishes = running.Wishes(
        runs=runs,
        everything=everything,
        only=only,
        prereleases=not no_prereleases,
        jobs=jobs,
        budget=_budget(budget),
        fresh=fresh,
    )
    try:
        order = order_of(bundle)
        with _followed() as progress:
            if repository is not None and since is not None:
                found = commits.affected_commits(
                    bundle,
                    repository,
                    cache=cache or _cache(),
                    since=since,
                    until=until,
                    wishes=wishes,
                    progress=progress,
                )
            else:
                found = running.affected(
                    bundle,
                    cache=cache or _cache(),
                    key=key_of(order),
                    ecosystem=order.name,
                    wishes=wishes,
                    progress=progress,
                )
    except (BundleError, TargetError, NothingToScan) as error:
        click.echo(f"seawall: {plain(error)}", err=True)
        sys.exit(2)
    except (Infrastructure, SandboxUnavailable) as error:
        raise Unavailable(error.detail, error.action) from error
    comparisons = published(compare, found, order) if compare else []
    if form == "osv":
        show_json(osv(found))
    elif form == "json":
        show_json({**found.to_json(), "comparisons": [_plain(comparison) for comparison in comparisons]})
    else:
        _show(found)
        for comparison in comparisons:
            _show_comparison(comparison)
    agrees = all(comparison.equal for comparison in comparisons) and bool(comparisons or compare is None)
    sys.exit(0 if found.complete and agrees else 1)


def _budget(given: tuple[str, ...]) -> "Budget":
    from seawall.clearinghouse.validation.affected.types import Budget  # noqa: PLC0415 - start-up

    runs: int | None = None
    seconds: float | None = None
    for text in given:
        read = _BUDGET.fullmatch(text)
        if read is None:
            raise click.BadParameter(f"{text!r} is neither a number of runs (200) nor a time (90s, 15m, 2h).")
        if read[2]:
            seconds = float(read[1]) * _SECONDS[read[2]]
        else:
            runs = int(read[1])
    return Budget(runs, seconds)


def order_of(bundle: Path) -> "Ecosystem":
    """The order of the versions of a bundle's package.

    Raises:
        BundleError: The bundle cannot be read.
        NothingToScan: Its package is of no registry with an order.
    """
    from seawall.clearinghouse.matching.ecosystems import registry  # noqa: PLC0415 - start-up
    from seawall.clearinghouse.validation import scratch  # noqa: PLC0415
    from seawall.clearinghouse.validation.affected.errors import NothingToScan  # noqa: PLC0415
    from seawall.clearinghouse.validation.bundles import open_bundle  # noqa: PLC0415

    with scratch.folder() as folder:
        manifest = open_bundle(bundle, folder / "bundle").manifest
    order = registry.of_purl_type(manifest.package_type)
    if order is None or manifest.package_type == "generic":
        raise NothingToScan(f"{manifest.package} has no released versions to run.", "Only pkg:pypi and pkg:npm have.")
    return order


def key_of(order: "Ecosystem") -> "Key":
    """The order as a scan wants it: None where a version has no place."""

    def key(version: str) -> bytes | None:
        found = order.key(version)
        return found if isinstance(found, bytes) else None

    return key


def published(source: Path, found: "Affected", order: "Ecosystem") -> "list[Comparison]":
    """A scan beside every advisory of a file or folder that speaks of its package.

    Raises:
        NotASource: It cannot be read.
    """
    from seawall.clearinghouse.matching.advisories.sources import read  # noqa: PLC0415 - start-up
    from seawall.clearinghouse.matching.ranges import bounds_of_versions, ranges_of_events  # noqa: PLC0415
    from seawall.clearinghouse.validation.affected.rules import compared  # noqa: PLC0415

    name = order.normalize_name(found.name)
    releases = [outcome.release for outcome in found.outcomes]
    places = {release.place for release in releases}
    key = key_of(order)
    comparisons: list[Comparison] = []
    for record in read(
        source, report=lambda unread: click.echo(f"{plain(unread.where)}: {plain(unread.why)}", err=True)
    ):
        ours = [
            one
            for one in record.affected
            if one.ecosystem.partition(":")[0] == order.name and order.normalize_name(one.name) == name
        ]
        if not ours:
            continue
        bounds: list[Bound] = []
        texts: set[str] = set()
        named: dict[str, None] = {}
        for one in ours:
            spoken = bounds_of_versions(order, one.versions)
            for events in one.ranges:
                spoken += ranges_of_events(order, [{kind: version} for kind, version in events])
                named |= {version: None for _, version in events if version != "0"}
            named |= dict.fromkeys(one.versions)
            bounds += spoken.bounds
            texts |= set(spoken.texts)
        answers = {}
        for release in releases:
            place = release.place
            answers[release.version] = release.version in texts or (
                place is not None and any(b.low <= place and (b.high is None or place < b.high) for b in bounds)
            )
        missing = [version for version in named if key(version) not in places]
        comparisons.append(compared(found.outcomes, record.id, answers, missing))
    if not comparisons:
        click.echo(f"No advisory in {plain(source)} is about {plain(found.name)}.", err=True)
    return comparisons


def _plain(comparison: "Comparison") -> dict[str, object]:
    from dataclasses import asdict  # noqa: PLC0415 - start-up

    return {**asdict(comparison), "equal": comparison.equal}


def _show(found: "Affected") -> None:
    counts = {state: sum(outcome.state.value == state for outcome in found.outcomes) for state in MARKS}
    told = ", ".join(f"{count} {state.replace('-', ' ')}" for state, count in counts.items() if count)
    run = sum(outcome.trial is not None for outcome in found.outcomes)
    click.secho(f"{plain(found.name)} ({found.ecosystem}): {told}", bold=True)
    inferred = sum(outcome.between is not None for outcome in found.outcomes)
    click.echo(
        f"{run} of {len(found.outcomes)} versions run, {inferred} inferred; {found.sandbox_runs} runs in the sandbox."
    )
    if not found.complete:
        click.secho("The budget ended it; the same command goes on where it was.", fg="yellow")
    click.echo()
    _show_strips(found)
    click.echo(f"\n{LEGEND}\n")
    show_fields(
        [
            ("affected", _events(found.events) or "no version"),
            ("seen", _events(found.seen) if found.seen != found.events else None),
            ("bundle", found.bundle_digest),
            ("sandbox", found.sandbox),
        ]
    )
    _show_rows(found)


def _show_strips(found: "Affected") -> None:
    branches = [(name, list(group)) for name, group in groupby(found.outcomes, key=lambda outcome: outcome.branch)]
    width = max((len(plain(name)) for name, _ in branches), default=0)
    longest = min(_STRIP, max((len(group) for _, group in branches), default=0))
    for name, group in branches:
        ends = f"{plain(group[0].release.version)} … {plain(group[-1].release.version)}"
        label = plain(group[0].release.version) if len(group) == 1 else ends
        for at in range(0, len(group), _STRIP):
            strip = "".join(_mark(outcome) for outcome in group[at : at + _STRIP])
            click.echo(
                f"{plain(name) if not at else '':<{width}}  {strip:<{longest}}  {label if not at else ''}".rstrip()
            )


def _mark(outcome: "Outcome") -> str:
    return (INFERRED if outcome.between else MARKS)[outcome.state.value]


def _show_rows(found: "Affected") -> None:
    """The versions that a person asks about: beside a change, withdrawn, and those that say nothing, by their reasons."""
    told = [outcome for outcome in found.outcomes if outcome.state.value not in _SILENT]
    rows = [outcome for pair in pairwise(told) if pair[0].state != pair[1].state for outcome in pair]
    rows += [one for one in told if one.state.value == "flaky" or one.release.withdrawn]
    unique = list({outcome.release.version: outcome for outcome in rows}.values())
    if unique:
        click.echo()
        shown = [(one.release.version, _state(one), one.evidence[:300]) for one in unique[:_SHOWN]]
        show_table("", ("version", "state", "evidence"), shown)
        _say_more(len(unique))
    reasons: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in found.outcomes:
        if outcome.state.value in _SILENT - {"not-run"}:
            # The same reason has other versions and seconds in it.
            alike = _NUMBERS.sub("#", outcome.evidence.replace(outcome.release.version, "#"))
            reasons.setdefault((_state(outcome), alike[:_ALIKE]), []).append(outcome)
    if reasons:
        click.echo()
        silent = [(_named(group), state, group[0].evidence[:300]) for (state, _), group in reasons.items()]
        show_table("", ("versions", "state", "reason"), silent[:_SHOWN])
        _say_more(len(silent))


def _state(outcome: "Outcome") -> str:
    return f"{outcome.state.value}{f' ({outcome.release.withdrawn})' if outcome.release.withdrawn else ''}"


def _named(group: "list[Outcome]") -> str:
    """Versions with one reason, in few words."""
    versions = [outcome.release.version for outcome in group]
    if len(versions) <= _NAMED:
        return ", ".join(versions)
    return f"{versions[0]} … {versions[-1]} ({len(versions)})"


def _say_more(count: int) -> None:
    if count > _SHOWN:
        click.echo(f"{count - _SHOWN} more; --format json has all.")


def _events(events: "tuple[tuple[str, str], ...]") -> str:
    parts: list[str] = []
    for kind, version in events:
        parts.append(f"{'; ' if parts and kind == 'introduced' else ', ' if parts else ''}{kind} {version}")
    return "".join(parts)


def _show_comparison(comparison: "Comparison") -> None:
    click.echo()
    silent = f", {len(comparison.silent)} not testable" if comparison.silent else ""
    word = "agrees" if comparison.equal else "differs"
    click.secho(
        f"{plain(comparison.source)} {word}: {comparison.agree} versions agree, {len(comparison.differ)} differ{silent}.",
        fg="green" if comparison.equal else "yellow",
    )
    if comparison.not_released:
        click.echo(f"It names versions that are not released: {plain(', '.join(comparison.not_released[:20]))}.")
    if comparison.differ:
        show_table(
            "",
            ("version", "published", "here", "evidence"),
            [
                (
                    one.version,
                    "affected" if one.published else "not affected",
                    f"{one.state.value}{', inferred' if one.inferred else ''}",
                    one.evidence[:300],
                )
                for one in comparison.differ[:_SHOWN]
            ],
        )
        _say_more(len(comparison.differ))
