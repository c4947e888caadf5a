"""Lock files that the real clients make, against the same clients' own listings of them."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from seawall.clearinghouse.matching import folders
from seawall.clearinghouse.matching.formats.interface import Sbom

DATA = Path(__file__).parents[4] / "shared" / "data"
Packages = set[tuple[str, str]]

NPM_PROJECT = {
    "name": "harbor",
    "version": "1.0.0",
    "private": True,
    "dependencies": {"express": "4.18.2", "string-width-cjs": "npm:string-width@^4.2.0", "@babel/code-frame": "7.22.5"},
    "devDependencies": {"glob": "8.1.0"},
}
"""Scoped, aliased and nested packages, and what only development needs."""

PYTHON_PROJECT = """
[project]
name = "harbor"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["flask==3.0.0", "requests[socks]==2.31.0"]
[project.optional-dependencies]
charts = ["pillow"]
[dependency-groups]
dev = ["pytest"]
"""

pytestmark = [pytest.mark.long, pytest.mark.registry]


def run(*command: str, cwd: Path, check: bool = True) -> str:
    quiet = {
        "COREPACK_ENABLE_STRICT": "0",
        "YARN_ENABLE_TELEMETRY": "0",
        "YARN_ENABLE_IMMUTABLE_INSTALLS": "0",
        "CI": "",
    }
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False, env={**os.environ, **quiet}
    )
    if check and done.returncode:
        pytest.skip(
            f"{command[0]} did not answer (no package registry?): {(done.stderr or done.stdout).strip()[-300:]}"
        )
    return done.stdout


def listed(found: Sbom) -> Packages:
    assert not [listing for listing in found.listings if listing.why_not]
    assert all(listing.path[0] == found.subject for listing in found.listings)
    return {(listing.name, listing.version) for listing in found.listings}


def for_development(found: Sbom) -> Packages:
    return {(listing.name, listing.version) for listing in found.listings if listing.scope == "dev"}


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Other package managers of JavaScript, from the registry; their folder."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed: their lock files cannot be made")
    folder = tmp_path_factory.mktemp("clients")
    (folder / "package.json").write_text("{}")
    wanted = [
        "yarn@1",
        "@yarnpkg/cli-dist@4",
        "pnpm@9",
        "pnpm8@npm:pnpm@8",
        "pnpm7@npm:pnpm@7",
        "@oven/bun-linux-x64@1.2",
    ]
    run(npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", *wanted, cwd=folder)
    return folder / "node_modules"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "package.json").write_text(json.dumps(NPM_PROJECT))
    return tmp_path


@pytest.mark.parametrize("version", [1, 2, 3])
def test_npm(clients: Path, project: Path, version: int) -> None:
    assert clients.is_dir()
    flags = ["--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund", f"--lockfile-version={version}"]
    run("npm", "install", *flags, cwd=project)
    lock = project / "package-lock.json"
    assert json.loads(lock.read_text())["lockfileVersion"] == version
    nodes = [
        node for node in json.loads(run("npm", "query", "*", "--package-lock-only", cwd=project)) if node["location"]
    ]
    found = folders.read_file(lock)
    assert listed(found) == {(node["name"], node["version"]) for node in nodes}
    # What stands in several places counts as the one that matters most.
    needed = {(node["name"], node["version"]) for node in nodes if not node["dev"]}
    assert for_development(found) == listed(found) - needed


def test_yarn_classic(clients: Path, project: Path) -> None:
    yarn = str(clients / "yarn" / "bin" / "yarn.js")
    run("node", yarn, "install", "--ignore-scripts", "--non-interactive", "--no-progress", cwd=project)
    found = folders.read_file(project / "yarn.lock")
    assert listed(found) == installed_below(project)
    assert "glob" in {name for name, _ in for_development(found)}


def installed_below(project: Path) -> Packages:
    """What lies in node_modules, by each package's own package.json."""
    found = set()
    for path in project.glob("**/node_modules/**/package.json"):
        inner = path.parent.as_posix().rpartition("/node_modules/")[2]
        if inner.count("/") != inner.startswith("@"):
            continue  # a package.json deeper inside of a package
        about = json.loads(path.read_text())
        if "name" in about and "version" in about:
            found.add((about["name"], about["version"]))
    return found


