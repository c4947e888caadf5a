"""Reference implementations and real versions for the tests of matching."""

import fcntl
import json
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

NODE_SEMVER = "semver@7.7.3"
DATA = Path(__file__).parents[4] / "shared" / "data"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Parallel test workers fetch one after the other; the later ones find it done."""
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def node_semver(pytestconfig: pytest.Config) -> Callable[[list[tuple[str, str]]], list[int]]:
    """npm's own comparison of pairs; skips where node, npm or the registry is missing."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed: npm's own comparison cannot be asked")
    folder = pytestconfig.cache.mkdir("node-semver")
    with _locked(folder):
        if not (folder / "done").exists():
            command = [npm, "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run([*command, NODE_SEMVER], capture_output=True, text=True, timeout=180, check=False)
            if done.returncode:
                pytest.skip(f"{NODE_SEMVER} could not be fetched (no package registry?): {done.stderr.strip()[-200:]}")
            (folder / "done").touch()
    script = (
        "const s = require('semver'), pairs = JSON.parse(require('fs').readFileSync(0));"
        "console.log(JSON.stringify(pairs.map(([a, b]) => s.valid(a) && s.valid(b) ? s.compare(a, b) : null)))"
    )

    def compare(pairs: list[tuple[str, str]]) -> list[int]:
        done = subprocess.run(
            [node, "-e", script], input=json.dumps(pairs), capture_output=True, text=True, cwd=folder, check=True
        )
        answer: list[int] = json.loads(done.stdout)
        return answer

    return compare


def archive_members(name: str, suffix: str) -> Iterator[bytes]:
    """The files of one of the real data sets; skips where it is absent."""
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"{path} is absent: the real records cannot be read")
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and member.name.endswith(suffix):
                file = archive.extractfile(member)
                assert file is not None
                yield file.read()


@pytest.fixture(scope="session")
def go_records() -> list[dict[str, Any]]:
    """The Go vulnerability database."""
    return _osv(archive_members("go-vulndb.tar.xz", ".json"))


@pytest.fixture(scope="session")
def pypi_records() -> list[dict[str, Any]]:
    """The PyPA advisory database."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = (yaml.load(data, Loader=loader) for data in archive_members("pypa.tar.xz", ".yaml"))  # noqa: S506 - safe loader
    return [record for record in found if "affected" in record]


@pytest.fixture(scope="session")
def rust_records() -> list[dict[str, Any]]:
    """The RustSec database."""
    return _osv(archive_members("rustsec.tar.xz", ".json"))


def _osv(found: Iterator[bytes]) -> list[dict[str, Any]]:
    records = (json.loads(data) for data in found)
    return [record for record in records if isinstance(record, dict) and "affected" in record]
