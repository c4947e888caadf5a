"""A bundle is read whole, the same from a folder, a ZIP and a tarball; or refused with its reason, and nothing is written."""

import io
import os
import stat
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.intake.types import FailureClass
from seawall.clearinghouse.validation import archives, manifests
from seawall.clearinghouse.validation.bundles import check_archive, open_bundle
from seawall.clearinghouse.validation.errors import BundleError
from seawall.clearinghouse.validation.types import NEEDS_CONTROL, PROVES, Failure, OracleKind, Runtime

from .conftest import Proof, tarred, zipped

PROOF = {name: text.encode() for name, text in Proof().files().items()}


def one(name: str, content: bytes = b"x", **fields: int) -> bytes:
    """A ZIP with one more member, whose header says what it likes."""
    data = io.BytesIO(zipped(PROOF))
    with warnings.catch_warnings(), zipfile.ZipFile(data, "a", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # a name that is there twice is what one of them is about
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        for field, value in fields.items():
            setattr(info, field, value)
        archive.writestr(info, content)
    return data.getvalue()


def tar(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        info = tarfile.TarInfo(name)
        info.type = kind
        info.linkname = target
        archive.addfile(info, io.BytesIO())
    return data.getvalue()


def lying(data: bytes) -> bytes:
    """The first member's uncompressed size, changed in the directory and in its own header."""
    for mark, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        start = data.index(mark) + place
        data = data[:start] + struct.pack("<I", 3) + data[start + 4 :]
    return data


LINK = (stat.S_IFLNK | 0o777) << 16
ARCHIVES: dict[str, tuple[bytes, str]] = {
    "no archive": (b"GIF89a", "neither a ZIP nor"),
    "nothing": (b"", "neither a ZIP nor"),
    "an empty ZIP": (zipped({}), "no proof.toml"),
    "steps out": (one("../evil"), "does not stay inside"),
    "steps out later": (one("a/../../evil"), "does not stay inside"),
    "is absolute": (one("/etc/passwd"), "does not stay inside"),
    "is a drive": (one("C:evil"), "does not stay inside"),
    "has backslashes": (one("a\\..\\..\\evil"), "does not stay inside"),
    "hides its ending": (one("a\u202egpj.py"), "does not stay inside"),
    "has a line break": (one("a\nb"), "does not stay inside"),
    "has a very long name": (one("n" * 301), "does not stay inside"),
    "has a part too long for a disk": (one("ä" * 128), "does not stay inside"),
    "stands in for the package": (one("node_modules/pier/index.js"), "stand in for the package"),
    "is a link": (one("evil", b"/etc/passwd", external_attr=LINK), "link or device"),
    "is a device": (one("evil", external_attr=(stat.S_IFCHR | 0o600) << 16), "link or device"),
    "is encrypted": (one("evil").replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"), "encrypted"),
    "is there twice": (one("driver.py"), "Two members"),
    "differs in case": (one("DRIVER.py"), "Two members"),
    "differs in accents": (zipped({**PROOF, "\u00e9": b"", "e\u0301": b""}), "Two members"),
    "is a file and a folder": (one("driver.py/inside"), "is a file and a folder"),
    "bursts": (one("zeros", bytes(2**22)), "unpacks to far more"),
    "has too many members": (zipped({**PROOF, **{f"m{n}": b"" for n in range(archives.ENTRIES_MAX)}}), "members"),
    "lies about a size": (lying(zipped(PROOF)), "damaged"),
    "ends early": (zipped(PROOF)[:-40], "neither a ZIP nor"),
    "a tar steps out": (tar("../evil"), "does not stay inside"),
    "a tar holds a link": (tar("evil", tarfile.SYMTYPE, "/etc/passwd"), "a link, a device"),
    "a tar holds a hard link": (tar("evil", tarfile.LNKTYPE, "proof.toml"), "a link, a device"),
    "a tar holds a pipe": (tar("evil", tarfile.FIFOTYPE), "a link, a device"),
    "a tar holds a device": (tar("evil", tarfile.CHRTYPE), "a link, a device"),
    "a tar ends early": (tarred(PROOF)[:-20], "ends early"),
    "a tar is followed by more": (tarred(PROOF) + b"more", "follows the gzip stream"),
    "a tar bursts": (tarred({"zeros": bytes(archives.UNPACKED_MAX)}), "unpacks to more than 64 MiB"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "says"), ARCHIVES.values(), ids=ARCHIVES)
def test_a_bad_archive_is_refused_before_anything_is_written(data: bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=says):
        check_archive("proof.zip", data)
    (tmp_path / "given").write_bytes(data)
    with pytest.raises(BundleError, match=says) as refusal:
        open_bundle(tmp_path / "given", tmp_path / "into")
    assert not (tmp_path / "into").exists()
    assert refusal.value.action
    assert str(refusal.value).isascii() or "…" in str(refusal.value)


FOLDERS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a link": (lambda folder: (folder / "link").symlink_to("/etc/passwd"), "link or device"),
    "a pipe": (lambda folder: os.mkfifo(folder / "pipe"), "link or device"),
    "no manifest": (lambda folder: (folder / "proof.toml").unlink(), "no proof.toml"),
}


@pytest.mark.parametrize(("spoil", "says"), FOLDERS.values(), ids=FOLDERS)
def test_a_bad_folder_is_refused(spoil: Callable[[Path], object], says: str, tmp_path: Path) -> None:
    folder = unpacked(tmp_path / "folder")
    spoil(folder)
    with pytest.raises(BundleError, match=says):
        open_bundle(folder, tmp_path / "into")


def test_a_bundle_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="No such file"):
        open_bundle(tmp_path / "missing", tmp_path / "into")


def unpacked(folder: Path) -> Path:
    folder.mkdir()
    for name, content in PROOF.items():
        (folder / name).write_bytes(content)
    return folder


def test_a_folder_a_zip_and_a_tarball_are_one_bundle(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped(PROOF))
    (tmp_path / "a.tar.gz").write_bytes(tarred(dict(reversed(PROOF.items()))))
    unpacked(tmp_path / "folder")
    bundles = [open_bundle(tmp_path / name, tmp_path / f"into-{name}") for name in ("a.zip", "a.tar.gz", "folder")]
    assert len({bundle.digest for bundle in bundles}) == 1
    assert len({bundle.manifest for bundle in bundles}) == 1
    assert (bundles[0].folder / "driver.py").read_bytes() == PROOF["driver.py"]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 600), st.sampled_from([zipped(PROOF), tarred(PROOF)]))
