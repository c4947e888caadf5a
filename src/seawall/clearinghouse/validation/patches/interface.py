"""What a patch takes from the target's interface: definitions of each changed file, before, after and in the fixed version."""

import json
from pathlib import Path

from seawall.clearinghouse.validation import interpreters
from seawall.clearinghouse.validation.patches import building, inspecting
from seawall.clearinghouse.validation.patches.building import INSIDE, PatchedBuild
from seawall.clearinghouse.validation.patches.inspecting import Defined
from seawall.clearinghouse.validation.patches.placing import Layout, layout
from seawall.clearinghouse.validation.patches.types import Applied, Finding, Weight
from seawall.clearinghouse.validation.preparing import Prepared
from seawall.clearinghouse.validation.sandboxes.interface import Mount, RunLimits, RunSpec
from seawall.clearinghouse.validation.types import Runtime, Side

_LIMITS = RunLimits(wall_s=30.0, cpu_s=20.0, output_bytes=8 * 2**20)


def changes(prepared: Prepared, done: PatchedBuild, where: Layout, applied: Applied) -> list[Finding]:
    """Functions and exports that a patch deletes or empties; a file that it deletes loses all of its own.

    Raises:
        Infrastructure: Something of ours is missing.
    """
    paths = [file.path for file in applied.files if file.before is not None]
    fixed_root = _fixed_root(prepared)
    before = _definitions(prepared, where.root, paths)
    after = _definitions(prepared, done.root, paths)
    # A function that moved to another changed file is still there.
    moved = {
        name for path, of in _definitions(prepared, done.root, _new(applied)).items() for name in of.functions if path
    }
    fixed = _definitions(prepared, fixed_root, paths) if fixed_root is not None else None
    found = _looks(prepared, done)
    for path in paths:
        old, new = before.get(path, Defined()), after.get(path, Defined())
        kept = Defined({name: empty for name, empty in old.functions.items() if name not in moved}, old.exports)
        known = None if fixed is None else fixed.get(path, Defined())
        found += inspecting.taken_away(path, kept, new, known)
    return found


def _looks(prepared: Prepared, done: PatchedBuild) -> list[Finding]:
    """What the builder of C programs says of sources that look for a sanitizer, where the flawed version's do not."""
    before = prepared.replay.built[Side.VULNERABLE].facts
    words = [
        str(word)
        for key in ("macros", "looks")
        for word in done.built.facts.get(key, [])
        if word not in before.get(key, [])
    ]
    return (
        [Finding(Weight.CAPS, f"The patched sources look for a sanitizer ({', '.join(words[:5])}).")] if words else []
    )


def _new(applied: Applied) -> list[str]:
    return [file.path for file in applied.files if file.before is None]


def _fixed_root(prepared: Prepared) -> Path | None:
    if not prepared.has_fix:
        return None
    manifest = prepared.bundle.manifest
    if manifest.runtime is Runtime.NATIVE:
        return prepared.bundle.folder / manifest.fixed_tree if manifest.fixed_tree else None
    return layout(prepared.bundle, prepared.replay.built[Side.FIXED]).root


def _definitions(prepared: Prepared, root: Path, paths: list[str]) -> dict[str, Defined]:
    """What each file below a root defines; files that are not there are left out."""
    there = [path for path in paths if (root / path).is_file() and not (root / path).is_symlink()]
    python = [path for path in there if path.endswith(".py")]
    found = {path: inspecting.defined(path, (root / path).read_bytes()) for path in there if path not in python}
    if not python:
        return found
    program, mounts = interpreters.python()
    evidence = prepared.replay.sandbox.run(
        RunSpec(
            argv=(program, "-I", "-S", "/inside/look.py", "names", *(f"/looked/{path}" for path in python)),
            mounts=(*mounts, Mount(root, "/looked"), Mount(INSIDE, "/inside")),
            cwd="/tmp",  # noqa: S108 - the run's own
            env=building.python_env(program),
            limits=_LIMITS,
        )
    )
    try:
        said = json.loads(evidence.stdout)
    except ValueError:
        return found  # deeper than a parser goes: nothing is known of it
    for path in python:
        entry = said.get(f"/looked/{path}", {})
        functions = {str(name): bool(empty) for name, empty in entry.get("functions", {}).items()}
        found[path] = Defined(functions, frozenset(map(str, entry.get("exports", []))))
    return found
