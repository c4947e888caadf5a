"""Every provider that works here passes every check; a provider with a hole is found out, and then nothing is run."""

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from seawall.clearinghouse.validation import scratch
from seawall.clearinghouse.validation.errors import SandboxUnavailable
from seawall.clearinghouse.validation.replay import validate
from seawall.clearinghouse.validation.sandboxes import bubblewrap as bubblewrap_module
from seawall.clearinghouse.validation.sandboxes import choose as choosing
from seawall.clearinghouse.validation.sandboxes import contract, selfcheck
from seawall.clearinghouse.validation.sandboxes.bubblewrap import Bubblewrap
from seawall.clearinghouse.validation.sandboxes.contract import CHECKS, Breach, Check, Ground
from seawall.clearinghouse.validation.sandboxes.hostile.attempts import ATTEMPTS
from seawall.clearinghouse.validation.sandboxes.hostile.hungers import HUNGERS
from seawall.clearinghouse.validation.sandboxes.interface import Evidence, Mount, Provider, RunSpec

from .conftest import Proof, working_providers

pytestmark = [pytest.mark.sandbox, pytest.mark.enable_socket]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that an unprivileged program may enter, which pytest's own are not."""
    with scratch.folder() as folder:
        yield folder


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
@pytest.mark.parametrize("provider", working_providers())
def test_a_provider_keeps_each_promise(provider: Provider, check: Check, place: Path) -> None:
    check.test(Ground(provider, place))


@pytest.mark.parametrize("number", ["ABRT", "SEGV", "TERM"])
@pytest.mark.parametrize("provider", working_providers())
def test_a_signal_is_the_same_everywhere(provider: Provider, number: str, place: Path) -> None:
    # The first process of a namespace would not get these, and an abort() there would look like another crash.
    mounts = (Mount(place, "/work", writable=True),)
    evidence = provider.run(RunSpec(argv=("/bin/sh", "-c", f"kill -{number} $$; exit 3"), mounts=mounts))
    assert (evidence.signal, evidence.killed_by, evidence.stderr) == (f"SIG{number}", None, b"")


def test_every_hostile_program_is_used_by_a_check(place: Path) -> None:
    used: set[str] = set()

    class Notes(Nothing):
        def run(self, spec: RunSpec) -> Evidence:
            used.add(spec.argv[5])
            return super().run(spec)

    contract.breaches(Notes(), place)
    assert used == set(ATTEMPTS) | set(HUNGERS)


class Nothing:
    """A provider that runs nothing and says that all is well: a contract that it passes says nothing."""

    name = "nothing"
    profile = "nothing/1"

    def probe(self) -> str | None:
        return None

    def run(self, spec: RunSpec) -> Evidence:
        del spec
        return Evidence(0, None, None, b"", b"", 0.0, 0.0, 0.0, 0, self.profile)


class Bare(Nothing):
    """No sandbox at all: a child of ours with a time limit. Only for programs that harm nobody."""

    name = "bare"

    def run(self, spec: RunSpec) -> Evidence:
        inside = {mount.target: str(mount.source) for mount in spec.mounts}
        argv = [part.replace("/hostile/", inside["/hostile"] + "/") for part in spec.argv]
        argv[0] = "/usr/bin/python3"
        done = subprocess.run(argv, capture_output=True, timeout=20, check=False)
        return Evidence(done.returncode, None, None, done.stdout, done.stderr, 0.1, 0.1, 0.0, 0, self.profile)


@dataclass
class Weakened(Bubblewrap):
    """The real provider without some of its options."""

    without: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__init__()

    def _options(self, spec: RunSpec, uid: int, given: bubblewrap_module._Descriptors) -> list[str]:
        text = "\0".join(super()._options(spec, uid, given))
        root = "--remount-ro\0/\0"
        assert text.count(root) == 1
        text = text.replace(root, "\0".join([*self.instead, root]))
        for option in self.without:
            assert text.count(option) == 1
            text = text.replace(option, "--new-session")
        return text.split("\0")


