"""The client commands, as installed, against a real server on loopback."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support import World
from support.terminal import Shell

pytestmark = pytest.mark.django_db(transaction=True)

HOSTILE = "\x1b[2J\x1b]0;owned\x07 \u202egnp.exe \u2066[link](x)[bold]markup[/bold]"


@pytest.fixture
def finder(server: str, parties: World) -> Shell:
    return Shell(server, parties.token("finder"))


def report_file(folder: Path, **changes: str) -> Path:
    file = folder / "finding.json"
    document = {
        "schema": "seawall.report/1",
        "title": "Attr filter escapes",
        "description": "d",
        "package": "pkg:pypi/jinja2",
        **changes,
    }
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


def test_a_report_is_submitted_listed_and_followed(finder: Shell, tmp_path: Path) -> None:
    receipt = json.loads(finder.run("report", "submit", str(report_file(tmp_path)), "--json"))
    report_id = receipt["reports"][0]
    assert receipt["log_indexes"]
    assert report_id in finder.run("report", "list")
    shown = finder.run("report", "status", report_id)
    assert "Attr filter escapes" in shown
    assert "received" in shown
    assert json.loads(finder.run("report", "status", report_id, "--json"))["id"] == report_id
    told = finder.run("report", "submit", str(report_file(tmp_path)))
    assert "seawall report status report_" in told


def test_text_of_strangers_cannot_speak_to_the_terminal(finder: Shell, tmp_path: Path) -> None:
    receipt = json.loads(finder.run("report", "submit", str(report_file(tmp_path, title=HOSTILE)), "--json"))
    for arguments in (
        ["report", "list"],
        ["report", "status", receipt["reports"][0]],
        ["report", "list", "--json"],
        ["report", "status", receipt["reports"][0], "--json"],
    ):
        shown = finder.run(*arguments)
        assert "\x1b" not in shown.replace("\x1b[1m", "").replace("\x1b[0m", "")
        assert "\u202e" not in shown
        assert "\u2066" not in shown
        assert "\x07" not in shown
    assert "\\x1b" in finder.run("report", "status", receipt["reports"][0])
    assert "[bold]" in finder.run("report", "list")


def test_leases_are_asked_for_renewed_and_given_back(finder: Shell, server: str, parties: World) -> None:
    answer = json.loads(finder.run("lease", "request", "pkg:pypi/jinja2", "--path", "src/", "--json"))
    lease_id = answer["leases"][0]["id"]
    rival = Shell(server, parties.token("rival"))
    assert "taken" in rival.run("lease", "request", "pkg:pypi/jinja2", "--path", "src/", code=1)
    assert lease_id in finder.run("lease", "list")
    assert "No leases" not in rival.run("lease", "list")
    assert "active" in finder.run("lease", "renew", lease_id, "--hours", "48")
    assert "completed" in finder.run("lease", "release", lease_id)
    assert rival.run("lease", "request", "pkg:pypi/jinja2", "--path", "src/").startswith("granted")


def test_refusals_are_one_line_with_what_to_do(finder: Shell, server: str, tmp_path: Path) -> None:
    wrong = report_file(tmp_path, package="pkg:pipy/jinja2")
    refusal = finder.run("report", "submit", str(wrong), code=2)
    assert refusal.startswith("seawall: ")
    assert refusal.count("\n") == 1
    assert "pipy" in refusal
    assert "nothing here" in finder.run("report", "status", "report_" + "a" * 26, code=2)
    assert "not valid" in Shell(server, "seawall_x").run("report", "list", code=2)
    assert "no token" in Shell(server, "").run("report", "list", code=2)


def test_a_server_that_does_not_answer_is_another_exit_code(parties: World) -> None:
    token = parties.token("finder")
    assert "No answer" in Shell("http://127.0.0.1:9", token).run("report", "list", code=3)


@pytest.mark.parametrize(
    "url", ["http://seawall.example", "ftp://127.0.0.1", "http://127.0.0.1.example", "http://10.0.0.1", "x"]
)
def test_a_token_is_not_sent_in_the_clear(url: str, parties: World) -> None:
    assert "https" in Shell(url, parties.token("finder")).run("report", "list", code=2)


def test_commands_that_need_no_server_start_without_django() -> None:
    program = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from seawall.doors.cli.main import cli\n"
        "for words in (['--help'], ['report', '--help'], ['lease', 'request', '--help'], ['mcp', '--help']):\n"
        "    assert CliRunner().invoke(cli, words).exit_code == 0, words\n"
        "assert 'django' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
