"""A folder's inventories: every lock file by its name, none twice, nothing outside, and the rest where one is broken."""

import os
from pathlib import Path

import pytest

from seawall.clearinghouse.matching import folders
from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.interface import FORMATS, Sbom, parser

REQUIREMENT = b"jinja2==3.1.2\n"
CARGO = b'version = 3\n[[package]]\nname = "serde"\nversion = "1.0.1"\nsource = "sparse+https://index.crates.io/"\n'


class Said(list[tuple[str, str]]):
    def __call__(self, where: str, why: str) -> None:
        self.append((where, why))


def read(root: Path) -> tuple[dict[str, Sbom], Said]:
    said = Said()
    found = list(folders.read_folder(root, report=said))
    assert len({where for where, _ in found}) == len(found)
    return dict(found), said


def put(root: Path, name: str, data: bytes) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


NAMES = {
    "bom.json": "cyclonedx",
    "a/app.cdx.json": "cyclonedx",
    "app.cdx.xml": "cyclonedx",
    "app.spdx.json": "spdx",
    "app.spdx": "spdx",
    "app.spdx.yaml": "spdx",
    "app.spdx.yml": "spdx",
    "app.spdx.jsonld": "spdx",
    "app.spdx.json-ld": "spdx",
    "app.spdx3.json": "spdx",
    ".github/workflows/ci.yml": "actions",
    "sub/.github/workflows/release.yaml": "actions",
    "action.yml": "actions",
    "docs/action.yaml": "actions",
    "bun.lock": "bun",
    "Cargo.lock": "cargo",
    "composer.lock": "composer",
    "conan.lock": "conan",
    "Gemfile.lock": "gemfile",
    "gems.locked": "gemfile",
    "go.mod": "gomod",
    "go.sum": "gosum",
    "gradle.lockfile": "gradle",
    "app/buildscript-gradle.lockfile": "gradle",
    "settings-gradle.lockfile": "gradle",
    "gradle/dependency-locks/compileClasspath.lockfile": "gradle",
    "gradle/verification-metadata.xml": "gradle_verification",
    "mix.lock": "mix",
    "package-lock.json": "npm",
    "npm-shrinkwrap.json": "npm",
    "packages.config": "nuget_config",
    "App/packages.App.config": "nuget_config",
    "out/App.deps.json": "nuget_deps",
    "packages.lock.json": "nuget_lock",
    "packages.App.lock.json": "nuget_lock",
    "Directory.Packages.props": "nuget_props",
    "pdm.lock": "pdm",
    "pdm.dev.lock": "pdm",
    "Pipfile.lock": "pipfile",
    "pnpm-lock.yaml": "pnpm",
    "poetry.lock": "poetry",
    "a/b/pom.xml": "pom",
    "pubspec.lock": "pubspec",
    "pylock.toml": "pylock",
    "pylock.dev.toml": "pylock",
    "requirements.txt": "requirements",
    "requirements-dev.txt": "requirements",
    "dev-requirements.txt": "requirements",
    "requirements/base.txt": "requirements",
    "App.xcworkspace/xcshareddata/swiftpm/Package.resolved": "swift",
    "uv.lock": "uv",
    "script.py.lock": "uv",
    "yarn.lock": "yarn",
}
NOBODYS = [
    "package.json",
    "pyproject.toml",
    "Cargo.toml",
    "Gemfile",
    "pnpm-workspace.yaml",
    "notes.txt",
    "README.md",
    "ci.yml",
    "workflows/ci.yml",
    "web.config",
    "app.json",
    "my-package-lock.json.bak",
    "pylock.a.b.toml",
    "flake.lock",
    "other.lockfile",
    "bun.lockb",
    "build.xml",
]


@pytest.mark.parametrize(("path", "name"), list(NAMES.items()))
def test_each_name_belongs_to_one_format_and_is_found(path: str, name: str) -> None:
    assert [other for other in FORMATS if parser(other).claims(path)] == [name]
    assert folders.format_of(path) == name


@pytest.mark.parametrize("path", NOBODYS)
def test_other_names_belong_to_nobody(path: str) -> None:
    assert folders.format_of(path) is None
    assert not [name for name in FORMATS if parser(name).claims(path)]


def test_the_table_of_names_has_every_format() -> None:
    assert set(NAMES.values()) == set(FORMATS)


