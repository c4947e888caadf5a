"""Runs a proof and says what it does: ``validate`` is the one way in, for the service, the command and the tests.

    result = validate(Path("bundle.zip"), cache=Path("cache"))
    result.verdict      # Verdict.CONFIRMED
    result.summary      # a sentence for a maintainer

In this order: read the bundle; install or build both sides (an inert stub of the package where no fixed version is named);
run the benign control on both; run the proof ``runs`` times on each side, order mixed by ``seed``, every run in a fresh
sandbox with fresh random values; judge.

An unreadable bundle or a target that does not exist is a verdict (``not_attempted``, ``errored``). What is missing on our
side raises ``Infrastructure`` or ``SandboxUnavailable`` and is no verdict at all.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from seawall.clearinghouse.validation import manifests, scratch
from seawall.clearinghouse.validation.bundles import open_bundle
from seawall.clearinghouse.validation.errors import BundleError, TargetError
from seawall.clearinghouse.validation.runs import Progress, Replay, never, tell_nobody
from seawall.clearinghouse.validation.sandboxes import cgroups
from seawall.clearinghouse.validation.sandboxes.choose import choose
from seawall.clearinghouse.validation.sandboxes.interface import Provider, RunLimits
from seawall.clearinghouse.validation.types import Side, ValidationResult, Verdict

RUNS = 5
"""Runs on each side."""


def validate(
    source: Path,
    *,
    cache: Path,
    sandbox: Provider | None = None,
    runs: int = RUNS,
    seed: int | None = None,
    vulnerable: str | None = None,
    fixed: str | None = None,
    at_most: RunLimits | None = None,
    inert: frozenset[Side] = frozenset(),
    progress: Progress = tell_nobody,
    cancelled: Callable[[], bool] = never,
) -> ValidationResult:
    """Run a proof bundle and judge it.

    Args:
        source: Folder, ZIP or .tar.gz.
        cache: Folder for built targets; may be shared by workers.
        sandbox: Provider; by default the first that works here and keeps the contract.
        runs: Runs on each side.
        seed: For the order of the runs; random by default, and kept in the result.
        vulnerable: Version to run in place of the manifest's.
        fixed: Version to hold it against in place of the manifest's.
        at_most: What a run may use at most, where that is less than its oracle would give it.
        inert: Sides on which an inert stub stands in for the package, to see that a proof is about it.
        progress: Told of each step.
        cancelled: Asked between and during runs.

    Raises:
        Infrastructure: Something of ours failed; try again.
        SandboxUnavailable: No sandbox works here.
        Cancelled: ``cancelled`` said so.
    """
    chosen = sandbox or choose(cache)
    scratch.sweep()
    cgroups.sweep()
    with scratch.folder() as folder:
        try:
            bundle = open_bundle(source, folder / "bundle")
            manifest = manifests.with_versions(bundle.manifest, vulnerable=vulnerable, fixed=fixed)
        except BundleError as error:
            return ValidationResult(Verdict.NOT_ATTEMPTED, f"The proof bundle cannot be used: {error}", (str(error),))
        bundle = replace(bundle, manifest=manifest)
        number = secrets.randbits(32) if seed is None else seed
        try:
            return Replay(bundle, cache, chosen, folder, runs, number, at_most, inert, progress, cancelled).result()
        except (TargetError, BundleError) as error:
            return ValidationResult(
                Verdict.ERRORED,
                f"The target could not be built: {error}",
                (str(error),),
                bundle_digest=bundle.digest,
                sandbox=chosen.profile,
            )
