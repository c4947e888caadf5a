"""Each row: how an archive tries to be more than a folder of files. Refused before anything is stored or run."""

import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from seawall.clearinghouse.intake.models import Report
from seawall.foundation.jobs.models import Job
from seawall.foundation.transparency.models import LogEntry
from support import World

pytestmark = pytest.mark.django_db

MANIFEST = b'schema = "seawall.proof/1"\n'
REPORT = b'{"schema": "seawall.report/1", "title": "t", "description": "d", "package": "pkg:pypi/jinja2", "versions": ["3.1.5"]}'


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in (("proof.toml", MANIFEST), *members):
            archive.writestr(name, content)
    return out.getvalue()


def tarred(*members: tarfile.TarInfo) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        info = tarfile.TarInfo("proof.toml")
        info.size = len(MANIFEST)
        archive.addfile(info, io.BytesIO(MANIFEST))
        for member in members:
            archive.addfile(member, io.BytesIO(bytes(member.size)))
    return out.getvalue()


def special_zip(name: str, mode: int, content: bytes) -> bytes:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (mode | 0o777) << 16
    return zipped((info, content))


def special_tar(name: str, kind: bytes = tarfile.REGTYPE, target: str = "", size: int = 0) -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, size
    return tarred(info)


PROOFS: list[tuple[str, str, Callable[[], bytes], str]] = [
    # what it tries, file name, archive, a word of the reason
    ("ZIP that steps out", "p.zip", lambda: zipped(("../evil", b"x")), "stay inside"),
    ("ZIP that steps out from within", "p.zip", lambda: zipped(("a/../../evil", b"x")), "stay inside"),
    ("ZIP with an absolute name", "p.zip", lambda: zipped(("/etc/cron.d/evil", b"x")), "stay inside"),
    ("ZIP with a drive letter", "p.zip", lambda: zipped(("C:evil", b"x")), "stay inside"),
    ("ZIP with backslashes", "p.zip", lambda: zipped(("..\\evil", b"x")), "stay inside"),
    ("ZIP with a symlink", "p.zip", lambda: special_zip("link", stat.S_IFLNK, b"/etc/passwd"), "link"),
    ("ZIP with a device", "p.zip", lambda: special_zip("dev", stat.S_IFCHR, b""), "device"),
    ("tar that steps out", "p.tar.gz", lambda: special_tar("../evil", size=1), "stay inside"),
    ("tar with an absolute name", "p.tar.gz", lambda: special_tar("/tmp/evil", size=1), "stay inside"),  # noqa: S108
    ("tar with a symlink", "p.tar.gz", lambda: special_tar("link", tarfile.SYMTYPE, "/etc/passwd"), "link"),
    ("tar with a symlink inside", "p.tar.gz", lambda: special_tar("link", tarfile.SYMTYPE, "proof.toml"), "link"),
    ("tar with a hard link", "p.tar.gz", lambda: special_tar("link", tarfile.LNKTYPE, "../../etc/passwd"), "link"),
    ("tar with a FIFO", "p.tar.gz", lambda: special_tar("pipe", tarfile.FIFOTYPE), "device"),
    ("tar with a device", "p.tar.gz", lambda: special_tar("null", tarfile.CHRTYPE), "device"),
    ("ZIP bomb", "p.zip", lambda: zipped(("zeros", bytes(50 * 2**20))), "bomb"),
    ("gzip bomb", "p.tar.gz", lambda: gzip.compress(bytes(70 * 2**20), 1), "unpacks to more"),
    ("too many members", "p.zip", lambda: zipped(*[(f"f{n}", b"") for n in range(2_001)]), "members"),
    ("two members of one name", "p.zip", lambda: zipped(("A.txt", b"1"), ("a.txt", b"2")), "spelling"),
    ("ZIP cut off", "p.zip", lambda: zipped(("a", b"x" * 100))[:-30], "neither"),
    ("tar cut off", "p.tar.gz", lambda: special_tar("a", size=5000)[:-20], "early"),
    ("no archive", "p.zip", lambda: b"#!/bin/sh\nrm -rf /\n", "neither"),
    ("an empty file", "p.zip", lambda: b"", ""),
]


@pytest.mark.parametrize(("name", "archive", "reason"), [row[1:] for row in PROOFS], ids=[row[0] for row in PROOFS])
def test_a_hostile_archive_is_refused_and_nothing_is_kept(
    world: World, name: str, archive: Callable[[], bytes], reason: str
) -> None:
    finder = world.api("finder")
    before = [model._default_manager.count() for model in (Report, Job, LogEntry)]
    form: dict[str, Any] = {
        "format": "seawall",
        "report": SimpleUploadedFile("report.json", REPORT),
        "proof": SimpleUploadedFile(name, archive()),
    }
    answer = finder.post("/reports", form=form)
    assert (answer.status, answer.headers["Content-Type"]) == (422, "application/problem+json"), answer.body
    assert (answer.code, answer.body["field"]) == ("bad-proof", "proof")
    assert reason in answer.body["detail"] + answer.body["action"]
    assert answer.body["action"], "it does not say what to do"
    assert [model._default_manager.count() for model in (Report, Job, LogEntry)] == before
