"""Judges a patch: ``assess`` is the one way in, for the command and for tests.

    result = assess(Path("proof"), diff, cache=Path("cache"))
    result.state        # PatchState.VERIFIED
    result.reasons      # what keeps it from the next state

A hostile or broken patch is a state with its reason, never an error. What is missing on our side raises ``Infrastructure`` or
``SandboxUnavailable`` and is no state at all.
"""

import hashlib
import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from seawall.clearinghouse.validation import preparing
from seawall.clearinghouse.validation.errors import BundleError, TargetError
from seawall.clearinghouse.validation.patches import examining, inspecting, interface, owntests, reading, rules, running
from seawall.clearinghouse.validation.patches.errors import PatchDoesNotBuild, PatchRefused
from seawall.clearinghouse.validation.patches.examining import Clock, Question
from seawall.clearinghouse.validation.patches.types import Budget, FileChange, PatchResult, ProofEvidence
from seawall.clearinghouse.validation.preparing import Prepared
from seawall.clearinghouse.validation.sandboxes.choose import choose
from seawall.clearinghouse.validation.sandboxes.interface import Provider, RunLimits

RUNS = 3
"""Runs of each proof on each side."""

Tell = Callable[[str], None]
"""Told of each step."""
Prepare = Callable[[Path, str | None], AbstractContextManager[Prepared]]
"""Builds the sides of a bundle, on another version where one is named."""


def assess(
    source: Path,
    diff: bytes,
    *,
    cache: Path,
    proofs: tuple[Path, ...] = (),
    tests: Path | None = None,
    onto: str | None = None,
    sandbox: Provider | None = None,
    runs: int = RUNS,
    budget: Budget | None = None,
    seed: int | None = None,
    at_most: RunLimits | None = None,
    tell: Tell = lambda _text: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> PatchResult:
    """Judge a patch of the package that a proof is about.

    Args:
        source: The case's proof: folder, ZIP or .tar.gz.
        diff: A unified diff.
        cache: Folder for built targets.
        proofs: Further proofs of the same package; each that works without the patch must be stopped by it.
        tests: The package's own tests: a folder, or one file.
        onto: Another version to put it onto, for a backport, in place of the proof's flawed one.
        sandbox: As in ``replay.validate``.
        runs: Runs of each proof on each side.
        budget: For variants.
        seed: For the order of variants; random by default, and kept in the result.
        at_most: As in ``replay.validate``.
        tell: Told of each step.
        cancelled: Asked between and during runs.

    Raises:
        Infrastructure: Something of ours failed; try again.
        SandboxUnavailable: No sandbox works here.
        Cancelled: ``cancelled`` said so.
    """
    started = time.monotonic()
    chosen = sandbox or choose(cache)
    number = secrets.randbits(32) if seed is None else seed
    allowed = budget or Budget()
    ask = Question(runs, allowed, number, Clock(started + allowed.seconds), tell)

    def prepare(bundle: Path, version: str | None) -> AbstractContextManager[Prepared]:
        return preparing.prepared(
            bundle, cache=cache, sandbox=chosen, vulnerable=version, at_most=at_most, cancelled=cancelled
        )

    version, seen = _seen(source, diff, prepare, onto, proofs, tests, ask)
    concluded = rules.conclude(seen)
    applied = seen.applied
    bypass = next((proof.bypass for proof in seen.proofs if proof.bypass is not None), None)
    return PatchResult(
        state=concluded.state,
        summary=concluded.summary,
        steps=concluded.steps,
        reasons=concluded.reasons,
        plausible=concluded.plausible,
        version=version,
        patch_digest=f"sha256:{hashlib.sha256(diff).hexdigest()}",
        files=() if applied is None else tuple(file.path for file in applied.files),
        lines_added=0 if applied is None else applied.added,
        lines_removed=0 if applied is None else sum(inspecting.removed_count(file) for file in applied.files),
        tests_left_out=() if applied is None else applied.tests,
        left_out=() if applied is None else (*applied.code_left_out, *applied.left_out),
        variants=rules.counted(seen.proofs),
        coverage=rules.covered(seen),
        bypass=bypass,
        sandbox=chosen.profile,
        seed=number,
        seconds=round(time.monotonic() - started, 1),
    )


def _seen(
    source: Path,
    diff: bytes,
    prepare: Prepare,
    onto: str | None,
    proofs: tuple[Path, ...],
    tests: Path | None,
    ask: Question,
) -> tuple[str, rules.Evidence]:
    """The version that the patch was put onto, and all that was seen of it."""
    version = onto or ""
    name = source.name
    try:
        changes = reading.read(diff)
        ask.tell(f"{name}: installing the flawed version")
        with prepare(source, onto) as prepared:
            version = prepared.bundle.manifest.vulnerable
            where, applied = running.apply(prepared, changes)
            seen = rules.Evidence(applied=applied)
            try:
                ask.tell(f"{name}: building with the patch")
                done = running.build(prepared, where, applied)
            except PatchDoesNotBuild as error:
                return version, replace(seen, unbuilt=str(error))
            evidence = examining.examine(prepared, applied, done, ask, name)
            attacks = [(prepared.bundle.folder / prepared.file).read_bytes()]
            findings = (*inspecting.doubts(applied, attacks), *interface.changes(prepared, done, where, applied))
            seen = replace(seen, proofs=(evidence,), findings=findings)
            if evidence.stopped and not evidence.control and tests is not None:
                ask.tell("the package's own tests")
                tracked = examining.track(done, applied, prepared, "tracked-tests")
                seen = replace(seen, tests=owntests.run(prepared, done, tests, tracked))
            package = prepared.bundle.manifest.package
    except PatchRefused as error:
        return version, rules.Evidence(refused=str(error))
    except (BundleError, TargetError) as error:
        return version, rules.Evidence(refused=f"The proof bundle cannot be used: {error}")
    further = tuple(_further(other, package, version, changes, prepare, ask) for other in proofs)
    return version, replace(seen, proofs=(*seen.proofs, *further))


def _further(
    source: Path, package: str, version: str, changes: tuple[FileChange, ...], prepare: Prepare, ask: Question
) -> ProofEvidence:
    """What a further proof of the same package shows, on the same version."""
    name = source.name
    try:
        with prepare(source, None if package.startswith("pkg:generic/") else version) as prepared:
            if prepared.bundle.manifest.package != package:
                return ProofEvidence(name, prepared.bundle.digest, refused="It is about another package.")
            where, applied = running.apply(prepared, changes)
            done = running.build(prepared, where, applied)
            return examining.examine(prepared, applied, done, ask, name)
    except (PatchRefused, PatchDoesNotBuild, BundleError, TargetError) as error:
        return ProofEvidence(name, refused=str(error))
