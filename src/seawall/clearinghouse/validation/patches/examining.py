"""What one known proof shows about a patch: stopped or not, its variants, its benign inputs, the code that it reaches."""

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import islice

from seawall.clearinghouse.validation.archives import shown
from seawall.clearinghouse.validation.patches import coverage, inspecting, running, variants
from seawall.clearinghouse.validation.patches.behaving import alike, behavior, can_observe
from seawall.clearinghouse.validation.patches.building import PatchedBuild
from seawall.clearinghouse.validation.patches.coverage import Tracked
from seawall.clearinghouse.validation.patches.types import Applied, Budget, Bypass, ProofEvidence
from seawall.clearinghouse.validation.preparing import Prepared
from seawall.clearinghouse.validation.targets.interface import Built
from seawall.clearinghouse.validation.types import OracleKind, Run, Side

TRACKED_MAX = 12
"""Variants that are run once more to see which code they reach."""
DIFFERENCES_MAX = 10
EXAMPLE = 100
"""Bytes of a variant that a person is shown."""
SHARE = 12
"""Variants of one variant."""
PATIENCE = 4
"""Variants of one kind that may fail before that kind is left out."""
BREED_MAX = 6
"""Variants that work from which further ones are made."""
_NATIVE_ORACLES = frozenset({OracleKind.SANITIZER, OracleKind.SIGNAL})


@dataclass
class Clock:
    """The time that is left for variants."""

    until: float

    @property
    def over(self) -> bool:
        """Whether it is gone."""
        return time.monotonic() > self.until


@dataclass(frozen=True)
class Question:
    """What is asked of each proof."""

    runs: int
    budget: Budget
    seed: int
    clock: Clock
    tell: Callable[[str], None]


def examine(prepared: Prepared, applied: Applied, done: PatchedBuild, ask: Question, name: str) -> ProofEvidence:
    """Run a proof, its control and their variants on both sides of a patch.

    Raises:
        Infrastructure: Something of ours failed; try again.
        Cancelled: The caller of ``preparing.prepared`` said so.
    """
    content = (prepared.bundle.folder / prepared.file).read_bytes()
    found = ProofEvidence(name, prepared.bundle.digest, has_fix=prepared.has_fix)
    ask.tell(f"{name}: the proof on the flawed side")
    before = running.tried(prepared, Side.VULNERABLE, content, ask.runs)
    if not before.always:
        return replace(
            found, refused=f"It works {before.hits} of {before.of} times without the patch. {before.last.why}"
        )
    ask.tell(f"{name}: control and proof on the patched side")
    found = replace(found, control=running.control_passes(prepared, Side.PATCHED))
    after = running.tried(prepared, Side.PATCHED, content, ask.runs)
    why = after.odd or after.last.why
    found = replace(found, stopped=after.silent, why=f"Triggered {after.hits} of {after.of} times. {why}")
    if not after.silent or found.control:
        return found
    found = replace(found, flavors=_other_flavors(prepared, done, content))
    if found.flavors:
        return found
    ask.tell(f"{name}: benign inputs on both sides")
    found = _compared(prepared, applied, found, ask)
    found, working = _attacked(prepared, applied, content, before.last, found, ask)
    ask.tell(f"{name}: the code that is reached")
    return _covered(prepared, applied, done, content, working, found)


def _other_flavors(prepared: Prepared, done: PatchedBuild, content: bytes) -> tuple[str, ...]:
    """Builds in which the code cannot ask for the sanitizer, and what a user would run."""
    patched = prepared.replay.built[Side.PATCHED]
    bad = []
    try:
        for name, folder in done.flavors:
            prepared.add(Side.PATCHED, Built(folder, patched.facts))
            if why := running.control_passes(prepared, Side.PATCHED):
                bad.append(f"Built {name}: {why}")
            if prepared.bundle.manifest.oracle not in _NATIVE_ORACLES:
                continue
            seen = running.tried(prepared, Side.PATCHED, content, 1)
            if not seen.silent:
                bad.append(f"Built {name}, the proof still works. {seen.odd or seen.last.why}")
    finally:
        prepared.add(Side.PATCHED, patched)
    return tuple(bad)


