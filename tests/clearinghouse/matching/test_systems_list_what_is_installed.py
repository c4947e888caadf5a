import io
import json
import shutil
import sqlite3
import struct
import subprocess
import zipfile
import zlib
from pathlib import Path

import pytest
from packageurl import PackageURL

from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.systems.errors import NotASystem
from seawall.clearinghouse.matching.systems.readers import rpm
from seawall.clearinghouse.matching.systems.reading import read_machine, read_root
from support.images import OS_RELEASE, status

ALPINE = b"NAME='Alpine Linux'\nID=alpine\nVERSION_ID=3.19.1\n"
ROCKY = b'ID="rocky"\nVERSION_ID="9.3"\n'
PYTHON = b"Metadata-Version: 2.1\nName: Jinja2\nVersion: 3.1.4\n"
RPM_NEEDED = "rpmbuild", "rpm"


def rooted(path: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def purls(found: Sbom) -> list[str]:
    return sorted(item.purl for item in found.listings)


@pytest.mark.long
def test_this_machine_has_what_its_own_dpkg_says() -> None:
    if shutil.which("dpkg-query") is None:
        pytest.skip("this machine has no dpkg")
    assert_same(read_machine())


def test_a_copy_of_dpkgs_database_says_what_dpkg_says(tmp_path: Path) -> None:
    if shutil.which("dpkg-query") is None or not Path("/var/lib/dpkg/status").is_file():
        pytest.skip("this machine has no dpkg")
    files = {"var/lib/dpkg/status": Path("/var/lib/dpkg/status").read_bytes(), "etc/os-release": OS_RELEASE}
    assert_same(read_root(rooted(tmp_path, files)))


def assert_same(found_here: Sbom) -> None:
    fields = "${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n"
    done = subprocess.run(["dpkg-query", "-W", "-f", fields], capture_output=True, text=True, check=True)
    wanted = set()
    for line in done.stdout.splitlines():
        state, name, version, arch, source, source_version = line.split("\t")
        if state == "installed":
            upstream = "" if (source, source_version) == (name, version) else source
            wanted.add((name, version, arch, f"{source}@{source_version}" if source_version != version else upstream))
    found = set()
    for item in found_here.listings:
        if item.purl.startswith("pkg:deb/"):
            purl = PackageURL.from_string(item.purl)
            assert isinstance(purl.qualifiers, dict)
            found.add((purl.name, purl.version, purl.qualifiers["arch"], purl.qualifiers.get("upstream", "")))
    assert len(wanted) > 50
    assert found == wanted


STATUS = b"""Package: libssl3
Status: install ok installed
Architecture: amd64
Source: openssl
Version: 3.0.11-1~deb12u2
Description: text
 Version: 9
 .
Conffiles:
 /etc/x 123

Package: libc6
Status: hold ok installed
Architecture: amd64
Source: glibc (2.36-8)
Version: 2.36-9+deb12u4

Package: gone
Status: deinstall ok config-files
Version: 1

Package: half
Status: install ok half-installed
Version: 1

Package: unpacked
Status: install reinstreq unpacked
Version: 1-1
Architecture: all
 \t
Package: no-version
Status: install ok installed
"""


def test_dpkg_lists_packages_whose_files_are_there_with_their_sources(tmp_path: Path) -> None:
    found = read_root(rooted(tmp_path, {"var/lib/dpkg/status": STATUS, "usr/lib/os-release": OS_RELEASE}))
    assert purls(found) == [
        "pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12&upstream=glibc%402.36-8",
        "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl",
        "pkg:deb/debian/unpacked@1-1?arch=all&distro=debian-12",
    ]
    assert {item.ecosystem for item in found.listings} == {"Debian:12"}


def test_distroless_images_have_one_file_for_each_package(tmp_path: Path) -> None:
    files = {
        "etc/os-release": OS_RELEASE,
        "var/lib/dpkg/status.d/tzdata": b"Package: tzdata\nArchitecture: all\nVersion: 2024a-0+deb12u1\n",
        "var/lib/dpkg/status.d/tzdata.md5sums": b"00  usr/lib/python3/dist-packages/a-1.dist-info/METADATA\n",
        "usr/lib/python3/dist-packages/a-1.dist-info/METADATA": b"Name: a\nVersion: 1\n",
    }
    found = read_root(rooted(tmp_path, files))
    assert purls(found) == ["pkg:deb/debian/tzdata@2024a-0%2Bdeb12u1?arch=all&distro=debian-12"]
    assert "1 packages of languages came with the distribution's packages" in found.notes[0]


@pytest.mark.parametrize("place", ["lib/apk/db/installed", "usr/lib/apk/db/installed"])
def test_apk_lists_packages_with_their_origin(tmp_path: Path, place: str) -> None:
    database = (
        b"C:Q1abc=\nP:libcrypto3\nV:3.1.4-r5\nA:x86_64\no:openssl\nF:usr/lib\nR:libcrypto.so.3\n\n"
        b"P:py3-jinja2\nV:3.1.2-r2\nA:noarch\no:py3-jinja2\nF:usr/lib/python3.11/site-packages/Jinja2-3.1.2.dist-info\n"
        b"R:METADATA\nZ:Q1abc="
    )
    metadata = {"usr/lib/python3.11/site-packages/Jinja2-3.1.2.dist-info/METADATA": PYTHON}
    found = read_root(rooted(tmp_path, {"etc/os-release": ALPINE, place: database, **metadata}))
    assert purls(found) == [
        "pkg:apk/alpine/libcrypto3@3.1.4-r5?arch=x86_64&distro=alpine-3.19.1&upstream=openssl",
        "pkg:apk/alpine/py3-jinja2@3.1.2-r2?arch=noarch&distro=alpine-3.19.1",
    ]
    assert {item.ecosystem for item in found.listings} == {"Alpine:v3.19"}


@pytest.fixture(scope="session")
def rpm_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two packages made and installed by rpm itself."""
    if missing := [name for name in RPM_NEEDED if shutil.which(name) is None]:
        pytest.skip(f"{', '.join(missing)} is not installed (Debian's package rpm): no real RPM database can be made")
    path = tmp_path_factory.mktemp("rpm")
    metadata = "/usr/lib/python3.9/site-packages/x-1.dist-info/METADATA"
    for name, more in (("alpha", "Epoch: 2\n"), ("beta", "")):
        text = f"Name: {name}\nVersion: 1.2.3\nRelease: 4.el9\n{more}Summary: x\nLicense: MIT\nBuildArch: noarch\n"
        text += "%description\nx\n"
        if name == "alpha":
            text += f"%install\nmkdir -p %{{buildroot}}{metadata[:-9]}\necho x > %{{buildroot}}{metadata}\n"
        text += f"%files\n{metadata if name == 'alpha' else ''}\n"
        (path / f"{name}.spec").write_text(text)
        command = ["rpmbuild", "-bb", "--quiet", "--define", f"_topdir {path}/top", f"{path}/{name}.spec"]
        subprocess.run(command, check=True, capture_output=True)
    packages = [str(found) for found in sorted(path.glob("top/RPMS/*/*.rpm"))]
    database = ["--define", "_db_backend sqlite", "--define", "_dbpath /var/lib/rpm"]
    options = ["--justdb", "--nodeps", "--noscripts", "-i", *packages]
    subprocess.run(["rpm", "--root", f"{path}/root", *database, *options], check=True, capture_output=True)
    rooted(path / "root", {"etc/os-release": ROCKY, metadata[1:]: b"Name: x\nVersion: 1\n"})
    return path / "root"


RPMS = [
    "pkg:rpm/rocky/alpha@1.2.3-4.el9?arch=noarch&distro=rocky-9.3&epoch=2&upstream=alpha-1.2.3-4.el9.src.rpm",
    "pkg:rpm/rocky/beta@1.2.3-4.el9?arch=noarch&distro=rocky-9.3&upstream=beta-1.2.3-4.el9.src.rpm",
]


def test_rpms_own_database_is_read(rpm_root: Path) -> None:
    found = read_root(rpm_root)
    assert purls(found) == RPMS
    assert "1 packages of languages" in found.notes[0]
    assert sorted((item.ecosystem, item.version) for item in found.listings) == [
        ("Rocky Linux:9", "1.2.3-4.el9"),
        ("Rocky Linux:9", "2:1.2.3-4.el9"),
    ]


def blobs_of(rpm_root: Path) -> list[bytes]:
    connection = sqlite3.connect(f"file:{rpm_root}/var/lib/rpm/rpmdb.sqlite?immutable=1", uri=True)
    try:
        return [row[0] for row in connection.execute("SELECT blob FROM Packages ORDER BY hnum")]
    finally:
        connection.close()


def ndb(blobs: list[bytes]) -> bytes:
    """As rpm's ``rpmpkg.c`` lays out a database: slots in the first page, blobs in blocks of 16 bytes."""
    slots, rest = b"", b""
    for index, blob in enumerate(blobs, start=1):
        body = struct.pack("<4sIII", b"BlbS", index, 0, len(blob)) + blob + bytes(-len(blob) % 4)
        body += struct.pack("<II4s", zlib.adler32(body), len(blob), b"BlbE")
        body += bytes(-len(body) % 16)
        slots += struct.pack("<4sIII", b"Slot", index, (4096 + len(rest)) // 16, len(body) // 16)
        rest += body
    page = struct.pack("<4sIIII12x", b"RpmP", 0, 1, 1, len(blobs) + 1) + slots
    page += struct.pack("<4s12x", b"Slot") * ((4096 - len(page)) // 16)
    return page + rest


def berkeley(path: Path, blobs: list[bytes]) -> bytes:
    """As Berkeley DB's own tool writes a hash of them."""
    if shutil.which("db_load") is None:
        pytest.skip("db_load is not installed (Debian's package db-util): no Berkeley DB can be made")
    pairs = "".join(f" {struct.pack('<I', index).hex()}\n {blob.hex()}\n" for index, blob in enumerate(blobs, start=1))
    text = f"VERSION=3\nformat=bytevalue\ntype=hash\ndb_pagesize=4096\nHEADER=END\n{pairs}DATA=END\n"
    subprocess.run(["db_load", str(path / "Packages")], input=text, text=True, check=True, capture_output=True)
    return (path / "Packages").read_bytes()


@pytest.mark.parametrize("place", sorted(path for path in rpm.PATHS if path.endswith(".sqlite")))
def test_rpms_database_is_found_wherever_it_is_kept(rpm_root: Path, tmp_path: Path, place: str) -> None:
    data = (rpm_root / "var/lib/rpm/rpmdb.sqlite").read_bytes()
    assert purls(read_root(rooted(tmp_path, {"etc/os-release": ROCKY, place: data}))) == RPMS


def test_programs_that_a_package_brought_are_not_even_opened(tmp_path: Path) -> None:
    lines = "dep\tgolang.org/x/net\tv0.17.0\th1:x=\n"
    files = {
        "var/lib/dpkg/status": status(tool="1", other="1"),
        "var/lib/dpkg/info/tool.list": b"/.\n/usr\n/usr/bin\n/usr/bin/tool\n",
        "usr/bin/tool": go_program(lines),
        "usr/local/bin/tool": go_program(lines),
    }
    found = read_root(rooted(tmp_path, {"etc/os-release": OS_RELEASE, **files}))
    assert [item.ref.rpartition(" ")[2] for item in found.listings if "x/net" in item.purl] == ["/usr/local/bin/tool"]


def test_the_older_databases_of_rpm_are_read(rpm_root: Path, tmp_path: Path) -> None:
    blobs = blobs_of(rpm_root)
    for number, (name, data) in enumerate(
        {
            "usr/lib/sysimage/rpm/Packages.db": ndb(blobs),
            "var/lib/rpm/Packages": berkeley(tmp_path, blobs),
        }.items()
    ):
        found = read_root(rooted(tmp_path / str(number), {"etc/os-release": ROCKY, name: data}))
        assert purls(found) == RPMS


def test_a_log_of_rpm_that_is_not_read_is_told(rpm_root: Path, tmp_path: Path) -> None:
    shutil.copytree(rpm_root, tmp_path / "root")
    (tmp_path / "root/var/lib/rpm/rpmdb.sqlite-wal").write_bytes(b"x")
    assert any("not written to its database" in note for note in read_root(tmp_path / "root").notes)


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def maven(group: str, artifact: str, version: str) -> dict[str, bytes]:
    text = f"#made by Maven\r\nartifactId={artifact}\r\ngroupId = {group}\r\nversion={version}\r\n"
    return {f"META-INF/maven/{group}/{artifact}/pom.properties": text.encode()}


def test_java_archives_tell_their_artifacts_and_those_inside(tmp_path: Path) -> None:
    inner = zipped(maven("org.apache.logging.log4j", "log4j-core", "2.14.1"))
    nameless = zipped({"a/B.class": b"\xca\xfe\xba\xbe"})
    outer = {**maven("com.example", "portal", "4.2"), "BOOT-INF/lib/log4j.jar": inner, "BOOT-INF/lib/b.jar": nameless}
    found = read_root(rooted(tmp_path, {"app/portal.jar": zipped(outer)}))
    assert purls(found) == [
        "pkg:maven/com.example/portal@4.2",
        "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
    ]
    assert found.notes == ("1 Java archives do not say which Maven artifact they are, and are not matched.",)


def test_installed_npm_packages_are_those_of_node_modules_alone(tmp_path: Path) -> None:
    def package(name: str, version: str) -> bytes:
        return json.dumps({"name": name, "version": version}).encode()

    files = {
        "app/package.json": package("app", "1.0.0"),
        "app/node_modules/left-pad/package.json": package("left-pad", "1.3.0"),
        "app/node_modules/@babel/core/package.json": package("@babel/core", "7.0.0"),
        "app/node_modules/left-pad/node_modules/ms/package.json": package("ms", "2.0.0"),
        "app/node_modules/left-pad/test/package.json": package("inner", "9.9.9"),
        "app/node_modules/esm/dist/package.json": b'{"type":"module"}',
        "app/node_modules/typed/package.json": b'{"type":"module"}',
        "app/node_modules/.pnpm/ms@2.1.0/node_modules/ms/package.json": package("ms", "2.1.0"),
        "app/node_modules/broken/package.json": b"{",
    }
    found = read_root(rooted(tmp_path, files))
    assert purls(found) == [
        "pkg:npm/%40babel/core@7.0.0",
        "pkg:npm/left-pad@1.3.0",
        "pkg:npm/ms@2.0.0",
        "pkg:npm/ms@2.1.0",
    ]
    assert found.notes == ("app/node_modules/broken/package.json is not read: It is not JSON.",)


def varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def go_program(lines: str) -> bytes:
    listed = b"0" * 16 + lines.encode() + b"1" * 16
    info = b"\xff Go buildinf:" + bytes([8, 2]) + bytes(16)
    return b"\x7fELF".ljust(64, b"\0") + info + varint(8) + b"go1.22.1" + varint(len(listed)) + listed


def test_go_programs_tell_their_modules(tmp_path: Path) -> None:
    lines = (
        "path\tgithub.com/a/b/cmd\nmod\tgithub.com/a/b\t(devel)\t\ndep\tgolang.org/x/net\tv0.17.0\th1:x=\n"
        "dep\tgithub.com/old/x\tv1.0.0\n=>\tgithub.com/new/x\tv1.0.1\th1:y=\nbuild\t-ldflags=x\n"
    )
    found = read_root(rooted(tmp_path, {"usr/bin/tool": go_program(lines), "usr/bin/other": b"#!/bin/sh"}))
    assert purls(found) == [
        "pkg:golang/github.com/new/x@v1.0.1",
        "pkg:golang/golang.org/x/net@v0.17.0",
        "pkg:golang/stdlib@1.22.1",
    ]


def rust_program(data: bytes) -> bytes:
    names = b"\0.dep-v0\0.shstrtab\0"
    body = data + names
    table = 64 + len(body)
    header = b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack(
        "<HHIQQQIHHHHHH", 2, 62, 1, 0, 0, table, 0, 64, 0, 0, 64, 3, 2
    )
    sections = bytes(64)
    sections += struct.pack("<IIQQQQIIQQ", 1, 1, 0, 0, 64, len(data), 0, 0, 1, 0)
    sections += struct.pack("<IIQQQQIIQQ", 9, 3, 0, 0, 64 + len(data), len(names), 0, 0, 1, 0)
    return header + body + sections


def test_rust_programs_of_cargo_auditable_tell_their_packages(tmp_path: Path) -> None:
    packages = [
        {"name": "time", "version": "0.1.43", "source": "crates.io"},
        {"name": "cc", "version": "1.0.0", "source": "crates.io", "kind": "build"},
        {"name": "own", "version": "0.1.0", "source": "local", "root": True},
    ]
    packed = zlib.compress(json.dumps({"packages": packages}).encode())
    found = read_root(rooted(tmp_path, {"usr/bin/tool": rust_program(packed)}))
    assert purls(found) == ["pkg:cargo/time@0.1.43"]


@pytest.mark.parametrize(
    ("release", "purl", "ecosystem"),
    [
        (b'ID=ubuntu\nVERSION_ID="22.04"\n', "pkg:deb/ubuntu/curl@1?arch=amd64&distro=ubuntu-22.04", "Ubuntu:22.04"),
        (b"ID=debian\nVERSION_CODENAME=trixie\n", "pkg:deb/debian/curl@1?arch=amd64&distro=debian-trixie", None),
        (b"ID=linuxmint\nVERSION_ID='21'\n", "pkg:deb/linuxmint/curl@1?arch=amd64&distro=linuxmint-21", "deb"),
        (b"", "pkg:deb/debian/curl@1?arch=amd64", "deb"),
    ],
)
def test_the_release_decides_whose_packages_they_are(
    tmp_path: Path, release: bytes, purl: str, ecosystem: str | None
) -> None:
    found = read_root(rooted(tmp_path, {"etc/os-release": release, "var/lib/dpkg/status": status(curl="1")}))
    assert purls(found) == [purl]
    if ecosystem:
        assert found.listings[0].ecosystem == ecosystem


def test_etc_os_release_stands_before_the_other(tmp_path: Path) -> None:
    files = {"etc/os-release": OS_RELEASE, "usr/lib/os-release": ALPINE, "var/lib/dpkg/status": status(curl="1")}
    assert "distro=debian-12" in purls(read_root(rooted(tmp_path, files)))[0]


def test_a_root_without_an_os_release_says_so(tmp_path: Path) -> None:
    found = read_root(rooted(tmp_path, {"var/lib/dpkg/status": status(curl="1")}))
    assert "no os-release" in found.notes[0]
    assert "which release" in found.listings[0].why_not


def test_nothing_to_list_is_a_refusal_and_no_empty_inventory(tmp_path: Path) -> None:
    with pytest.raises(NotASystem, match="Nothing in it names a package"):
        read_root(tmp_path)
    busybox = {"etc/os-release": ALPINE, "bin/busybox": b"\x7fELF", "lib/apk/db/installed": b""}
    with pytest.raises(NotASystem, match="Nothing in it names a package"):
        read_root(rooted(tmp_path / "busybox", busybox))
    with pytest.raises(NotASystem, match=r"rpmdb\.sqlite is not read"):
        read_root(rooted(tmp_path / "damaged", {"var/lib/rpm/rpmdb.sqlite": b"SQLite format 3\0"}))
    with pytest.raises(NotASystem, match="cannot be opened"):
        read_root(tmp_path / "absent")


@pytest.mark.registry
def test_a_real_go_program_is_read(tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed: no Go program can be fetched")
    command = ["npm", "install", "--prefix", str(tmp_path), "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run([*command, "esbuild@0.25.0"], capture_output=True, text=True, timeout=180, check=False)
    if done.returncode:
        pytest.skip(f"esbuild could not be fetched (no package registry?): {done.stderr.strip()[-200:]}")
    found = purls(read_root(tmp_path))
    assert "pkg:npm/esbuild@0.25.0" in found
    assert any(purl.startswith("pkg:golang/stdlib@1.") for purl in found)
