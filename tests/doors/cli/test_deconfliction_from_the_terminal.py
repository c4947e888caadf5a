"""Leases, commitments, the blind check and network scans, as commands, against a real server on loopback."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from seawall.clearinghouse.deconfliction.networks import services as networks
from seawall.clearinghouse.deconfliction.networks.types import Limits
from seawall.foundation.platform.signing import SigningKey
from seawall.foundation.transparency import queries as log
from seawall.foundation.transparency import services as transparency
from support import KEEPER, World
from support.terminal import Shell

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def finder(server: str, parties: World) -> Shell:
    return Shell(server, parties.token("finder"))


@pytest.fixture
def rival(server: str, parties: World) -> Shell:
    return Shell(server, parties.token("rival"))


def test_a_lease_is_kept_alive_paused_passed_on_and_told_of(finder: Shell, rival: Shell) -> None:
    said = json.loads(finder.run("lease", "request", "pkg:pypi/jinja2", "--weakness", "79", "--json"))
    lease = said["leases"][0]
    assert lease["weaknesses"] == ["CWE-79"]
    assert "active" in finder.run("lease", "heartbeat", lease["id"], "--fence", str(lease["fence"]))
    assert "the fence is not its own" in finder.run("lease", "heartbeat", lease["id"], "--fence", "99", code=2)
    assert "paused" in finder.run("lease", "pause", lease["id"])
    assert "active" in finder.run("lease", "resume", lease["id"])
    code = finder.run("lease", "hand-over", lease["id"]).strip()
    taken = json.loads(rival.run("lease", "take-over", code, "--json"))
    assert taken["fence"] > lease["fence"]
    rival.run("lease", "release", taken["id"], "--tell", "--machine-hours", "7")
    assert "7" in finder.run("lease", "coverage", "pkg:pypi/jinja2")
    assert "pkg:pypi/jinja2" in finder.run("lease", "next", "pkg:pypi/jinja2", "pkg:pypi/mako")


def test_a_finding_is_sealed_checked_proved_revealed_and_verified(finder: Shell, rival: Shell, tmp_path: Path) -> None:
    finding = tmp_path / "finding.json"
    finding.write_text(json.dumps({"what": "the attr filter reads secrets"}), encoding="utf-8")
    row = json.loads(finder.run("commitment", "seal", str(finding), "--json"))
    opening = tmp_path / "finding.json.opening"
    assert stat.S_IMODE(opening.stat().st_mode) == 0o600
    assert "is there already" in finder.run("commitment", "seal", str(finding), code=2)
    patch = tmp_path / "fix.diff"
    patch.write_text("--- a/src/f.py\n+++ b/src/f.py\n@@ -1 +1 @@\n-    bad(x)\n+    good(x)\n", encoding="utf-8")
    question = ["pkg:pypi/jinja2", "--symbol", "do_attr", "--patch", str(patch)]
    assert "nobody else" in finder.run("collision", "check", row["id"], *question)
    other = tmp_path / "other"
    theirs = json.loads(rival.run("commitment", "seal", str(finding), "--opening", str(other), "--json"))
    said = rival.run("collision", "check", theirs["id"], *question, "--introduce", code=1)
    assert "somebody holds it (by hunk, symbol)" in said
    assert "too little" in rival.run("collision", "check", theirs["id"], "pkg:pypi/jinja2", code=2)
    transparency.checkpoint(KEEPER)
    proof = tmp_path / "finding.tlog-proof"
    finder.run("commitment", "proof", row["id"], "--output", str(proof))
    key = log.verifier_key(KEEPER)
    assert "genuine" in finder.run("commitment", "verify", str(opening), str(proof), "--vkey", key)
    assert "a byte was changed" in finder.run("commitment", "verify", str(other), str(proof), "--vkey", key, code=2)
    assert "do not give the digest" in finder.run("commitment", "reveal", row["id"], str(finding), code=2)
    assert "revealed" in finder.run("commitment", "reveal", row["id"], str(opening))
    assert row["id"] in finder.run("commitment", "list")
    published = ["--algorithm", "sha3-256", "--digest", "ab" * 32, "--url", "https://lab.example/x"]
    assert "sealed" in finder.run("commitment", "publish", *published)


def test_a_network_is_scanned_and_asked_about(
    server: str, parties: World, finder: Shell, tmp_path: Path, settings: Any
) -> None:
    operator = parties.actor("hospital")
    network = networks.register_network(operator, value="192.0.2.0/24")
    networks.decide_network(parties.actor("clearinghouse"), network.id, vouch=True, reason="known")
    networks.set_limits(operator, network.id, Limits(), scanners=[parties.id("finder")])
    wish = ["--hours", "1", "--rate", "5", "--source", "198.51.100.7", "--json"]
    scan = json.loads(finder.run("network", "book", network.id, *wish))
    assert "go: " in finder.run("network", "heartbeat", scan["id"])
    soc = Shell(server, parties.token("hospital"))
    file, key = tmp_path / "scans.json", tmp_path / "key.pem"
    soc.run("network", "authorized", scan["starts_at"][:10], str(file))
    key.write_bytes(SigningKey.load_or_create(settings.SEAWALL.data_dir).public_pem)
    within = datetime.fromisoformat(scan["starts_at"]).astimezone(UTC) + timedelta(minutes=1)
    asked = [
        "network",
        "ours",
        str(file),
        "198.51.100.7",
        "--key",
        str(key),
        "--at",
        within.strftime("%Y-%m-%dT%H:%M:%S"),
    ]
    assert "ours: finder" in soc.run(*asked)
    assert "NOT ours" in soc.run(*asked[:3], "198.51.100.8", *asked[4:], code=1)
    file.write_bytes(file.read_bytes().replace(b"A", b"B", 1))
    assert soc.run(*asked, code=2)
    networks.stop_network(operator, network.id, reason="too loud")
    assert "STOP: too loud" in finder.run("network", "heartbeat", scan["id"], code=1)
    assert "stopped" in finder.run("network", "finish", scan["id"])