def _attacked(
    prepared: Prepared, applied: Applied, content: bytes, reference: Run, found: ProofEvidence, ask: Question
) -> tuple[ProofEvidence, list[bytes]]:
    """Attack the patched side with variants; those that work on the flawed side breed further ones."""
    manifest = prepared.bundle.manifest
    control = None if manifest.control is None else (prepared.bundle.folder / manifest.control).read_bytes()
    hints = inspecting.hints(applied)
    tally = _Tally(ask.budget.variants)
    seeds: deque[bytes] = deque([content])
    seen = {content}
    on_fixed = 0
    while seeds and not tally.over and not ask.clock.over:
        parent = seeds.popleft()
        first = parent is content
        share = tally.made + (max(SHARE, ask.budget.variants * 2 // 3) if first else SHARE)
        for variant in variants.attacks(parent, hints, control, ask.seed + len(seen), script=manifest.alone):
            if tally.over or tally.made >= share or ask.clock.over:
                break
            if variant.content in seen or tally.hopeless(variant.kind):
                continue
            seen.add(variant.content)
            ask.tell(f"{found.name}: variant {tally.made + 1} of at most {tally.most}, {len(tally.working)} work")
            works = same_flaw(prepared.run(Side.VULNERABLE, variant.content), reference)
            tally.count(variant, works=works)
            if not works:
                continue
            if len(tally.working) <= BREED_MAX:
                seeds.append(variant.content)
            run = prepared.run(Side.PATCHED, variant.content)
            if not run.triggered:
                continue
            there = prepared.run(Side.FIXED, variant.content).triggered if found.has_fix else None
            on_fixed += bool(there)
            if there and not found.on_fixed_example:
                found = replace(found, on_fixed_example=shown(variant.content[:EXAMPLE].decode("utf-8", "replace")))
            if not there and prepared.run(Side.PATCHED, variant.content).triggered:
                bypass = Bypass(found.digest, prepared.file, variant.kind, variant.content, run.why, there)
                found = replace(found, bypass=bypass)
                seeds.clear()
                break
    return replace(found, made=tally.made, working=len(tally.working), on_fixed=on_fixed), tally.working


@dataclass
class _Tally:
    """How many variants were run, and which ways of making them work here."""

    most: int
    made: int = 0
    working: list[bytes] = field(default_factory=list)
    _tried: Counter[str] = field(default_factory=Counter)
    _worked: Counter[str] = field(default_factory=Counter)

    @property
    def over(self) -> bool:
        """Whether the budget is used up."""
        return self.made >= self.most

    def hopeless(self, kind: str) -> bool:
        """Whether a way of making variants never made one that works, where another has: brackets are no attack on a path."""
        return bool(self.working) and self._tried[kind] >= PATIENCE and not self._worked[kind]

    def count(self, variant: variants.Variant, *, works: bool) -> None:
        """Note a variant that was run on the flawed side."""
        self.made += 1
        self._tried[variant.kind] += 1
        self._worked[variant.kind] += works
        if works:
            self.working.append(variant.content)


def same_flaw(run: Run, reference: Run) -> bool:
    """Whether a variant shows the flaw of the proof and not another one: the same innermost function, where both name one."""
    if not run.triggered:
        return False
    if not run.stack or not reference.stack:
        return True
    return run.stack[0] == reference.stack[0] or run.signature == reference.signature


def _compared(prepared: Prepared, applied: Applied, found: ProofEvidence, ask: Question) -> ProofEvidence:
    """Run the benign control and variants of it on both sides; the fixed version is asked where they differ."""
    file = prepared.bundle.manifest.control
    if file is None:
        return found
    control = (prepared.bundle.folder / file).read_bytes()
    inputs = [variants.Variant("the benign control itself", control)]
    if not prepared.bundle.manifest.alone:
        inputs += islice(variants.benign(control, inspecting.hints(applied), ask.seed), ask.budget.benign)
    observe = can_observe(prepared, file, control)
    compared = silent = as_fixed = 0
    differences: list[str] = []
    for number, variant in enumerate(inputs):
        old = behavior(prepared, Side.VULNERABLE, file, variant.content, observe=observe)
        if not old.well:
            continue  # how it fails may change
        new = behavior(prepared, Side.PATCHED, file, variant.content, observe=observe)
        noise = (old, old)
        if new != old:
            noise = (old, behavior(prepared, Side.VULNERABLE, file, variant.content, observe=observe))
        same = alike(new, old, noise)
        if same is None and number == 0:
            return replace(found, noisy=True)
        compared += same is not None and (old.telling or not same)
        silent += same is True and not old.telling
        if same is not False:
            continue
        if found.has_fix and alike(new, behavior(prepared, Side.FIXED, file, variant.content, observe=observe), noise):
            as_fixed += 1
        elif len(differences) < DIFFERENCES_MAX:
            text = variant.content[:80].decode("utf-8", "replace")
            differences.append(f"With {variant.kind} {shown(text)} it {new.difference(*noise)}.")
    return replace(found, compared=compared, silent=silent, as_fixed=as_fixed, differences=tuple(differences))


def _covered(
    prepared: Prepared, applied: Applied, done: PatchedBuild, content: bytes, working: list[bytes], found: ProofEvidence
) -> ProofEvidence:
    """Run proof, control and some variants once more on a build that tells which changed places are reached."""
    tracked = track(done, applied, prepared, "tracked")
    if tracked is None:
        return found
    patched = prepared.replay.built[Side.PATCHED]
    prepared.add(Side.PATCHED, tracked.built)
    try:
        reached = _reached(prepared, tracked, prepared.file, content)
        control = prepared.bundle.manifest.control
        if control is not None:
            reached |= _reached(prepared, tracked, control, (prepared.bundle.folder / control).read_bytes())
        by_variants: frozenset[int] = frozenset()
        for variant in working[:TRACKED_MAX]:
            by_variants |= _reached(prepared, tracked, prepared.file, variant)
            if len(by_variants) == len(tracked.places):
                break
    finally:
        prepared.add(Side.PATCHED, patched)
    return replace(found, places=len(tracked.places), reached=reached, by_variants=by_variants)


def track(done: PatchedBuild, applied: Applied, prepared: Prepared, name: str) -> Tracked | None:
    """A tracking build in a folder of that name in the validation's own."""
    return coverage.tracked(done, applied, prepared.replay.scratch / name, prepared.replay.sandbox)


def _reached(prepared: Prepared, tracked: Tracked, file: str, content: bytes) -> frozenset[int]:
    with prepared.look(Side.PATCHED, file, content, tracked.env) as scene:
        return tracked.read(scene.stage.report)