HOLES: dict[str, tuple[Provider, str, str]] = {
    # what is wrong: (provider, check that sees it, what it says)
    "no sandbox: files": (Bare(), "files", "read /etc/"),
    "no sandbox: environment": (Bare(), "environment", "read the environment"),
    "no sandbox: network": (Bare(), "network", "something arrived outside"),
    "no sandbox: processes": (Bare(), "processes", "it ended a process of the host"),
    "nothing is run": (Nothing(), "ordinary", "exit code 0"),
    "the network is shared": (Weakened(without=("--unshare-net",)), "network", "something arrived outside"),
    "processes are shared": (Weakened(without=("--unshare-pid",)), "processes", "see a process of the host"),
    "/var is mounted": (Weakened(instead=("--ro-bind", "/var", "/var")), "files", "read /var/lib/dpkg/status"),
    "/tmp is the host's": (Weakened(instead=("--bind", "/tmp", "/tmp")), "files", "/hidden"),  # noqa: S108
    "/sys can be written": (Weakened(instead=("--perms", "1777", "--tmpfs", "/sys")), "writes", "write into /sys"),
    "a variable is handed on": (Weakened(instead=("--setenv", "TOKEN", "x")), "environment", "read the environment"),
    "/dev is the host's": (Weakened(instead=("--dev-bind", "/dev", "/dev")), "writes", "open the device"),
}


@pytest.mark.parametrize(("provider", "name", "says"), HOLES.values(), ids=HOLES)
def test_a_hole_is_found(provider: Provider, name: str, says: str, place: Path, bubblewrap: Provider) -> None:
    del bubblewrap  # where it does not work, neither does what is made of it
    (check,) = (check for check in CHECKS if check.name == name)
    with pytest.raises(Breach, match=says):
        check.test(Ground(provider, place))


def test_a_sandbox_without_a_filter_is_found(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap_module.seccomp, "REFUSED", ("reboot",))
    (check,) = (check for check in CHECKS if check.name == "privileges")
    with pytest.raises(Breach, match="count events"):
        check.test(Ground(Bubblewrap(), place))


def test_a_sandbox_that_lets_all_of_ptrace_through_for_leaks_is_found(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bubblewrap_module.seccomp, "_refused_requests", list)
    (check,) = (check for check in CHECKS if check.name == "traces")
    with pytest.raises(Breach, match="read the memory of"):
        check.test(Ground(Bubblewrap(), place))


def test_a_sandbox_that_looks_away_is_found(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seawall.clearinghouse.validation.sandboxes.supervision.Watch._over", lambda _: None)
    monkeypatch.setattr(contract, "DISK", 2**18)
    monkeypatch.setattr(contract, "SLACK", 2**18)
    for name in ("spins", "litters"):
        (place / name).mkdir(mode=0o755)
        (check,) = (check for check in CHECKS if check.name == name)
        with pytest.raises(Breach):
            check.test(Ground(Short(), place / name))


class Short(Bubblewrap):
    """Ends everything after a second, so that a test of what is not ended is short."""

    def run(self, spec: RunSpec) -> Evidence:
        return super().run(replace(spec, limits=replace(spec.limits, wall_s=1.0, disk_bytes=2**34)))


def test_it_is_checked_once_and_again_when_something_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def breaches(provider: Provider, folder: Path) -> tuple[str, ...]:
        assert folder.is_dir()
        asked.append(provider.profile)
        return ("A promise. Not so: it got out.",) if provider.profile == "leaky" else ()

    monkeypatch.setattr(contract, "breaches", breaches)
    tight, leaky, boot = Nothing(), Nothing(), tmp_path / "boot"
    leaky.profile = "leaky"
    for _ in range(2):
        assert selfcheck.refusal(tight, tmp_path) is None
    assert asked == ["nothing/1"]
    for _ in range(2):
        assert "it got out" in (selfcheck.refusal(leaky, tmp_path) or "")
    assert asked == ["nothing/1", "leaky", "leaky"]
    boot.write_text("another boot")
    monkeypatch.setattr(selfcheck, "_BOOT", boot)
    assert selfcheck.refusal(tight, tmp_path) is None
    assert asked[3:] == ["nothing/1"]


def test_nothing_is_run_where_no_sandbox_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "proof.zip").write_bytes(Proof().zip())
    missing = Bubblewrap("")
    monkeypatch.setattr(choosing, "providers", lambda: (missing, Nothing()))
    with pytest.raises(SandboxUnavailable) as refusal:
        validate(tmp_path / "proof.zip", cache=tmp_path / "targets")
    assert "no proof is run" in str(refusal.value)
    assert "apt-get install bubblewrap" in str(refusal.value)
    assert "lets hostile programs through" in str(refusal.value)


def test_the_profile_changes_with_what_is_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Bubblewrap().profile
    monkeypatch.setattr(bubblewrap_module.seccomp, "REFUSED", ("reboot",))
    assert Bubblewrap().profile != before


def test_the_whole_contract_is_quick_enough_for_a_start(bubblewrap: Provider, tmp_path: Path) -> None:
    begun = time.monotonic()
    assert selfcheck.refusal(bubblewrap, tmp_path) is None
    assert time.monotonic() - begun < 30
