import gzip
import io
import json
import os
import sqlite3
import struct
import tarfile
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.matching.systems.errors import NotASystem, SystemTooLarge
from seawall.clearinghouse.matching.systems.images import blobs, layers, tars, unpacking
from seawall.clearinghouse.matching.systems.images.tars import members
from seawall.clearinghouse.matching.systems.images.unpacking import Unpacked
from seawall.clearinghouse.matching.systems.reading import read_image, read_root
from seawall.clearinghouse.matching.systems.rpm.databases import headers
from seawall.clearinghouse.matching.systems.rpm.headers import Header, files, package
from support.images import OS_RELEASE, digest, docker, layer, link, oci, plain, saved, status, tar, zstd

BASE = {"etc/os-release": OS_RELEASE, "var/lib/dpkg/status": status(curl="7.88.1-10")}
CURL = "pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12"
SECRET = "a/b/secret.egg-info"
PYTHON = b"Name: secret\nVersion: 1\n"
DECLARED = (NotASystem, SystemTooLarge)


def image(path: Path, *layers: bytes, pack: Callable[[bytes], bytes] = gzip.compress) -> Path:
    return saved(path / "image.tar", oci(list(layers), pack))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("../outside.egg-info", PYTHON),
        ("a/../../outside.egg-info", PYTHON),
        ("/../outside.egg-info", PYTHON),
        ("loop", link("loop")),
        ("a.egg-info", link("/etc/passwd")),
        ("a.egg-info", link("../../../../etc/passwd")),
        ("var/lib/dpkg/status.d/x", link("/var/lib/dpkg/status")),
        ("hard.egg-info", link("/etc/passwd", tarfile.LNKTYPE)),
        ("hard.egg-info", link("hard.egg-info", tarfile.LNKTYPE)),
        ("a.egg-info", link("", tarfile.CHRTYPE)),
        ("a.egg-info", link("", tarfile.BLKTYPE)),
        ("a.egg-info", link("", tarfile.FIFOTYPE)),
        ("/".join(["a"] * 300) + "/x.egg-info", PYTHON),
        ("\udcff\udcfe.egg-info", b"\xff\xfe"),
        ("a/\n\x1b[31m.egg-info/PKG-INFO", b""),
        ("node_modules/a/package.json", b"[" * 100_000),
        ("node_modules/a/package.json", b'{"name":"a/","version":"1"}'),
        ("node_modules/a/package.json", b'{"name":7,"version":[]}'),
        ("node_modules/a/package.json", b'{"name":"\\u001b[2J\\ud800","version":"\\u0000"}'),
        ("\udcff/a.egg-info", b"Name: a\x1b[2J\nVersion: 1\r2\n"),
        ("x.jar", b"PK\x03\x04"),
        ("var/lib/rpm/rpmdb.sqlite", b"SQLite format 3\0" + bytes(100)),
        ("var/lib/rpm/Packages.db", b"RpmP" + bytes(4096)),
        ("var/lib/rpm/Packages", b"\0" * 12 + struct.pack("<I", 0x061561) + bytes(10)),
        ("var/lib/rpm/Packages", b""),
        ("usr/bin/go", b"\x7fELF".ljust(64, b"\0") + b"\xff Go buildinf:\x08\x02" + bytes(16) + b"\xff" * 9),
        ("usr/bin/rust", b"\x7fELF\x02\x01".ljust(64, b"\xff") + b".dep-v0\0"),
        (".wh.", b""),
        (".wh...", b""),
        (".wh.a/../../var", b""),
    ],
)
def test_a_hostile_member_costs_only_itself(tmp_path: Path, name: str, content: bytes | tarfile.TarInfo) -> None:
    found = read_image(image(tmp_path, layer(BASE), tar([(name, content)])))
    assert [item.purl for item in found.listings if item.purl.startswith("pkg:deb")] == [CURL]
    assert not any("outside" in item.purl or "passwd" in item.purl for item in found.listings)
    assert all(note.isprintable() for note in found.notes)
    shown = [text for item in found.listings for text in (item.ref, item.name, item.version, item.purl)]
    assert all(text.isprintable() for text in shown)
    assert [path.name for path in tmp_path.iterdir()] == ["image.tar"]


