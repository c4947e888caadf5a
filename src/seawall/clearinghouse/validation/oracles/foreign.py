"""Oracles for effects that a proof has without knowing the harness: programs started, code evaluated, requests, databases.

They are for scripts that somebody else wrote. What the kernel told the harness (``Scene.witnessed``) cannot be forged from
inside; what the launcher noted could be, by the package or by the script. Neither says who did it: for that there is the
control side, on which the same script must have no such effect.
"""

import sys

from seawall.clearinghouse.validation import plainfiles
from seawall.clearinghouse.validation.notes import Notes, package_frames, signature
from seawall.clearinghouse.validation.oracles.interface import APP, Bounds, Judgment, Scene, Stage
from seawall.clearinghouse.validation.processes import Limits, run_limited
from seawall.clearinghouse.validation.types import Manifest

FILES_BYTES_MAX = 64 * 1024
"""Of one file that a run left, when it is searched for a secret."""
DATABASE_BYTES_MAX = 8 * 2**20


class Usual:
    """The usual time."""

    def bounds(self, manifest: Manifest) -> Bounds:  # noqa: ARG002 - the interface's signature
        """The usual time."""
        return Bounds()


def left_files(stage: Stage) -> dict[str, bytes]:
    """What lies in the run's folders that the harness did not put there: path inside, and beginning of the content."""
    found: dict[str, bytes] = {}
    places = [(stage.work, "/work"), (stage.canary_folder, "/canary")]
    if stage.tmp is not None:
        places.append((stage.tmp, "/tmp"))  # noqa: S108 - inside the sandbox
    for folder, inside in places:
        for path in plainfiles.walk(folder):
            if path not in stage.flags and path not in stage.given:
                found[f"{inside}/{path.relative_to(folder).as_posix()}"] = plainfiles.read(path, FILES_BYTES_MAX) or b""
    return found


def made_files(scene: Scene) -> list[str]:
    """Files that a run made and the control did not, the ones that are gone again included.

    What lies in /tmp counts only where the script calls it by its name: libraries try out the folder, and keep things there.
    """
    stage = scene.stage
    usual = scene.baseline.made if scene.baseline is not None else frozenset()
    given = {f"{APP}/{path.relative_to(stage.app).as_posix()}" for path in stage.given} if stage.app else set()
    made = sorted({*scene.witnessed.made, *left_files(stage)} - usual - given)
    return [path for path in made if not path.startswith("/tmp/") or _named(stage, path)]  # noqa: S108 - inside


def shown_files(manifest: Manifest, scene: Scene) -> list[str]:
    """Files by which an attack of a script alone shows itself: made, and called by their names in the script."""
    if not manifest.alone or scene.baseline is None:
        return []
    return [path for path in made_files(scene) if _named(scene.stage, path)]


def _named(stage: Stage, path: str) -> bool:
    return path.rpartition("/")[2] in stage.script


class CommandExecuted(Usual):
    """A program was started that only the attack asks for, or a file appeared that only a command can have made.

    The programs are the harness's own, found first on the run's PATH; that one was opened is told by the kernel.
    With an input, only the one with a random name counts. A script alone may also be known by the files it makes.
    """

    def judge(self, manifest: Manifest, scene: Scene) -> Judgment:
        """Look at programs started and, for a script alone, at files made."""
        frames = effect_frames(scene.notes)
        sign = signature("effect", manifest.failure.value, frames)
        if scene.witnessed.opened:
            names = ", ".join(
                "a program with a random name" if name == scene.stage.command else name
                for name in scene.witnessed.opened
            )
            return Judgment(triggered=True, why=f"A program was started: {names}.", signature=sign, stack=frames)
        made = shown_files(manifest, scene)
        if made:
            return Judgment(
                triggered=True, why=f"A file was made: {made[0]} ({len(made)} in all).", signature=sign, stack=frames
            )
        return Judgment(triggered=False, why="No program was started and no file was made that the attack asks for.")


