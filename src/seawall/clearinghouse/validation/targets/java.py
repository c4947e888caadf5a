"""Java libraries as jars, with a driver: compiled inside the sandbox against the jars, and run by ``launchers/Launch.java``."""

import shutil
from pathlib import Path
from typing import Any

from seawall.clearinghouse.validation import interpreters
from seawall.clearinghouse.validation.bundles import Bundle
from seawall.clearinghouse.validation.errors import BundleError, TargetError
from seawall.clearinghouse.validation.sandboxes.interface import Mount, Provider, RunLimits, RunSpec
from seawall.clearinghouse.validation.targets.interface import Built, cached
from seawall.clearinghouse.validation.targets.registries import digest
from seawall.clearinghouse.validation.targets.sources import FILES_MAX, LAUNCHERS, Source

LIMITS = RunLimits(wall_s=120.0, cpu_s=90.0, memory_bytes=2**30, processes=128, disk_bytes=64 * 2**20)
SAID_MAX = 600


def build(cache: Path, provider: Provider, bundle: Bundle, sources: tuple[Source, ...]) -> Built:
    """Compile the driver against the jars of the package and of what it requires.

    Returns:
        Its tree holds ``jars``, ``driver`` and ``launch``.

    Raises:
        TargetError: The driver does not compile against this version.
        BundleError: There are no jars.
        Infrastructure: A JDK is missing.
    """
    home, mounts = interpreters.java()
    manifest = bundle.manifest
    jars = [source.folder / name for source in sources for name in source.find(manifest.sources)]
    if not 1 <= len(jars) <= FILES_MAX:
        raise BundleError(f"build.sources finds {len(jars)} jars.", f"1 to {FILES_MAX} are used.", "build.sources")
    driver, launcher = bundle.folder / manifest.driver, LAUNCHERS / "Launch.java"
    recipe = {
        "java": home,
        "sources": [source.facts for source in sources],
        "jars": [(path.name, digest(path)) for path in jars],
        "driver": (driver.name, driver.read_text("utf-8", "replace")),
        "launcher": launcher.read_text("utf-8"),
    }

    def make(tree: Path) -> dict[str, Any]:
        for name in ("jars", "driver", "launch"):
            (tree / name).mkdir()
        for number, jar in enumerate(jars):
            shutil.copyfile(jar, tree / "jars" / f"{number:03}-{jar.name}")
        for source, name in ((launcher, "launch"), (driver, "driver")):
            done = provider.run(
                RunSpec(
                    argv=(
                        f"{home}/bin/javac", "-J-XX:+UseSerialGC", "-J-Xmx256m", "-J-XX:-UsePerfData", "-proc:none",
                        "-g", "-nowarn", "-cp", "/jars/*", "-d", "/out", f"/driver/{source.name}",
                    ),
                    mounts=(
                        *mounts,
                        Mount(tree / "jars", "/jars"),
                        Mount(source, f"/driver/{source.name}"),
                        Mount(tree / name, "/out", writable=True),
                    ),
                    cwd="/out",
                    limits=LIMITS,
                )
            )  # fmt: skip
            if done.exit_code != 0:
                said = (done.stderr + done.stdout).decode("utf-8", errors="replace")[:SAID_MAX]
                ended = f"it reached its {done.killed_by} limit" if done.killed_by else said
                raise TargetError(
                    f"{sources[0].name}: {source.name} does not compile: {ended}", "Compile it with javac first."
                )
        return {**sources[0].facts, "jars": [f"{name} sha256:{found}" for name, found in recipe["jars"]]}

    return cached(cache, recipe, make)
