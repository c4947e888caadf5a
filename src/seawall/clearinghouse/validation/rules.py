"""From runs to a verdict. Pure.

Order of evidence: the benign control must pass first; then the flawed side must trigger every time; then the
control side (the fixed version, or an inert stub of the package where none is named) must never. Without a control side the
verdict says so and is not ``confirmed``.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from seawall.clearinghouse.validation.types import Against, Manifest, Run, Side, Verdict

STUB = "inert stub"
"""What stands for a version where a stub is run."""
SURE = 1.959964
"""Standard deviations of a normal distribution that hold 95 %."""


def judge(
    manifest: Manifest, runs: Sequence[Run], wanted: int, against: Against = Against.FIXED
) -> tuple[Verdict, str, tuple[str, ...]]:
    """The verdict, its sentence, and its reasons.

    Args:
        manifest: The claim.
        runs: All runs.
        wanted: Runs planned on each side, at least one.
        against: What the control side is.
    """
    flawed = [run for run in runs if run.side is Side.VULNERABLE]
    fixed = [run for run in runs if run.side is Side.FIXED]
    hits, misses = sum(run.triggered for run in flawed), sum(run.triggered for run in fixed)
    on = f"{manifest.package_name} {manifest.vulnerable}"
    beside = (manifest.fixed or "the fixed tree") if against is Against.FIXED else against.value
    if not flawed:
        raise ValueError("a verdict needs at least one run on the flawed side")
    reasons = [f"Triggered {hits} of {len(flawed)} times on {on}."]
    if fixed:
        reasons.append(f"Triggered {misses} of {len(fixed)} times on {beside}.")
    reasons += _remarks(manifest)
    if hits == 0:
        seen = sorted({f"{run.why} {ending(run)}" for run in flawed})
        return Verdict.NOT_REPRODUCED, f"The proof did not do what it claims on {on}. {seen[0]}", (*reasons, *seen[1:])
    if hits < len(flawed) or len(flawed) < wanted:
        low, high = wilson(hits, len(flawed))
        rate = f"{hits / len(flawed):.0%}; 95 % interval {low:.0%} to {high:.0%}"
        return (
            Verdict.FLAKY,
            f"The proof works only sometimes: {hits} of {len(flawed)} runs on {on} ({rate}).",
            tuple(reasons),
        )
    if not fixed:
        reasons.append("No fixed version or tree was named, so there is nothing to hold it against.")
        return Verdict.INCONCLUSIVE, f"The proof works on {on}, but without a control side.", tuple(reasons)
    if blind := [run for run in fixed if run.unseen]:
        why = f"{blind[0].why} {ending(blind[0])}"
        return (
            Verdict.INCONCLUSIVE,
            f"The proof works on {on}, but {beside} was silent without a look.",
            (*reasons, why),
        )
    if misses:
        is_said = ", which is said to be fixed" if against is Against.FIXED else ": it does not need the package"
        return Verdict.INCONCLUSIVE, f"The proof works on {on} and also on {beside}{is_said}.", tuple(reasons)
    if manifest.alone:
        reasons += sorted({f"On {beside}: {ending(run)}" for run in fixed})
    return _held_against(manifest, against, on, beside, tuple(reasons))


def _remarks(manifest: Manifest) -> list[str]:
    if manifest.alone:
        return ["Driver and attack are one script: what it does besides using the package is for a person to see."]
    return [] if manifest.control is not None else ["The bundle has no benign control."]


def _held_against(
    manifest: Manifest, against: Against, on: str, beside: str, reasons: tuple[str, ...]
) -> tuple[Verdict, str, tuple[str, ...]]:
    """The verdict of a proof that works on the one side and not on the other."""
    if against is Against.STUB_FOR_MISSING:
        return (
            Verdict.INCONCLUSIVE,
            f"The proof works on {on}, but {manifest.fixed}, which is said to be fixed, cannot be installed.",
            (
                *reasons,
                "An inert stub of the package stayed silent; leave out target.fixed to be judged by that alone.",
            ),
        )
    if against is Against.STUB:
        reasons = (*reasons, "The control side shows that the package takes part, not what a fix would change.")
    return (
        Verdict.CONFIRMED,
        f"{manifest.failure.value} confirmed: the proof works on {on} every time and never on {beside}.",
        reasons,
    )


def by_itself(manifest: Manifest, run: Run) -> tuple[Verdict, str, tuple[str, ...]]:
    """The verdict where the effect is there although the package does nothing."""
    return (
        Verdict.INCONCLUSIVE,
        f"The proof has its effect beside an inert stub of {manifest.package_name} too, so the effect is the driver's own.",
        (run.why, ending(run)),
    )


def bad_control(run: Run) -> tuple[Verdict, str, tuple[str, ...]]:
    """The verdict where the benign control triggers, or does not end by itself with exit code 0."""
    what = "does what only the proof should do" if run.triggered else "does not end well"
    return (
        Verdict.INCONCLUSIVE,
        f"The benign control {what}, so the proof shows nothing about its input.",
        (run.why, ending(run)),
    )


def first(runs: Sequence[Run], side: Side) -> Run:
    """The first run on a side."""
    return next(run for run in runs if run.side is side)


def unlike_plain(run: Run, plain: Run) -> tuple[Verdict, str, tuple[str, ...]] | None:
    """The verdict where a program does something else without sanitizers than with them: then it is not the one that ships.

    Args:
        run: With sanitizers, silent.
        plain: The same sources and input without.
    """
    same = (run.exit_code, run.signal, run.killed_by, run.output) == (
        plain.exit_code, plain.signal, plain.killed_by, plain.output
    )  # fmt: skip
    if same or (plain.killed_by is None) != (run.killed_by is None):
        # At a limit of ours it is slow or large, as programs with sanitizers are; that says nothing of what they do.
        return None
    return (
        Verdict.INCONCLUSIVE,
        "Built without sanitizers, as it ships, the program does something else, so what it does with them shows nothing.",
        (f"With: {ending(run)} {run.output[:200]!r}", f"Without: {ending(plain)} {plain.output[:200]!r}"),
    )


def looks_for_sanitizers(facts: Mapping[str, Any]) -> tuple[Verdict, str, tuple[str, ...]] | None:
    """The verdict where sources look for sanitizers in ways that cannot be hidden from them.

    Args:
        facts: Of a built side.
    """
    looks = facts.get("looks") or []
    if not looks:
        return None
    return (
        Verdict.INCONCLUSIVE,
        "The sources look for sanitizers, so what they do under one is not what they do where they are used.",
        tuple(f"They name {one!s}." for one in looks),
    )


def asking(built: Mapping[Side, Mapping[str, Any]]) -> list[str]:
    """Sentences about sources that would be other code under a sanitizer's macros; these were hidden from them.

    Args:
        built: Facts of each side.
    """
    return [
        f"On the {side.value} side {', '.join(facts['macros'][:5])} would be other code under a sanitizer;"
        " it was built as it ships, without seeing one."
        for side, facts in built.items()
        if facts.get("macros")
    ]


def loads_differ(controls: Sequence[Run]) -> tuple[Verdict, str, tuple[str, ...]] | None:
    """The verdict where loading alone works on the flawed side and fails on the other: its silence would say nothing.

    Args:
        controls: The harness's own control, on the flawed side and on the other.
    """
    flawed, *others = controls
    bad = [run for run in others if run.exit_code != 0]
    if flawed.exit_code != 0 or not bad:
        return None
    return (
        Verdict.INCONCLUSIVE,
        "The package loads on the flawed side but not on the fixed one, so that its silence there shows nothing.",
        tuple(dict.fromkeys(f"{ending(run)} {run.output[:300]}".strip() for run in bad)),
    )


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % score interval of a rate (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927, p. 209)."""
    rate, squared = hits / of, SURE**2
    middle = (rate + squared / (2 * of)) / (1 + squared / of)
    half = SURE * math.sqrt(rate * (1 - rate) / of + squared / (4 * of * of)) / (1 + squared / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def ending(run: Run) -> str:
    """How a run ended, as a sentence."""
    if run.killed_by:
        return f"It was ended at its {run.killed_by} limit."
    return f"It was ended by {run.signal}." if run.signal else f"It ended with exit code {run.exit_code}."


def shared_signature(runs: Sequence[Run]) -> str | None:
    """The signature that all triggering runs on the flawed side share, or None."""
    found = {run.signature for run in runs if run.side is Side.VULNERABLE and run.triggered}
    return found.pop() if len(found) == 1 else None
