"""The oracles, one class each; see ``interface.py``."""

from seawall.clearinghouse.validation import crashes, plainfiles
from seawall.clearinghouse.validation.notes import Notes, package_frames, signature
from seawall.clearinghouse.validation.oracles.interface import Judgment, Oracle, Stage
from seawall.clearinghouse.validation.sandboxes.interface import Evidence
from seawall.clearinghouse.validation.types import Manifest, OracleKind

WALL_S = 20.0
TIMES_CONTROL = 5.0
"""A slow run must also take this many times as long as the benign control, so that a slow machine is no flaw."""
CANARY_READ_MAX = 4096
EXIT_EXCEPTION = 66
EXIT_SANITIZER = 86


class _Usual:
    def wall_s(self, manifest: Manifest) -> float:  # noqa: ARG002 - the interface's signature
        """The usual time."""
        return WALL_S


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
    """The run is over its budget where the benign control is far under it."""

    def wall_s(self, manifest: Manifest) -> float:
        """Half as long again as the budget: enough to see that it is over."""
        return manifest.budget_s * 1.5

    def judge(
        self, manifest: Manifest, stage: Stage, evidence: Evidence, notes: Notes, control_s: float | None
    ) -> Judgment:
        """Compare the wall time with budget and control."""
        del stage
        if evidence.wall_s < manifest.budget_s:
            return Judgment(
                triggered=False, why=f"It ended in {evidence.wall_s:.2f} s, within {manifest.budget_s:g} s."
            )
        if control_s is not None and evidence.wall_s < TIMES_CONTROL * control_s:
            return Judgment(
                triggered=False,
                why=f"{evidence.wall_s:.2f} s is not {TIMES_CONTROL:g} times the control's {control_s:.2f} s.",
            )
        frames = package_frames(notes.hang_frames)
        return Judgment(
            triggered=True,
            why=f"It was still busy after {manifest.budget_s:g} s"
            + (f"; the benign control took {control_s:.2f} s." if control_s is not None else "."),
            # A loop is caught at a random point: the outermost function of the package is the stable one.
            signature=signature("hang", manifest.failure.value, frames[-1:]),
            stack=frames,
        )


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
