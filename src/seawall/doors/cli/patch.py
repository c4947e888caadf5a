"""``seawall patch``: judge a patch with a proof on this machine; no server, no account.

Exit codes: 0 verified, or plausible; 1 judged, and neither; 2 nothing could be judged; 3 this machine cannot run it.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seawall.doors.cli.terminal import plain, show_fields, show_json, show_table

if TYPE_CHECKING:
    from seawall.clearinghouse.validation.patches.types import PatchResult

RUNS_MAX = 20
_PATH = click.Path(exists=True, path_type=Path)
_COLORS = {"verified": "green", "bypassed": "red"}


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "seawall" / "targets"


@click.command()
@click.argument("bundle", type=_PATH)
@click.argument("patch_file", metavar="PATCH", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--proof", "proofs", type=_PATH, multiple=True, help="Another proof of the package that it must stop; repeat."
)
@click.option("--tests", type=_PATH, help="The package's own tests: a folder, or one file.")
@click.option("--onto", metavar="VERSION", help="Put it onto this version in place of the bundle's: a backport.")
@click.option(
    "--runs", type=click.IntRange(1, RUNS_MAX), default=3, show_default=True, help="Of each proof, each side."
)
@click.option(
    "--variants", type=click.IntRange(0, 10_000), default=60, show_default=True, help="Of each proof, at most."
)
@click.option(
    "--seconds", type=click.IntRange(1, 86_400), default=240, show_default=True, help="For variants, at most."
)
@click.option("--seed", type=int, help="Order of the variants, from an earlier result.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Where to write a variant that gets past the patch.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), help="Where packages are kept between runs.")
def patch(
    bundle: Path,
    patch_file: Path,
    *,
    proofs: tuple[Path, ...],
    tests: Path | None,
    onto: str | None,
    runs: int,
    variants: int,
    seconds: int,
    seed: int | None,
    out: Path | None,
    form: str,
    cache: Path | None,
) -> None:
    """Judge PATCH (a unified diff) with BUNDLE, a proof of the flaw that it should fix: docs/patches.md.

    That the proof is stopped proves little: look at the state, and at the reasons that keep it from the next one.
    """
    from seawall.clearinghouse.validation.errors import Infrastructure, SandboxUnavailable  # noqa: PLC0415 - start-up
    from seawall.clearinghouse.validation.patches.assessing import assess  # noqa: PLC0415
    from seawall.clearinghouse.validation.patches.reading import PATCH_MAX  # noqa: PLC0415
    from seawall.clearinghouse.validation.patches.types import Budget  # noqa: PLC0415
    from seawall.foundation.platform.errors import Unavailable  # noqa: PLC0415

    with patch_file.open("rb") as file:
        diff = file.read(PATCH_MAX + 1)  # one byte more is enough to refuse it
    try:
        result = assess(
            bundle,
            diff,
            cache=cache or _cache(),
            proofs=proofs,
            tests=tests,
            onto=onto,
            runs=runs,
            budget=Budget(variants=variants, seconds=float(seconds)),
            seed=seed,
            tell=lambda text: click.echo(plain(text), err=True),
        )
    except (Infrastructure, SandboxUnavailable) as error:
        raise Unavailable(error.detail, error.action) from error
    if form == "json":
        show_json(result.to_json())
    else:
        _show(result)
    if out is not None and result.bypass is not None:
        out.write_bytes(result.bypass.content)
        click.echo(f"bypassing {plain(result.bypass.file)}: {plain(out)}", err=True)
    good = result.state.value == "verified" or result.plausible
    sys.exit(0 if good else 2 if result.state.value == "proposed" else 1)


def _show(result: "PatchResult") -> None:
    state = result.state.value.replace("_", " ")
    click.secho(f"{state} (plausible)" if result.plausible else state, bold=True, fg=_COLORS.get(result.state.value))
    click.echo(plain(result.summary))
    for reason in result.reasons:
        click.echo(f"  - {plain(reason)}")
    rows = [(step.name.replace("_", " "), step.outcome.value, step.summary) for step in result.steps]
    show_table("", ("step", "outcome", "seen"), rows)
    for step in result.steps:
        for detail in step.details:
            click.echo(f"  {step.name.replace('_', ' ')}: {plain(detail)}")
    show_fields(
        [
            ("version", result.version),
            ("changed", ", ".join(result.files)),
            ("lines", f"+{result.lines_added} -{result.lines_removed}" if result.files else None),
            ("left out", ", ".join((*result.tests_left_out, *result.left_out)) or None),
            ("variants", _counts(result.variants) if result.variants.get("made") else None),
            ("coverage", _counts(result.coverage) if result.coverage else None),
            ("bypass", result.bypass.content[:300].decode("utf-8", "backslashreplace") if result.bypass else None),
            ("patch", result.patch_digest),
            ("sandbox", result.sandbox),
            ("seed", result.seed),
            ("seconds", result.seconds),
        ]
    )


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items())