def test_damage_anywhere_is_a_bundle_or_a_refusal(noise: bytes, place: int, archive: bytes) -> None:
    damaged = archive[:place] + noise + archive[place + len(noise) :]
    try:
        check_archive("proof.zip", damaged)
    except BundleError as refusal:
        assert refusal.detail  # noqa: PT017 - either outcome is right


def manifest(changes: dict[str, str]) -> dict[str, bytes]:
    """The proof's members after a change of lines in its manifest."""
    text = PROOF["proof.toml"].decode()
    for old, new in changes.items():
        assert text.count(old) == 1, (old, text)
        text = text.replace(old, new)
    return {**PROOF, "proof.toml": text.encode()}


MANIFESTS: dict[str, tuple[dict[str, str], str, str]] = {
    # what is wrong: (change, field, part of the message)
    "not TOML": ({"[target]": "[target"}, "proof.toml", "not TOML"),
    "another schema": ({"seawall.proof/1": "seawall.proof/2"}, "schema", "schema is 'seawall.proof/2'"),
    "an unknown section": ({"[oracle]": "[extra]\na = 1\n[oracle]"}, "extra", "Unknown section"),
    "an unknown key": ({"[oracle]": "[oracle]\nseconds = 3"}, "oracle.seconds", "Unknown key"),
    "a value for a section": ({"[target]": 'run = "x"\n[target]', "[run]": "[build]"}, "run", "Unknown section"),
    "a shell's line": ({'vulnerable = "1.0"': 'vulnerable = "1.0; reboot"'}, "target.vulnerable", "not an exact version"),
    "an option for a version": ({'vulnerable = "1.0"': 'vulnerable = "--index"'}, "target.vulnerable", "not an exact version"),
    "a range": ({'fixed = "1.1"': 'fixed = ">=1.1"'}, "target.fixed", "not an exact version"),
    "a tag": ({'fixed = "1.1"': 'fixed = "latest"'}, "target.fixed", "not an exact version"),
    "no package URL": ({"pkg:pypi/pier": "pier"}, "target.package", "not a package URL"),
    "an unknown ecosystem": ({"pkg:pypi/pier": "pkg:cargo/pier"}, "target.package", "cannot be built here yet"),
    "a version in the package": ({"pkg:pypi/pier": "pkg:pypi/pier@1.0"}, "target.package", "names more than the package"),
    "an option for a name": ({"pkg:pypi/pier": "pkg:pypi/-r"}, "target.package", "no name of a pypi package"),
    "another runtime": ({'"python"': '"node"'}, "run.runtime", "pypi packages run as python"),
    "an unknown runtime": ({'"python"': '"perl"'}, "run.runtime", "is 'perl'"),
    "an unknown failure": ({"code-execution": "bad-luck"}, "claim.failure", "is 'bad-luck'"),
    "an oracle that cannot show it": ({"code-execution": "memory-safety"}, "oracle.kind", "cannot show memory-safety"),
    "an oracle of another runtime": (
        {"code-execution": "prototype-pollution", "canary-written": "prototype-polluted"}, "oracle.kind", "is for node"
    ),
    "a driver that is not there": ({'"driver.py"': '"other.py"'}, "run.driver", "not in the bundle"),
    "a driver that steps out": ({'"driver.py"': '"../driver.py"'}, "run.driver", "not in the bundle"),
    "a list for a text": ({'"driver.py"': '["driver.py"]'}, "run.driver", "must be a short text"),
    "a range for a requirement": (
        {'fixed = "1.1"': 'fixed = "1.1"\nrequires = ["pkg:pypi/a"]'}, "target.requires", "not a pinned pypi package"
    ),
    "trees for a registry's package": (
        {'fixed = "1.1"': 'fixed = "1.1"\nvulnerable_tree = "src"'}, "target.vulnerable_tree", "for generic packages"
    ),
    "a budget without measure": ({"[oracle]": "[oracle]\nbudget_s = 3600"}, "oracle.budget_s", "0.5 to 30 seconds"),
    "a budget that is no number": ({"[oracle]": "[oracle]\nbudget_s = nan"}, "oracle.budget_s", "0.5 to 30 seconds"),
    "a time budget without a control": (
        {"code-execution": "denial-of-service", "canary-written": "time-budget", 'control = "control.txt"': ""},
        "run.control", "must be a short text",
    ),
    "a style of another runtime": ({"[run]": '[run]\nstyle = "jest"'}, "run.style", "is for node"),
    "an unknown style": ({"[run]": '[run]\nstyle = "ava"'}, "run.style", "is 'ava'"),
    "growth without sizes": (
        {"code-execution": "denial-of-service", "canary-written": "growth"}, "oracle.sizes", "3 to 6 whole numbers"
    ),
    "sizes that do not grow": (
        {"code-execution": "denial-of-service", 'kind = "canary-written"': 'kind = "growth"\nsizes = [10, 20, 21]'},
        "oracle.sizes", "must grow",
    ),
    "a pump without end": (
        {"code-execution": "denial-of-service",
         'kind = "canary-written"': f'kind = "growth"\nsizes = [10, 20, 9000000]\npump = "{"x" * 999}"'},
        "oracle.pump", "more than 32 MiB",
    ),
    "growth of nothing": (
        {"code-execution": "denial-of-service", 'kind = "canary-written"': 'kind = "growth"\nsizes = [1, 2, 4]',
         'control = "control.txt"': ""},
        "run.control", "must be a short text",
    ),
    "a memory budget without measure": (
        {"code-execution": "denial-of-service", 'kind = "canary-written"': 'kind = "memory-budget"\nbudget_mib = 4000'},
        "oracle.budget_mib", "64 to 400 MiB",
    ),
    "a name that steps out": ({"[oracle]": '[oracle]\nnames = ["../../shadow"]'}, "oracle.names", "is not a file's name"),
    "a place of the system's": ({"[oracle]": '[oracle]\nnames = ["/usr/bin/node"]'}, "oracle.names", "is not a file's name"),
    "a command with arguments": ({"[oracle]": '[oracle]\ncommands = ["rm -rf"]'}, "oracle.commands", "not a program's name"),
    "a folder that steps out": ({"[oracle]": '[oracle]\ninside = ["out/../.."]'}, "oracle.inside", "not a folder below"),
    "an address for a host": ({"[oracle]": '[oracle]\nhosts = ["http://x/"]'}, "oracle.hosts", "not a host's name"),
    "a guard that is the attack": (
        {"code-execution": "authentication-bypass", "canary-written": "authentication-passed", 'input = "input.txt"': ""},
        "run.input", "must be a short text",
    ),
    "no name of an exception": (
        {"code-execution": "uncaught-exception", "canary-written": "uncaught-exception"}, "oracle.exception", "short text"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "field", "says"), MANIFESTS.values(), ids=MANIFESTS)
