"""A C source tree from the bundle, compiled with sanitizers inside the sandbox; the bundle says no commands."""

import re
import shutil
from pathlib import Path
from typing import Any

from seawall.clearinghouse.validation.bundles import Bundle
from seawall.clearinghouse.validation.errors import BundleError, Infrastructure, TargetError
from seawall.clearinghouse.validation.sandboxes.interface import Mount, Provider, RunLimits, RunSpec
from seawall.clearinghouse.validation.targets.interface import Built, cached, tree_digest

FLAGS = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")
_LIMITS = RunLimits(wall_s=120.0, cpu_s=120, memory_bytes=2 * 2**30, processes=64, disk_bytes=256 * 2**20)
_PATTERN = re.compile(r"^[A-Za-z0-9_.*/-]{1,200}$")
SOURCES_MAX = 500


def build(cache: Path, provider: Provider, bundle: Bundle, tree_name: str) -> Built:
    """Compile the tree and the driver into one program.

    Raises:
        TargetError: It does not compile.
        BundleError: The source patterns find nothing or step out of the tree.
        Infrastructure: gcc is missing.
    """
    if shutil.which("gcc") is None:
        raise Infrastructure("gcc is not installed.", "apt-get install gcc libc6-dev")
    tree = bundle.folder / tree_name
    manifest = bundle.manifest
    names: list[str] = []
    for pattern in manifest.sources:
        if not _PATTERN.match(pattern) or ".." in pattern or pattern.startswith("/"):
            raise BundleError(f"build.sources: {pattern!r} is not a pattern below the tree.", field="build.sources")
        names += [path.relative_to(tree).as_posix() for path in sorted(tree.glob(pattern)) if path.is_file()]
    includes = [
        name for name in manifest.include if _PATTERN.match(name) and ".." not in name and not name.startswith("/")
    ]
    if not names or len(names) > SOURCES_MAX:
        raise BundleError(f"build.sources finds {len(names)} files.", f"1 to {SOURCES_MAX} are built.", "build.sources")
    driver = bundle.folder / manifest.driver

    def compile_all(target: Path) -> dict[str, Any]:
        done = provider.run(
            RunSpec(
                argv=(
                    "/usr/bin/gcc", *FLAGS, "-I/src", *(f"-I/src/{name}" for name in includes), "-o", "/out/program",
                    "/driver.c", *(f"/src/{name}" for name in names), "-lm", "-lpthread",
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
        return {
            "registry": "source tree",
            "flags": list(FLAGS),
            "digest": tree_digest(tree),
            "program": tree_digest(target),
        }

    recipe = {"tree": tree_digest(tree), "driver": tree_digest(driver.parent) if driver.is_dir() else driver.read_text("utf-8", "replace"),
              "names": names, "includes": includes, "flags": FLAGS, "gcc": _gcc_version()}  # fmt: skip
    return cached(cache, recipe, compile_all)


def _gcc_version() -> str:
    path = shutil.which("gcc")
    return str(Path(path).resolve()) if path else ""