def broken(**change: bytes | None) -> dict[str, bytes]:
    """An image with one part changed or gone: layer, manifest, config, index."""
    one = layer(BASE)
    parts = oci([one])
    index = json.loads(parts["index.json"])
    manifest = "blobs/sha256/" + index["manifests"][0]["digest"].removeprefix("sha256:")
    config = "blobs/sha256/" + json.loads(parts[manifest])["config"]["digest"].removeprefix("sha256:")
    layer_name = "blobs/sha256/" + json.loads(parts[manifest])["layers"][0]["digest"].removeprefix("sha256:")
    names = {"index": "index.json", "manifest": manifest, "config": config, "layer": layer_name}
    for what, data in change.items():
        if data is None:
            del parts[names[what]]
        else:
            parts[names[what]] = data
    return parts


GOOD = gzip.compress(layer(BASE))


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({}, "neither a manifest.json nor an index.json"),
        ({"index.json": b"{}"}, "lists no image"),
        ({"index.json": b'{"manifests":[{"digest":"sha256:../../etc/passwd"}]}'}, "no SHA-256 digest"),
        ({"index.json": b"[" * 5000}, "cannot be read"),
        ({"manifest.json": b"[]"}, "lists no image"),
        ({"manifest.json": b'[{"Layers":[1]}]'}, "which layers"),
        ({"manifest.json": b'[{"Layers":[]}]'}, "has 0 layers"),
        ({"manifest.json": b'[{"Layers":["/etc/passwd"]}]'}, "Layer 1 is missing"),
        ({"manifest.json": b'[{"Layers":["../x"]}]'}, "Layer 1 is missing"),
        ({"manifest.json": json.dumps([{"Layers": ["x"] * 1001}]).encode()}, "1001 layers"),
        (broken(layer=None), "Layer 1 is missing"),
        (broken(manifest=None), "is missing from the image"),
        (broken(layer=GOOD[:-20]), "ends early"),
        (broken(layer=GOOD[:100] + b"\xff" * 40 + GOOD[140:]), "damaged"),
        (broken(layer=gzip.compress(layer({"etc/os-release": OS_RELEASE}))), "digest is another"),
        (broken(layer=GOOD + GOOD), "digest is another"),
        (broken(layer=b"x" * 2000), "no tar archive"),
        (broken(layer=layer(BASE)[:700]), "cut|digest"),
        (broken(config=json.dumps({"rootfs": {"diff_ids": ["sha256:" + "0" * 64]}}).encode()), "digest is another"),
        (broken(config=json.dumps({"rootfs": {"diff_ids": ["sha256:" + "0" * 64] * 2}}).encode()), "lists 2"),
        (broken(manifest=b"{}"), "which layers"),
    ],
)
def test_half_an_image_is_refused_and_not_taken_for_the_whole(
    tmp_path: Path, parts: dict[str, bytes], said: str
) -> None:
    with pytest.raises(NotASystem, match=said) as caught:
        read_image(saved(tmp_path / "image.tar", parts))
    assert caught.value.action


def test_a_saved_layer_is_held_to_the_digest_of_its_bytes_unpacked(tmp_path: Path) -> None:
    parts = docker([layer(BASE)])
    name = next(name for name in parts if name.endswith("layer.tar"))
    read_image(saved(tmp_path / "image.tar", parts))
    parts[name] = layer({**BASE, "x": b""})
    with pytest.raises(NotASystem, match="digest is another"):
        read_image(saved(tmp_path / "image.tar", parts))


