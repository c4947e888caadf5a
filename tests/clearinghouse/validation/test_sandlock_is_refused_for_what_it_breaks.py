"""sandlock is run as a user without any rights and asked the contract: much holds, some does not, so no proof is given to it.

The reasons are tested with the rest: the day that a version has none of them left, this fails, and the refusal can go.
"""

import importlib.metadata
import json
import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest

from seawall.clearinghouse.validation.sandboxes import sandlock as sandlock_module
from seawall.clearinghouse.validation.sandboxes.choose import providers
from seawall.clearinghouse.validation.sandboxes.contract import CHECKS
from seawall.clearinghouse.validation.sandboxes.sandlock import REFUSED_UP_TO, Sandlock

pytestmark = [pytest.mark.sandbox, pytest.mark.enable_socket]

NOBODY = 65534
PYTHON = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
"""That everybody may start; the one of these tests may lie in somebody's home."""
PATHS = [str(Path(sandlock_module.__file__).parents[4]), sysconfig.get_path("purelib")]
ASK = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])
from seawall.clearinghouse.validation import scratch
from seawall.clearinghouse.validation.sandboxes.contract import CHECKS, Breach, Ground
from seawall.clearinghouse.validation.sandboxes.interface import Mount, RunSpec
from seawall.clearinghouse.validation.sandboxes.sandlock import Sandlock

scratch.sweep()
provider, names = Sandlock(), sys.argv[2:]
answer = {"missing": provider.missing(), "probe": provider.probe()}
for check in CHECKS if answer["missing"] is None else ():
    if check.name in names:
        with scratch.folder() as folder:
            try:
                check.test(Ground(provider, folder))
            except Breach as breach:
                answer[check.name] = str(breach)
            else:
                answer[check.name] = ""
if "run" in names:
    with scratch.folder() as folder:
        given = provider.run(RunSpec(argv=("/bin/sh", "-c", names[1]), cwd="/tmp"))
        answer["run"] = [given.exit_code, given.signal, given.killed_by, given.stdout.decode(), given.stderr.decode()]
print(json.dumps(answer))
"""

HOLDS_FAST = ("files", "network", "processes", "privileges", "writes", "tunes", "forks", "orphans", "stays", "hogs")
BREAKS = {
    "ordinary": "exit code 1",
    "environment": "use an inherited descriptor",
    "links": "Permission denied",
    "ipc": "find the host's files in /dev/shm",
}
BY_THE_MOMENT = {"heaps-tmp", "heaps-shm"}
"""Held by a watch alone: sometimes it is quick enough."""


def _command(*arguments: str) -> list[str]:
    if not Path(PYTHON).exists():
        pytest.skip(f"{PYTHON} is not installed: nothing that another user may start")
    if any(os.stat(path).st_mode & 0o005 != 0o005 for path in PATHS):  # noqa: PTH116 - strings
        pytest.skip("the checkout is closed to other users")
    dropped: list[str] = []
    if os.geteuid() == 0:
        dropped = [
            "/usr/bin/setpriv",
            f"--reuid={NOBODY}",
            f"--regid={NOBODY}",
            "--clear-groups",
            "--bounding-set=-all",
        ]
    return [
        *dropped,
        "/usr/bin/env",
        "-i",
        "PATH=/usr/bin:/bin",
        PYTHON,
        "-B",
        "-S",
        "-c",
        ASK,
        json.dumps(PATHS),
        *arguments,
    ]


def ask(*arguments: str) -> dict[str, str]:
    """The answers of a user without rights; skips where sandlock cannot run here at all."""
    done = subprocess.run(_command(*arguments), capture_output=True, text=True, cwd="/", timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    answer: dict[str, str] = json.loads(done.stdout)
    if answer["missing"]:
        pytest.skip(answer["missing"])
    return answer


def test_what_can_be_kept_is_kept() -> None:
    answer = ask(*HOLDS_FAST)
    assert {name: answer[name] for name in HOLDS_FAST} == dict.fromkeys(HOLDS_FAST, "")


@pytest.mark.long
def test_the_whole_contract_is_known() -> None:
    names = [check.name for check in CHECKS]
    answer = ask(*names)
    assert {name for name in names if answer[name]} - BY_THE_MOMENT == set(BREAKS)


def test_it_is_refused_for_reasons_that_are_still_there() -> None:
    version = importlib.metadata.version("sandlock")
    if sandlock_module._numbers(version) > REFUSED_UP_TO:
        pytest.skip(f"sandlock {version} is not refused: the contract is asked")
    answer = ask(*BREAKS)
    assert "does not keep the contract" in answer["probe"]
    assert [name for name, says in BREAKS.items() if says not in answer[name]] == []


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("echo out; echo err >&2; exit 3", [3, None, None, "out\n", "err\n"]),
        ("kill -SEGV $$", [None, "SIGSEGV", None, "", ""]),
        ("pwd; echo x > here; cat /tmp/here", [0, None, None, "/tmp\nx\n", ""]),  # noqa: S108 - inside
    ],
)
def test_how_a_program_ended_is_seen(program: str, expected: list[object]) -> None:
    assert ask("run", program)["run"] == expected


def test_a_kill_of_the_worker_leaves_nothing(tmp_path: Path) -> None:
    marker = f"sleeper-{os.getpid()}-{tmp_path.name}"
    ask()
    with subprocess.Popen(
        _command("run", f"setsid /bin/sh -c 'sleep 50; : {marker}' & sleep 50"), stdout=subprocess.DEVNULL
    ) as worker:
        try:
            _until(lambda: len(_sleepers(marker)) > 1)
        finally:
            # With root's help that of setpriv and env, which have become it by now.
            worker.kill()
    _until(lambda: not _sleepers(marker))
    ask()  # sweeps the folder that the killed one could not remove


def _sleepers(marker: str) -> list[int]:
    """Processes inside: the worker has the marker on its command line too, but is no shell."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
        except OSError:
            continue
        if words and words[0] == b"/bin/sh" and any(marker.encode() in word for word in words):
            found.append(int(entry.name))
    return found


def _until(holds: object) -> None:
    assert callable(holds)
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_it_is_asked_last_and_never_by_root() -> None:
    assert isinstance(providers()[-1], Sandlock)
    if os.geteuid() == 0:
        assert "not used by root" in str(Sandlock().missing())


@pytest.mark.parametrize(
    ("version", "refused"), [("0.8.9", True), ("0.9.0", True), ("0.9.1", False), ("0.10.0rc1", False)]
)
def test_only_versions_that_are_known_are_refused_unasked(version: str, *, refused: bool) -> None:
    assert (sandlock_module._numbers(version) <= REFUSED_UP_TO) is refused
