"""Debian packages and sources at an exact version, through apt, from the suites named here.

apt checks the archive's signature and each file's digest. It has folders of its own in the cache, so that the machine's apt is
neither asked nor changed.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from seawall.clearinghouse.validation.errors import Infrastructure
from seawall.clearinghouse.validation.processes import Completed, Limits, run_limited
from seawall.clearinghouse.validation.targets.packages import environment
from seawall.clearinghouse.validation.targets.registries import refused

MIRROR = "http://deb.debian.org/debian"
SECURITY = "http://deb.debian.org/debian-security"
SUITES = ("bullseye", "bookworm", "trixie")
SECURED = ("bullseye", "bookworm", "trixie")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SOURCES_ENV = "SEAWALL_APT_SOURCES"
"""Lines of a sources.list in place of these, for a mirror or a repository of one's own."""
FRESH_S = 24 * 3600.0
"""Age at which the lists are fetched again."""
_LIMITS = Limits(memory_bytes=4 * 2**30, cpu_seconds=240, wall_seconds=400.0, output_bytes=2**20)

Fetcher = Callable[[str, str, Path], dict[str, Any]]


def binary(cache: Path) -> Fetcher:
    """Fetches ``NAME_VERSION_ARCH.deb``."""
    return lambda name, version, tree: _fetch(cache, name, version, tree, "download")


def sources(cache: Path) -> Fetcher:
    """Fetches a source package: its .dsc and what that names."""
    return lambda name, version, tree: _fetch(cache, name, version, tree, "source", "--download-only", "--only-source")


def _fetch(cache: Path, name: str, version: str, tree: Path, *words: str) -> dict[str, Any]:
    program = shutil.which("apt-get")
    if program is None:
        raise Infrastructure("apt-get is not installed.", "Debian packages are fetched on Debian and Ubuntu.")
    own = cache / ".apt"
    with _locked(own):
        updated = _update(program, own, force=False)
        done = _apt(program, own, *words, f"{name}={version}", cwd=tree)
        if done.returncode != 0 and not updated:
            _update(program, own, force=True)
            done = _apt(program, own, *words, f"{name}={version}", cwd=tree)
    if done.returncode != 0:
        raise refused(
            done,
            f"{name} {version}",
            missing=("Unable to locate", "was not found", "Unable to find a source", "Hash Sum mismatch"),
        )
    for path in tree.iterdir():
        if path.is_symlink():  # apt's own, to files of a repository on this machine
            original = path.resolve()
            path.unlink()
            shutil.copyfile(original, path)
    return {}


@contextlib.contextmanager
def _locked(own: Path) -> Iterator[None]:
    """One apt at a time: it does not wait for its own locks."""
    (own / "state" / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (own / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    (own / "status").touch()
    with (own / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _lines() -> str:
    if given := os.environ.get(SOURCES_ENV):
        return f"{given}\n"
    suites = [(MIRROR, suite) for suite in SUITES] + [(SECURITY, f"{suite}-security") for suite in SECURED]
    return "".join(
        f"{kind} [signed-by={KEYRING}] {mirror} {suite} main\n"
        for mirror, suite in suites
        for kind in ("deb", "deb-src")
    )


def _update(program: str, own: Path, *, force: bool) -> bool:
    """Fetch the lists where they are old or of other suites; whether that was done."""
    listed, stamp, now = own / "sources.list", own / "stamp", own / "now"
    now.touch()
    same = listed.is_file() and listed.read_text(encoding="utf-8") == _lines()
    if not force and same and stamp.is_file() and now.stat().st_mtime - stamp.stat().st_mtime < FRESH_S:
        return False
    listed.write_text(_lines(), encoding="utf-8")
    done = _apt(program, own, "update", "--error-on=any", cwd=own)
    if done.returncode != 0:
        raise refused(done, "the lists of Debian's packages", missing=())
    stamp.touch()
    return True


def _apt(program: str, own: Path, *words: str, cwd: Path) -> Completed:
    # apt writes into the folder it is started in, and reads the machine's own settings unless told otherwise.
    options = {
        "Dir::Etc::sourcelist": own / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::parts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Dir::State": own / "state",
        "Dir::State::status": own / "status",
        "Dir::Cache": own / "cache",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "Acquire::GzipIndexes": "true",
        # Suites that are no longer kept up have old signatures; a version that is asked for by its number cannot be held back.
        "Acquire::Check-Valid-Until": "false",
        "Acquire::Retries": "2",
    }
    with tempfile.NamedTemporaryFile("w", suffix=".conf", dir=own, encoding="utf-8") as settings:
        settings.write("".join(f'{name} "{value}";\n' for name, value in options.items()))
        settings.flush()
        return run_limited(
            ["/usr/bin/env", f"--chdir={cwd}", program, "-q", *words],
            limits=_LIMITS,
            env={**environment(), "APT_CONFIG": settings.name, "DEBIAN_FRONTEND": "noninteractive"},
        )