@pytest.mark.parametrize("cut", [10, 600, 1500, 5000])
def test_a_cut_archive_is_refused(tmp_path: Path, cut: int) -> None:
    path = image(tmp_path, layer({**BASE, "x": os.urandom(4000)}))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(NotASystem):
        read_image(path)


@pytest.mark.parametrize("data", [b"", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"x" * 5000, b"PK\x03\x04" * 300])
def test_what_is_no_archive_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "image.tar").write_bytes(data)
    with pytest.raises(NotASystem):
        read_image(tmp_path / "image.tar")


def test_links_between_parts_lead_nowhere_else(tmp_path: Path) -> None:
    names = [(f"l{number}", link(f"l{(number + 1) % 3}")) for number in range(3)]
    names += [("manifest.json", link("l0")), ("index.json", link("/etc/passwd"))]
    (tmp_path / "image.tar").write_bytes(tar(names))
    with pytest.raises(NotASystem, match="neither"):
        read_image(tmp_path / "image.tar")


def test_a_layout_in_a_folder_does_not_follow_links_out(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    inside = tmp_path / "inside"
    for name, data in oci([layer(BASE)]).items():
        (outside / name).parent.mkdir(parents=True, exist_ok=True)
        (outside / name).write_bytes(data)
    inside.mkdir()
    (inside / "index.json").write_bytes((outside / "index.json").read_bytes())
    (inside / "blobs").symlink_to(outside / "blobs")
    with pytest.raises(NotASystem, match="missing"):
        read_image(inside)


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_bombs_end_early(tmp_path: Path, pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "RATIO_FLOOR", 16 * 2**20)
    path = image(tmp_path, layer({**BASE, "zeros": bytes(64 * 2**20)}), pack=pack)
    tracemalloc.start()
    with pytest.raises(SystemTooLarge, match="unpacks to over"):
        read_image(path)
    assert tracemalloc.get_traced_memory()[1] < 24 * unpacking.CHUNK
    tracemalloc.stop()
    outer = saved(tmp_path / "outer.tar", {"zeros": bytes(64 * 2**20)}, pack)
    with pytest.raises(SystemTooLarge, match="unpacks to over"):
        read_image(outer)


def test_an_extended_header_is_not_read_however_long_it_is(tmp_path: Path) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 200 * 2**20
    one = info.tobuf() + bytes(200 * 2**20)
    with pytest.raises(SystemTooLarge, match="extended header"):
        read_image(image(tmp_path, one, pack=zstd))


@pytest.mark.parametrize(
    "records",
    [
        b"",
        b"9",
        b"99999 path=x\n",
        b"0 path=x\n",
        b"-5 path=x\n",
        b"9 size=x\n",
        b"22 size=99999999999999\n",
        b"\xff" * 99,
    ],
)
def test_damaged_extended_headers_are_refused(records: bytes) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, len(records)
    data = info.tobuf() + records + bytes(-len(records) % 512) + tar([("a", b"")])
    with suppress(*DECLARED):
        found = [member.name for member in members(Unpacked([data]))]
        assert found == ["a"]


def test_one_bomb_that_is_listed_many_times_ends_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "RATIO_FLOOR", 2**20)
    monkeypatch.setattr(layers, "RATIO_MAX", 20)
    parts = docker([layer({**BASE, "zeros": bytes(2**20 * 4)})], gzip.compress)
    manifest = json.loads(parts["manifest.json"])
    manifest[0]["Layers"] *= 900
    del manifest[0]["Config"]
    parts["manifest.json"] = json.dumps(manifest).encode()
    begun = time.process_time()
    with pytest.raises(SystemTooLarge, match="layers unpack"):
        read_image(saved(tmp_path / "image.tar", parts))
    assert time.process_time() - begun < 5


