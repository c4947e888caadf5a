"""``seawall validate`` runs a proof without server, account or Django, and says what it saw by text, JSON and exit code."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from seawall.clearinghouse.validation.errors import SandboxUnavailable
from seawall.clearinghouse.validation.sandboxes.interface import Provider
from seawall.doors.cli.validate import validate
from seawall.foundation.platform.errors import Unavailable

from .conftest import Proof

Command = Callable[..., Result]


@pytest.fixture
def command(registry: Path, bubblewrap: Provider, targets: Path, tmp_path: Path) -> Command:
    """``command(proof, *options)`` runs it as a person would."""
    del registry, bubblewrap

    def run(proof: Proof, *options: str) -> Result:
        (tmp_path / "proof.zip").write_bytes(proof.zip())
        arguments = [str(tmp_path / "proof.zip"), "--cache", str(targets), "--runs", "1", *options]
        return CliRunner().invoke(validate, arguments)

    return run


@pytest.mark.sandbox
@pytest.mark.enable_socket  # the first one asks the sandbox for its contract
def test_a_person_reads_what_happened_and_a_program_gets_json(command: Command) -> None:
    shown = command(Proof())
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.startswith("confirmed\ncode-execution confirmed: the proof works on pier 1.0 every time")
    for part in (
        "vulnerable",
        "exit 0",
        "effect/1:code-execution@pier.label",
        "bubblewrap/",
        "import sys, pathlib, pier",
    ):
        assert part in shown.stdout
    assert "[0/6] installing pier 1.0" in shown.stderr
    assert "[6/6] confirmed" in shown.stderr
    answer = json.loads(command(Proof(), "--json").stdout)
    assert answer["verdict"] == "confirmed"
    assert [run["side"] for run in answer["runs"]].count("control") == 2


@pytest.mark.sandbox
@pytest.mark.enable_socket
def test_exit_codes_tell_a_verdict_from_a_bad_bundle(command: Command) -> None:
    assert command(replace(Proof(), input="'benign'")).exit_code == 1
    assert command(Proof(), "--fixed", "1.0").exit_code == 1
    refused = command(replace(Proof(), failure="bad-luck"))
    assert refused.exit_code == 2
    assert "not attempted\n" in refused.stdout
    assert "claim.failure is 'bad-luck'" in refused.stdout


@pytest.mark.sandbox
@pytest.mark.enable_socket
def test_text_of_strangers_does_not_reach_the_terminal_raw(command: Command) -> None:
    shown = command(replace(Proof(), driver="# \x1b[2J\u202e\n" + Proof().driver))
    assert "\x1b" not in shown.stdout
    assert "\u202e" not in shown.stdout


def test_a_machine_without_a_sandbox_says_which_command_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise SandboxUnavailable("No sandbox works here, so no proof is run.", "apt-get install bubblewrap")

    monkeypatch.setattr("seawall.clearinghouse.validation.replay.validate", refuse)
    (tmp_path / "proof.zip").write_bytes(Proof().zip())
    result = CliRunner().invoke(validate, [str(tmp_path / "proof.zip")])
    assert isinstance(result.exception, Unavailable)
    assert "apt-get install bubblewrap" in str(result.exception)


@pytest.mark.sandbox
def test_django_is_never_loaded(tmp_path: Path, bubblewrap: Provider) -> None:
    del bubblewrap
    (tmp_path / "proof.zip").write_bytes(replace(Proof(), failure="bad-luck").zip())
    program = (
        "import sys\n"
        "from seawall.doors.cli.main import main\n"
        "try: main()\n"
        "except SystemExit as end: code = end.code\n"
        "sys.exit(99 if 'django' in sys.modules else code)\n"
    )
    arguments = ["validate", str(tmp_path / "proof.zip"), "--cache", str(tmp_path / "targets")]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
