"""Oracles of what a run costs: processor time against a budget, its growth over input size, memory."""

import math
from itertools import pairwise

from seawall.clearinghouse.validation.errors import Infrastructure
from seawall.clearinghouse.validation.notes import package_frames, signature
from seawall.clearinghouse.validation.oracles.interface import Baseline, Bounds, Judgment, Scene
from seawall.clearinghouse.validation.sandboxes.interface import Evidence
from seawall.clearinghouse.validation.types import Manifest

TIMES_CONTROL = 5.0
"""A long run must also take this many times as long as the benign control, so that a slow machine is no flaw."""
PATIENCE = 5.0
"""A run may take this many times its budget on the clock, for it may not have a processor to itself."""
PATIENCE_MORE_S = 2.0
STARVED_BELOW = 0.25
"""A run that was idle in fewer looks than this, and yet got too little processor time, was kept waiting by others."""
SUPERLINEAR = 1.5
"""Exponent of growth from which on it is not linear: n log n measures as 1.1 to 1.2, a square as 1.8 to 2.1."""
FELT_S = 0.25
"""Processor seconds above the control's at the largest size; less is within the noise of a start."""
NOISE_S = 0.05
"""Processor seconds below which two measurements of nothing differ; added to both before they are divided."""
GROWTH_CPU_S = 4.0
"""Processor seconds of one size; a run that is ended there has grown far enough."""
DOUBTFUL = 1.2
"""Exponent from which on a curve might be a square that its start still flattens: n log n stays below."""
POINTS, SURE_POINTS = 2, 3
"""Sizes that are measured to their end for a slope, and for one that is in doubt."""
MORE_SIZES = 12
"""Sizes that are measured beyond the author's at most: enough to come from a million down to ten."""


class TimeBudget:
    """The run works longer than its budget where the benign control is far under it.

    Processor time is counted, not the clock's: a program that merely waits has taken nothing from anybody, and a
    busy machine makes nobody guilty.
    """

    def bounds(self, manifest: Manifest) -> Bounds:
        """The budget of processor time, and patience on the clock."""
        return Bounds(wall_s=manifest.budget_s * PATIENCE + PATIENCE_MORE_S, cpu_s=manifest.budget_s)

    def judge(self, manifest: Manifest, scene: Scene) -> Judgment:
        """Compare the processor time with budget and control."""
        evidence = scene.evidence
        used = evidence.cpu_s or 0.0
        budget = f"{manifest.budget_s:g} s of processor time"
        if used < manifest.budget_s:
            if evidence.killed_by == "wall-time":
                _check_fed(evidence)
                return Judgment(triggered=False, why=f"It waited more than it worked: {used:.2f} s of {budget}.")
            return Judgment(triggered=False, why=f"It took {used:.2f} s of {budget}.")
        if scene.baseline is not None and used < TIMES_CONTROL * scene.baseline.cpu_s:
            return Judgment(
                triggered=False,
                why=f"{used:.2f} s is not {TIMES_CONTROL:g} times the control's {scene.baseline.cpu_s:.2f} s.",
            )
        frames = package_frames(scene.notes.hang_frames)
        return Judgment(
            triggered=True,
            why=f"It was still busy after {budget}"
            + (f"; the benign control took {scene.baseline.cpu_s:.2f} s." if scene.baseline is not None else "."),
            signature=signature("hang", manifest.failure.value, frames),
            stack=frames,
        )