def test_yarn_berry(clients: Path, project: Path) -> None:
    yarn = str(clients / "@yarnpkg" / "cli-dist" / "bin" / "yarn.js")
    (project / "yarn.lock").touch()
    run("node", yarn, "install", "--mode=update-lockfile", cwd=project)
    theirs = set()
    for line in run("node", yarn, "info", "--all", "--recursive", "--json", cwd=project).splitlines():
        value = json.loads(line)["value"]
        name, _, version = value.rpartition("@npm:")
        if name:
            theirs.add((name, version))
    found = folders.read_file(project / "yarn.lock")
    assert len(theirs) > 50
    assert listed(found) == theirs
    assert "glob" in {name for name, _ in for_development(found)}


@pytest.mark.parametrize(("package", "version"), [("pnpm", "9.0"), ("pnpm8", "6."), ("pnpm7", "5.")])
def test_pnpm(clients: Path, project: Path, package: str, version: str) -> None:
    pnpm = str(clients / package / "bin" / "pnpm.cjs")
    run("node", pnpm, "install", "--ignore-scripts", "--store-dir", str(project / ".pnpm-store"), cwd=project)
    lock = project / "pnpm-lock.yaml"
    assert re.search(rf"lockfileVersion: '?{re.escape(version)}", lock.read_text())
    found = folders.read_file(lock)
    assert listed(found) == set(
        pnpm_tree(json.loads(run("node", pnpm, "list", "--depth", "100", "--json", cwd=project))[0])
    )
    assert "glob" in {name for name, _ in for_development(found)}
    assert "express" not in {name for name, _ in for_development(found)}


def pnpm_tree(root: dict[str, Any]) -> Iterator[tuple[str, str]]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        for table in ("dependencies", "devDependencies", "optionalDependencies"):
            for inner in node.get(table, {}).values():
                yield inner["from"], inner["version"]
                waiting.append(inner)


def test_bun(clients: Path, project: Path) -> None:
    bun = clients / "@oven" / "bun-linux-x64" / "bin" / "bun"
    bun.chmod(0o755)
    run(str(bun), "install", "--ignore-scripts", cwd=project)
    found = folders.read_file(project / "bun.lock")
    assert listed(found) == installed_below(project)
    assert "glob" in {name for name, _ in for_development(found)}


@pytest.fixture
def python_project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(PYTHON_PROJECT)
    run(uv(), "lock", cwd=tmp_path)
    return tmp_path


def uv() -> str:
    return str(Path(sys.executable).with_name("uv"))


def test_uv(python_project: Path) -> None:
    found = folders.read_file(python_project / "uv.lock")
    everything = run(
        uv(), "export", "--no-hashes", "--all-extras", "--all-groups", "--no-emit-project", cwd=python_project
    )
    runtime = run(uv(), "export", "--no-hashes", "--no-dev", "--no-emit-project", cwd=python_project)
    without_groups = run(
        uv(), "export", "--no-hashes", "--all-extras", "--no-dev", "--no-emit-project", cwd=python_project
    )
    assert listed(found) == pins(everything)
    assert for_development(found) == pins(everything) - pins(without_groups)
    by_scope = {(listing.name, listing.version) for listing in found.listings if not listing.scope}
    assert by_scope == pins(runtime)


def pins(text: str) -> Packages:
    return {(match[1], match[2]) for match in re.finditer(r"(?m)^([\w.-]+)(?:\[[^\]]*\])?==([^\s;]+)", text)}


