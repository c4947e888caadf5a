"""``seawall facts`` on the server's own machine, in a folder of its own, without any server."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


class Machine:
    def __init__(self, folder: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SEAWALL_")}
        self.folder = folder
        self.environment = {**kept, "SEAWALL_DATA_DIR": str(folder / "data"), "COLUMNS": "200"}

    def run(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "seawall", "facts", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done.stdout if code in {0, 1} else done.stderr

    def write(self, name: str, content: str) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return str(path)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def catalog(count: int, released: str) -> str:
    entries = [
        {"cveID": f"CVE-2026-{10_000 + number}", "dateAdded": "2026-11-01", "dueDate": "2026-11-22"}
        for number in range(count)
    ]
    return json.dumps({"catalogVersion": "1", "dateReleased": released, "count": count, "vulnerabilities": entries})


def enriched(cve: str, automatable: str) -> dict[str, Any]:
    content = {"timestamp": "2026-11-01T00:00:00Z", "options": [{"Automatable": automatable}]}
    container = {
        "providerMetadata": {"shortName": "CISA-ADP"},
        "metrics": [{"other": {"type": "ssvc", "content": content}}],
    }
    return {"cveMetadata": {"cveId": cve}, "containers": {"adp": [container]}}


def test_the_catalog_is_read_once_and_a_broken_one_is_refused(machine: Machine) -> None:
    first = machine.write("kev.json", catalog(30, "2026-11-01T00:00:00Z"))
    assert json.loads(machine.run("kev", first)) == {"new_statements": 120}
    assert json.loads(machine.run("kev", first)) == {"new_statements": 0}
    assert "in_kev" in machine.run("show", "cve-2026-10000")
    empty = machine.write("empty.json", catalog(0, "2026-11-02T00:00:00Z"))
    refusal = machine.run("kev", empty, code=2)
    assert "30 entries are gone" in refusal
    assert "Traceback" not in refusal
    assert json.loads(machine.run("kev", empty, "--removals", "30")) == {"new_statements": 30}
    assert "no (kev, 2026-11-02)" in machine.run("show", "CVE-2026-10000")


def test_enriched_records_are_read_from_a_folder_and_from_lines(machine: Machine) -> None:
    machine.write("records/2026/CVE-2026-1000.json", json.dumps(enriched("CVE-2026-1000", "yes")))
    machine.write("records/README.json", "{}")
    assert json.loads(machine.run("vulnrichment", str(machine.folder / "records"))) == {"new_statements": 1}
    lines = machine.write("lines.jsonl", "\n".join(json.dumps(enriched(f"CVE-2026-200{n}", "no")) for n in range(3)))
    assert json.loads(machine.run("vulnrichment", lines)) == {"new_statements": 3}
    assert "automatable" in machine.run("show", "CVE-2026-2001")
    assert "Nothing is known" in machine.run("show", "CVE-1999-0001", code=1)


@pytest.mark.parametrize("content", ["", "{}", "<kev/>", '{"vulnerabilities": [], "catalogVersion": "1"}'])
def test_what_is_no_catalog_is_refused_in_a_line(machine: Machine, content: str) -> None:
    refusal = machine.run("kev", machine.write("kev.json", content), code=2)
    assert refusal.startswith("seawall: ")
    assert len(refusal.splitlines()) == 1
