import gzip
import json
import os
import tarfile
import tracemalloc
from pathlib import Path

import pytest

from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.systems.images import unpacking
from seawall.clearinghouse.matching.systems.images.manifests import Image
from seawall.clearinghouse.matching.systems.reading import is_image, read_image
from support.images import OS_RELEASE, Packer, digest, docker, layer, link, oci, plain, saved, status, tar, zstd

BASE = {"etc/os-release": OS_RELEASE, "var/lib/dpkg/status": status(curl="7.88.1-10", zlib1g="1:1.2.13")}
PYTHON = b"Metadata-Version: 2.1\nName: Jinja2\nVersion: 3.1.4\n\nVersion: 9\n"
SITE = "opt/venv/lib/python3.11/site-packages"


def purls(found: Sbom) -> list[str]:
    return sorted(item.purl for item in found.listings)


def of_layers(path: Path, *layers: bytes) -> list[str]:
    return purls(read_image(saved(path / "image.tar", oci(list(layers)))))


CURL, ZLIB = (
    "pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12",
    "pkg:deb/debian/zlib1g@1:1.2.13?arch=amd64&distro=debian-12",
)
JINJA = "pkg:pypi/jinja2@3.1.4"


@pytest.mark.parametrize("pack", [plain, gzip.compress, zstd])
@pytest.mark.parametrize("outer", [plain, gzip.compress, zstd])
@pytest.mark.parametrize("form", [oci, docker])
def test_every_form_of_an_image_is_read(tmp_path: Path, form: Packer, pack: Packer, outer: Packer) -> None:
    layers = [layer(BASE), layer({f"./{SITE}/jinja2-3.1.4.dist-info/METADATA": PYTHON})]
    found = read_image(saved(tmp_path / "image.tar", form(layers, pack), outer))  # type: ignore[call-arg, arg-type]
    assert purls(found) == [CURL, ZLIB, JINJA]
    assert (found.format, found.subject) == ("system", "portal:4.2, Debian GNU/Linux 12 (bookworm)")
    assert found.notes == ()
    assert all(item.key and not item.why_not for item in found.listings)


def test_a_layout_in_a_folder_is_read(tmp_path: Path) -> None:
    for name, data in oci([layer(BASE)]).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert is_image(tmp_path)
    found = read_image(tmp_path)
    assert purls(found) == [CURL, ZLIB]
    (described,) = json.loads((tmp_path / "index.json").read_bytes())["manifests"]
    assert found.product == (f"pkg:oci/portal@{described['digest']}?tag=4.2",)


@pytest.mark.parametrize(
    ("name", "purl"),
    [
        ("portal", "pkg:oci/portal@sha256:00"),
        ("ghcr.io/Us/Portal:4.2", "pkg:oci/portal@sha256:00?repository_url=ghcr.io/Us/Portal&tag=4.2"),
        ("localhost:5000/portal", "pkg:oci/portal@sha256:00?repository_url=localhost:5000/portal"),
        ("", ""),
        (":", ""),
    ],
)
def test_images_are_named_by_their_manifests(name: str, purl: str) -> None:
    assert Image(name, (), (), "00").purl == purl
    assert Image(name, (), ()).purl == ""


@pytest.mark.parametrize("pack", [plain, gzip.compress, zstd])
def test_images_are_told_from_other_files(tmp_path: Path, pack: Packer) -> None:
    assert is_image(saved(tmp_path / "image.tar", oci([layer(BASE)]), pack))
    for data in (b"", b"{}", b"SPDXVersion: SPDX-2.3\n" * 100):
        (tmp_path / "other").write_bytes(data)
        assert not is_image(tmp_path / "other")
    assert not is_image(tmp_path)
    assert not is_image(tmp_path / "absent")


def test_a_layer_in_several_zstd_frames_is_read_whole(tmp_path: Path) -> None:
    def pack(data: bytes) -> bytes:
        skipped = b"\x50\x2a\x4d\x18" + (8).to_bytes(4, "little") + b"metadata"  # as zstd:chunked writes them
        return zstd(data[:900]) + skipped + zstd(data[900:]) + skipped

    assert purls(read_image(saved(tmp_path / "image.tar", oci([layer(BASE)], pack)))) == [CURL, ZLIB]


def test_a_later_layer_replaces_a_file(tmp_path: Path) -> None:
    second = layer({"var/lib/dpkg/status": status(curl="7.88.1-10")})
    assert of_layers(tmp_path, layer(BASE), second) == [CURL]


@pytest.mark.parametrize(
    ("whiteout", "left"),
    [
        (f"{SITE}/jinja2-3.1.4.dist-info/.wh.METADATA", [CURL, ZLIB]),
        (f"{SITE}/.wh.jinja2-3.1.4.dist-info", [CURL, ZLIB]),
        (".wh.opt", [CURL, ZLIB]),
        ("opt/.wh..wh..opq", [CURL, ZLIB]),
        (".wh..wh..opq", []),
        (f"{SITE}/.wh.jinja2", [CURL, ZLIB, JINJA]),
        ("opt/.wh.venv2", [CURL, ZLIB, JINJA]),
        ("var/.wh.lib", [JINJA]),
    ],
)
def test_white_outs_take_away_what_lower_layers_have(tmp_path: Path, whiteout: str, left: list[str]) -> None:
    kept = {"srv/node_modules/left-pad/package.json": b'{"name":"left-pad","version":"1.3.0"}'}
    first = layer({**BASE, f"{SITE}/jinja2-3.1.4.dist-info/METADATA": PYTHON})
    second = layer({whiteout: b"", **kept})
    found = of_layers(tmp_path, first, second)
    wanted = sorted([*left, "pkg:npm/left-pad@1.3.0"])
    if whiteout == ".wh..wh..opq":
        assert found == ["pkg:npm/left-pad@1.3.0"]
    else:
        assert found == wanted