@pytest.mark.parametrize("form", ["requirements.txt", "pylock.toml"])
def test_what_uv_exports(python_project: Path, form: str) -> None:
    run(
        uv(),
        "export",
        "--all-extras",
        "--all-groups",
        "--no-emit-project",
        "-o",
        form,
        "--format",
        form,
        cwd=python_project,
    )
    theirs = run(uv(), "export", "--no-hashes", "--all-extras", "--all-groups", "--no-emit-project", cwd=python_project)
    found = folders.read_file(python_project / form)
    assert {(listing.name, listing.version) for listing in found.listings} == pins(theirs)
    assert all(listing.key for listing in found.listings)


def test_pip_freeze(tmp_path: Path) -> None:
    frozen = run(uv(), "pip", "freeze", "--python", sys.executable, cwd=tmp_path)
    (tmp_path / "requirements.txt").write_text(frozen)
    theirs = json.loads(run(uv(), "pip", "list", "--python", sys.executable, "--format", "json", cwd=tmp_path))
    found = folders.read_file(tmp_path / "requirements.txt")
    assert {(listing.name, listing.version) for listing in found.listings if listing.key} == {
        (item["name"], item["version"]) for item in theirs if "editable_project_location" not in item
    }


def test_cargo(tmp_path: Path) -> None:
    """Without a registry: two crates of a vendored one, which Cargo locks as crates.io's."""
    if shutil.which("cargo") is None:
        pytest.skip("cargo is not installed: its lock files cannot be made")
    crates = {"rope": ("1.5.0", ""), "dock": ("0.3.1", '[dependencies]\nrope = "1"\n')}
    for name, (version, needs) in crates.items():
        folder = tmp_path / "vendored" / name
        (folder / "src").mkdir(parents=True)
        (folder / "src" / "lib.rs").touch()
        (folder / "Cargo.toml").write_text(
            f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2018"\n{needs}'
        )
        (folder / ".cargo-checksum.json").write_text('{"files": {}, "package": "' + "00" * 32 + '"}')
    (tmp_path / ".cargo").mkdir()
    (tmp_path / ".cargo" / "config.toml").write_text(
        '[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "vendored"\n'
    )
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.rs").write_text("fn main() {}")
    (tmp_path / "Cargo.toml").write_text(
        '[package]\nname = "harbor"\nversion = "0.1.0"\nedition = "2018"\n[dependencies]\ndock = "0.3"\n'
    )
    run("cargo", "generate-lockfile", "--offline", cwd=tmp_path)
    theirs = json.loads(run("cargo", "metadata", "--offline", "--format-version", "1", cwd=tmp_path))["packages"]
    found = folders.read_file(tmp_path / "Cargo.lock")
    assert listed(found) == {(item["name"], item["version"]) for item in theirs if item["source"]}
    assert listed(found) == {("rope", "1.5.0"), ("dock", "0.3.1")}
    assert {listing.path for listing in found.listings} == {
        ("harbor 0.1.0", "dock 0.3.1"),
        ("harbor 0.1.0", "dock 0.3.1", "rope 1.5.0"),
    }


@pytest.mark.parametrize(
    ("archive", "member", "name", "count"),
    [
        ("oss-fuzz-vulns.tar.xz", "infra/poetry.lock", "poetry", 48),
        ("rubysec.tar.xz", "Pipfile.lock", "pipfile", 5),
    ],
)
def test_real_files(archive: str, member: str, name: str, count: int) -> None:
    path = DATA / archive
    if not path.is_file():
        pytest.skip(f"{path} is absent: the real lock files cannot be read")
    with tarfile.open(path) as opened:
        found = next(item for item in opened if item.name.endswith(f"/{member}") or item.name == member)
        file = opened.extractfile(found)
        assert file is not None
        data = file.read()
    parser: Any = import_module(f"seawall.clearinghouse.matching.formats.{name}.parser")
    listings = parser.parse(data).listings
    assert len(listings) == count
    assert all(listing.key for listing in listings)