class Growth:
    """Processor time grows faster than the attack does, where that of a benign input of the same sizes does not.

    Each size is a run of its own. The exponent is the steepest between neighboring sizes of what is above the smallest:
    starting an interpreter costs the same at every size and is taken off.
    """

    def bounds(self, manifest: Manifest) -> Bounds:  # noqa: ARG002 - the interface's signature
        """Of one size."""
        return Bounds(wall_s=GROWTH_CPU_S * PATIENCE * 2, cpu_s=GROWTH_CPU_S)

    def judge(self, manifest: Manifest, scene: Scene) -> Judgment:
        """Compare the two curves."""
        if not scene.curve:
            return Judgment(triggered=False, why="Nothing was measured.")
        told = ", ".join(f"{size}: {cpu:.2f} s" for size, cpu in scene.curve)
        if scene.baseline is None:
            return Judgment(triggered=False, why=f"The benign control took {told}.")
        start = min(cpu for _, cpu in scene.baseline.curve or scene.curve)
        attack, benign = exponent(scene.curve, start), exponent(scene.baseline.curve, start)
        last, usual = scene.curve[-1][1], max((cpu for _, cpu in scene.baseline.curve), default=0.0)
        if scene.evidence.killed_by == "wall-time" and last < GROWTH_CPU_S:
            _check_fed(scene.evidence)
            return Judgment(triggered=False, why=f"It waited more than it worked ({told}).")
        if last - usual < FELT_S:
            return Judgment(
                triggered=False, why=f"At the largest size it costs {last:.2f} s, a benign one {usual:.2f} s."
            )
        if attack < SUPERLINEAR or attack < benign + (SUPERLINEAR - 1):
            return Judgment(
                triggered=False, why=f"It grows with the size to the {attack:.1f}, benign input to the {benign:.1f}."
            )
        frames = package_frames(scene.notes.hang_frames)
        return Judgment(
            triggered=True,
            why=f"Time grows with the size to the {attack:.1f} ({told}), that of benign input to the {benign:.1f}.",
            signature=signature("hang", manifest.failure.value, frames),
            stack=frames,
        )


def exponent(curve: tuple[tuple[int, float], ...], start: float) -> float:
    """Steepest growth between two neighboring sizes, as the power of the size; 0 where nothing can be told.

    Args:
        curve: Size and processor seconds, sizes growing.
        start: Processor seconds that every run costs whatever its size.
    """
    steepest = 0.0
    for (size, cpu), (later, more) in pairwise(curve):
        less_start = max(cpu - start, 0.0) + NOISE_S, max(more - start, 0.0) + NOISE_S
        steepest = max(steepest, math.log(less_start[1] / less_start[0]) / math.log(later / size))
    return steepest


def next_size(curve: tuple[tuple[int, float], ...], baseline: Baseline, largest: int) -> int | None:
    """The size to measure as well where those that the author chose say too little; None where they say enough.

    Sizes that are too large end the first runs at the limit and leave no curve: ones of a quarter, then of half, are measured,
    until two were not ended, or three where two leave a square in doubt: on a busy machine one of them may have cost more than it does.
    Sizes that are too small leave it in doubt as well: twice the largest tells.

    Args:
        curve: Size and processor seconds so far, sizes growing.
        baseline: The benign control's.
        largest: The size that must not be passed.
    """
    start = min(cpu for _, cpu in baseline.curve or curve)
    steepness = exponent(curve, start)
    if steepness >= SUPERLINEAR:
        return None
    (smallest, _), (size, cpu) = curve[0], curve[-1]
    if cpu >= GROWTH_CPU_S:
        whole = sum(1 for _, used in curve if used < GROWTH_CPU_S)
        smaller = smallest // (2 if whole else 4)
        return smaller if whole < (SURE_POINTS if steepness >= DOUBTFUL else POINTS) and smaller else None
    felt = cpu - max((used for _, used in baseline.curve), default=0.0) >= FELT_S
    return size * 2 if felt and steepness >= DOUBTFUL and size * 2 <= largest else None


class MemoryBudget:
    """The run takes more memory than its budget, and five times that of the benign control."""

    def bounds(self, manifest: Manifest) -> Bounds:  # noqa: ARG002 - the interface's signature
        """The usual time."""
        return Bounds()

    def judge(self, manifest: Manifest, scene: Scene) -> Judgment:
        """Compare the peak with budget and control."""
        evidence = scene.evidence
        peak = evidence.peak_memory_bytes
        if peak is None and evidence.killed_by != "memory":
            raise Infrastructure("Memory cannot be measured here.", "Give the worker a delegated cgroup.")
        used, budget = (peak or 0) >> 20, manifest.budget_mib
        if used < budget and evidence.killed_by != "memory":
            return Judgment(triggered=False, why=f"It took {used} MiB of {budget} MiB.")
        usual = scene.baseline.memory_bytes >> 20 if scene.baseline is not None else 0
        if evidence.killed_by != "memory" and used < TIMES_CONTROL * usual:
            return Judgment(
                triggered=False, why=f"{used} MiB is not {TIMES_CONTROL:g} times the control's {usual} MiB."
            )
        return Judgment(triggered=True, why=f"It took {used} MiB; the benign control took {usual} MiB.")


def _check_fed(evidence: Evidence) -> None:
    if evidence.idle_share is not None and evidence.idle_share < STARVED_BELOW:
        raise Infrastructure("This machine was too busy to time a run.", "It is tried again.")
