"""``seawall scan``, as installed, against a real server on loopback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from seawall.foundation.jobs.runner import drain
from support import World, scans

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_scan_is_sent_followed_and_judged(server: str, parties: World, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEAWALL_")}
    environment = {**kept, "SEAWALL_URL": server, "SEAWALL_TOKEN": parties.token("finder"), "COLUMNS": "300"}

    def run(*arguments: str, code: int = 0) -> str:
        command = [sys.executable, "-m", "seawall", "scan", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done.stdout or done.stderr

    spots = scans.project(5)
    hostile = scans.Spot(0, "src/\x1b[2J\u202egnp.py", 3, "x()")
    first, second, third = tmp_path / "1.sarif", tmp_path / "2.sarif", tmp_path / "3.sarif"
    first.write_bytes(scans.bandit(spots))
    second.write_bytes(scans.bandit([*spots[1:], hostile]))
    third.write_bytes(b"no SARIF")

    def send(file: Path) -> str:
        sent = json.loads(run("upload", str(file), "--project", "pkg:pypi/jinja2", "--no-wait", "--json"))
        drain()
        return str(sent["id"])

    send(first)
    later = send(second)
    assert "1 new, 0 reopened, 1 gone, 4 unchanged (run 2)" in run("status", later)
    assert later in run("list")
    shown = run("findings", "--scan", later, "--change", "new")
    assert "\x1b[2J" not in shown
    assert "\u202e" not in shown
    [gone] = json.loads(run("findings", "--scan", later, "--change", "gone", "--json"))
    assert "take-back" in run("judge", gone["id"], "--as", "accepted", "--reason", "It is going away.")
    assert json.loads(run("findings", "--change", "gone", "--json")) == []
    assert "Taken back" in run("take-back", gone["id"], "--reason", "It is not.")
    assert len(json.loads(run("findings", "--change", "gone", "--json"))) == 1
    assert "no JSON object" in run("status", send(third), code=1)
    assert "package URL" in run("upload", str(first), "--project", "jinja", code=2)
