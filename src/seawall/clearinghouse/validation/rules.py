"""From runs to a verdict. Pure.

Order of evidence: the benign control must pass first; then the flawed side must trigger every time; then the
control side (the fixed version) must never. Without a control side the verdict says so and is not ``confirmed``.
"""

from collections.abc import Sequence

from seawall.clearinghouse.validation.types import Manifest, Run, Side, Verdict


def judge(manifest: Manifest, runs: Sequence[Run], wanted: int) -> tuple[Verdict, str, tuple[str, ...]]:
    """The verdict, its sentence, and its reasons.

    Args:
        manifest: The claim.
        runs: All runs.
        wanted: Runs planned on each side, at least one.
    """
    flawed = [run for run in runs if run.side is Side.VULNERABLE]
    fixed = [run for run in runs if run.side is Side.FIXED]
    hits, misses = sum(run.triggered for run in flawed), sum(run.triggered for run in fixed)
    on = f"{manifest.package_name} {manifest.vulnerable}"
    if not flawed:
        raise ValueError("a verdict needs at least one run on the flawed side")
    reasons = [f"Triggered {hits} of {len(flawed)} times on {on}."]
    if fixed:
        reasons.append(f"Triggered {misses} of {len(fixed)} times on {manifest.fixed}.")
    if manifest.control is None:
        reasons.append("The bundle has no benign control.")
    if hits == 0:
        seen = sorted({f"{run.why} {ending(run)}" for run in flawed})
        return Verdict.NOT_REPRODUCED, f"The proof did not do what it claims on {on}. {seen[0]}", (*reasons, *seen[1:])
    if hits < len(flawed) or len(flawed) < wanted:
        return (
            Verdict.FLAKY,
            f"The proof works only sometimes: {hits} of {len(flawed)} runs on {on} ({hits / len(flawed):.0%}).",
            tuple(reasons),
        )
    if not fixed:
        reasons.append("No fixed version or tree was named, so there is nothing to hold it against.")
        return Verdict.INCONCLUSIVE, f"The proof works on {on}, but without a control side.", tuple(reasons)
    if misses:
        return (
            Verdict.INCONCLUSIVE,
            f"The proof works on {on} and also on {manifest.fixed}, which is said to be fixed.",
            tuple(reasons),
        )
    return (
        Verdict.CONFIRMED,
        f"{manifest.failure.value} confirmed: the proof works on {on} every time and never on {manifest.fixed}.",
        tuple(reasons),
    )


def bad_control(run: Run) -> tuple[Verdict, str, tuple[str, ...]]:
    """The verdict where the benign control triggers, or does not end by itself with exit code 0."""
    what = "does what only the proof should do" if run.triggered else "does not end well"
    return (
        Verdict.INCONCLUSIVE,
        f"The benign control {what}, so the proof shows nothing about its input.",
        (run.why, ending(run)),
    )


def ending(run: Run) -> str:
    """How a run ended, as a sentence."""
    if run.killed_by:
        return f"It was ended at its {run.killed_by} limit."
    return f"It was ended by {run.signal}." if run.signal else f"It ended with exit code {run.exit_code}."


def shared_signature(runs: Sequence[Run]) -> str | None:
    """The signature that all triggering runs on the flawed side share, or None."""
    found = {run.signature for run in runs if run.side is Side.VULNERABLE and run.triggered}
    return found.pop() if len(found) == 1 else None
