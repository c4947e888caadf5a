"""Makes the patched target: the installed package with changed files, or the tree compiled in the sandbox.

Nothing is kept in the cache that holds a stranger's change: the patched package lies in the validation's own folder, which
goes with it. A tree is compiled in every flavor there is; what hides from the sanitizer behind a macro is found by a
flavor in which the sanitizer is there and its macros are not.
"""

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from seawall.clearinghouse.validation import interpreters
from seawall.clearinghouse.validation.bundles import Bundle
from seawall.clearinghouse.validation.errors import TargetError
from seawall.clearinghouse.validation.patches.errors import PatchDoesNotBuild
from seawall.clearinghouse.validation.patches.placing import Layout, tree_name
from seawall.clearinghouse.validation.patches.types import Applied
from seawall.clearinghouse.validation.sandboxes.interface import Mount, Provider, RunLimits, RunSpec
from seawall.clearinghouse.validation.targets import source_tree
from seawall.clearinghouse.validation.targets.interface import Built
from seawall.clearinghouse.validation.types import Runtime

INSIDE = Path(__file__).parent / "inside"
"""Programs of ours that run in the sandbox."""
_CHECK = RunLimits(wall_s=30.0, cpu_s=20.0)


@dataclass(frozen=True)
class PatchedBuild:
    """A target with a patch in it."""

    built: Built
    bundle: Bundle
    """The proof beside the patched tree; for a package the proof as it was."""
    root: Path
    """Where the target's files lie, as in ``Layout``."""


def patched(
    bundle: Bundle, built: Built, where: Layout, applied: Applied, scratch: Path, sandbox: Provider
) -> PatchedBuild:
    """Build the target with a patch in it, and see that each changed file can be read by its language.

    Args:
        bundle: The proof.
        built: The flawed side.
        where: Its files.
        applied: The changes.
        scratch: A folder that is not there yet, and of which the caller takes care.
        sandbox: Where compilers and parsers run.

    Raises:
        PatchDoesNotBuild: It does not compile, or a changed file is not of its language.
        Infrastructure: Something of ours is missing.
    """
    if bundle.manifest.runtime is Runtime.NATIVE:
        changed = with_tree(bundle, where.root, applied, scratch)
        return PatchedBuild(_compiled(changed, scratch, sandbox), changed, changed.folder / tree_name(bundle.manifest))
    scratch.mkdir(mode=0o755)
    shutil.copytree(built.folder / "tree", scratch / "tree", symlinks=True, copy_function=_link)
    root = scratch / "tree" / where.root.relative_to(built.folder / "tree")
    write(root, applied)
    done = PatchedBuild(Built(scratch, {**built.facts, "patched": True}), bundle, root)
    check_syntax(done, [file.path for file in applied.files if file.after is not None], sandbox)
    return done


def with_tree(bundle: Bundle, tree: Path, applied: Applied | None, scratch: Path) -> Bundle:
    """A copy of a bundle whose flawed tree is another one, with a patch in it."""
    shutil.copytree(bundle.folder, scratch)
    name = tree_name(bundle.manifest)
    if tree != bundle.folder / name:
        shutil.rmtree(scratch / name)
        shutil.copytree(tree, scratch / name)
    if applied is not None:
        write(scratch / name, applied)
    return replace(bundle, folder=scratch)


def write(root: Path, applied: Applied) -> None:
    """Put changed files into a copy of the target; never through a link, whatever the copy's files are linked to."""
    for file in applied.files:
        place = root / file.path
        if not place.resolve().is_relative_to(root.resolve()):
            raise PatchDoesNotBuild(f"{file.path} leads out of the target.", "The target has a link there.")
        place.unlink(missing_ok=True)
        if file.after is not None:
            place.write_bytes(file.after)
            place.chmod(0o644)


def _compiled(bundle: Bundle, cache: Path, sandbox: Provider) -> Built:
    try:
        return source_tree.build(cache / ".builds", sandbox, bundle, tree_name(bundle.manifest))
    except TargetError as error:
        raise PatchDoesNotBuild(error.detail.replace("The tree", "The patched tree"), "Compile it first.") from error


def check_syntax(done: PatchedBuild, paths: list[str], sandbox: Provider) -> None:
    """Have each changed file read by its language's own parser, in the sandbox; nothing of it is run.

    Raises:
        PatchDoesNotBuild: The first that cannot be.
    """
    runtime = done.bundle.manifest.runtime
    argv: tuple[str, ...]
    for path in paths:
        if runtime is Runtime.PYTHON and path.endswith(".py"):
            program, mounts = interpreters.python()
            argv = (program, "-I", "-S", "/inside/look.py", "parse", f"/patched/{path}")
        elif runtime is Runtime.NODE and path.endswith((".js", ".cjs", ".mjs")):
            program, mounts = interpreters.node()
            argv = (program, "--check", f"/patched/{path}")
        else:
            continue
        evidence = sandbox.run(
            RunSpec(
                argv=argv,
                mounts=(*mounts, Mount(done.root, "/patched"), Mount(INSIDE, "/inside")),
                cwd="/patched",
                env=python_env(program) if runtime is Runtime.PYTHON else {},
                limits=_CHECK,
            )
        )
        if evidence.exit_code != 0:
            said = evidence.killed_by or evidence.stderr.decode("utf-8", "replace").strip()[-300:]
            raise PatchDoesNotBuild(f"{path} cannot be read as {runtime.value} once it is patched: {said}")


def python_env(program: str) -> dict[str, str]:
    """What our own Python needs in the sandbox where it is not the system's."""
    return {} if program.startswith("/usr/") else {"LD_LIBRARY_PATH": str(Path(program).parents[1] / "lib")}


def _link(source: str, target: str) -> str:
    """A hard link where the file system gives one: packages have thousands of files, and a patch changes a few."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)
    return target