@pytest.mark.parametrize("first", [True, False])
def test_a_white_out_does_not_touch_its_own_layer(tmp_path: Path, first: bool) -> None:
    new = (f"{SITE}/jinja2-3.1.4.dist-info/METADATA", PYTHON)
    old = ("opt/node_modules/left-pad/package.json", b'{"name":"left-pad","version":"1.3.0"}')
    opaque = ("opt/.wh..wh..opq", b"")
    upper = tar([opaque, new] if first else [new, opaque])
    assert of_layers(tmp_path, tar([old]), upper) == [JINJA]


@pytest.mark.parametrize("content", [b"not metadata", link("/elsewhere"), link("", tarfile.FIFOTYPE)])
def test_a_file_or_a_link_in_place_of_a_folder_takes_it_away(tmp_path: Path, content: bytes | tarfile.TarInfo) -> None:
    first = layer({**BASE, f"{SITE}/jinja2-3.1.4.dist-info/METADATA": PYTHON})
    assert of_layers(tmp_path, first, layer({"opt/venv": content})) == [CURL, ZLIB]


def test_a_folder_alone_takes_nothing_away(tmp_path: Path) -> None:
    first = layer({**BASE, f"{SITE}/jinja2-3.1.4.dist-info/METADATA": PYTHON})
    assert of_layers(tmp_path, first, layer({"opt": link("", tarfile.DIRTYPE)})) == [CURL, ZLIB, JINJA]


def test_a_hard_link_is_the_file_it_names(tmp_path: Path) -> None:
    there = f"{SITE}/jinja2-3.1.4.dist-info/METADATA"
    hard = ("usr/x/jinja2-3.1.4.dist-info/METADATA", link(there, tarfile.LNKTYPE))
    image = saved(tmp_path / "image.tar", oci([tar([(there, PYTHON), hard])]))
    assert purls(read_image(image)) == [JINJA, JINJA]
    script = [("usr/bin/gunzip", b"#!/bin/sh"), ("usr/bin/uncompress", link("usr/bin/gunzip", tarfile.LNKTYPE))]
    assert read_image(saved(tmp_path / "image.tar", oci([layer(BASE), tar(script)]))).notes == ()
    outside = ("usr/x/jinja2-3.1.4.dist-info/METADATA", link("store/7f3a", tarfile.LNKTYPE))
    found = read_image(
        saved(tmp_path / "image.tar", oci([tar([("store/7f3a", PYTHON), ("a.egg-info", PYTHON), outside])]))
    )
    assert purls(found) == [JINJA]
    assert "link to a file that was not looked at" in found.notes[0]


@pytest.mark.parametrize("kind", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_are_read(tmp_path: Path, kind: int) -> None:
    name = "/".join(["a" * 90] * 12) + "/jinja2-3.1.4.dist-info/METADATA"
    assert of_layers(tmp_path, tar([(name, PYTHON), ("b/\u00e9" * 60 + "/x.egg-info", PYTHON)], kind)) == [JINJA, JINJA]
    assert of_layers(tmp_path, tar([("a" * 80 + "/" + "b" * 80 + "/x.egg-info", PYTHON)], tarfile.USTAR_FORMAT)) == [
        JINJA
    ]


def test_of_several_images_the_usual_one_is_read_and_the_others_are_told(tmp_path: Path) -> None:
    both: dict[str, bytes] = {}
    listed = []
    for architecture, version in (("arm64", "1"), ("amd64", "2"), ("unknown", "3")):
        parts = oci([layer({"etc/os-release": OS_RELEASE, "var/lib/dpkg/status": status(curl=version)})])
        (described,) = json.loads(parts["index.json"])["manifests"]
        system = "unknown" if architecture == "unknown" else "linux"
        listed.append({**described, "platform": {"os": system, "architecture": architecture}})
        both |= parts
    inner = json.dumps({"manifests": listed}).encode()
    both[f"blobs/sha256/{digest(inner)}"] = inner
    outer = {"digest": f"sha256:{digest(inner)}", "mediaType": "application/vnd.oci.image.index.v1+json"}
    both["index.json"] = json.dumps({"manifests": [outer]}).encode()
    found = read_image(saved(tmp_path / "image.tar", both))
    assert [item.version for item in found.listings] == ["2"]
    assert found.notes == ("The archive has 2 images; one is read.",)


def test_layers_that_are_links_to_another_are_read(tmp_path: Path) -> None:
    parts = docker([layer(BASE), layer(BASE)])
    names = sorted(parts)
    archive = [(name, data) for name, data in parts.items() if name != names[1]]
    (tmp_path / "image.tar").write_bytes(tar([*archive, (names[1], link(f"../{names[0]}"))]))
    assert purls(read_image(tmp_path / "image.tar")) == [CURL, ZLIB]


def test_an_image_costs_the_memory_of_its_wanted_files_only(tmp_path: Path) -> None:
    big = os.urandom(2**20) * 48
    image = saved(tmp_path / "image.tar", oci([layer({**BASE, "usr/share/big.bin": big})], zstd))
    tracemalloc.start()
    assert purls(read_image(image)) == [CURL, ZLIB]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 24 * unpacking.CHUNK
