"""Debian packages and sources come through apt from the suites that are named, at the version that is named, or are refused."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from seawall.clearinghouse.validation.errors import Infrastructure, TargetError
from seawall.clearinghouse.validation.sandboxes.interface import Provider
from seawall.clearinghouse.validation.targets import debian, sources
from seawall.clearinghouse.validation.types import Verdict

from .conftest import Judge, tarred
from .native import FIXED, FLAWED, packaged

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(
        shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None, reason="this is no Debian: there is no apt"
    ),
]

Publish = Callable[..., None]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def publish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Publish:
    """``publish(version, text)`` puts a package, and sources, of ``gate`` into a repository of the test's own."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv(
        debian.SOURCES_ENV, f"deb [trusted=yes] file:{folder} ./\ndeb-src [trusted=yes] file:{folder} ./"
    )

    def put(version: str, text: str, *, sha256: str = "") -> None:
        tree = tmp_path / "data" / f"tree-{version}"
        place = tree / "usr/share/gate/src"
        place.mkdir(parents=True)
        (place / "gate.c").write_text(text)
        (place / "passwd").symlink_to("/etc/passwd")
        (tree / "DEBIAN").mkdir()
        control = (
            f"Package: gate\nVersion: {version}\nArchitecture: all\nMaintainer: Pier <p@example.org>\nDescription: x\n"
        )
        (tree / "DEBIAN/control").write_text(control)
        (tree / "DEBIAN/postinst").write_text("#!/bin/sh\ntouch /run-by-install\n")
        (tree / "DEBIAN/postinst").chmod(0o755)
        file = folder / f"gate_{version}_all.deb"
        subprocess.run(["dpkg-deb", "-b", "-Zgzip", str(tree), str(file)], check=True, stdout=subprocess.DEVNULL)
        shutil.rmtree(tree)
        with (folder / "Packages").open("a") as index:
            index.write(
                f"{control}Filename: ./{file.name}\nSize: {file.stat().st_size}\nSHA256: {sha256 or digest(file)}\n\n"
            )
        original = folder / f"gate_{version}.tar.gz"
        original.write_bytes(tarred({f"gate-{version}/gate.c": text.encode()}))
        line = f" {digest(original)} {original.stat().st_size} {original.name}\n"
        md5 = f" {hashlib.md5(original.read_bytes()).hexdigest()} {original.stat().st_size} {original.name}\n"  # noqa: S324 - dsc has it
        head = f"Format: 1.0\nBinary: gate\nArchitecture: all\nVersion: {version}\nMaintainer: Pier <p@example.org>\n"
        described = folder / f"gate_{version}.dsc"
        described.write_text(f"Source: gate\n{head}Checksums-Sha256:\n{line}Files:\n{md5}")
        with (folder / "Sources").open("a") as index:
            own = f" {digest(described)} {described.stat().st_size} {described.name}\n"
            index.write(f"Package: gate\n{head}Directory: .\nChecksums-Sha256:\n{own}{line}\n")
        lists = "".join(
            f" {digest(folder / name)} {(folder / name).stat().st_size} {name}\n" for name in ("Packages", "Sources")
        )
        (folder / "Release").write_text(f"Suite: test\nDate: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n{lists}")

    return put


@pytest.mark.parametrize(("package", "pattern"), [("gate", "usr/share/gate/src/*.c"), ("gate?arch=source", "*.c")])
def test_a_package_and_a_source_package_are_compiled(
    publish: Publish, judge: Judge, tmp_path: Path, package: str, pattern: str
) -> None:
    publish("1.0-1", FLAWED)
    publish("1.0-1+deb12u1", FIXED)
    proof = packaged(
        f"pkg:deb/debian/{package}", build=f'sources = ["{pattern}"]', vulnerable="1.0-1", fixed="1.0-1+deb12u1"
    )
    result = judge(proof, cache=tmp_path / "data" / "cache")
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons, result.runs)
    file = result.target["fixed"]["file"]
    assert file == ("gate_1.0-1+deb12u1.dsc" if "source" in package else "gate_1.0-1+deb12u1_all.deb")
    assert result.target["fixed"]["sha256"] == digest(tmp_path / "data" / file)
    assert not Path("/run-by-install").exists()


def test_what_is_not_there_or_not_what_was_signed_is_refused(
    publish: Publish, bubblewrap: Provider, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    publish("1.0-1", FLAWED)
    publish("1.0-2", FLAWED, sha256="0" * 64)
    for version in ("1.0-2", "9"):
        with pytest.raises(TargetError, match="cannot be had"):
            sources.packaged(cache, bubblewrap, "deb", "gate", version)
    found = sources.packaged(cache, bubblewrap, "deb", "gate", "1.0-1")
    assert found.find(("**/*",)) == ["usr/share/gate/src/gate.c"]


def test_a_new_version_is_found_though_the_lists_are_fresh(
    publish: Publish, bubblewrap: Provider, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    publish("1.0-1", FLAWED)
    sources.packaged(cache, bubblewrap, "deb", "gate", "1.0-1")
    publish("1.0-2", FIXED)
    assert sources.packaged(cache, bubblewrap, "deb", "gate", "1.0-2").facts["file"] == "gate_1.0-2_all.deb"


def test_a_repository_out_of_reach_is_ours(
    bubblewrap: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(debian.SOURCES_ENV, f"deb [trusted=yes] file:{tmp_path}/nowhere ./")
    with pytest.raises(Infrastructure, match="could not be fetched"):
        sources.packaged(tmp_path / "cache", bubblewrap, "deb", "gate", "1")
