"""Sources of a registry's package at a version are fetched with digests, unpacked in the sandbox and compiled; lies are refused."""

import hashlib
import io
import re
import shutil
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from seawall.clearinghouse.validation import manifests
from seawall.clearinghouse.validation.errors import BundleError, TargetError
from seawall.clearinghouse.validation.sandboxes.interface import Provider, RunLimits
from seawall.clearinghouse.validation.targets import native, sources
from seawall.clearinghouse.validation.types import Verdict

from .conftest import Judge, tarred, zipped
from .native import FIXED, FLAWED, packaged

pytestmark = pytest.mark.sandbox


def publish(
    index: Path, version: str, members: Mapping[str, bytes], *, sha256: str = "", ending: str = "tar.gz"
) -> Path:
    """Put an sdist of ``gate`` on the index, with a digest of its own or of somebody else's."""
    folder = index / "gate"
    folder.mkdir(exist_ok=True)
    named = {f"gate-{version}/{name}": content for name, content in members.items()}
    file = folder / f"gate-{version}.{ending}"
    file.write_bytes(zipped(named) if ending == "zip" else tarred(named))
    return listed(file, sha256)


def listed(file: Path, sha256: str = "") -> Path:
    page = file.parent / "index.html"
    before = page.read_text() if page.exists() else "<!DOCTYPE html>"
    digest = sha256 or hashlib.sha256(file.read_bytes()).hexdigest()
    page.write_text(f'{before}<a href="{file.name}#sha256={digest}">{file.name}</a>')
    return file


@pytest.fixture
def gates(registry: Path) -> Path:
    """The index, with no release of ``gate`` yet."""
    shutil.rmtree(registry / "gate", ignore_errors=True)
    return registry


def source(text: str) -> dict[str, bytes]:
    return {"src/gate.c": text.encode(), "setup.py": b"raise SystemExit('run')", "src/shell.c": b"int main(void) {}"}


BUILD = 'sources = ["src/g*.c"]'


def test_both_versions_of_an_sdist_are_compiled(gates: Path, judge: Judge, tmp_path: Path) -> None:
    made = publish(gates, "1.0", source(FLAWED))
    publish(gates, "1.1", source(FIXED), ending="zip")
    result = judge(packaged(build=BUILD), cache=tmp_path / "data")
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons, result.runs)
    flawed = result.target["vulnerable"]
    assert flawed["file"] == "gate-1.0.tar.gz"
    assert flawed["sha256"] == hashlib.sha256(made.read_bytes()).hexdigest()
    assert result.target["fixed"]["file"] == "gate-1.1.zip"
    # What was fetched and built is in the cache: without the registry it runs again.
    shutil.rmtree(gates / "gate")
    assert judge(packaged(build=BUILD), cache=tmp_path / "data").verdict is Verdict.CONFIRMED


def test_an_archive_inside_a_package_is_found_by_its_pattern(gates: Path, judge: Judge, tmp_path: Path) -> None:
    for version, text in (("1.0", FLAWED), ("1.1", FIXED)):
        inner = tarred({f"gate-lib-{version}/gate.c": text.encode()})
        publish(gates, version, {f"deps/gate-lib-{version}.tar.gz": inner, "deps/other.tar.gz": inner})
    build = 'archive = "deps/gate-lib-*.tar.gz"\nsources = ["gate.c"]'
    result = judge(packaged(build=build), cache=tmp_path / "data")
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons)
    assert result.target["fixed"]["archive"] == "deps/gate-lib-1.1.tar.gz"
    assert result.target["fixed"]["digest"].startswith("sha256:")
    both = judge(packaged(build=build.replace("gate-lib-*", "*")), cache=tmp_path / "data")
    assert (both.verdict, "finds 2 files" in both.summary) == (Verdict.ERRORED, True)


def test_a_file_that_is_not_what_its_registry_names_is_errored(gates: Path, judge: Judge, tmp_path: Path) -> None:
    publish(gates, "1.0", source(FLAWED), sha256="0" * 64)
    result = judge(packaged(build=BUILD), cache=tmp_path / "data")
    assert result.verdict is Verdict.ERRORED
    assert "does not have the sha256 digest" in result.summary


@pytest.mark.parametrize("href", ["https://pier.example/gate-1.0.tar.gz", "file:///etc/gate-1.0.tar.gz"])
def test_an_index_does_not_lead_to_another_kind_of_address(
    gates: Path, judge: Judge, tmp_path: Path, href: str
) -> None:
    (gates / "gate").mkdir()
    (gates / "gate" / "index.html").write_text(f'<a href="{href}">gate-1.0.tar.gz</a>')
    result = judge(packaged(build=BUILD), cache=tmp_path / "data")
    assert result.verdict is Verdict.ERRORED, result.summary


def test_a_version_that_is_not_there_is_errored(gates: Path, judge: Judge, tmp_path: Path) -> None:
    publish(gates, "1.0", source(FLAWED))
    result = judge(packaged(build=BUILD), cache=tmp_path / "data")
    assert result.verdict is Verdict.ERRORED
    assert "gate 1.1 has no sdist" in result.summary