def test_a_bad_manifest_is_refused_with_its_field(changes: dict[str, str], field: str, says: str) -> None:
    with pytest.raises(BundleError, match=says) as refusal:
        manifests.read(manifest(changes))
    assert refusal.value.field == field


def test_a_manifest_that_is_too_long_or_too_deep_is_refused() -> None:
    for text in (b"#" * (manifests.SIZE_MAX + 1), b"a = " + b"[" * 5000):
        with pytest.raises(BundleError):
            manifests.read({**PROOF, "proof.toml": text})


def test_every_failure_can_be_shown_by_an_oracle_and_every_oracle_is_described() -> None:
    assert set(PROVES) == set(OracleKind)
    assert frozenset().union(*PROVES.values()) == set(Failure)


def test_a_report_may_claim_whatever_a_proof_can_show() -> None:
    assert {item.value for item in FailureClass} == {item.value for item in Failure} | {"other"}
    assert set(OracleKind) >= NEEDS_CONTROL


def test_a_driver_alone_is_the_attack() -> None:
    read = manifests.read(manifest({'input = "input.txt"': "", 'control = "control.txt"': 'style = "pytest"'}))
    assert read.alone
    assert (read.input, read.control, read.style.value) == ("", None, "pytest")
    slow = {"code-execution": "denial-of-service", "canary-written": "time-budget", 'control = "control.txt"': ""}
    alone = manifests.read(manifest({**slow, 'input = "input.txt"': ""}))
    assert alone.budget_s == manifests.BUDGET_ALONE_S


