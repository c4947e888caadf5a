"""Folders, ZIPs, tarballs, lines and single files; whole, damaged and hostile."""

import gzip
import io
import json
import lzma
import tarfile
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from seawall.clearinghouse.matching.advisories import archives
from seawall.clearinghouse.matching.advisories.errors import NotASource
from seawall.clearinghouse.matching.advisories.formats.interface import BYTES_MAX
from seawall.clearinghouse.matching.advisories.sources import read, told
from seawall.clearinghouse.matching.advisories.types import Unread
from support import advisories as made


def osv(name: str) -> bytes:
    return json.dumps({**made.OSV, "id": name}).encode()


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def tarred(path: Path, files: dict[str, bytes], mode: str = "w:xz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload] # the mode is one of a few texts
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def folder(path: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def found(source: Path) -> tuple[list[str], list[Unread]]:
    unread: list[Unread] = []
    return [record.id for record in read(source, report=unread.append)], unread


FILES = {"PyPI/A-1.json": osv("A-1"), "PyPI/A-2.json": osv("A-2"), "README.md": b"# Text"}
WRAPPINGS: dict[str, Callable[[Path], Path]] = {
    "folder": lambda path: folder(path / "f", FILES),
    "ZIP, as OSV's all.zip": lambda path: zipped(path / "all.zip", FILES),
    "ZIPs in a folder, one for each ecosystem": lambda path: zipped(
        folder(path / "f", {"npm/x.txt": b""}) / "npm" / "all.zip", FILES
    ).parents[1],
    "tarball, xz": lambda path: tarred(path / "a.tar.xz", FILES),
    "tarball, gzip, with a name that says nothing": lambda path: tarred(path / "download", FILES, "w:gz"),
    "tarball, bzip2": lambda path: tarred(path / "a.tar.bz2", FILES, "w:bz2"),
    "tarball, plain": lambda path: tarred(path / "a.tar", FILES, "w"),
    "tarball in a folder": lambda path: tarred(folder(path / "f", {"x.txt": b""}) / "a.tar.gz", FILES, "w:gz").parent,
    "one file with a list": lambda path: (
        folder(path, {"a.json": b"[" + osv("A-1") + b"," + osv("A-2") + b"]"}) / "a.json"
    ),
    "lines": lambda path: folder(path, {"a.jsonl": osv("A-1") + b"\n\n" + osv("A-2")}) / "a.jsonl",
    "lines, gzip": lambda path: (
        folder(path, {"a.jsonl.gz": gzip.compress(osv("A-1") + b"\n" + osv("A-2"))}) / "a.jsonl.gz"
    ),
    "lines, xz": lambda path: (
        folder(path, {"a.jsonl.xz": lzma.compress(osv("A-1") + b"\n" + osv("A-2"))}) / "a.jsonl.xz"
    ),
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_the_same_records_come_of_every_wrapping(wrapping: str, tmp_path: Path) -> None:
    source = WRAPPINGS[wrapping](tmp_path)
    assert told(source) == "osv"
    assert found(source) == (["A-1", "A-2"], [])


def test_links_and_names_that_lead_elsewhere_do_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_bytes(osv("SECRET"))
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, kind, target in (
            ("link.json", tarfile.SYMTYPE, str(secret)),
            ("hard.json", tarfile.LNKTYPE, str(secret)),
            ("pipe.json", tarfile.FIFOTYPE, ""),
            ("device.json", tarfile.CHRTYPE, ""),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, target
            archive.addfile(member)
        for name in ("../../up.json", "/root.json", "a\udcff.json"):
            data = osv(f"KEPT-{name[:2]}".encode("ascii", "replace").decode())
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    before = sorted(item.name for item in tmp_path.iterdir())
    names, _ = found(path)
    assert len(names) == 3
    assert "SECRET" not in names
    assert sorted(item.name for item in tmp_path.iterdir()) == before, "nothing is written"
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "b.json").symlink_to(secret)
    (tmp_path / "f" / "a.json").write_bytes(osv("A"))
    assert found(tmp_path / "f")[0] == ["A"]


def test_a_damaged_member_of_a_zip_costs_only_itself(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"1.json": osv("A-1"), "2.json": osv("A-2"), "3.json": osv("A-3")})
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        second = archive.getinfo("2.json")
    data[second.header_offset + 60 : second.header_offset + 90] = bytes(30)
    path.write_bytes(data)
    names, unread = found(path)
    assert names == ["A-1", "A-3"]
    assert [item.where for item in unread] == ["2.json"]
    assert unread[0].why.startswith("It is damaged in the archive")


@pytest.mark.parametrize(
    "wrapping", ["ZIP, as OSV's all.zip", "tarball, xz", "tarball, plain", "lines, xz", "lines, gzip"]
)
def test_an_archive_cut_anywhere_is_refused_or_read(wrapping: str, tmp_path: Path) -> None:
    whole = WRAPPINGS[wrapping](tmp_path)
    data = whole.read_bytes()
    for end in range(0, len(data) - 1, max(1, len(data) // 40)):
        cut = tmp_path / f"cut-{whole.name}"
        cut.write_bytes(data[:end])
        with suppress(NotASource):
            found(cut)


def test_bombs_end_soon_and_are_reported(tmp_path: Path) -> None:
    began = time.process_time()
    zeros = bytes(BYTES_MAX + 1)
    path = zipped(tmp_path / "a.zip", {"a.json": osv("A"), "bomb.json": zeros})
    assert found(path)[0] == ["A"]
    assert [item.why for item in found(path)[1]] == ["It has over 16 MiB."]
    path = tarred(tmp_path / "a.tar.gz", {"a.json": osv("A"), "bomb.json": zeros}, "w:gz")
    assert [item.why for item in found(path)[1]] == ["It has over 16 MiB."]
    path = tmp_path / "a.jsonl.xz"
    path.write_bytes(lzma.compress(osv("A") + b"\n" + zeros + b"\n" + osv("B"), preset=0))
    names, unread = found(path)
    assert names == ["A", "B"]
    assert [item.why for item in unread] == ["It has over 16 MiB."]
    assert time.process_time() - began < 60


def test_a_tarball_whose_header_claims_gigabytes_is_refused(tmp_path: Path) -> None:
    member = tarfile.TarInfo("x")
    member.type, member.size = tarfile.XHDTYPE, 2**33
    path = tmp_path / "a.tar"
    path.write_bytes(member.tobuf(tarfile.GNU_FORMAT) + bytes(10_000))
    with pytest.raises(NotASource, match="cannot be read"):
        found(path)


def test_a_source_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "TOTAL_MAX", 5000)
    path = zipped(tmp_path / "a.zip", {f"{number}.json": osv(f"A-{number}") for number in range(10)})
    with pytest.raises(NotASource, match="more than is read"):
        found(path)


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotASource, match="cannot be read"):
        found(tmp_path / "nothing.zip")
