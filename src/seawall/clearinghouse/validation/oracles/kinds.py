"""The oracles, one class each; see ``interface.py``."""

from dataclasses import replace

from seawall.clearinghouse.validation import crashes, plainfiles
from seawall.clearinghouse.validation.notes import package_frames, signature, went_through_package
from seawall.clearinghouse.validation.oracles.costs import Growth, MemoryBudget, TimeBudget
from seawall.clearinghouse.validation.oracles.foreign import (
    CodeEvaluated,
    CommandExecuted,
    Guarded,
    OutboundRequest,
    SqlChanged,
    Usual,
    left_files,
    made_files,
)
from seawall.clearinghouse.validation.oracles.interface import APP, Judgment, Oracle, Scene
from seawall.clearinghouse.validation.oracles.leaks import EXIT_SANITIZER, Leak
from seawall.clearinghouse.validation.types import Manifest, OracleKind

CANARY_READ_MAX = 4096
EXIT_EXCEPTION = 66
FATAL = frozenset({"SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGTRAP"})


class CanaryWritten(Usual):
    """A file with a random name holds a random token: something ran or wrote that only the input asked for."""

    def judge(self, manifest: Manifest, scene: Scene) -> Judgment:
        """Look for the canary in its folder."""
        stage = scene.stage
        found = plainfiles.read(stage.canary_folder / stage.canary_name, CANARY_READ_MAX)
        if found is None:
            return Judgment(triggered=False, why="The canary file was not written.")
        if stage.token.encode() not in found:
            return Judgment(triggered=False, why="The canary file appeared without its token.")
        naming = [went_through_package(raw) for _, detail, raw in scene.notes.effects if stage.canary_name in detail]
        if naming and not any(naming):
            # A note can be forged, so it never makes an effect; it may well take one away.
            return Judgment(
                triggered=False, why="The canary file was written by the driver itself, not through the package."
            )
        frames: tuple[str, ...] = ()
        for _, detail, raw in scene.notes.effects:
            if stage.canary_name in detail or not frames:
                frames = package_frames(raw) or frames
        return Judgment(
            triggered=True,
            why="The canary file, whose name and token only the input carried, was written.",
            signature=signature("effect", manifest.failure.value, frames),
            stack=frames,
        )


class SecretRead(Usual):
    """A random secret came out though the input never held it.

    A script alone may look at what it got and print nothing. So it also counts where the secret went through what the
    launcher sees (answers, child programs' output, values that a test looks at), which nobody can note who has not read it; and
    that the kernel saw a flag's content being read, which nothing but the attack has a reason to do.
    """

    def judge(self, manifest: Manifest, scene: Scene) -> Judgment:
        """Look for the secret in the output, in the files that the program left, and in what the launcher saw."""
        secret = scene.stage.secret.encode()
        texts = [scene.evidence.stdout, scene.evidence.stderr, *left_files(scene.stage).values()]
        if any(secret in text for text in texts):
            return Judgment(triggered=True, why="The program gave away a random secret that it was to keep.")
        if manifest.alone and scene.stage.secret in scene.notes.wire:
            return Judgment(triggered=True, why="A random secret came over a socket or a pipe.")
        if not manifest.alone or scene.notes.own_read:
            # A script that has read files itself, to compare, may have looked at what it read.
            return Judgment(triggered=False, why="The secret did not come out.")
        if scene.stage.secret in scene.notes.seen:
            return Judgment(triggered=True, why="A random secret came out of its file and was looked at.")
        if scene.witnessed.read:
            return Judgment(triggered=True, why=f"The harness's file {scene.witnessed.read[0]} was read.")
        return Judgment(triggered=False, why="The secret did not come out.")


class UncaughtException(Usual):
    """The process ended by an exception of the named class that came out of the package."""

    def judge(self, manifest: Manifest, scene: Scene) -> Judgment:
        """Hold the launcher's note against the exit code and the package's frames."""
        if scene.evidence.exit_code != EXIT_EXCEPTION or not scene.notes.exception:
            return Judgment(triggered=False, why="No exception went uncaught.")
        wanted = manifest.exception.rsplit(".", 1)[-1]
        if wanted not in scene.notes.exception:
            return Judgment(triggered=False, why=f"Another exception went uncaught: {scene.notes.exception[0][:80]}.")
        frames = package_frames(scene.notes.exception_frames)
        if not frames:
            return Judgment(triggered=False, why=f"{wanted} was raised outside the package.")
        return Judgment(
            triggered=True,
            why=f"{wanted} went uncaught out of {frames[0]}.",
            signature=signature("exception", wanted, frames),
            stack=frames,
        )


