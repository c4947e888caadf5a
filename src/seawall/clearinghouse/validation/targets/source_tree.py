"""A C source tree from the bundle, compiled with sanitizers inside the sandbox; the bundle says no commands."""

import shutil
from pathlib import Path
from typing import Any

from seawall.clearinghouse.validation.bundles import Bundle
from seawall.clearinghouse.validation.errors import BundleError, Infrastructure, TargetError
from seawall.clearinghouse.validation.sandboxes.interface import Mount, Provider, RunLimits, RunSpec
from seawall.clearinghouse.validation.targets.interface import Built, cached, tree_digest

FLAGS = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")
SOURCES_MAX = 500
_LIMITS = RunLimits(wall_s=120.0, cpu_s=120.0, memory_bytes=2 * 2**30, processes=64, disk_bytes=256 * 2**20)


def build(cache: Path, provider: Provider, bundle: Bundle, tree_name: str) -> Built:
    """Compile the tree and the driver into one program.

    Raises:
        TargetError: It does not compile.
        BundleError: The source patterns find nothing.
        Infrastructure: gcc is missing.
    """
    gcc = shutil.which("gcc")
    if gcc is None:
        raise Infrastructure("gcc is not installed.", "apt-get install gcc libc6-dev")
    tree = bundle.folder / tree_name
    names = _sources(tree, bundle.manifest.sources)
    driver = bundle.folder / bundle.manifest.driver
    includes = [f"-I/src/{name}" for name in bundle.manifest.include]

    def compile_all(target: Path) -> dict[str, Any]:
        sources = [f"/src/{name}" for name in names]
        done = provider.run(
            RunSpec(
                argv=(
                    "/usr/bin/gcc", *FLAGS, "-I/src", *includes, "-o", "/out/program", "/driver.c", *sources,
                    "-lm", "-lpthread",
                ),
                mounts=(Mount(tree, "/src"), Mount(driver, "/driver.c"), Mount(target, "/out", writable=True)),
                cwd="/out",
                limits=_LIMITS,
            )
        )  # fmt: skip
        if done.exit_code != 0:
            said = done.stderr.decode("utf-8", errors="replace")[:600]
            raise TargetError(
                f"The tree {tree_name!r} does not compile: {done.killed_by or said}", "Compile it with gcc first."
            )
        program = target / "program"
        if program.is_symlink() or not program.is_file():
            raise TargetError(f"The tree {tree_name!r} does not become a program.", "Compile it with gcc first.")
        return {
            "registry": "source tree",
            "flags": list(FLAGS),
            "digest": tree_digest(tree),
            "program": tree_digest(target),
        }

    recipe = {
        "tree": tree_digest(tree),
        "driver": driver.read_text("utf-8", "replace"),
        "names": names,
        "includes": includes,
        "flags": FLAGS,
        "gcc": str(Path(gcc).resolve()),
    }
    return cached(cache, recipe, compile_all)


def _sources(tree: Path, patterns: tuple[str, ...]) -> list[str]:
    found = {path.relative_to(tree).as_posix() for pattern in patterns for path in tree.glob(pattern) if path.is_file()}
    if not 1 <= len(found) <= SOURCES_MAX:
        raise BundleError(f"build.sources finds {len(found)} files.", f"1 to {SOURCES_MAX} are built.", "build.sources")
    return sorted(found)