def sqlite(*statements: str) -> bytes:
    connection = sqlite3.connect(":memory:")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    data = connection.serialize()
    connection.close()
    return data


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE other (a)"],
        ["CREATE VIEW Packages AS SELECT 1 AS hnum, zeroblob(60000000) AS blob"],
        ["CREATE VIRTUAL TABLE Packages USING fts5(hnum, blob)"],
        ["CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob)", "INSERT INTO Packages VALUES (1, 'text')"],
        ["CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob)", "INSERT INTO Packages VALUES (1, x'00')"],
        ["CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, x)", "INSERT INTO Packages VALUES (1, x'00')"],
        ["CREATE TABLE Packages (hnum, blob AS (zeroblob(60000000)))", "INSERT INTO Packages VALUES (1)"],
    ],
)
def test_sqlite_files_that_are_no_rpm_databases_are_refused(statements: list[str]) -> None:
    with pytest.raises(NotASystem):
        [package(Header(blob)) for blob in headers(sqlite(*statements))]


def test_berkeley_pages_that_lead_to_themselves_end() -> None:
    def page(kind: int, entries: int = 0, following: int = 0, used: int = 0, body: bytes = b"") -> bytes:
        head = bytes(16) + struct.pack("<IHH", following, entries, used) + bytes([0, kind])
        return (head + body).ljust(512, b"\0")

    first = (bytes(12) + struct.pack("<I4xI8xI", 0x061561, 512, 2)).ljust(512, b"\0")
    item = bytes([3, 0, 0, 0]) + struct.pack("<II", 2, 60_000_000)
    bucket = page(13, entries=2, body=struct.pack("<HH", 500, 100))
    bucket = bucket[:100] + item + bucket[112:]
    data = first + bucket + page(7, following=2, used=1)
    begun = time.process_time()
    with pytest.raises(NotASystem, match="pages are not there"):
        list(headers(data))
    assert time.process_time() - begun < 1


@pytest.mark.long
def test_a_million_members_are_passed_over_in_a_minute(tmp_path: Path) -> None:
    one = tarfile.TarInfo("some/folder/some-file-of-a-million.txt").tobuf()
    begun = time.process_time()
    found = read_image(image(tmp_path, one * 1_000_000 + layer(BASE), pack=zstd))
    assert [item.purl for item in found.listings] == [CURL]
    assert time.process_time() - begun < 60
    fewer = image(tmp_path, one * 100_000 + layer(BASE), pack=zstd)
    tracemalloc.start()
    read_image(fewer)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 24 * unpacking.CHUNK


@pytest.mark.long
def test_white_outs_by_the_hundred_thousand_cost_as_many_steps(tmp_path: Path) -> None:
    entries = [(f"opt/d{number}/x.egg-info", PYTHON) for number in range(20_000)]
    outs = [(f"opt/.wh.d{number % 40_000}", b"") for number in range(200_000)]
    begun = time.monotonic()
    found = read_image(image(tmp_path, layer(BASE), tar(entries), tar(outs)))
    assert len(found.listings) == 1
    assert time.monotonic() - begun < 60


def test_too_many_members_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tars, "MEMBERS_MAX", 100)
    with pytest.raises(SystemTooLarge, match="over 100 members"):
        read_image(image(tmp_path, tar([(f"f{number}", b"") for number in range(101)])))
    monkeypatch.setattr(blobs, "PARTS_MAX", 50)
    with pytest.raises(SystemTooLarge, match="root folder"):
        read_image(saved(tmp_path / "root.tar", {f"f{number}": b"" for number in range(60)}))


