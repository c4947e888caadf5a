"""What one run is given: fresh folders, fresh random values, the input with those filled in, and its mounts."""

import json
import secrets
import sqlite3
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from seawall.clearinghouse.validation import interpreters
from seawall.clearinghouse.validation.bundles import Bundle
from seawall.clearinghouse.validation.manifests import FILE
from seawall.clearinghouse.validation.oracles.interface import APP, Bounds, Stage
from seawall.clearinghouse.validation.sandboxes.interface import Mount, RunLimits
from seawall.clearinghouse.validation.targets.interface import Built
from seawall.clearinghouse.validation.types import COMPILED, Manifest, OracleKind, Runtime, Style
from seawall.clearinghouse.validation.watching import Watcher

LAUNCHERS = Path(__file__).parent / "launchers"
SANITIZER_MEMORY = 1024 * 2**20
"""AddressSanitizer's shadow and quarantine need more than a plain program."""
JVM = ("-Xss512k", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xlog:disable")
"""A small stack and heap: what outgrows them does so in every run, and within the run's limits."""
SAMPLES = 10
"""Looks at the stack within a time budget."""
GROWTH_SAMPLE_S = 0.05
"""Processor seconds between looks where the largest size may take half a second."""
FLAGS = ("flag", "flag.txt", "flag.html", "secret.txt")
"""Names under which a script alone may look for a file that it was not given, in every folder above its own."""
COMMANDS = ("touch", "whoami", "id", "sleep", "xcalc", "gnome-calculator", "gedit")
"""Programs that proofs start to show that they can, and packages do not."""
SCRIPT_MAX = 2**20
"""Characters of a bundle's text in which a made file's name is looked for."""
LOAD = "/seawall/load"
"""The control of a script alone: loads the package and does nothing else."""
_FOLDERS = ("work", "canary", "secret", "report", "input", "programs")
_PROGRAMS = "/programs"
_PROGRAM = '#!/bin/sh\n[ -x "/usr/bin/{name}" ] && exec "/usr/bin/{name}" "$@"\nexit 0\n'
_HOSTS = "127.0.0.1 localhost\n::1 localhost\n"
_SAMPLED = {OracleKind.TIME_BUDGET, OracleKind.GROWTH}


@dataclass(frozen=True)
class Staged:
    """A run that is ready."""

    root: Path
    """Holds everything below; to be removed after the run."""
    stage: Stage
    rendered: Path | None
    """The input with this run's values; None where the driver is alone."""
    driver: str
    """The driver, as the run sees it."""
    mounts: tuple[Mount, ...]
    cwd: str
    env: dict[str, str]
    users: str
    """Further lines of the run's /etc/passwd."""


@dataclass(frozen=True)
class Command:
    """How the target's runtime is started."""

    argv: tuple[str, ...]
    mounts: tuple[Mount, ...]
    env: dict[str, str]
    root: Path | None = None
    """The run's own root, where the target is one."""


def prepare(scratch: Path, bundle: Bundle, file: str | None, size: int = 0) -> Staged:
    """Make a run's folders and values, and fill them into the input.

    Args:
        scratch: Folder of this validation.
        bundle: The proof.
        file: The attacker's input or the benign control, a file of the bundle; where the driver is alone, the driver or
            another for control. None: the harness's own control, which only loads the package.
        size: Of the attack, for ``growth``.
    """
    manifest = bundle.manifest
    root = Path(tempfile.mkdtemp(prefix="run-", dir=scratch))
    root.chmod(0o755)
    for name in _FOLDERS:
        (root / name).mkdir(mode=0o755)
    name = secrets.token_hex(8)
    stage = Stage(
        work=root / "work",
        canary_folder=root / "canary",
        secret_folder=root / "secret",
        report=root / "report",
        canary_name=name,
        token=f"canary{secrets.token_hex(12)}",
        secret=secrets.token_hex(24),
        size=size,
        pump=manifest.pump,
        programs=_programs(root / "programs", manifest, f"run{name}"),
    )
    (stage.secret_folder / name).write_text(stage.secret, encoding="ascii")
    if manifest.oracle is OracleKind.SQL_CHANGED:
        _make_database(stage.canary_folder / f"{name}.db", stage.token)
    return _alone(root, stage, bundle, file) if manifest.alone else _with_input(root, stage, bundle, file or "")


def _with_input(root: Path, stage: Stage, bundle: Bundle, file: str) -> Staged:
    rendered = root / "input" / Path(file).name
    rendered.write_bytes(_filled((bundle.folder / file).read_bytes(), stage))
    rendered.chmod(0o644)
    return Staged(
        root=root,
        stage=stage,
        rendered=rendered,
        driver=f"/proof/{bundle.manifest.driver}",
        mounts=(Mount(bundle.folder, "/proof"), *_mounts(root, stage)),
        cwd="/work",
        env={**_told_to_driver(bundle.manifest, stage), **_path(stage)},
        users="",
    )


def _alone(root: Path, stage: Stage, bundle: Bundle, file: str | None) -> Staged:
    """A script's own folder with everything of the bundle in it, to write to, and files above it that are not its own."""
    manifest = bundle.manifest
    app = stage.work / Path(APP).relative_to("/work")
    app.mkdir(parents=True)
    given = []
    text = ""
    for source in sorted(bundle.folder.rglob("*")):
        relative = source.relative_to(bundle.folder).as_posix()
        if source.is_dir() or relative == FILE:
            continue
        target = app / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        content = source.read_bytes()
        is_secret = relative in manifest.names
        target.write_bytes(stage.secret.encode() if is_secret else _filled(content, stage))
        given.append(target)
        if len(text) < SCRIPT_MAX:
            text += target.read_bytes()[:SCRIPT_MAX].decode("utf-8", errors="replace")
    for path in (stage.work, *stage.work.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    tmp = root / "tmp"
    tmp.mkdir()
    tmp.chmod(0o1777)
    if manifest.runtime is Runtime.NODE:
        # A link: test files are beside node_modules, and some start what lies in it by its path.
        (app / "node_modules").symlink_to("/node_modules")
    flags, mounts = _flags(root / "flags", app, stage, manifest)
    stage = replace(stage, app=app, tmp=tmp, flags=flags, given=frozenset(given), script=text)
    hosts = root / "hosts"
    named = "".join(f"127.0.0.1 {host}\n" for host in manifest.hosts)
    hosts.write_text(f"{_HOSTS}{named}# {stage.secret}\n", encoding="ascii")
    hosts.chmod(0o644)
    (root / "input" / "values.json").write_text(json.dumps(_words(stage)), encoding="ascii")
    ending = "py" if manifest.runtime is Runtime.PYTHON else "js"
    return Staged(
        root=root,
        stage=stage,
        rendered=None,
        driver=f"{APP}/{file}" if file else f"{LOAD}.{ending}",
        mounts=(*_mounts(root, stage), Mount(tmp, "/tmp", writable=True), *mounts, Mount(hosts, "/etc/hosts")),  # noqa: S108
        cwd=APP,
        env={**{f"SEAWALL_{name}": value for name, value in _words(stage).items()}, **_path(stage)},
        users=f"root:x:0:0:root:/root:/bin/sh\nflag:x:65533:65533:{stage.secret}:/tmp:/bin/false\n",
    )


def _flags(folder: Path, app: Path, stage: Stage, manifest: Manifest) -> tuple[dict[Path, str], tuple[Mount, ...]]:
    """Files with the secret in every folder above a script's own, and wherever the bundle says: path, and place inside."""
    folder.mkdir(mode=0o755)
    names = [name for name in manifest.names if not name.startswith("/") and not (app / name).exists()]
    flags: dict[Path, str] = {}
    above = app.parent
    while above.is_relative_to(stage.work):
        place = f"/work/{above.relative_to(stage.work).as_posix()}".removesuffix("/.")
        flags |= {above / name: f"{place}/{name}" for name in (*FLAGS, *names)}
        above = above.parent
    inside = [f"/{name}" for name in dict.fromkeys((*FLAGS, *names))]
    absolute = [name for name in manifest.names if name.startswith("/") and name not in {"/etc/passwd", "/etc/hosts"}]
    mounted = {folder / str(number): place for number, place in enumerate([*inside, *absolute])}
    for path in (*flags, *mounted):
        path.write_text(f"{stage.secret}\n", encoding="ascii")
        path.chmod(0o666)  # scripts that make such a file for themselves shall not fail at that
    return {**flags, **mounted}, tuple(Mount(path, place) for path, place in mounted.items())


def _programs(folder: Path, manifest: Manifest, random_name: str) -> dict[Path, str]:
    """The harness's own programs: one with a random name, and for a script alone those that proofs start."""
    known = (*COMMANDS, *manifest.commands) if manifest.alone else ()
    made = {}
    for name in dict.fromkeys((random_name, *known)):
        (folder / name).write_text(_PROGRAM.format(name=name), encoding="ascii")
        (folder / name).chmod(0o755)
        made[folder / name] = name
    return made


def _make_database(path: Path, token: str) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE harness (token TEXT)")
        database.execute("INSERT INTO harness VALUES (?)", (token,))
        database.execute("CREATE TABLE boats (name TEXT, berth INTEGER)")
        database.executemany("INSERT INTO boats VALUES (?, ?)", [("gull", 1), ("tern", 2)])
    database.close()
    path.chmod(0o666)


def _filled(content: bytes, stage: Stage) -> bytes:
    for placeholder, value in stage.values().items():
        content = content.replace(placeholder, value)
    return content


def _words(stage: Stage) -> dict[str, str]:
    """The placeholders by their names, for a script that would rather ask its environment."""
    return {name.decode().strip("@"): value.decode() for name, value in stage.values().items() if len(value) < 2**10}


def _told_to_driver(manifest: Manifest, stage: Stage) -> dict[str, str]:
    """Where a driver finds what the package guards for it; it stands in no input."""
    if manifest.oracle in {OracleKind.AUTHENTICATION_PASSED, OracleKind.PRIVILEGE_GAINED}:
        return {"SEAWALL_SECRET_FILE": stage.secret_inside}
    return {"SEAWALL_DATABASE_FILE": stage.database_inside} if manifest.oracle is OracleKind.SQL_CHANGED else {}


def _path(stage: Stage) -> dict[str, str]:
    return {"PATH": f"{_PROGRAMS}:/usr/bin:/bin"} if stage.programs else {}


def _mounts(root: Path, stage: Stage) -> tuple[Mount, ...]:
    """What every run sees, whatever its runtime is."""
    return (
        Mount(root / "input", "/input"),
        Mount(stage.secret_folder, "/secret"),
        Mount(LAUNCHERS, "/seawall"),
        Mount(root / "programs", _PROGRAMS),
        Mount(stage.work, "/work", writable=True),
        Mount(stage.canary_folder, "/canary", writable=True),
        Mount(stage.report, "/report", writable=True),
    )


def watch(watcher: Watcher, stage: Stage) -> None:
    """Watch what this run must not do unseen; just before it starts, for preparing it does the same."""
    watcher.made(stage.canary_folder, "/canary")
    for path, label in stage.programs.items():
        watcher.opened(path, label)
    if stage.app is None or stage.tmp is None:
        return
    watcher.made(stage.tmp, "/tmp")  # noqa: S108 - inside the sandbox
    for path in (stage.work, *(folder for folder in stage.work.rglob("*") if folder.is_dir())):
        place = f"/work/{path.relative_to(stage.work).as_posix()}".removesuffix("/.")
        if not path.is_symlink():
            watcher.made(path, place)
    for path, label in stage.flags.items():
        watcher.read(path, label)


def command(manifest: Manifest, built: Built, staged: Staged) -> Command:
    """How this target is started on this input.

    Raises:
        Infrastructure: The interpreter is not installed.
    """
    given = [f"/input/{staged.rendered.name}"] if staged.rendered else []
    if staged.driver.startswith(LOAD):
        given = [manifest.package_name]
    flags = _flags_of_launcher(manifest, staged)
    if manifest.runtime is Runtime.PYTHON:
        program, more = interpreters.python()
        env = {"PYTHONPATH": "/target", "PYTHONDONTWRITEBYTECODE": "1", **interpreters.environment(program)}
        if manifest.oracle in _SAMPLED:
            every = GROWTH_SAMPLE_S if manifest.oracle is OracleKind.GROWTH else manifest.budget_s / SAMPLES
            env["SEAWALL_SAMPLE_EVERY"] = str(every)
        argv = (program, "-S", "-s", "/seawall/launch.py", *flags, staged.driver, *given)
        return Command(argv, (*more, *built.mounts("/target")), env)
    if manifest.runtime is Runtime.NODE:
        program, more = interpreters.node()
        modules = Mount(built.folder / "tree" / "node_modules", "/node_modules")
        env = {"PATH": f"{staged.env['PATH']}:{Path(program).parent}"}  # packages start node by its name
        return Command((program, "/seawall/launch.js", *flags, staged.driver, *given), (*more, modules), env)
    if manifest.runtime is Runtime.JAVA:
        home, more = interpreters.java()
        words = (f"{home}/bin/java", *JVM, "-cp", "/target/launch", "Launch", Path(manifest.driver).stem, *given)
        return Command(words, (*more, *built.mounts("/target")), {})
    if manifest.runtime is Runtime.GO:
        # What no launcher can catch ends by SIGABRT, which is seen from outside.
        return Command(("/target/program", *given), built.mounts("/target"), {"GOTRACEBACK": "crash"})
    if manifest.runtime is Runtime.ROOT:
        return Command((staged.driver, *given), (), {}, root=built.folder / "tree")
    return Command(("/target/program", *given), built.mounts("/target"), {})


def _flags_of_launcher(manifest: Manifest, staged: Staged) -> list[str]:
    flags = ["--alone"] if manifest.alone else []
    if manifest.style is not Style.SCRIPT and not staged.driver.startswith(LOAD):
        flags.append(f"--style={manifest.style.value}")
    if manifest.oracle is OracleKind.OUTBOUND_REQUEST:
        flags.append("--listen")
    return flags


def limits(manifest: Manifest, bounds: Bounds, at_most: RunLimits | None) -> RunLimits:
    """What one run may use: what its oracle and runtime need, and no more than ``at_most``."""
    memory = SANITIZER_MEMORY if manifest.runtime in COMPILED else RunLimits.memory_bytes
    needed = RunLimits(wall_s=bounds.wall_s, cpu_s=bounds.cpu_s, memory_bytes=memory)
    return needed.within(at_most) if at_most else needed