def test_files_are_found_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for name in ("b/requirements.txt", "a/z/Cargo.lock", "a/requirements.txt", "requirements.txt"):
        put(tmp_path, name, CARGO if name.endswith("Cargo.lock") else REQUIREMENT)
    found, said = read(tmp_path)
    assert list(found) == ["requirements.txt", "a/requirements.txt", "a/z/Cargo.lock", "b/requirements.txt"]
    assert [item.listings[0].package for item in found.values()] == ["jinja2", "jinja2", "serde", "jinja2"]
    assert said == []


@pytest.mark.parametrize(
    ("folder", "mark"),
    [
        ("node_modules/left", None),
        (".git/hooks", None),
        (".venv", None),
        ("env", "env/pyvenv.cfg"),
        ("conda", "conda/conda-meta/history"),
        ("target", "target/CACHEDIR.TAG"),
        ("lib/python3.11/site-packages/x", None),
        ("vendor/github.com/a/b", "vendor/modules.txt"),
        ("vendor/tide/left", "vendor/autoload.php"),
        ("vendor/bundle/ruby/3.2.0/gems/x-1.0", None),
        ("vendor/serde", "vendor/serde/.cargo-checksum.json"),
        ("deps/cowboy", "mix.exs"),
        (".build/checkouts/x", None),
    ],
)
def test_what_is_installed_or_fetched_is_passed_over(tmp_path: Path, folder: str, mark: str | None) -> None:
    put(tmp_path, f"{folder}/requirements.txt", REQUIREMENT)
    put(tmp_path, "requirements.txt", REQUIREMENT)
    if mark is not None:
        put(tmp_path, mark, b"")
    assert list(read(tmp_path)[0]) == ["requirements.txt"]


@pytest.mark.parametrize("folder", ["vendor/ours", "deps", "env", "target", "packages/web"])
def test_peoples_own_folders_of_such_names_are_read(tmp_path: Path, folder: str) -> None:
    put(tmp_path, f"{folder}/requirements.txt", REQUIREMENT)
    assert list(read(tmp_path)[0]) == [f"{folder}/requirements.txt"]


def test_a_folder_that_is_named_itself_is_read_whatever_its_name(tmp_path: Path) -> None:
    put(tmp_path, "node_modules/left/package-lock.json", b'{"lockfileVersion": 3, "packages": {}}')
    assert list(read(tmp_path / "node_modules" / "left")[0]) == ["package-lock.json"]
    assert list(read(tmp_path / "node_modules")[0]) == ["left/package-lock.json"]


def test_broken_files_are_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    put(tmp_path, "a/Cargo.lock", b"[[[")
    put(tmp_path, "b/package-lock.json", b'{"lockfileVersion": 99}')
    put(tmp_path, "c/yarn.lock", b"\xff\xff")
    put(tmp_path, "d/requirements.txt", REQUIREMENT)
    put(tmp_path, "e/pom.xml", b'<!DOCTYPE a [<!ENTITY a "b">]><project>&a;</project>')
    put(tmp_path, "f/pnpm-lock.yaml", b"[" * 100_000)
    found, said = read(tmp_path)
    assert list(found) == ["d/requirements.txt"]
    assert [where for where, _ in said] == [
        "a/Cargo.lock",
        "b/package-lock.json",
        "c/yarn.lock",
        "e/pom.xml",
        "f/pnpm-lock.yaml",
    ]
    assert "Not TOML" in said[0][1]
    assert "lockfileVersion 99 is not read" in said[1][1]
    assert "not UTF-8" in said[2][1]


def test_links_are_not_followed_and_said(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    inside = tmp_path / "inside"
    put(outside, "requirements.txt", REQUIREMENT)
    inside.mkdir()
    (inside / "requirements.txt").symlink_to(outside / "requirements.txt")
    (inside / "folder").symlink_to(outside)
    (inside / "again").symlink_to(inside)
    found, said = read(inside)
    assert found == {}
    assert said == [("requirements.txt", "It is a symbolic link and is not followed.")]


def test_a_link_to_the_folder_itself_is_the_folder(tmp_path: Path) -> None:
    put(tmp_path, "real/requirements.txt", REQUIREMENT)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert list(read(tmp_path / "link")[0]) == ["requirements.txt"]


def test_pipes_and_folders_of_such_names_hold_nothing_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "Cargo.lock")
    put(tmp_path, "uv.lock/requirements.txt", REQUIREMENT)
    found, said = read(tmp_path)
    assert list(found) == ["uv.lock/requirements.txt"]
    assert said == [("Cargo.lock", "It is no ordinary file. Remove it, or give its content as a file.")]


def test_files_over_the_limit_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "BYTES_MAX", 10)
    put(tmp_path, "requirements.txt", REQUIREMENT)
    found, said = read(tmp_path)
    assert found == {}
    assert [where for where, _ in said] == ["requirements.txt"]


