"""From what was seen of a patch to its state. Pure.

In this order, each state needing the one before: *applies*, *builds*, *mitigates* (every known proof works without the patch
and never with it, its control passes, in every flavor), *bypassed* (a variant of a proof works on both sides), *regression_free*
(no test lost, no benign run differs, nothing deleted), *verified* (variants or tests reach every changed place, and nothing in
the patch's text is in doubt). What is free of regressions and not verified is *plausible*, which is said and is no state.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from seawall.clearinghouse.validation.patches.types import (
    Applied,
    Finding,
    Outcome,
    OwnTests,
    PatchState,
    ProofEvidence,
    Step,
    Weight,
)

ENOUGH_VARIANTS = 3
"""Variants that work on the flawed side and not on the patched one, without which a patch may fit the proof alone."""
ENOUGH_TESTS = 5
"""Own tests that may stand in for them, where they reach the changed code."""


@dataclass(frozen=True)
class Evidence:
    """All that was seen."""

    refused: str = ""
    """Why it does not apply; empty where it does."""
    applied: Applied | None = None
    unbuilt: str = ""
    """Why it does not build; empty where it does."""
    proofs: tuple[ProofEvidence, ...] = ()
    tests: OwnTests = field(default_factory=OwnTests)
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Conclusion:
    """The state, and why it is not the next one."""

    state: PatchState
    summary: str
    steps: tuple[Step, ...]
    reasons: tuple[str, ...]
    plausible: bool = False


def conclude(seen: Evidence) -> Conclusion:
    """The state of a patch."""
    steps = [_applies(seen)]
    for name, step in (("builds", _builds), ("mitigates", _mitigates)):
        held = steps[-1].outcome is Outcome.HELD
        steps.append(step(seen) if held else Step(name, Outcome.SKIPPED, ""))
    for name, step in (("re-attack", _re_attack), ("regression_free", _regressions), ("reach", _reach)):
        held = steps[2].outcome is Outcome.HELD
        steps.append(step(seen) if held else Step(name, Outcome.SKIPPED, ""))
    state, plausible = _state(steps, seen)
    reasons = [step.summary for step in steps if step.outcome in {Outcome.FAILED, Outcome.UNKNOWN} and step.summary]
    reasons += [finding.what for finding in seen.findings if seen.applied is not None]
    reasons += _remarks(seen)
    return Conclusion(
        state, _summary(state, steps, plausible=plausible), tuple(steps), tuple(dict.fromkeys(reasons)), plausible
    )


def _state(steps: Sequence[Step], seen: Evidence) -> tuple[PatchState, bool]:
    held = {step.name: step.outcome is Outcome.HELD for step in steps}
    if not held["applies"]:
        return PatchState.PROPOSED, False
    if not held["builds"]:
        return PatchState.APPLIES, False
    if not held["mitigates"]:
        return PatchState.BUILDS, False
    if any(proof.bypass is not None for proof in seen.proofs):
        return PatchState.BYPASSED, False
    if not held["regression_free"]:
        return PatchState.MITIGATES, False
    clean = held["re-attack"] and held["reach"] and not _doubts(seen)
    return (PatchState.VERIFIED, False) if clean else (PatchState.REGRESSION_FREE, True)


def _summary(state: PatchState, steps: Sequence[Step], *, plausible: bool) -> str:
    if plausible:
        return (
            "Plausible: it stops every known proof and nothing was seen to break, but variants, tests and what it reaches "
            "do not say enough to call it verified."
        )
    failed = next((step.summary for step in steps if step.outcome is not Outcome.HELD), "")
    if state is PatchState.MITIGATES:
        told = next(step for step in steps if step.name == "regression_free")
        what = "breaks something" if told.outcome is Outcome.FAILED else "what it breaks cannot be told"
        return f"It stops every known proof and {what}. {told.summary}"
    return {
        PatchState.PROPOSED: f"It does not apply. {failed}",
        PatchState.APPLIES: f"It applies and does not build. {failed}",
        PatchState.BUILDS: f"It builds and is not seen to stop the flaw. {failed}",
        PatchState.BYPASSED: f"It stops the proof and not the flaw. {failed}",
        PatchState.VERIFIED: "Verified: every known proof and its variants are stopped, and benign use is as before.",
    }.get(state, failed)


def _applies(seen: Evidence) -> Step:
    if seen.refused or seen.applied is None:
        return Step("applies", Outcome.FAILED, seen.refused or "There is no patch.")
    files = len(seen.applied.files)
    return Step("applies", Outcome.HELD, f"{files} {'file' if files == 1 else 'files'} changed.", seen.applied.notes)


def _builds(seen: Evidence) -> Step:
    if seen.unbuilt:
        return Step("builds", Outcome.FAILED, seen.unbuilt)
    return Step("builds", Outcome.HELD, "Every changed file is read by its language.")


def _mitigates(seen: Evidence) -> Step:
    bad, unknown, good = [], [], []
    for number, proof in enumerate(seen.proofs):
        if proof.refused:
            # The case's own proof must say something; a further one that does not is only missing.
            unknown.append(f"{proof.name}: {proof.refused}")
            if number == 0:
                bad.append(f"{proof.name} says nothing here: {proof.refused}")
        elif proof.control:
            bad.append(f"{proof.name}: {proof.control}")
        elif not proof.stopped:
            bad.append(f"{proof.name} is not stopped. {proof.why}")
        elif proof.flavors:
            bad += [f"{proof.name}: {why}" for why in proof.flavors]
        else:
            good.append(f"{proof.name} works without the patch and not with it. {proof.why}")
    if not seen.proofs:
        return Step("mitigates", Outcome.UNKNOWN, "No proof was run.")
    if bad:
        return Step("mitigates", Outcome.FAILED, bad[0], (*bad[1:], *unknown, *good))
    return Step("mitigates", Outcome.HELD, f"{len(good)} of {len(seen.proofs)} proofs are stopped.", (*good, *unknown))


def _re_attack(seen: Evidence) -> Step:
    made = sum(proof.made for proof in seen.proofs)
    working = sum(proof.working for proof in seen.proofs)
    on_fixed = sum(proof.on_fixed for proof in seen.proofs)
    for proof in seen.proofs:
        if proof.bypass is not None:
            return Step("re-attack", Outcome.FAILED, f"A variant of {proof.name} still works: {proof.bypass.kind}.")
    said = (
        f"{made} variants were made, {working} of them work without the patch, {working - on_fixed} are stopped by it."
    )
    if on_fixed:
        example = next((proof.on_fixed_example for proof in seen.proofs if proof.on_fixed_example), "")
        more = (
            f"{on_fixed} work with the patch and with the fixed version too, such as {example}: a finding about both."
        )
        return Step("re-attack", Outcome.UNKNOWN, more, (said,))
    if working < ENOUGH_VARIANTS:
        if seen.tests.before >= ENOUGH_TESTS and seen.tests.reached:
            return Step("re-attack", Outcome.HELD, said, ("The package's own tests reach the changed code.",))
        return Step(
            "re-attack", Outcome.UNKNOWN, f"Too few variants to tell a fix of the flaw from one of the proof. {said}"
        )
    return Step("re-attack", Outcome.HELD, said)


def _regressions(seen: Evidence) -> Step:
    bad = [finding.what for finding in seen.findings if finding.weight is Weight.BREAKS]
    if seen.tests.lost:
        bad.append(f"{len(seen.tests.lost)} of {seen.tests.before} own tests do not pass any more.")
    told, details = 0, list(seen.tests.lost)
    for proof in seen.proofs:
        told += proof.compared
        aside = "" if proof.has_fix else " No fixed version is named that would tell a fix's doing from damage."
        bad += [f"{difference}{aside}" for difference in proof.differences]
    if bad:
        return Step("regression_free", Outcome.FAILED, bad[0], (*bad[1:], *details))
    if not told and not seen.tests.before:
        silent = sum(proof.silent for proof in seen.proofs)
        said = (
            f"{silent} benign runs end as before and show nothing else, and there is no test that passes"
            if silent
            else "There is neither a benign control that can be compared nor a test that passes"
        )
        return Step("regression_free", Outcome.UNKNOWN, f"{said}, so nothing says what it breaks.")
    as_fixed = sum(proof.as_fixed for proof in seen.proofs)
    said = f"{told} benign runs are as before" + (f", {as_fixed} of them as with the fixed version" if as_fixed else "")
    tests = f"; {seen.tests.before} own tests pass as before" if seen.tests.before else "; no own tests were given"
    return Step("regression_free", Outcome.HELD, f"{said}{tests}.")


def _reach(seen: Evidence) -> Step:
    known = [proof for proof in seen.proofs if proof.places is not None]
    if not known:
        return Step("reach", Outcome.UNKNOWN, "Which changed code is reached cannot be told here.")
    places = known[0].places or 0
    by_others = frozenset().union(*(proof.by_variants for proof in known)) | seen.tests.reached
    reached = by_others.union(*(proof.reached for proof in known))
    said = f"{len(reached)} of {places} changed places are reached, {len(by_others)} by variants or tests."
    held = len(reached) == places and bool(by_others)
    return Step("reach", Outcome.HELD if held else Outcome.UNKNOWN, said)


def _doubts(seen: Evidence) -> bool:
    applied = seen.applied
    return (
        any(finding.weight is Weight.CAPS for finding in seen.findings)
        or (applied is not None and bool(applied.code_left_out))
        or any(proof.refused or proof.noisy for proof in seen.proofs)
        or bool(seen.tests.why)
    )


def _remarks(seen: Evidence) -> list[str]:
    found = []
    if seen.applied is not None:
        if seen.applied.code_left_out:
            found.append(
                f"Left out, for the package as installed has no such file: {', '.join(seen.applied.code_left_out[:5])}."
            )
        if seen.applied.tests:
            found.append(f"Tests are never taken from a patch; left out: {', '.join(seen.applied.tests[:5])}.")
        if seen.applied.old_tests:
            found.append(
                f"The patch changes or deletes tests that were there: {', '.join(seen.applied.old_tests[:5])}."
            )
    found += [
        f"{proof.name}: the control differs from itself, so nothing was compared."
        for proof in seen.proofs
        if proof.noisy
    ]
    found += [f"{proof.name} says nothing here: {proof.refused}" for proof in seen.proofs[1:] if proof.refused]
    if seen.tests.why:
        found.append(f"Own tests: {seen.tests.why}")
    return found


def counted(proofs: Sequence[ProofEvidence]) -> dict[str, int]:
    """Variants of all proofs: made, working on the flawed side, stopped by the patch, bypassing it."""
    made, working = sum(proof.made for proof in proofs), sum(proof.working for proof in proofs)
    bypassing = sum(proof.bypass is not None for proof in proofs)
    stopped = working - bypassing - sum(proof.on_fixed for proof in proofs)
    return {"made": made, "working": working, "stopped": stopped, "bypassing": bypassing}


def covered(seen: Evidence) -> dict[str, int]:
    """Changed places, and how many of them what reached; empty where it cannot be told."""
    known = [proof for proof in seen.proofs if proof.places is not None]
    if not known:
        return {}
    variants = frozenset().union(*(proof.by_variants for proof in known))
    reached = variants.union(seen.tests.reached, *(proof.reached for proof in known))
    return {
        "places": known[0].places or 0,
        "reached": len(reached),
        "by_variants": len(variants),
        "by_tests": len(seen.tests.reached),
    }
