"""The package's own tests, run on the flawed and on the patched side: what passed must still pass.

Test files are run one by one by the harness's words for pytest, Jest and Mocha (``launchers/``); for C each file is a program
of its own that ends with 0. Only names and outcomes are compared. A test's outcome is said by the process that it runs in, so
that code under test could lie about it: that a patch keeps its tests is a sign, and never makes up for a step that failed.
"""

import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from seawall.clearinghouse.validation import archives, interpreters, scratch
from seawall.clearinghouse.validation.archives import shown
from seawall.clearinghouse.validation.errors import BundleError
from seawall.clearinghouse.validation.patches import building
from seawall.clearinghouse.validation.patches.building import PatchedBuild
from seawall.clearinghouse.validation.patches.coverage import Tracked
from seawall.clearinghouse.validation.patches.placing import layout, tree_name
from seawall.clearinghouse.validation.patches.types import OwnTests
from seawall.clearinghouse.validation.preparing import Prepared
from seawall.clearinghouse.validation.sandboxes.interface import Evidence, Mount, RunLimits, RunSpec
from seawall.clearinghouse.validation.staging import LAUNCHERS
from seawall.clearinghouse.validation.targets.interface import Built
from seawall.clearinghouse.validation.types import Runtime, Side

FILES_MAX = 100
"""Test files that are run."""
LOST_MAX = 20
_LIMITS = RunLimits(wall_s=60.0, cpu_s=60.0, memory_bytes=2**30)
_NAMES = {
    Runtime.PYTHON: re.compile(r"^(?:test_.*|.*_test|tests?)\.py$"),
    Runtime.NODE: re.compile(r"^(?:.*[._-](?:test|spec)s?|test.*)\.[cm]?js$"),
    Runtime.NATIVE: re.compile(r"^.*\.c$"),
}
_PASSED = {
    Runtime.PYTHON: re.compile(r"^  (.{1,300}): passed$", re.MULTILINE),
    Runtime.NODE: re.compile(r"^  passed: (.{1,300})$", re.MULTILINE),
}
"""What the launchers say of a test that passed."""
_FAILED = {
    Runtime.PYTHON: re.compile(r"^  (.{1,300}): failed\b", re.MULTILINE),
    Runtime.NODE: re.compile(r"^  failed: (.{1,300})$", re.MULTILINE),
}
"""And of one that did not; a name that has both is believed the worse."""

Passed = frozenset[tuple[str, str]]
"""File and name of each test."""


def run(prepared: Prepared, done: PatchedBuild, tests: Path | None, tracked: Tracked | None) -> OwnTests:
    """Run test files on the flawed and on the patched side.

    Args:
        prepared: A proof of the package; its sides are used, its proof is not.
        done: The patched side.
        tests: A folder of test files, or one; None where nobody gave any.
        tracked: A build that tells which changed places are reached.

    Raises:
        Infrastructure: Something of ours failed; try again.
    """
    if tests is None:
        return OwnTests()
    runner = _Runner(prepared, done, tests.name if tests.is_dir() else "test")
    try:
        files = runner.unpack(tests)
    except (BundleError, OSError) as error:
        return OwnTests(given=True, why=f"The tests cannot be read: {error}")
    if not files:
        return OwnTests(given=True, why="No file in it is a test by its name.")
    before = runner.passed(Side.VULNERABLE, files)
    before &= runner.passed(Side.VULNERABLE, files)  # those that pass by chance would be lost by chance
    if not before:
        return OwnTests(given=True, why="No test passes without the patch either, so they say nothing.")
    after = runner.passed(Side.PATCHED, files)
    lost = sorted(before - after)
    return OwnTests(
        given=True,
        before=len(before),
        lost=tuple(f"{file}: {shown(name)}" for file, name in lost[:LOST_MAX]),
        gained=len(after - before),
        reached=frozenset() if tracked is None else runner.reached(files, tracked),
    )