class PrototypePolluted(Usual):
    """Object.prototype gained a property with a random name; or, from a script alone, any that loading does not bring."""

    def judge(self, manifest: Manifest, scene: Scene) -> Judgment:
        """Look at the gained properties."""
        if scene.stage.token in scene.notes.polluted:
            return Judgment(
                triggered=True, why="Object.prototype gained a property whose random name only the input carried."
            )
        if not manifest.alone:
            return Judgment(triggered=False, why="Object.prototype gained no such property.")
        usual = scene.baseline.polluted if scene.baseline is not None else frozenset()
        gained = sorted(set(scene.notes.polluted) - usual)
        if gained and scene.baseline is not None:
            return Judgment(triggered=True, why=f"A prototype gained or changed {gained[0][:80]!r}.")
        return Judgment(triggered=False, why="No prototype gained or changed anything.")


class Sanitizer(Usual):
    """A sanitizer wrote a report into the harness's folder and ended the process with its own code."""

    def judge(self, manifest: Manifest, scene: Scene) -> Judgment:
        """Parse the report; what stands on standard error does not count."""
        del manifest
        crash = crashes.parse(scene.notes.sanitizer)
        if crash is None:
            return Judgment(triggered=False, why="No sanitizer report was written.")
        if scene.evidence.exit_code != EXIT_SANITIZER:
            return Judgment(triggered=False, why="There is a report, but the sanitizer did not end the process.")
        what = f"{crash.kind} {crash.access}".strip()
        return Judgment(
            triggered=True,
            why=f"The sanitizer ended it: {what}" + (f" in {crash.frames[0].function}." if crash.frames else "."),
            signature=crash.signature or None,
            stack=tuple(frame.function for frame in crash.frames),
            crash=crashes.seen(crash),
        )


class FileWrittenOutside(Usual):
    """A file lies where the program was not to write: in the working folder that it left clean with benign input.

    A script alone has a working folder of its own, to which it may write; above it, and beside other folders in /tmp, it may
    not. Files that were removed again count.
    """

    def judge(self, manifest: Manifest, scene: Scene) -> Judgment:
        """Look for files that were left or made outside."""
        left = made_files(scene) if manifest.alone else sorted(left_files(scene.stage))
        if manifest.alone:
            left = [path for path in left if _outside(path, manifest.inside)] if scene.baseline is not None else []
        if not left:
            return Judgment(triggered=False, why="Nothing was left outside the folder it was given.")
        name = left[0].rpartition("/")[2]
        frames: tuple[str, ...] = ()
        for _, detail, raw in scene.notes.effects:
            if name in detail:
                frames = package_frames(raw)
        return Judgment(
            triggered=True,
            why=f"A file was left outside the folder it was given ({len(left)} in all).",
            signature=signature("effect", manifest.failure.value, frames),
            stack=frames,
        )


def _outside(path: str, inside: tuple[str, ...]) -> bool:
    if path.startswith(f"{APP}/"):
        return bool(inside) and not any(path.startswith(f"{APP}/{folder.strip('/')}/") for folder in inside)
    return not path.startswith("/tmp/") or path.count("/") == 2  # noqa: S108, PLR2004 - directly in the run's own /tmp


class Assertion(Usual):
    """The process ended by an assertion of the package's that its input broke."""

    def judge(self, manifest: Manifest, scene: Scene) -> Judgment:
        """As ``UncaughtException``, for one class."""
        return UncaughtException().judge(replace(manifest, exception="AssertionError"), scene)


class Crash(Usual):
    """The process was ended by a signal of the processor or by its own abort.

    A program that ends with code 128 + n looks the same from outside: it says what happened only beside a control side.
    """

    def judge(self, manifest: Manifest, scene: Scene) -> Judgment:
        """Look at the signal."""
        del manifest
        name = scene.evidence.signal
        if scene.evidence.killed_by is None and name in FATAL:
            return Judgment(triggered=True, why=f"It was ended by {name}.")
        return Judgment(triggered=False, why="No fatal signal ended it.")


ORACLES: dict[OracleKind, Oracle] = {
    OracleKind.CANARY_WRITTEN: CanaryWritten(),
    OracleKind.SECRET_READ: SecretRead(),
    OracleKind.TIME_BUDGET: TimeBudget(),
    OracleKind.UNCAUGHT_EXCEPTION: UncaughtException(),
    OracleKind.PROTOTYPE_POLLUTED: PrototypePolluted(),
    OracleKind.SANITIZER: Sanitizer(),
    OracleKind.LEAK: Leak(),
    OracleKind.FILE_WRITTEN_OUTSIDE: FileWrittenOutside(),
    OracleKind.CODE_EVALUATED: CodeEvaluated(),
    OracleKind.COMMAND_EXECUTED: CommandExecuted(),
    OracleKind.OUTBOUND_REQUEST: OutboundRequest(),
    OracleKind.GROWTH: Growth(),
    OracleKind.MEMORY_BUDGET: MemoryBudget(),
    OracleKind.AUTHENTICATION_PASSED: Guarded(),
    OracleKind.PRIVILEGE_GAINED: Guarded(),
    OracleKind.SQL_CHANGED: SqlChanged(),
    OracleKind.ASSERTION: Assertion(),
    OracleKind.SIGNAL: Crash(),
}