def test_a_native_proof_brings_its_trees() -> None:
    text = (
        'schema = "seawall.proof/1"\n[target]\npackage = "pkg:generic/tide/gate"\nvulnerable = "main"\nvulnerable_tree = "old/"\n'
        '[claim]\nfailure = "memory-safety"\n[run]\nruntime = "native"\ninput = "in"\n'
        '[build]\nmain = "d.c"\nsources = ["src/*.c"]\n[oracle]\nkind = "sanitizer"\n'
    )
    members = {"proof.toml": text.encode(), "old/src/a.c": b"", "d.c": b"", "in": b""}
    read = manifests.read(members)
    assert (read.runtime, read.package_name, read.vulnerable_tree, read.fixed_tree) == (
        Runtime.NATIVE,
        "tide/gate",
        "old",
        None,
    )
    for name, pattern in (("sources", "../*.c"), ("sources", "/etc/*.c"), ("include", "-x")):
        broken = text.replace('sources = ["src/*.c"]', f'{name} = ["{pattern}"]')
        with pytest.raises(BundleError) as refusal:
            manifests.read({**members, "proof.toml": broken.encode()})
        assert refusal.value.field == f"build.{name}"
    with pytest.raises(BundleError, match="its own source trees"):
        manifests.with_versions(read, vulnerable=None, fixed="2")
    assert manifests.with_versions(replace(read, vulnerable_tree=None), vulnerable="2", fixed=None).vulnerable == "2"
