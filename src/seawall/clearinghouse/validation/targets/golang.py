"""Go packages as sources, with a driver: compiled inside the sandbox, and run by ``launchers/launch.go``.

Each source is a tree with ``src`` below, as Debian's packages lay them out (``usr/share/gocode``), so that no module has to be
fetched: what a package imports stands in ``target.requires``.
"""

from pathlib import Path
from typing import Any

from seawall.clearinghouse.validation import interpreters
from seawall.clearinghouse.validation.bundles import Bundle
from seawall.clearinghouse.validation.errors import BundleError, TargetError
from seawall.clearinghouse.validation.sandboxes.interface import Mount, Provider, RunLimits, RunSpec
from seawall.clearinghouse.validation.targets.interface import Built, cached
from seawall.clearinghouse.validation.targets.registries import digest
from seawall.clearinghouse.validation.targets.sources import LAUNCHERS, Source

LIMITS = RunLimits(wall_s=300.0, cpu_s=240.0, memory_bytes=2 * 2**30, processes=256, disk_bytes=512 * 2**20)
"""Go's own packages are compiled anew, for a sandbox has nothing of the run before: some 20 seconds."""
SAID_MAX = 600


def build(cache: Path, provider: Provider, bundle: Bundle, sources: tuple[Source, ...]) -> Built:
    """Compile driver, launcher and package into one program.

    Raises:
        TargetError: It does not compile; what is imported and not there would have to be fetched, which nothing does.
        BundleError: There is no tree of Go packages.
        Infrastructure: Go is missing.
    """
    root, mounts = interpreters.go()
    manifest = bundle.manifest
    paths = []
    for source in sources:
        found = [name for name in source.folders(manifest.sources) if (source.folder / name).is_dir()]
        if not found:
            raise BundleError(
                f"{source.name} has no folder of Go sources.", "Name it in build.sources.", "build.sources"
            )
        paths.append((source.folder / found[0]).parent)
    places = [Mount(path, f"/requires/{number}" if number else "/target") for number, path in enumerate(paths)]
    driver, launcher = bundle.folder / manifest.driver, LAUNCHERS / "launch.go"
    recipe = {
        "go": root,
        "sources": [source.facts for source in sources],
        "driver": driver.read_text("utf-8", "replace"),
        "launcher": launcher.read_text("utf-8"),
    }

    def make(tree: Path) -> dict[str, Any]:
        done = provider.run(
            RunSpec(
                argv=(
                    f"{root}/bin/go", "build", "-p", "2", "-o", "/out/program", "/driver/driver.go", "/driver/launch.go",
                ),
                mounts=(
                    *mounts,
                    *places,
                    Mount(driver, "/driver/driver.go"),
                    Mount(launcher, "/driver/launch.go"),
                    Mount(tree, "/out", writable=True),
                ),
                env={
                    "GO111MODULE": "off",
                    "GOPATH": ":".join(place.target for place in places),
                    "GOROOT": root,
                    "GOCACHE": "/tmp/cache",  # noqa: S108 - inside
                    "GOPROXY": "off",
                    "GOFLAGS": "",
                    "CGO_ENABLED": "0",
                },
                cwd="/tmp",  # noqa: S108 - inside
                limits=LIMITS,
            )
        )  # fmt: skip
        program = tree / "program"
        if done.exit_code != 0 or program.is_symlink() or not program.is_file():
            said = done.stderr.decode("utf-8", errors="replace")[:SAID_MAX]
            ended = f"it reached its {done.killed_by} limit" if done.killed_by else said
            raise TargetError(
                f"{sources[0].name} does not compile: {ended}", "What it imports is named in target.requires."
            )
        return {**sources[0].facts, "program": f"sha256:{digest(program)}"}

    return cached(cache, recipe, make)
