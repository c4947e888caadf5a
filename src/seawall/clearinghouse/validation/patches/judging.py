"""Does a fix stop a proof? For patches, and for the deduplication of cases.

    stops(Patch(diff), Path("proof-of-B"), cache=cache)            # True, False or None
    stopping(FixedVersion("1.1"), Path("proof-of-B"), cache=cache) # the same with its reason

The fix of case A stops the proof of case B if B works without it and does not with it. A patch says that of A's fix alone;
a fixed version holds everything else that was released with it, so its *yes* is weaker (``isolated`` is False).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from seawall.clearinghouse.validation import preparing, scratch
from seawall.clearinghouse.validation.bundles import open_bundle
from seawall.clearinghouse.validation.errors import BundleError, TargetError
from seawall.clearinghouse.validation.patches import building, endings, reading, running
from seawall.clearinghouse.validation.patches.errors import PatchDoesNotBuild, PatchRefused
from seawall.clearinghouse.validation.patches.placing import tree_name
from seawall.clearinghouse.validation.patches.types import FileChange
from seawall.clearinghouse.validation.sandboxes.interface import Provider, RunLimits
from seawall.clearinghouse.validation.targets import source_tree
from seawall.clearinghouse.validation.types import COMPILED, Manifest, Side

RUNS = 3
"""Runs on each side; a proof that was confirmed worked five times of five."""


@dataclass(frozen=True)
class Patch:
    """A unified diff."""

    diff: bytes


@dataclass(frozen=True)
class FixedVersion:
    """A release of the package that has the fix."""

    version: str


@dataclass(frozen=True)
class FixedTree:
    """A source tree that has the fix."""

    folder: Path


Fix = Patch | FixedVersion | FixedTree


@dataclass(frozen=True)
class Stopped:
    """Whether a fix stops a proof."""

    answer: bool | None
    """True: works without the fix and not with it; False: works with it too; None: it cannot be told."""
    why: str
    isolated: bool = False
    """Whether nothing but the fix differs between the two sides."""
    control_kept: bool = True
    """Whether the control still does all that it does without the fix; only ``stopping_strictly`` looks."""


def stops(
    patch_or_fixed_target: Fix,
    bundle: Path,
    *,
    cache: Path,
    sandbox: Provider | None = None,
    onto: str | None = None,
    runs: int = RUNS,
    at_most: RunLimits | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> bool | None:
    """Whether the fix of one case stops the proof of another.

    True: the proof triggers every time on the build without the fix, and never on the build with only that fix, on which the
    benign control still passes. False: it still triggers with the fix, at least once. None: it cannot be told, because
    the proof does not work there in the first place, the fix does not apply or build, or the build with it fails
    the control, hangs or crashes. ``stopping`` has the same arguments and says which.

    Args:
        patch_or_fixed_target: ``Patch``, ``FixedVersion`` or ``FixedTree`` of case A.
        bundle: Proof of case B: folder, ZIP or .tar.gz.
        cache: Folder for built targets.
        sandbox: As in ``replay.validate``.
        onto: Version to run the proof on in place of the bundle's, such as the one that A's patch was made for.
        runs: Runs on each side.
        at_most: As in ``replay.validate``.
        cancelled: Asked between and during runs.

    Raises:
        Infrastructure: Something of ours failed; try again.
        SandboxUnavailable: No sandbox works here.
        Cancelled: ``cancelled`` said so.
    """
    return stopping(
        patch_or_fixed_target,
        bundle,
        cache=cache,
        sandbox=sandbox,
        onto=onto,
        runs=runs,
        at_most=at_most,
        cancelled=cancelled,
    ).answer


def stopping(
    fix: Fix,
    bundle: Path,
    *,
    cache: Path,
    sandbox: Provider | None = None,
    onto: str | None = None,
    runs: int = RUNS,
    at_most: RunLimits | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Stopped:
    """As ``stops``, with the reason."""
    version = fix.version if isinstance(fix, FixedVersion) else None
    try:
        changes = reading.read(fix.diff) if isinstance(fix, Patch) else ()
        with preparing.prepared(
            bundle,
            cache=cache,
            sandbox=sandbox,
            vulnerable=onto,
            fixed=version,
            at_most=at_most,
            cancelled=cancelled,
        ) as prepared:
            content = (prepared.bundle.folder / prepared.file).read_bytes()
            if refused := _works_not(prepared, content, runs):
                return refused
            if isinstance(fix, FixedVersion) and not prepared.has_fix:
                return Stopped(None, f"{fix.version} cannot be installed.")
            _add(prepared, fix, changes)
            return _compared(prepared, fix, content, runs)
    except (PatchRefused, PatchDoesNotBuild, BundleError, TargetError) as error:
        return Stopped(None, str(error))


def stopping_strictly(
    diffs: Sequence[bytes],
    bundle: Path,
    *,
    cache: Path,
    sandbox: Provider | None = None,
    onto: str | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Stopped]:
    """As ``stopping``, for patches on one build, each asked only where those before it say yes.

    More is asked before a yes: the control must do all that it does without the fix, and the attack end as it does where it
    is refused (``endings.py``). A patch that takes away what the proof goes through stops it otherwise.
    """
    found: list[Stopped] = []
    try:
        with preparing.prepared(bundle, cache=cache, sandbox=sandbox, vulnerable=onto, cancelled=cancelled) as prepared:
            content = (prepared.bundle.folder / prepared.file).read_bytes()
            if refused := _works_not(prepared, content, RUNS):
                return [refused]
            ways = endings.known(prepared, content)
            for number, diff in enumerate(diffs):
                running.apply_and_build(prepared, reading.read(diff), f"patched-{number}")
                running.lend(prepared, f"patched-{number}")
                stopped = _compared(prepared, Patch(diff), content, RUNS)
                if stopped.answer:
                    ending = endings.ending(prepared, ways, content)
                    why = f"With the fix the proof does not work, but not as where it is refused. {ending.why}"
                    stopped = Stopped(
                        None if ending.why else True,
                        why if ending.why else stopped.why,
                        isolated=True,
                        control_kept=ending.control_kept,
                    )
                found.append(stopped)
                if not stopped.answer:
                    break
    except (PatchRefused, PatchDoesNotBuild, BundleError, TargetError) as error:
        found.append(Stopped(None, str(error)))
    return found


def _works_not(prepared: preparing.Prepared, content: bytes, runs: int) -> Stopped | None:
    """Why a proof's silence would say nothing; None where it works without the fix."""
    without = running.tried(prepared, Side.VULNERABLE, content, runs)
    if without.always:
        return None
    return Stopped(
        None,
        f"Without the fix the proof works {without.hits} of {without.of} times, so its silence would say "
        f"nothing. {without.last.why}",
    )