def test_depth_and_number_are_bounded_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "DEPTH_MAX", 2)
    put(tmp_path, "a/b/requirements.txt", REQUIREMENT)
    put(tmp_path, "a/b/c/requirements.txt", REQUIREMENT)
    put(tmp_path, "z/requirements.txt", REQUIREMENT)
    found, said = read(tmp_path)
    assert list(found) == ["a/b/requirements.txt", "z/requirements.txt"]
    assert said == [("a/b", "Folders over 2 levels deep are not read.")]
    monkeypatch.setattr(folders, "DOCUMENTS_MAX", 1)
    found, said = read(tmp_path)
    assert list(found) == ["a/b/requirements.txt"]
    assert "Over 1 inventories" in said[-1][1]
    monkeypatch.setattr(folders, "ENTRIES_MAX", 2)
    found, said = read(tmp_path)
    assert found == {}
    assert "Over 2 files" in said[-1][1]


def test_names_that_are_no_text_are_shown_as_such(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/\xff\xfe"
    Path(os.fsdecode(folder)).mkdir()
    Path(os.fsdecode(folder), "requirements.txt").write_bytes(REQUIREMENT)
    found, _ = read(tmp_path)
    assert [where.encode() for where in found] == [b"??/requirements.txt"]


def test_neighbors_are_read_inside_of_the_folder_only(tmp_path: Path) -> None:
    parent = b"<project><groupId>g</groupId><artifactId>p</artifactId><version>1</version><properties><v>2.0</v></properties></project>"
    child = (
        b"<project><parent><groupId>g</groupId><artifactId>p</artifactId><version>1</version></parent><artifactId>c</artifactId>"
        b"<dependencies><dependency><groupId>d</groupId><artifactId>e</artifactId><version>${v}</version></dependency></dependencies></project>"
    )
    put(tmp_path, "pom.xml", parent)
    put(tmp_path, "tree/app/pom.xml", child)
    put(tmp_path, "tree/pom.xml", parent)
    found, _ = read(tmp_path)
    assert found["tree/app/pom.xml"].listings[0].version == "2.0"
    found, _ = read(tmp_path / "tree" / "app")
    assert found["pom.xml"].listings[0].version == ""
    (tmp_path / "tree" / "pom.xml").unlink()
    (tmp_path / "tree" / "pom.xml").symlink_to(tmp_path / "pom.xml")
    found, said = read(tmp_path / "tree")
    assert found["app/pom.xml"].listings[0].version == ""
    assert [where for where, _ in said] == ["pom.xml"]


def test_a_sum_beside_a_complete_module_file_adds_nothing(tmp_path: Path) -> None:
    put(tmp_path, "go.mod", b"module m\ngo 1.22\nrequire a.example/b v1.0.0\n")
    put(tmp_path, "go.sum", b"a.example/b v1.0.0 h1:00=\na.example/b v0.9.0 h1:00=\n")
    found, _ = read(tmp_path)
    assert [item.name for item in found["go.mod"].listings] == ["stdlib", "a.example/b"]
    assert found["go.sum"].listings == ()


def test_one_file_is_read_with_its_neighbors(tmp_path: Path) -> None:
    put(tmp_path, "package.json", b'{"name": "app", "devDependencies": {"a": "^1"}}')
    put(tmp_path, "yarn.lock", b'# yarn lockfile v1\n\na@^1:\n  version "1.0.0"\n')
    (listing,) = folders.read_file(tmp_path / "yarn.lock").listings
    assert (listing.scope, listing.path) == ("dev", ("app", "a 1.0.0"))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "yarn.lock").symlink_to(tmp_path / "yarn.lock")
    assert folders.read_file(tmp_path / "elsewhere" / "yarn.lock").listings[0].name == "a"
    with pytest.raises(NotAnInventory, match="No format is known by the name"):
        folders.read_file(tmp_path / "package.json")


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "file", b"")
    for path in (tmp_path / "file", tmp_path / "nothing"):
        with pytest.raises(NotAnInventory, match="is no folder"):
            list(folders.read_folder(path, report=Said()))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_folders_that_may_not_be_listed_are_reported(tmp_path: Path) -> None:
    put(tmp_path, "closed/requirements.txt", REQUIREMENT)
    put(tmp_path, "open/requirements.txt", REQUIREMENT)
    (tmp_path / "closed").chmod(0)
    try:
        found, said = read(tmp_path)
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert list(found) == ["open/requirements.txt"]
    assert said == [("closed", "The folder cannot be listed: Permission denied.")]
