"""The oracles, one class each; see ``interface.py``."""

from seawall.clearinghouse.validation import crashes, plainfiles
from seawall.clearinghouse.validation.errors import Infrastructure
from seawall.clearinghouse.validation.notes import Notes, package_frames, signature
from seawall.clearinghouse.validation.oracles.interface import Bounds, Judgment, Oracle, Stage
from seawall.clearinghouse.validation.sandboxes.interface import Evidence
from seawall.clearinghouse.validation.types import Manifest, OracleKind

TIMES_CONTROL = 5.0
"""A long run must also take this many times as long as the benign control, so that a slow machine is no flaw."""
PATIENCE = 5.0
"""A run may take this many times its budget on the clock, for it may not have a processor to itself."""
PATIENCE_MORE_S = 2.0
STARVED_BELOW = 0.25
"""A run that was idle in fewer looks than this, and yet got too little processor time, was kept waiting by others."""
CANARY_READ_MAX = 4096
EXIT_EXCEPTION = 66
EXIT_SANITIZER = 86


class _Usual:
    def bounds(self, manifest: Manifest) -> Bounds:  # noqa: ARG002 - the interface's signature
        """The usual time."""
        return Bounds()


class CanaryWritten(_Usual):
    """A file with a random name holds a random token: something ran or wrote that only the input asked for."""

    def judge(
        self, manifest: Manifest, stage: Stage, evidence: Evidence, notes: Notes, control_s: float | None
    ) -> Judgment:
        """Look for the canary in its folder."""
        del evidence, control_s
        found = plainfiles.read(stage.canary_folder / stage.canary_name, CANARY_READ_MAX)
        if found is None:
            return Judgment(triggered=False, why="The canary file was not written.")
        if stage.token.encode() not in found:
            return Judgment(triggered=False, why="The canary file appeared without its token.")
        frames: tuple[str, ...] = ()
        for _, detail, raw in notes.effects:
            if stage.canary_name in detail or not frames:
                frames = package_frames(raw) or frames
        return Judgment(
            triggered=True,
            why="The canary file, whose name and token only the input carried, was written.",
            signature=signature("effect", manifest.failure.value, frames),
            stack=frames,
        )


class SecretRead(_Usual):
    """A random secret came out though the input never held it."""

    def judge(
        self, manifest: Manifest, stage: Stage, evidence: Evidence, notes: Notes, control_s: float | None
    ) -> Judgment:
        """Look for the secret in the output and in the files that the program left."""
        del manifest, notes, control_s
        secret = stage.secret.encode()
        left = b"".join(plainfiles.read(path, CANARY_READ_MAX) or b"" for path in plainfiles.walk(stage.work))
        if secret in evidence.stdout or secret in evidence.stderr or secret in left:
            return Judgment(triggered=True, why="The program gave away a random secret that it was to keep.")
        return Judgment(triggered=False, why="The secret did not come out.")


class TimeBudget:
    """The run works longer than its budget where the benign control is far under it.

    Processor time is counted, not the clock's: a program that merely waits has taken nothing from anybody, and a
    busy machine makes nobody guilty.
    """

    def bounds(self, manifest: Manifest) -> Bounds:
        """The budget of processor time, and patience on the clock."""
        return Bounds(wall_s=manifest.budget_s * PATIENCE + PATIENCE_MORE_S, cpu_s=manifest.budget_s)

    def judge(
        self, manifest: Manifest, stage: Stage, evidence: Evidence, notes: Notes, control_s: float | None
    ) -> Judgment:
        """Compare the processor time with budget and control."""
        del stage
        used = evidence.cpu_s or 0.0
        budget = f"{manifest.budget_s:g} s of processor time"
        if used < manifest.budget_s:
            if evidence.killed_by == "wall-time":
                _check_fed(evidence)
                return Judgment(triggered=False, why=f"It waited more than it worked: {used:.2f} s of {budget}.")
            return Judgment(triggered=False, why=f"It took {used:.2f} s of {budget}.")
        if control_s is not None and used < TIMES_CONTROL * control_s:
            return Judgment(
                triggered=False, why=f"{used:.2f} s is not {TIMES_CONTROL:g} times the control's {control_s:.2f} s."
            )
        frames = package_frames(notes.hang_frames)
        return Judgment(
            triggered=True,
            why=f"It was still busy after {budget}"
            + (f"; the benign control took {control_s:.2f} s." if control_s is not None else "."),
            signature=signature("hang", manifest.failure.value, frames),
            stack=frames,
        )


