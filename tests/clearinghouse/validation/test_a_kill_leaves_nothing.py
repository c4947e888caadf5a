"""A worker is killed with SIGKILL in the middle of a run: the run dies with it, and the next one cleans up."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from seawall.clearinghouse.validation import scratch
from seawall.clearinghouse.validation.sandboxes import cgroups
from seawall.clearinghouse.validation.sandboxes.interface import Provider

from .conftest import working_providers

WORKER = """
import sys
from pathlib import Path
from seawall.clearinghouse.validation import interpreters, scratch
from seawall.clearinghouse.validation.sandboxes import contract
from seawall.clearinghouse.validation.sandboxes.choose import providers
provider = next(one for one in providers() if one.name == sys.argv[4])
with scratch.folder(parent=Path(sys.argv[1])) as folder:
    ground = contract.Ground(provider, folder, marker=sys.argv[2])
    ground.run(sys.argv[3], limits=contract.RunLimits(wall_s=60.0, cpu_s=60.0))
"""


def wait_for(what: Callable[[], object], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.02)
    return False


def alive(marker: str, besides: int = 0) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and marker.encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return [pid for pid in found if pid != besides]


def groups(pids: list[int]) -> set[Path]:
    """The groups of ours that hold any of these processes."""
    places = ("", *(path.name for path in cgroups.ROOT.glob("*") if path.is_dir()))
    found = {path for place in places for path in (cgroups.ROOT / place).glob("seawall-*")}
    return {path for path in found if _inside(path) & set(pids)}


def _inside(group: Path) -> set[int]:
    try:
        return set(map(int, (group / "cgroup.procs").read_text().split()))
    except OSError:
        return set()  # another test's, gone while it was looked at


def sweep_later(groups: set[Path], seconds: float) -> None:
    """What a sweep does so much later, to these groups alone: other tests run at the same time."""
    for name in {path.name for path in groups}:
        cgroups.sweep(now=time.time() + seconds, prefix=name)


def swept(groups: set[Path]) -> bool:
    sweep_later(groups, cgroups.EMPTY_FOR_S + 1)
    return not any(path.exists() for path in groups)


@pytest.mark.sandbox
@pytest.mark.parametrize("program", ["sleeps", "stays", "spins"])
@pytest.mark.parametrize("provider", [one for one in working_providers() if one.id != "bubblewrap-from-pypi"])
def test_a_run_dies_with_its_worker_and_its_rest_is_removed(program: str, provider: Provider) -> None:
    marker = f"kill-test-{os.getpid()}-{program}"
    with scratch.folder() as place:
        worker = subprocess.Popen([sys.executable, "-c", WORKER, str(place), marker, program, provider.name])
        try:
            assert wait_for(
                lambda: any(
                    Path(f"/proc/{pid}/comm").read_text().startswith("python") for pid in alive(marker, worker.pid)
                )
            )
            time.sleep(0.1)
            made = groups(alive(marker, worker.pid))
            left = list(place.glob(f"{scratch.PREFIX}*"))
            assert len(left) == 1
            assert scratch.sweep(parent=place) == 0, "it is in use"
        finally:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
        assert wait_for(lambda: not alive(marker))
        assert left[0].exists()
        assert scratch.sweep(parent=place) == 1
        assert not left[0].exists()
    cgroups.sweep()
    assert all(path.exists() for path in made), "a group is not taken from a run that may just begin"
    # The kernel may need a moment more until a group of the dead counts as empty.
    assert wait_for(lambda: swept(made))


def nest(folder: Path, depth: int) -> None:
    """Folders in folders, deeper than a path may be long."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("deeper", dir_fd=here)
        inner = os.open("deeper", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)


