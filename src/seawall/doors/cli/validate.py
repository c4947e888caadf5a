"""``seawall validate``: run a proof on this machine, as the clearinghouse would; no server, no account.

The registries are asked for the package, once; the runs have no network. Exit codes: 0 confirmed; 1 run, and not
confirmed, or not as the statement of --compare says; 2 the bundle cannot be used; 3 this machine cannot run it.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seawall.doors.cli.terminal import plain, show_fields, show_json, show_table

if TYPE_CHECKING:
    from seawall.clearinghouse.validation.runs import Progress
    from seawall.clearinghouse.validation.types import Run, ValidationResult

RUNS_MAX = 50
_MIB = 2**20
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT = click.Path(dir_okay=False, writable=True, path_type=Path)


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "seawall" / "targets"


@click.command()
@click.argument("bundle", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "json_output", is_flag=True, help="Print JSON for a program.")
@click.option("--runs", type=click.IntRange(1, RUNS_MAX), default=5, show_default=True, help="Runs on each side.")
@click.option("--vulnerable", metavar="VERSION", help="Run this version in place of the bundle's.")
@click.option("--fixed", metavar="VERSION", help="Hold it against this version, such as a release in the making.")
@click.option("--seed", type=int, help="Order of the runs, from an earlier result.")
@click.option("--attest", type=_OUT, help="Write the verdict as a signed statement; needs --key.")
@click.option("--key", type=_FILE, help="Ed25519 private key (PEM) for --attest.")
@click.option("--compare", type=_FILE, help="Hold the verdict against somebody's statement; needs --trust.")
@click.option("--trust", type=_FILE, help="Public key (PEM) that must have signed what --compare names.")
@click.option(
    "--minimize",
    type=click.Path(exists=False, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Make a confirmed proof's attack as small as it gets, and write the bundle there.",
)
@click.option("--minimize-seconds", type=click.IntRange(1, 86_400), default=900, show_default=True, help="At most.")
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), help="Where packages are kept between runs.")
def validate(
    bundle: Path,
    *,
    json_output: bool,
    runs: int,
    vulnerable: str | None,
    fixed: str | None,
    seed: int | None,
    attest: Path | None,
    key: Path | None,
    compare: Path | None,
    trust: Path | None,
    minimize: Path | None,
    minimize_seconds: int,
    cache: Path | None,
) -> None:
    """Run BUNDLE (a folder, .zip or .tar.gz with a proof.toml) in the sandbox and say what it does.

    Read its driver first: a verdict is about the package only if the driver is honest (docs/validation.md).
    """
    from seawall.clearinghouse.validation.errors import Infrastructure, SandboxUnavailable  # noqa: PLC0415 - start-up
    from seawall.clearinghouse.validation.replay import validate as replay  # noqa: PLC0415
    from seawall.foundation.platform.errors import Unavailable  # noqa: PLC0415

    if (attest is None) != (key is None) or (compare is None) != (trust is None):
        raise click.UsageError("--attest goes with --key, and --compare with --trust.")
    if minimize is not None and (minimize.exists() or vulnerable or fixed):
        raise click.UsageError("--minimize needs a folder that is not there yet, and the bundle's own versions.")
    theirs = _opened(compare, trust) if compare is not None and trust is not None else None
    try:
        with _followed() as progress:
            result = replay(
                bundle,
                cache=cache or _cache(),
                runs=runs,
                seed=seed,
                vulnerable=vulnerable,
                fixed=fixed,
                progress=progress,
            )
    except (Infrastructure, SandboxUnavailable) as error:
        raise Unavailable(error.detail, error.action) from error
    if json_output:
        show_json(result.to_json())
    else:
        _show(result)
    if attest is not None and key is not None:
        _write_statement(result, attest, key)
    if minimize is not None:
        _minimize(bundle, result, minimize, minimize_seconds, cache or _cache())
    if theirs is not None and not _agrees(theirs, result):
        sys.exit(1)
    sys.exit({"confirmed": 0, "not_attempted": 2}.get(result.verdict.value, 1))


def _minimize(bundle: Path, result: "ValidationResult", into: Path, seconds: int, cache: Path) -> None:
    from seawall.clearinghouse.validation.errors import Infrastructure, SandboxUnavailable  # noqa: PLC0415 - start-up
    from seawall.clearinghouse.validation.minimizing import proofs  # noqa: PLC0415
    from seawall.clearinghouse.validation.minimizing.types import Budget, NothingToMinimize  # noqa: PLC0415
    from seawall.foundation.platform.errors import Unavailable  # noqa: PLC0415

    if result.verdict.value != "confirmed":
        click.echo("Not minimized: only a confirmed proof is.", err=True)
        return
    try:
        with _followed() as progress:
            found = proofs.minimize(
                bundle,
                cache=cache,
                budget=Budget(seconds=seconds),
                progress=lambda now, before, what: progress(before - now, before, f"{now} bytes; {what}"),
            )
    except NothingToMinimize as error:
        click.echo(f"Not minimized: {plain(error)}", err=True)
        return
    except (Infrastructure, SandboxUnavailable) as error:
        raise Unavailable(error.detail, error.action) from error
    proofs.write(bundle, found, into)
    click.echo(f"minimized: {plain(into / found.file)}. {plain(found.summary)}", err=True)


def _opened(path: Path, trust: Path) -> dict[str, Any]:
    from seawall.clearinghouse.validation.attestation import PAYLOAD_TYPE, read  # noqa: PLC0415 - start-up
    from seawall.foundation.platform.signing import opened  # noqa: PLC0415

    return read(opened(path.read_bytes(), PAYLOAD_TYPE, trust.read_bytes()))


def _write_statement(result: "ValidationResult", path: Path, key: Path) -> None:
    from seawall.clearinghouse.validation.attestation import PAYLOAD_TYPE, environment, statement  # noqa: PLC0415
    from seawall.foundation.platform.signing import SigningKey  # noqa: PLC0415 - start-up

    if not result.bundle_digest:
        raise click.ClickException("The bundle could not be read, so there is nothing to sign.")
    path.write_bytes(SigningKey.from_file(key).envelope(statement(result, environment()), PAYLOAD_TYPE))
    click.echo(f"signed statement: {plain(path)}", err=True)


def _agrees(theirs: dict[str, Any], result: "ValidationResult") -> bool:
    from seawall.clearinghouse.validation.attestation import differences  # noqa: PLC0415 - start-up

    found = differences(theirs, result)
    for difference in found:
        click.secho(f"differs: {plain(difference)}", fg="yellow", err=True)
    if not found:
        click.secho("The statement says the same.", fg="green", err=True)
    return not found


@contextmanager
def _followed() -> Iterator["Progress"]:
    """Progress on standard error: a bar for a person, lines for a log."""
    if not sys.stderr.isatty():
        yield lambda done, total, text: click.echo(f"[{done}/{total}] {plain(text)}", err=True)
        return
    from rich.console import Console  # noqa: PLC0415 - a third of the start-up
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("asking the sandbox for its contract", total=None)
        yield lambda done, total, text: bar.update(task, completed=done, total=total, description=plain(text))


def _show(result: "ValidationResult") -> None:
    click.secho(result.verdict.value.replace("_", " "), bold=True)
    click.echo(plain(result.summary))
    for reason in result.reasons:
        click.echo(f"  - {plain(reason)}")
    if result.runs:
        columns = ("#", "side", "triggered", "ended by", "wall s", "cpu s", "memory", "seen")
        show_table("", columns, [(number, *_row(run)) for number, run in enumerate(result.runs, 1)])
    show_fields(
        [
            ("failure", result.failure),
            ("oracle", result.oracle),
            ("signature", result.signature),
            ("bundle", result.bundle_digest),
            ("sandbox", result.sandbox),
            ("seed", result.seed if result.runs else None),
            ("driver", result.driver_preview),
        ]
    )


def _row(run: "Run") -> tuple[object, ...]:
    ended = f"{run.killed_by} limit" if run.killed_by else run.signal or f"exit {run.exit_code}"
    memory = f"{run.peak_memory_bytes / _MIB:.0f} MiB" if run.peak_memory_bytes else ""
    used = "" if run.cpu_s is None else f"{run.cpu_s:.2f}"
    return run.side.value, "yes" if run.triggered else "no", ended, f"{run.wall_s:.2f}", used, memory, run.why