def test_archives_in_archives_unpack_to_no_more_than_is_allowed(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/maven/a/b/pom.properties", bytes(2**20))
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(12):
            archive.writestr(f"lib/{number}.jar", bytes(50 * 2**20))
    files_ = {"var/lib/dpkg/status": status(curl="1"), "a.jar": inner.getvalue(), "b.jar": many.getvalue()}
    found = read_image(image(tmp_path, layer(files_)))
    assert len(found.listings) == 1
    assert len([note for note in found.notes if "unpacks to more than is read" in note]) == 2


@pytest.mark.parametrize("what", ["file", "folder", "pipe", "loop"])
def test_a_walk_follows_no_link_and_waits_for_no_pipe(tmp_path: Path, what: str) -> None:
    outside = tmp_path / "outside"
    (outside / "a").mkdir(parents=True)
    (outside / "a/x.egg-info").write_bytes(PYTHON)
    inside = tmp_path / "inside"
    (inside / "var/lib/dpkg").mkdir(parents=True)
    (inside / "var/lib/dpkg/status").write_bytes(status(curl="1"))
    match what:
        case "file":
            (inside / "x.egg-info").symlink_to(outside / "a/x.egg-info")
        case "folder":
            (inside / "a").symlink_to(outside / "a")
        case "pipe":
            os.mkfifo(inside / "x.egg-info")
        case "loop":
            (inside / "a").symlink_to(inside)
    assert len(read_root(inside).listings) == 1


def test_folders_inside_each_other_without_end_are_left_at_some_depth(tmp_path: Path) -> None:
    (tmp_path / "var/lib/dpkg").mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").write_bytes(status(curl="1"))
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    found = read_root(tmp_path)
    assert len(found.listings) == 1
    assert "folders deep" in found.notes[0]
    assert len(list(Path("/proc/self/fd").iterdir())) < 200


def rpm_blob(entries: list[tuple[int, int, int, int]], store: bytes) -> bytes:
    return (
        struct.pack(">II", len(entries), len(store)) + b"".join(struct.pack(">iiiI", *one) for one in entries) + store
    )


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200)
    | st.builds(
        rpm_blob,
        st.lists(
            st.tuples(
                st.sampled_from([1000, 1001, 1002, 1003, 1116, 1117, 1118]),
                st.sampled_from([0, 4, 6, 8, 9]),
                st.integers(-(2**31), 2**31 - 1) | st.integers(0, 20),
                st.integers(0, 2**32 - 1) | st.integers(0, 4),
            ),
            max_size=8,
        ),
        st.binary(max_size=40),
    )
)
def test_headers_of_any_shape_are_read_or_refused(blob: bytes) -> None:
    with suppress(NotASystem):
        header = Header(blob)
        list(files(header))
        package(header)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([b"SQLite format 3\0", b"RpmP", b"\0" * 12 + struct.pack("<I", 0x061561), b""]),
    st.binary(max_size=600),
    st.sampled_from([0, 4096, 8192]),
)
def test_databases_of_any_shape_are_read_or_refused(begin: bytes, rest: bytes, padding: int) -> None:
    with suppress(NotASystem):
        list(headers(begin + rest + bytes(padding)))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([plain, gzip.compress, zstd]), st.data())
def test_changed_layers_are_read_or_refused(pack: Callable[[bytes], bytes], data: st.DataObject) -> None:
    whole = bytearray(pack(tar([("a" * 150, b"x" * 600), ("l", link("a" * 120)), ("b", b"y")])))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    stream = Unpacked([bytes(whole[at : at + 700]) for at in range(0, len(whole), 700)])
    with suppress(*DECLARED):
        for member in members(stream):
            member.begin(3)
            member.read()
        stream.finish()


def test_reading_in_small_pieces_says_the_same() -> None:
    data = tar([("a", os.urandom(1000)), ("b", b"z" * 5000)])
    for pack in (plain, gzip.compress, zstd, lambda raw: gzip.compress(raw[:700]) + gzip.compress(raw[700:])):
        packed = pack(data)
        for size in (1, 7, 512, len(packed)):
            stream = Unpacked([packed[at : at + size] for at in range(0, len(packed), size)])
            found = [(member.name, zlib.crc32(member.read())) for member in members(stream)]
            stream.finish()
            assert [name for name, _ in found] == ["a", "b"]
            assert found[1][1] == zlib.crc32(b"z" * 5000)
            assert stream.packed_digest.hexdigest() == digest(packed)
            assert stream.digest.hexdigest() == digest(data)