def _add(prepared: preparing.Prepared, fix: Fix, changes: tuple[FileChange, ...]) -> None:
    """Build the side with the fix as the patched one."""
    if isinstance(fix, Patch):
        running.apply_and_build(prepared, changes)
    elif isinstance(fix, FixedVersion):
        prepared.add(Side.PATCHED, prepared.replay.built[Side.FIXED])
    else:
        where = prepared.replay
        changed = building.with_tree(prepared.bundle, fix.folder, None, where.scratch / "fixed-tree")
        built = source_tree.build(where.cache, where.sandbox, changed, tree_name(changed.manifest))
        prepared.add(Side.PATCHED, built)


def _compared(prepared: preparing.Prepared, fix: Fix, content: bytes, runs: int) -> Stopped:
    isolated = isinstance(fix, Patch)
    if why := running.control_passes(prepared, Side.PATCHED):
        return Stopped(
            None, f"With the fix the proof's own control fails, so its silence says nothing. {why}", isolated
        )
    seen = running.tried(prepared, Side.PATCHED, content, runs)
    if seen.hits:
        return Stopped(False, f"With the fix the proof still works ({seen.hits} of {seen.of} times).", isolated)
    if seen.odd:
        return Stopped(
            None, f"With the fix the proof's effect is not there, but it is not stopped either. {seen.odd}", isolated
        )
    more = "" if isolated else " That version may hold other changes that stop it."
    return Stopped(True, f"The proof works without the fix and never with it.{more}", isolated)


