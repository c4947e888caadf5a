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
from seawall.clearinghouse.validation.staging import LAUNCHERS
from seawall.clearinghouse.validation.targets import source_tree
from seawall.clearinghouse.validation.targets.interface import Built
from seawall.clearinghouse.validation.types import Runtime

INSIDE = Path(__file__).parent / "inside"
"""Programs of ours that run in the sandbox."""
_CHECK = RunLimits(wall_s=30.0, cpu_s=20.0)
_COMPILE = RunLimits(wall_s=120.0, cpu_s=120.0, memory_bytes=2 * 2**30, disk_bytes=256 * 2**20)


@dataclass(frozen=True)
class PatchedBuild:
    """A target with a patch in it."""

    built: Built
    bundle: Bundle
    """The proof beside the patched tree; for a package the proof as it was."""
    root: Path
    """Where the target's files lie, as in ``Layout``."""
    flavors: tuple[tuple[str, Path], ...] = ()
    """The same compiled otherwise: how, and the folder whose ``tree`` holds the program."""


def patched(
    bundle: Bundle,
    built: Built,
    where: Layout,
    applied: Applied,
    scratch: Path,
    sandbox: Provider,
    *,
    flavors: bool = True,
    checked: bool = True,
) -> PatchedBuild:
    """Build the target with a patch in it, and see that each changed file can be read by its language.

    Args:
        bundle: The proof.
        built: The flawed side.
        where: Its files.
        applied: The changes.
        scratch: A folder that is not there yet, and of which the caller takes care.
        sandbox: Where compilers and parsers run.
        flavors: Whether a tree is compiled in every other way too.
        checked: Whether changed files of a package are read by its language, which takes a run for each.

    Raises:
        PatchDoesNotBuild: It does not compile, or a changed file is not of its language.
        Infrastructure: Something of ours is missing.
    """
    scratch.mkdir(mode=0o755)
    if bundle.manifest.runtime is Runtime.NATIVE:
        changed = with_tree(bundle, where.root, applied, scratch / "bundle")
        native = _compiled(changed, scratch / "build", sandbox)
        others = _flavors(changed, scratch, sandbox) if flavors else ()
        return PatchedBuild(native, changed, changed.folder / tree_name(bundle.manifest), others)
    shutil.copytree(built.folder / "tree", scratch / "tree", symlinks=True, copy_function=link)
    root = scratch / "tree" / where.root.relative_to(built.folder / "tree")
    write(root, applied)
    done = PatchedBuild(Built(scratch, {**built.facts, "patched": True}), bundle, root)
    if checked:
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
        return source_tree.build(cache, sandbox, bundle, tree_name(bundle.manifest))
    except TargetError as error:
        raise PatchDoesNotBuild(error.detail.replace("The tree", "The patched tree"), "Compile it first.") from error


def _flavors(bundle: Bundle, scratch: Path, sandbox: Provider) -> tuple[tuple[str, Path], ...]:
    """The tree compiled in every other way."""
    found = []
    for number, (name, flags) in enumerate(OTHERS):
        folder = scratch / f"flavor-{number}"
        folder.mkdir(mode=0o755)
        flavor = compile_flavor(bundle, flags, folder / "tree", sandbox)
        if not flavor.ok:
            raise PatchDoesNotBuild(f"The patched tree does not compile {name}: {flavor.said}")
        found.append((name, folder))
    return tuple(found)


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


def link(source: str, target: str) -> str:
    """A hard link where the file system gives one: packages have thousands of files, and a patch changes a few."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)
    return target


@dataclass(frozen=True)
class Flavor:
    """What came of compiling a tree another way."""

    ok: bool
    said: str = ""


SANITIZING = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")
RELEASE = ("-O2", "-DNDEBUG", "-U__SANITIZE_ADDRESS__", "-U__SANITIZE_UNDEFINED__")
"""With sanitizers that the code cannot ask for, and without its own assertions: a fix that is only an assertion is gone."""
PLAIN = ("-g", "-O2")
"""What a user would run."""
OTHERS = (("as a release", (*SANITIZING, *RELEASE)), ("as a user runs it", PLAIN))
"""Ways to compile a patched tree beside the one that the proof asks for."""


def compile_flavor(bundle: Bundle, flags: tuple[str, ...], out: Path, sandbox: Provider) -> Flavor:
    """Compile a bundle's flawed tree and its driver with flags of ours into ``out/program``."""
    manifest = bundle.manifest
    tree = bundle.folder / tree_name(manifest)
    words = (*(f"-D{one}" for one in manifest.defines), *(f"-I/src/{name}" for name in manifest.include))
    return compile_c(tree, bundle.folder / manifest.driver, sources(bundle), (*flags, *words), out, sandbox)


def sources(bundle: Bundle) -> list[str]:
    """What of a bundle's flawed tree is compiled."""
    tree = bundle.folder / tree_name(bundle.manifest)
    found = {path for pattern in bundle.manifest.sources for path in tree.glob(pattern) if path.is_file()}
    return sorted(path.relative_to(tree).as_posix() for path in found)


def compile_c(
    tree: Path, driver: Path, names: list[str], flags: tuple[str, ...], out: Path, sandbox: Provider
) -> Flavor:
    """Compile one driver with a tree's sources; the program is mounted at /target, as in every run."""
    out.mkdir(exist_ok=True)
    beside = sorted(path for path in driver.parent.iterdir() if path.suffix in {".c", ".h"} and path.is_file())
    options = ("/seawall/options.c",) if "-fsanitize=address,undefined" in flags else ()
    done = sandbox.run(
        RunSpec(
            argv=(
                "/usr/bin/gcc", "-w", *flags, "-I/src", "-o", "/target/program", *options, f"/driver/{driver.name}",
                *(f"/src/{name}" for name in names), "-lm", "-lpthread", "-ldl",
            ),
            mounts=(
                Mount(tree, "/src"),
                Mount(LAUNCHERS, "/seawall"),
                *(Mount(path, f"/driver/{path.name}") for path in beside),
                Mount(out, "/target", writable=True),
            ),
            cwd="/target",
            limits=_COMPILE,
        )
    )  # fmt: skip
    program = out / "program"
    ok = done.exit_code == 0 and program.is_file() and not program.is_symlink()
    return Flavor(ok, "" if ok else (done.killed_by or done.stderr.decode("utf-8", "replace")[-300:]))
