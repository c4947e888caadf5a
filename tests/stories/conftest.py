import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from support import World
from support.stories import Story
from support.world import Scene

Play = Callable[..., Story]
PROOF = """
schema = "seawall.proof/1"

[target]
package = "pkg:pypi/jinja2"
vulnerable = "3.1.5"
fixed = "3.1.6"

[claim]
failure = "file-disclosure"

[run]
runtime = "python"
driver = "driver.py"
input = "input.txt"
control = "control.txt"

[oracle]
kind = "secret-read"
"""
"""A story's run is written down, so this one only has to be readable."""


@pytest.fixture
def play(world: World, later: Callable[..., None]) -> Play:
    """``play(name, **parties)`` begins a story with organizations of the world and what they are called."""

    def begin(name: str, **parties: str) -> Story:
        return Story(name, Scene(world), later, **{who.replace("__", "/"): title for who, title in parties.items()})

    return begin


def flaw(title: str, **fields: Any) -> dict[str, Any]:
    """The form of a report with a proof, as a finder sends it."""
    report = {
        "schema": "seawall.report/1",
        "title": title,
        "description": "The attr filter hands out str.format past the sandbox.",
        "package": "pkg:pypi/jinja2",
        "versions": ["3.1.5"],
        "failure": "file-disclosure",
        "symbols": ["jinja2.filters.do_attr"],
        "affected": [{"introduced": "0", "fixed": "3.1.6"}],
        **fields,
    }
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("proof.toml", PROOF)
        archive.writestr("driver.py", "import sys\nimport jinja2\n")
        archive.writestr("input.txt", "attack")
        archive.writestr("control.txt", "benign")
    return {
        "report": SimpleUploadedFile("report.json", json.dumps(report).encode()),
        "proof": SimpleUploadedFile("proof.zip", bundle.getvalue()),
    }