class CodeEvaluated(Usual):
    """Text became code: what it does is seen (a file, a program), or its calls come out of evaluated code."""

    def judge(self, manifest: Manifest, scene: Scene) -> Judgment:
        """Look at the canary first, then at effects, then at what the launcher noted."""
        stage = scene.stage
        frames = effect_frames(scene.notes)
        sign = signature("effect", manifest.failure.value, frames)
        canary = plainfiles.read(stage.canary_folder / stage.canary_name, FILES_BYTES_MAX)
        if canary is not None and stage.token.encode() in canary:
            return Judgment(triggered=True, why="The canary file was written.", signature=sign, stack=frames)
        if not manifest.alone:
            return Judgment(triggered=False, why="The canary file was not written.")
        if scene.witnessed.opened:
            return Judgment(
                triggered=True,
                why=f"A program was started: {', '.join(scene.witnessed.opened)}.",
                signature=sign,
                stack=frames,
            )
        made = shown_files(manifest, scene)
        if made:
            return Judgment(
                triggered=True, why=f"A file was made: {made[0]} ({len(made)} in all).", signature=sign, stack=frames
            )
        if scene.notes.evaluated:
            frames = package_frames(scene.notes.evaluated_frames) or frames
            return Judgment(
                triggered=True,
                why=f"Code that the package evaluated called {scene.notes.evaluated[0][:80]}.",
                signature=signature("effect", manifest.failure.value, frames),
                stack=frames,
            )
        return Judgment(triggered=False, why="No evaluated code was seen to do anything.")


class OutboundRequest(Usual):
    """A request reached the harness's listener, with the run's token; or, from a script alone, one that the control lacks."""

    def judge(self, manifest: Manifest, scene: Scene) -> Judgment:
        """Look at what the listener got."""
        got = scene.notes.requests
        if any(scene.stage.token in request for request in got):
            return Judgment(triggered=True, why="A request with the run's token reached the harness's listener.")
        if manifest.alone and got:
            return Judgment(triggered=True, why=f"A request reached the harness's listener: {got[0][:80]!r}.")
        return Judgment(triggered=False, why="No request reached the harness's listener.")


class Guarded(Usual):
    """A random secret that the driver gives away only to whom the package lets in came out.

    The driver is a small program: it asks the package, and prints the content of ``@@SECRET_FILE@@`` if the package says yes.
    The benign control is refused, which shows that the package was asked.
    """

    def judge(self, manifest: Manifest, scene: Scene) -> Judgment:
        """Look for the secret in the output."""
        del manifest
        secret = scene.stage.secret.encode()
        if secret in scene.evidence.stdout or secret in scene.evidence.stderr:
            return Judgment(triggered=True, why="The guarded secret was given away.")
        return Judgment(triggered=False, why="The guarded secret was kept.")


class SqlChanged(Usual):
    """The table of the harness, which no statement of the driver's names, has changed in its SQLite database."""

    def judge(self, manifest: Manifest, scene: Scene) -> Judgment:
        """Read the table in a child, for the file may be made to harm its reader."""
        del manifest
        stage = scene.stage
        data = plainfiles.read(stage.canary_folder / f"{stage.canary_name}.db", DATABASE_BYTES_MAX)
        if data is None:
            return Judgment(triggered=True, why="The harness's database is gone.")
        done = run_limited(
            [sys.executable, "-I", "-S", "-c", _READ_TABLE], stdin=data, limits=Limits(wall_seconds=10.0)
        )
        if done.returncode != 0:
            return Judgment(triggered=False, why="The harness's database cannot be read any more.")
        if done.stdout.decode("utf-8", errors="replace").strip() == stage.token:
            return Judgment(triggered=False, why="The harness's table is as it was.")
        return Judgment(triggered=True, why="The harness's table was changed.")


_READ_TABLE = """
import sqlite3, sys
database = sqlite3.connect(":memory:")
database.deserialize(sys.stdin.buffer.read())
database.execute("PRAGMA trusted_schema = OFF")
try:
    print("|".join(str(row[0])[:100] for row in database.execute("SELECT token FROM harness LIMIT 5")))
except sqlite3.OperationalError as error:
    if "no such table" not in str(error):
        raise
    print("no table")
"""


def effect_frames(notes: Notes) -> tuple[str, ...]:
    """The package's frames behind the first effect that has any."""
    for _, _, raw in notes.effects:
        if frames := package_frames(raw):
            return frames
    return ()
