"""What one run is given: fresh folders, fresh random values, the input with those filled in, and its mounts."""

import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from seawall.clearinghouse.validation import interpreters
from seawall.clearinghouse.validation.bundles import Bundle
from seawall.clearinghouse.validation.oracles.interface import Bounds, Stage
from seawall.clearinghouse.validation.sandboxes.interface import Mount, RunLimits
from seawall.clearinghouse.validation.targets.interface import Built
from seawall.clearinghouse.validation.types import Manifest, OracleKind, Runtime

LAUNCHERS = Path(__file__).parent / "launchers"
SANITIZERS = {
    "ASAN_OPTIONS": "log_path=/report/asan:exitcode=86:detect_leaks=0:abort_on_error=0:handle_abort=1",
    "UBSAN_OPTIONS": "log_path=/report/ubsan:exitcode=86:halt_on_error=1:print_stacktrace=1",
}
SANITIZER_MEMORY = 1024 * 2**20
"""AddressSanitizer's shadow and quarantine need more than a plain program."""
SAMPLES = 10
"""Looks at the stack within a time budget."""
_FOLDERS = ("work", "canary", "secret", "report", "input")


@dataclass(frozen=True)
class Staged:
    """A run that is ready."""

    root: Path
    """Holds everything below; to be removed after the run."""
    stage: Stage
    rendered: Path
    """The input with this run's values."""


@dataclass(frozen=True)
class Command:
    """How the target's runtime is started."""

    argv: tuple[str, ...]
    mounts: tuple[Mount, ...]
    env: dict[str, str]


def prepare(scratch: Path, bundle: Bundle, input_name: str) -> Staged:
    """Make a run's folders and values, and fill them into the input.

    Args:
        scratch: Folder of this validation.
        bundle: The proof.
        input_name: The attacker's input or the benign control.
    """
    root = Path(tempfile.mkdtemp(prefix="run-", dir=scratch))
    root.chmod(0o755)
    for name in _FOLDERS:
        (root / name).mkdir(mode=0o755)
    stage = Stage(
        work=root / "work",
        canary_folder=root / "canary",
        secret_folder=root / "secret",
        report=root / "report",
        canary_name=secrets.token_hex(8),
        token=f"canary{secrets.token_hex(12)}",
        secret=secrets.token_hex(24),
    )
    (stage.secret_folder / stage.canary_name).write_text(stage.secret, encoding="ascii")
    content = (bundle.folder / input_name).read_bytes()
    for placeholder, value in stage.values().items():
        content = content.replace(placeholder, value)
    rendered = root / "input" / Path(input_name).name
    rendered.write_bytes(content)
    rendered.chmod(0o644)
    return Staged(root, stage, rendered)


def mounts(bundle: Bundle, staged: Staged) -> tuple[Mount, ...]:
    """What every run sees, whatever its runtime is."""
    stage = staged.stage
    return (
        Mount(bundle.folder, "/proof"),
        Mount(staged.rendered.parent, "/input"),
        Mount(stage.secret_folder, "/secret"),
        Mount(LAUNCHERS, "/seawall"),
        Mount(stage.work, "/work", writable=True),
        Mount(stage.canary_folder, "/canary", writable=True),
        Mount(stage.report, "/report", writable=True),
    )


def command(manifest: Manifest, built: Built, staged: Staged) -> Command:
    """How this target is started on this input.

    Raises:
        Infrastructure: The interpreter is not installed.
    """
    given = f"/input/{staged.rendered.name}"
    if manifest.runtime is Runtime.PYTHON:
        program, more = interpreters.python()
        env = {"PYTHONPATH": "/target", "PYTHONDONTWRITEBYTECODE": "1"}
        if manifest.oracle is OracleKind.TIME_BUDGET:
            env["SEAWALL_SAMPLE_EVERY"] = str(manifest.budget_s / SAMPLES)
        argv = (program, "-S", "-s", "/seawall/launch.py", f"/proof/{manifest.driver}", given)
        return Command(argv, (*more, *built.mounts("/target")), env)
    if manifest.runtime is Runtime.NODE:
        program, more = interpreters.node()
        modules = Mount(built.folder / "tree" / "node_modules", "/node_modules")
        return Command((program, "/seawall/launch.js", f"/proof/{manifest.driver}", given), (*more, modules), {})
    return Command(("/target/program", given), built.mounts("/target"), SANITIZERS)


def limits(manifest: Manifest, bounds: Bounds, at_most: RunLimits | None) -> RunLimits:
    """What one run may use: what its oracle and runtime need, and no more than ``at_most``."""
    memory = SANITIZER_MEMORY if manifest.runtime is Runtime.NATIVE else RunLimits.memory_bytes
    needed = RunLimits(wall_s=bounds.wall_s, cpu_s=bounds.cpu_s, memory_bytes=memory)
    return needed.within(at_most) if at_most else needed