def works_where_fixed(
    fixed: Path,
    bundle: Path,
    *,
    cache: Path,
    releases: tuple[str, str] | None = None,
    sandbox: Provider | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> str:
    """The released version that has the fix of one proof, and on which another works all the same; empty where none is known.

    Such a release leaves no doubt that the fix of the one does not end the other, whatever else is in it: what it stops says nothing.

    Args:
        fixed: The proof whose fix is released.
        bundle: The other, of the same package.
        cache: Folder for built targets.
        releases: The flawed and the fixed version of the first, in place of those that it names.
        sandbox: As in ``replay.validate``.
        cancelled: Asked between and during runs.

    Raises:
        Infrastructure: Something of ours failed; try again.
        SandboxUnavailable: No sandbox works here.
        Cancelled: ``cancelled`` said so.
    """
    manifest = _released(fixed, bundle, releases, cache, sandbox, cancelled)
    if manifest is None or manifest.fixed is None:
        return ""
    # The other's own way of compiling may not fit that version; the first one's does.
    recipes: tuple[Manifest | None, ...] = (None, manifest) if manifest.runtime in COMPILED else (None,)
    for recipe in recipes:
        try:
            with preparing.prepared(
                bundle,
                cache=cache,
                sandbox=sandbox,
                vulnerable=manifest.fixed,
                fixed=manifest.fixed,  # one recipe has to fit both sides, and the other one says nothing here
                recipe=recipe,
                cancelled=cancelled,
            ) as prepared:
                content = (prepared.bundle.folder / prepared.file).read_bytes()
                return manifest.fixed if running.tried(prepared, Side.VULNERABLE, content, RUNS).always else ""
        except (BundleError, TargetError):
            continue
    return ""


def _released(
    fixed: Path,
    bundle: Path,
    releases: tuple[str, str] | None,
    cache: Path,
    sandbox: Provider | None,
    cancelled: Callable[[], bool],
) -> Manifest | None:
    """The manifest of a proof whose fix is in a release on which another proof may still work; None where there is none."""
    try:
        first, second = _manifest(fixed), _manifest(bundle)
        lower, upper = releases or (None, first.fixed)
        if (first.package, first.runtime) != (second.package, second.runtime) or upper == second.fixed:
            return None  # whoever sent the other proof says that it is fixed there too
        with preparing.prepared(
            fixed, cache=cache, sandbox=sandbox, vulnerable=lower, fixed=upper, cancelled=cancelled
        ) as prepared:
            first = prepared.bundle.manifest
            content = (prepared.bundle.folder / prepared.file).read_bytes()
            if not prepared.has_fix or first.vulnerable_tree is not None:
                return None
            return None if running.tried(prepared, Side.FIXED, content, RUNS).hits else first
    except (BundleError, TargetError):
        return None


def over_on(
    own: Path,
    bundle: Path,
    *,
    cache: Path,
    strictly: bool = True,
    sandbox: Provider | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> bool:
    """Whether a proof does nothing on the flawed version of another, and ends there as it does on its own fixed side.

    Where that version is a later one than its own, its flaw was mended in between and the other's was not. Its control passes there.

    Args:
        own: The proof that may be over.
        bundle: The other, of the same package.
        cache: Folder for built targets.
        strictly: Whether it has to say the same too. A later release of one line may refuse it in other words; in
            another line it may come to nothing for a reason of its own.
        sandbox: As in ``replay.validate``.
        cancelled: Asked between and during runs.

    Raises:
        Infrastructure: Something of ours failed; try again.
        SandboxUnavailable: No sandbox works here.
        Cancelled: ``cancelled`` said so.
    """
    try:
        first, second = _manifest(own), _manifest(bundle)
    except BundleError:
        return False
    if (first.package, first.runtime) != (second.package, second.runtime) or second.vulnerable_tree is not None:
        return False
    recipes: tuple[Manifest | None, ...] = (None, second) if first.runtime in COMPILED else (None,)
    for recipe in recipes:
        try:
            with preparing.prepared(
                own, cache=cache, sandbox=sandbox, vulnerable=second.vulnerable, recipe=recipe, cancelled=cancelled
            ) as prepared:
                content = (prepared.bundle.folder / prepared.file).read_bytes()
                seen = [prepared.run(Side.VULNERABLE, content) for _ in range(RUNS)]
                return (
                    prepared.has_fix
                    and not any(run.triggered for run in seen)
                    and endings.as_fixed(prepared, content, strictly=strictly)
                )
        except (BundleError, TargetError):
            continue
    return False


def releases_of(bundle: Path) -> tuple[str, str] | None:
    """The flawed and the fixed version of a proof; None where it brings its own trees, knows no fix, or cannot be read."""
    try:
        manifest = _manifest(bundle)
    except BundleError:
        return None
    if manifest.vulnerable_tree is not None or manifest.vulnerable is None or manifest.fixed is None:
        return None
    return manifest.vulnerable, manifest.fixed


def version_of(bundle: Path) -> str | None:
    """The flawed version of a proof; None where it brings its own tree, or cannot be read."""
    try:
        manifest = _manifest(bundle)
    except BundleError:
        return None
    return None if manifest.vulnerable_tree is not None else manifest.vulnerable


def package_of(bundle: Path) -> str:
    """The package of a proof; empty where it cannot be read."""
    try:
        return _manifest(bundle).package
    except BundleError:
        return ""


def has_control(bundle: Path) -> bool:
    """Whether a proof brings an input that does no harm, by which a build is known to work; False where it cannot be read."""
    try:
        return _manifest(bundle).control is not None
    except BundleError:
        return False


def _manifest(bundle: Path) -> Manifest:
    with scratch.folder() as folder:
        return open_bundle(bundle, folder / "bundle").manifest