class _Runner:
    """Runs test files of one folder on a side."""

    def __init__(self, prepared: Prepared, done: PatchedBuild, name: str) -> None:
        self._prepared = prepared
        self._done = done
        self._name = name
        self._folder = prepared.replay.scratch / "own-tests"
        self._runtime = prepared.bundle.manifest.runtime
        self._apps = 0

    def unpack(self, tests: Path) -> list[str]:
        """Copy the tests into a folder of ours; the paths of those that are run.

        Raises:
            BundleError: It holds links, or too much.
            OSError: It cannot be read.
        """
        members = {tests.name: tests.read_bytes()} if tests.is_file() else archives.read_folder(tests)
        for name, content in members.items():
            place = self._folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        pattern = _NAMES.get(self._runtime)
        named = [name for name in sorted(members) if pattern is not None and pattern.match(name.rpartition("/")[2])]
        if not named and self._runtime is Runtime.NODE:  # mocha's own folder: every file in it is a test
            named = [name for name in sorted(members) if name.endswith((".js", ".cjs", ".mjs"))]
        return named[:FILES_MAX]

    def passed(self, side: Side, files: list[str]) -> Passed:
        """Every test that passes on a side."""
        if self._runtime is Runtime.NATIVE:
            return frozenset((file, "main") for file in files if self._native(side, file))
        app = self._app(side)
        found: set[tuple[str, str]] = set()
        for file in files:

            def keep(evidence: Evidence, report: Path, file: str = file) -> None:
                del report
                said = evidence.stdout.decode("utf-8", "replace")
                failed = set(_FAILED[self._runtime].findall(said))
                found.update((file, name) for name in _PASSED[self._runtime].findall(said) if name not in failed)

            self._run(self._prepared.replay.built[side], app, file, {}, keep)
        return frozenset(found)

    def reached(self, files: list[str], tracked: Tracked) -> frozenset[int]:
        """Changed places that the tests reach; none for C, where each test is a program of its own."""
        if self._runtime is Runtime.NATIVE:
            return frozenset()
        app = self._app(Side.PATCHED)
        found: set[int] = set()
        for file in files:
            self._run(tracked.built, app, file, tracked.env, lambda _, report: found.update(tracked.read(report)))
        return frozenset(found)

    def _app(self, side: Side) -> Path:
        """Where the tests lie: for JavaScript within the package as it is on that side, for they ask for ``..``."""
        self._apps += 1
        app = self._prepared.replay.scratch / f"tested-{self._apps}"
        app.mkdir(mode=0o755)
        if self._runtime is Runtime.NODE:
            built = self._prepared.replay.built
            root = self._done.root if side is Side.PATCHED else layout(self._prepared.bundle, built[side]).root
            shutil.copytree(root, app, dirs_exist_ok=True, symlinks=True, copy_function=building.link)
            shutil.rmtree(app / self._name, ignore_errors=True)
            if not (app / "node_modules").exists():
                (app / "node_modules").symlink_to("/node_modules")
        shutil.copytree(self._folder, app / self._name)
        return app

    def _run(
        self, built: Built, app: Path, file: str, env: dict[str, str], look: Callable[[Evidence, Path], None]
    ) -> None:
        """Run one test file and look at what came of it."""
        root = Path(tempfile.mkdtemp(prefix="test-", dir=self._prepared.replay.scratch))
        root.chmod(0o755)
        for name in ("work", "report"):
            (root / name).mkdir()
        driver = f"/app/{self._name}/{file}"
        argv: tuple[str, ...]
        if self._runtime is Runtime.PYTHON:
            program, more = interpreters.python()
            argv = (program, "-S", "-s", "/seawall/launch.py", "--style=pytest", driver)
            target = built.mounts("/target")
            env = {"PYTHONPATH": "/target", "PYTHONDONTWRITEBYTECODE": "1", **building.python_env(program), **env}
        else:
            program, more = interpreters.node()
            argv = (program, "/seawall/launch.js", "--style=mocha", driver)
            target = (Mount(built.folder / "tree" / "node_modules", "/node_modules"),)
        mounts = (
            *more,
            *target,
            Mount(LAUNCHERS, "/seawall"),
            Mount(app, "/app"),
            Mount(root / "work", "/work", writable=True),
            Mount(root / "report", "/report", writable=True),
        )
        try:
            evidence = self._prepared.replay.sandbox.run(
                RunSpec(argv=argv, mounts=mounts, env=env, limits=_LIMITS, cancelled=self._prepared.replay.cancelled)
            )
            look(evidence, root / "report")
        finally:
            scratch.remove(root)

    def _native(self, side: Side, file: str) -> bool:
        """Whether a test's program ends with 0, with the sanitizers watching."""
        bundle = self._done.bundle if side is Side.PATCHED else self._prepared.bundle
        manifest = bundle.manifest
        tree = bundle.folder / tree_name(manifest)
        self._apps += 1
        folder = self._prepared.replay.scratch / f"tested-{self._apps}"
        flags = (*building.SANITIZING, *(f"-I/src/{name}" for name in manifest.include))
        sandbox = self._prepared.replay.sandbox
        flavor = building.compile_c(tree, self._folder / file, building.sources(bundle), flags, folder, sandbox)
        if not flavor.ok:
            return False
        evidence = self._prepared.replay.sandbox.run(
            RunSpec(argv=("/target/program",), mounts=(Mount(folder, "/target"),), cwd="/tmp", limits=_LIMITS)  # noqa: S108 - the run's own
        )
        return evidence.exit_code == 0
