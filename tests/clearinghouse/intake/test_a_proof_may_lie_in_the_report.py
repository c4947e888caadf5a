"""A Markdown report's named blocks, or a bundle among TAP's attachments, are the proof; other archives are evidence."""

import base64
import io
import json
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from seawall.clearinghouse.intake.models import Report
from seawall.clearinghouse.validation import archives
from seawall.foundation.jobs.models import Job
from seawall.foundation.platform import storage
from support import World
from support.report_samples import MARKDOWN, SAMPLES, TAP

pytestmark = pytest.mark.django_db
MANIFEST = """schema = "seawall.proof/1"

[target]
package = "pkg:pypi/tqdm"
vulnerable = "4.66.2"
fixed = "4.66.3"

[claim]
failure = "code-execution"

[run]
runtime = "python"
driver = "driver.py"
input = "input.txt"
control = "benign.txt"

[oracle]
kind = "canary-written"
"""
FILES = {"proof.toml": MANIFEST, "driver.py": "import sys\n", "input.txt": "attack\n", "benign.txt": "fine\n"}


def blocks(files: dict[str, str]) -> bytes:
    languages = {"toml": "toml ", "py": "python ", "txt": ""}
    return (
        MARKDOWN
        + "".join(
            f"\n```{languages.get(name.rpartition('.')[2], '')}{name}\n{content}```\n"
            for name, content in files.items()
        )
    ).encode()


def zipped(files: dict[str, str]) -> str:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return base64.b64encode(out.getvalue()).decode()


def tap(data: str, **changes: Any) -> bytes:
    bundle = {"filename": "poc.zip", "content_type": "application/zip", "type": "reproducer", "data": data, **changes}
    return json.dumps({**TAP, "attachments": [*TAP["attachments"], bundle]}).encode()


def submit(world: World, data: bytes, **more: Any) -> Any:
    return world.api("finder").post("/reports", form={"report": SimpleUploadedFile("r", data), **more})


@pytest.mark.parametrize("data", [blocks(FILES), tap(zipped(FILES))], ids=["markdown", "tap"])
def test_the_proof_inside_is_validated_like_one_beside(world: World, data: bytes) -> None:
    receipt = submit(world, data).body
    assert archives.read("proof.zip", storage.read(receipt["proof_digest"])) == {
        name: content.encode() for name, content in FILES.items()
    }
    assert Report.objects.get().state == "validating"
    assert Job.objects.get().kind == "validation.replay"
    assert submit(world, data).body["proof_digest"] == receipt["proof_digest"]


def test_a_proof_beside_the_report_goes_first(world: World) -> None:
    beside = base64.b64decode(zipped({**FILES, "input.txt": "another\n"}))
    receipt = submit(world, blocks(FILES), proof=SimpleUploadedFile("proof.zip", beside)).body
    assert storage.read(receipt["proof_digest"]) == beside


@pytest.mark.parametrize(
    "data",
    [
        tap(zipped({"poc.c": "int main;"})),
        tap(base64.b64encode(b"PK\x03\x04 no archive").decode()),
        tap(zipped(FILES), type="patch"),
        tap(zipped({"sub/proof.toml": MANIFEST})),
        blocks({"driver.py": "import sys\n"}),
        SAMPLES["markdown"].data(),
    ],
    ids=["another zip", "a broken zip", "not said to show it", "not at its root", "no manifest", "no named block"],
)
def test_what_is_no_proof_is_evidence_for_people(world: World, data: bytes) -> None:
    answer = submit(world, data)
    assert (answer.status, answer.body["proof_digest"]) == (202, None)


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (blocks({"proof.toml": "schema = 1\n"}), "line "),
        (blocks({**FILES, "a/../../x.py": "import os\n"}), "line "),
        (tap(zipped({"proof.toml": "broken ["})), "attachments/2"),
    ],
    ids=["a broken manifest", "a name that steps out", "a broken manifest in TAP"],
)
def test_a_proof_that_cannot_be_read_is_refused_at_its_place(world: World, data: bytes, where: str) -> None:
    answer = submit(world, data)
    assert (answer.status, answer.code) == (422, "bad-proof")
    assert answer.body["field"].startswith(where)
    assert not Report.objects.exists()