def test_whatever_was_left_is_removed_and_no_link_is_followed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_bytes(b"x")
    with scratch.folder(parent=tmp_path) as folder:
        nest(folder, 3000)
        (folder / "to-a-folder").symlink_to(kept)
        (folder / "closed").mkdir()
        (folder / "closed" / "inside").mkdir(parents=True)
        (folder / "closed" / "inside" / "to-a-file").symlink_to(kept / "file")
        (folder / "closed" / ".lock").mkdir()
        os.mkfifo(folder / "pipe")
        for name in (b"-rf", b"line\nbreak", b"\xff", b"n" * 255):
            (folder / os.fsdecode(name)).write_bytes(b"x")
        (folder / "closed").chmod(0)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "data") == ["kept"]
    assert (kept / "file").read_bytes() == b"x"


def test_only_unlocked_folders_of_ours_are_swept(tmp_path: Path) -> None:
    (tmp_path / f"{scratch.PREFIX}link").symlink_to(tmp_path)
    (tmp_path / f"{scratch.PREFIX}file").write_bytes(b"")
    (tmp_path / f"{scratch.PREFIX}foreign").mkdir()
    (tmp_path / f"{scratch.PREFIX}dead").mkdir()
    (tmp_path / f"{scratch.PREFIX}dead" / ".lock").write_bytes(b"")
    with scratch.folder(parent=tmp_path) as live:
        assert scratch.sweep(parent=tmp_path) == 1
        assert live.is_dir()
    left = sorted(path.name.removeprefix(scratch.PREFIX) for path in tmp_path.iterdir() if path.name != "data")
    assert left == ["file", "foreign", "link"]


def test_an_empty_old_group_is_swept_and_a_used_one_is_not() -> None:
    group = cgroups.RunGroup(2**28, 16)
    if not group.paths:
        pytest.skip("no cgroup can be made here")
    with group, subprocess.Popen(["/bin/sleep", "60"]) as sleeper:
        try:
            for path in group.paths:
                (path / "cgroup.procs").write_text(str(sleeper.pid))
            assert group.pids() == [sleeper.pid]
            sweep_later(set(group.paths), cgroups.EMPTY_FOR_S + 1)
            assert all(path.exists() for path in group.paths)
            sweep_later(set(group.paths), cgroups.OLDEST_S + 1)
            assert sleeper.wait(60) == -signal.SIGKILL
        finally:
            sleeper.kill()
    assert not any(path.exists() for path in group.paths)


def test_the_unified_hierarchy_gets_its_limits_and_is_read(tmp_path: Path) -> None:
    """On files that look like version 2, for a machine that has version 1."""
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")
    group = cgroups.RunGroup(2**28, 16, root=tmp_path)
    (path,) = group.paths
    assert {name: (path / name).read_text() for name in ("memory.max", "pids.max", "memory.swap.max", "memory.oom.group")} == {
        "memory.max": str(2**28), "pids.max": "16", "memory.swap.max": "0", "memory.oom.group": "1",
    }  # fmt: skip
    assert group.limits_memory
    assert group.limits_processes
    (path / "cpu.stat").write_text("usage_usec 1500000\nuser_usec 1\n")
    (path / "memory.events").write_text("low 0\noom_kill 1\n")
    (path / "memory.peak").write_text("4096\n")
    (path / "cgroup.procs").write_text("12\n13\n")
    assert (group.cpu_s(), group.ran_out_of_memory(), group.peak_memory(), group.pids()) == (1.5, True, 4096, [12, 13])


def test_a_process_that_the_kernel_lists_as_zero_does_not_end_the_worker(tmp_path: Path) -> None:
    """In a session of its own: kill(2) takes 0 for the caller's whole group."""
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")
    program = f"""
from pathlib import Path
from seawall.clearinghouse.validation.sandboxes import cgroups
group = cgroups.RunGroup(2**28, 16, root=Path({str(tmp_path)!r}))
(group.paths[0] / "cgroup.procs").write_text("0\\n")
group.kill()
print("alive")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, start_new_session=True
    )
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr


def test_where_no_group_can_be_made_nothing_is_claimed(tmp_path: Path) -> None:
    group = cgroups.RunGroup(2**28, 16, root=tmp_path / "missing")
    assert not group.paths
    assert not group.limits_memory
    assert (group.cpu_s(), group.peak_memory(), group.ran_out_of_memory(), group.pids()) == (None, None, False, [])