def _check_fed(evidence: Evidence) -> None:
    if evidence.idle_share is not None and evidence.idle_share < STARVED_BELOW:
        raise Infrastructure("This machine was too busy to time a run.", "It is tried again.")


class UncaughtException(_Usual):
    """The process ended by an exception of the named class that came out of the package."""

    def judge(
        self, manifest: Manifest, stage: Stage, evidence: Evidence, notes: Notes, control_s: float | None
    ) -> Judgment:
        """Hold the launcher's note against the exit code and the package's frames."""
        del stage, control_s
        if evidence.exit_code != EXIT_EXCEPTION or not notes.exception:
            return Judgment(triggered=False, why="No exception went uncaught.")
        wanted = manifest.exception.rsplit(".", 1)[-1]
        if wanted not in notes.exception:
            return Judgment(triggered=False, why=f"Another exception went uncaught: {notes.exception[0][:80]}.")
        frames = package_frames(notes.exception_frames)
        if not frames:
            return Judgment(triggered=False, why=f"{wanted} was raised outside the package.")
        return Judgment(
            triggered=True,
            why=f"{wanted} went uncaught out of {frames[0]}.",
            signature=signature("exception", wanted, frames),
            stack=frames,
        )


class PrototypePolluted(_Usual):
    """Object.prototype gained a property with a random name."""

    def judge(
        self, manifest: Manifest, stage: Stage, evidence: Evidence, notes: Notes, control_s: float | None
    ) -> Judgment:
        """Look for the random name among the gained properties."""
        del manifest, evidence, control_s
        if stage.token in notes.polluted:
            return Judgment(
                triggered=True, why="Object.prototype gained a property whose random name only the input carried."
            )
        return Judgment(triggered=False, why="Object.prototype gained no such property.")


class Sanitizer(_Usual):
    """A sanitizer wrote a report into the harness's folder and ended the process with its own code."""

    def judge(
        self, manifest: Manifest, stage: Stage, evidence: Evidence, notes: Notes, control_s: float | None
    ) -> Judgment:
        """Parse the report; what stands on standard error does not count."""
        del manifest, stage, control_s
        crash = crashes.parse(notes.sanitizer)
        if crash is None:
            return Judgment(triggered=False, why="No sanitizer report was written.")
        if evidence.exit_code != EXIT_SANITIZER:
            return Judgment(triggered=False, why="There is a report, but the sanitizer did not end the process.")
        what = f"{crash.kind} {crash.access}".strip()
        return Judgment(
            triggered=True,
            why=f"The sanitizer ended it: {what}" + (f" in {crash.frames[0]}." if crash.frames else "."),
            signature=signature("crash", what.replace(" ", "-"), crash.frames),
            stack=crash.frames,
        )


class FileWrittenOutside(_Usual):
    """A file lies where the program was not to write: in the working folder that it left clean with benign input."""

    def judge(
        self, manifest: Manifest, stage: Stage, evidence: Evidence, notes: Notes, control_s: float | None
    ) -> Judgment:
        """Look for files left in the working folder or the canary's."""
        del evidence, control_s
        left = [path for folder in (stage.work, stage.canary_folder) for path in plainfiles.walk(folder)]
        if not left:
            return Judgment(triggered=False, why="Nothing was left outside the folder it was given.")
        name = left[0].name
        frames: tuple[str, ...] = ()
        for _, detail, raw in notes.effects:
            if name in detail:
                frames = package_frames(raw)
        return Judgment(
            triggered=True,
            why=f"A file was left outside the folder it was given ({len(left)} in all).",
            signature=signature("effect", manifest.failure.value, frames),
            stack=frames,
        )


ORACLES: dict[OracleKind, Oracle] = {
    OracleKind.CANARY_WRITTEN: CanaryWritten(),
    OracleKind.SECRET_READ: SecretRead(),
    OracleKind.TIME_BUDGET: TimeBudget(),
    OracleKind.UNCAUGHT_EXCEPTION: UncaughtException(),
    OracleKind.PROTOTYPE_POLLUTED: PrototypePolluted(),
    OracleKind.SANITIZER: Sanitizer(),
    OracleKind.FILE_WRITTEN_OUTSIDE: FileWrittenOutside(),
}