def raw_tar(*infos: tuple[tarfile.TarInfo, bytes]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for info, content in infos:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, to: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    return info


def zeros(count: int) -> bytes:
    """An archive of one file that is ``count`` MiB of nothing."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz", compresslevel=1) as archive:
        info = tarfile.TarInfo("gate-1.0/zeros")
        info.size = count << 20
        with Path("/dev/zero").open("rb") as nothing:
            archive.addfile(info, nothing)
    return data.getvalue()


HOSTILE = {
    "steps out": (raw_tar((member("gate-1.0/../../etc/x"), b"x")), "does not stay inside"),
    "is absolute": (raw_tar((member("/etc/x"), b"x")), "does not stay inside"),
    "has a name twice": (raw_tar((member("a"), b"x"), (member("a"), b"y")), "two members"),
    "is empty": (raw_tar(), "it is empty"),
    "is cut off": (tarred({"gate.c": FLAWED.encode() * 99})[:200], "Error"),
    "is no archive": (b"gate", "ReadError"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_archive_that_is_not_plain_is_refused(name: str, gates: Path, bubblewrap: Provider, tmp_path: Path) -> None:
    made, said = HOSTILE[name]
    (gates / "gate").mkdir()
    (gates / "gate" / "gate-1.0.tar.gz").write_bytes(made)
    listed(gates / "gate" / "gate-1.0.tar.gz")
    with pytest.raises(TargetError, match=said):
        sources.packaged(tmp_path / "cache", bubblewrap, "pypi", "gate", "1.0")


@pytest.mark.long
def test_an_archive_of_too_many_members_is_refused(gates: Path, bubblewrap: Provider, tmp_path: Path) -> None:
    (gates / "gate").mkdir()
    (gates / "gate" / "gate-1.0.tar.gz").write_bytes(tarred({f"{number}/x": b"" for number in range(60_001)}))
    listed(gates / "gate" / "gate-1.0.tar.gz")
    with pytest.raises(TargetError, match="more than 60000 members"):
        sources.packaged(tmp_path / "cache", bubblewrap, "pypi", "gate", "1.0")


@pytest.mark.long
def test_a_bomb_ends_at_the_sandboxs_limit(gates: Path, bubblewrap: Provider, tmp_path: Path) -> None:
    (gates / "gate").mkdir()
    (gates / "gate" / "gate-1.0.tar.gz").write_bytes(zeros(1500))
    listed(gates / "gate" / "gate-1.0.tar.gz")
    with pytest.raises(TargetError, match=r"disk limit|File too large"):
        sources.packaged(tmp_path / "cache", bubblewrap, "pypi", "gate", "1.0")
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 100 << 20


def test_links_are_left_out(gates: Path, bubblewrap: Provider, tmp_path: Path) -> None:
    (gates / "gate").mkdir()
    (gates / "gate" / "gate-1.0.tar.gz").write_bytes(
        raw_tar(
            (member("a/gate.c"), b"int gate;"),
            (member("a/passwd", tarfile.SYMTYPE, "/etc/passwd"), b""),
            (member("a/hard", tarfile.LNKTYPE, "a/gate.c"), b""),
            (member("a/tty", tarfile.CHRTYPE), b""),
        )
    )
    listed(gates / "gate" / "gate-1.0.tar.gz")
    found = sources.packaged(tmp_path / "cache", bubblewrap, "pypi", "gate", "1.0")
    assert [path.name for path in found.folder.iterdir()] == ["gate.c"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("#include </dev/zero>\n", "does not compile|cannot be preprocessed|limit"),
        ('#include "/etc/shadow"\nint gate;', "cannot be preprocessed"),
        ("int gate(", "does not compile"),
        ("#include <gate/from/the/network.h>\n", "cannot be preprocessed"),
    ],
)
def test_a_build_that_cannot_end_well_is_errored(
    gates: Path, judge: Judge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    monkeypatch.setattr(native, "LIMITS", RunLimits(wall_s=4.0, cpu_s=3.0, memory_bytes=256 << 20))
    publish(gates, "1.0", source(text))
    result = judge(packaged(build=BUILD), cache=tmp_path / "data")
    assert result.verdict is Verdict.ERRORED, result.summary
    assert re.search(said, result.summary), result.summary


def test_a_build_without_end_is_ended(
    gates: Path, judge: Judge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "LIMITS", RunLimits(wall_s=3.0, cpu_s=1.0, memory_bytes=256 << 20))
    doubling = "#define A0 1+1\n" + "".join(f"#define A{n} A{n - 1}+A{n - 1}\n" for n in range(1, 40))
    publish(gates, "1.0", source(doubling + "int gate = A39;\n"))
    result = judge(packaged(build=BUILD), cache=tmp_path / "data")
    assert result.verdict is Verdict.ERRORED, result.summary
    assert "limit" in result.summary


@pytest.mark.parametrize(
    ("package", "build", "field"),
    [
        ("pkg:pypi/gate", 'archive = "../x.tar.gz"', "build.archive"),
        ("pkg:pypi/gate", 'archive = "/etc/x.tar.gz"', "build.archive"),
        ("pkg:pypi/gate", 'defines = ["A B"]', "build.defines"),
        ("pkg:pypi/gate", 'defines = ["-o/etc/x"]', "build.defines"),
        ("pkg:deb/ubuntu/gate", "", "target.package"),
        ("pkg:deb/debian/gate?arch=arm64", "", "target.package"),
    ],
)
def test_a_manifest_names_no_more_than_it_may(package: str, build: str, field: str) -> None:
    with zipfile.ZipFile(io.BytesIO(packaged(package, build=build))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with pytest.raises(BundleError) as refusal:
        manifests.read(members)
    assert refusal.value.field == field
