"""The server is killed with SIGKILL while it validates the demo's proofs; what it acknowledged survives and completes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from seawall.demo import world
from seawall.doors.cli.client import Client

pytestmark = [pytest.mark.registry, pytest.mark.sandbox]
PORT = 18441
LEASE_SECONDS = 3
PREPARE = "from seawall.doors.cli.server import load_django; load_django(); from django.core.management import call_command; \
call_command('migrate', interactive=False, verbosity=0); from seawall.demo.keeper import prepare; import json; print(json.dumps(prepare()))"


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SEAWALL_", "DJANGO_"))}
    return kept | {"SEAWALL_DATA_DIR": str(folder), "SEAWALL_LEASE_SECONDS": str(LEASE_SECONDS)}


def _start(folder: Path) -> "subprocess.Popen[bytes]":
    with (folder / "server.log").open("ab") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "seawall", "up", "--port", str(PORT)],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, env=_environment(folder),
        )  # fmt: skip
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", PORT), timeout=1):
                return server
        except OSError:
            assert server.poll() is None, (folder / "server.log").read_text()
            time.sleep(0.1)
    raise AssertionError("the server did not start")


def _kill_everything(server: "subprocess.Popen[bytes]") -> None:
    """Kill the whole group, and wait for its last socket: a child that is still dying accepts connections for a moment."""
    os.killpg(server.pid, signal.SIGKILL)
    server.wait(60)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", PORT), timeout=1).close()
        except ConnectionError:
            return
        time.sleep(0.02)
    raise AssertionError("the killed server still accepts connections")


def test_killed_in_the_middle_of_validation_every_acknowledged_report_is_answered(tmp_path: Path) -> None:
    prepared = subprocess.run(
        [sys.executable, "-c", PREPARE], capture_output=True, text=True, check=True, env=_environment(tmp_path)
    )
    tokens = json.loads(prepared.stdout.strip().splitlines()[-1])
    filed = [item for item in world.reports() if item.runtime == "python"][:5]
    acknowledged: dict[str, str] = {}
    server = _start(tmp_path)
    try:
        for item in filed:
            parts = {"report": ("report.json", item.body), "proof": ("proof.zip", world.packed_proof(item.proof or ""))}
            with closing(Client(f"http://127.0.0.1:{PORT}", tokens[item.finder])) as client:
                acknowledged[item.key] = client.upload("/reports", {"format": item.format}, parts)["reports"][0]
        time.sleep(1.0)
        states = {key: _report(tokens, key, identifier)["state"] for key, identifier in acknowledged.items()}
        assert "validating" in states.values(), "the kill came too late to prove anything"
    finally:
        _kill_everything(server)
    server = _start(tmp_path)
    try:
        deadline = time.monotonic() + 180
        waiting = dict(acknowledged)
        while waiting and time.monotonic() < deadline:
            for key, identifier in list(waiting.items()):
                report = _report(tokens, key, identifier)
                if report["state"] == "answered":
                    expected = next(item.expected for item in filed if item.key == key)
                    assert report["verdict"] == expected, (key, report["verdict_summary"])
                    del waiting[key]
            time.sleep(0.3)
        assert not waiting
    finally:
        _kill_everything(server)


def _report(tokens: dict[str, str], key: str, identifier: str) -> dict[str, object]:
    finder = next(item.finder for item in world.reports() if item.key == key)
    with closing(Client(f"http://127.0.0.1:{PORT}", tokens[finder])) as client:
        answer: dict[str, object] = client.get(f"/reports/{identifier}")
    return answer
