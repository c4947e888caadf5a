"""The whole way: entries in the database, a bundle from the command line, checked offline by ours and by another program."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from seawall.doors.cli.log import log
from seawall.foundation.access.types import Actor
from seawall.foundation.platform.errors import BadInput, NotFound
from seawall.foundation.transparency import bundles, queries, services
from seawall.foundation.transparency.errors import BadKey, NotInLog

OUTSIDER = Path(__file__).with_name("outsider.py")
SYSTEM = Actor.system("test")
NASTY = "\x1b[31mred \u202e right to left [bold]markup[/bold] ünïcode \U0001f600"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(log, [str(argument) for argument in arguments])


@pytest.fixture
def bundle(db: None, own_key: Path, tmp_path: Path) -> Path:  # noqa: ARG001
    """30 entries about two cases, checkpoints at 10, 20 and 30; the first case is opened."""
    for number in range(30):
        services.record(SYSTEM, "test.step", f"case_{number % 2}", {"n": number, "text": NASTY})
        if number % 10 == 9:
            services.checkpoint(SYSTEM)
    done = run("export", tmp_path / "log.zip", "--subject", "case_0")
    assert done.exit_code == 0, done.output
    return tmp_path / "log.zip"


@pytest.fixture
def vkey(bundle: Path) -> str:  # noqa: ARG001 - the key is made with it
    return queries.verifier_key(Actor.anonymous())


def outsider(bundle: Path, vkey: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", OUTSIDER, bundle, vkey], capture_output=True, text=True, check=False, timeout=60
    )


def test_the_outsiders_program_uses_none_of_our_code() -> None:
    assert "seawall" not in OUTSIDER.read_text(encoding="utf-8").partition('"""\n\nimport')[2].lower()


def test_both_programs_find_the_export_genuine(bundle: Path, vkey: str) -> None:
    assert outsider(bundle, vkey).stdout == "genuine 30 15\n"
    done = run("verify", bundle, "--vkey", vkey)
    assert done.exit_code == 0, done.output
    assert "entries      30, 15 of them opened" in done.output
    assert "2 earlier ones" in done.output


@pytest.mark.parametrize("part", [bundles.LEAVES, bundles.OPENINGS, bundles.CHECKPOINT, bundles.CHECKPOINTS])
def test_both_programs_refuse_what_was_tampered_with(part: str, bundle: Path, vkey: str) -> None:
    with bundles.opened(bundle) as opened:
        members = {name: list(opened.lines(name)) for name in bundles.NAMES}
    # One hex digit or base64 letter somewhere in the last line's middle.
    line = bytearray(members[part][-1])
    place = len(line) - 20
    line[place] = ord("b") if line[place] != ord("b") else ord("c")
    members[part][-1] = bytes(line)
    with bundle.open("wb") as file:
        bundles.pack(file, members)
    assert outsider(bundle, vkey).returncode != 0
    done = run("verify", bundle, "--vkey", vkey)
    assert done.exit_code == 1
    assert "NOT genuine" in done.output


def test_an_export_without_options_opens_nothing(vkey: str, tmp_path: Path) -> None:
    public = tmp_path / "public.zip"
    assert "0 of them opened" in run("export", public).output
    assert outsider(public, vkey).stdout == "genuine 30 0\n"
    data = public.read_bytes()
    assert all(word not in data for word in (b"case_0", b"case_1", b"test.step"))
    assert public.stat().st_mode & 0o777 == 0o644


def test_an_export_opens_what_was_asked_for_and_is_for_its_owner_only(bundle: Path) -> None:
    data = bundle.read_bytes()
    assert b"case_0" in data
    assert b"case_1" not in data
    assert bundle.stat().st_mode & 0o777 == 0o600


def test_an_export_of_everything_says_so(vkey: str, tmp_path: Path) -> None:
    done = run("export", tmp_path / "all.zip", "--everything")
    assert "embargoed" in done.output
    assert outsider(tmp_path / "all.zip", vkey).stdout == "genuine 30 30\n"


def test_show_lists_what_is_opened_and_steers_no_terminal(bundle: Path, vkey: str) -> None:
    done = run("verify", bundle, "--vkey", vkey, "--show")
    assert done.exit_code == 0
    assert done.output.count("case_0") == 15
    assert "case_1" not in done.output
    assert "\x1b[31m" not in done.output
    assert "\u202e" not in done.output


def test_remember_keeps_the_checkpoint_and_refuses_a_log_that_took_entries_back(
    bundle: Path, vkey: str, tmp_path: Path
) -> None:
    kept, older = tmp_path / "kept.txt", tmp_path / "older.zip"
    older.write_bytes(bundle.read_bytes())
    assert run("verify", bundle, "--vkey", vkey, "--remember", kept).exit_code == 0
    services.record(SYSTEM, "test.step", "case_0", {})
    services.checkpoint(SYSTEM)
    assert run("export", bundle).exit_code == 0
    done = run("verify", bundle, "--vkey", vkey, "--remember", kept)
    assert "yours        over 30 entries, continued" in done.output
    newest = kept.read_text(encoding="utf-8")
    assert newest == queries.latest_checkpoint(SYSTEM).note
    done = run("verify", older, "--vkey", vkey, "--remember", kept)
    assert done.exit_code == 1
    assert "taken back" in done.output
    assert kept.read_text(encoding="utf-8") == newest
    assert run("verify", older, "--vkey", vkey, "--old", kept).exit_code == 1


def test_a_proof_goes_from_the_command_line_to_the_command_line(vkey: str, tmp_path: Path) -> None:
    proof = tmp_path / "3.tlog-proof"
    assert run("prove", "3", "--open", "--output", proof).exit_code == 0
    done = run("verify", proof, "--vkey", vkey)
    assert done.exit_code == 0
    assert "entry 3 of 30" in done.output
    assert "test.step  case_1  by system:test" in done.output
    printed = run("prove", "3")
    proof.write_text(printed.output, encoding="utf-8")
    assert "does not say" in run("verify", proof, "--vkey", vkey).output
    proof.write_text(printed.output.replace("index 3", "index 4"), encoding="utf-8")
    assert run("verify", proof, "--vkey", vkey).exit_code == 1


def test_the_key_can_be_given_as_a_file(bundle: Path, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(run("key").output, encoding="utf-8")
    assert run("verify", bundle, "--vkey", file).exit_code == 0
    file.write_bytes(b"\xff\xfe")
    assert isinstance(run("verify", bundle, "--vkey", file).exception, BadKey)


@pytest.mark.usefixtures("bundle")
def test_a_checkpoint_is_printed_or_written(tmp_path: Path) -> None:
    services.record(SYSTEM, "test.step", "case_0", {})
    printed = run("checkpoint").output
    assert printed == queries.latest_checkpoint(SYSTEM).note
    assert run("checkpoint", "--batch", "16", "--output", tmp_path / "c.txt").output.endswith("c.txt: 32 entries\n")


def test_wrong_combinations_are_refused(bundle: Path, vkey: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text("x", encoding="utf-8")
    wrong = [
        ("verify", bundle, "--vkey", vkey, "--old", kept, "--remember", kept),
        ("verify", kept, "--vkey", vkey, "--show"),
    ]
    assert all(isinstance(run(*arguments).exception, BadInput) for arguments in wrong)
    assert run("verify", kept, "--vkey", vkey).exit_code == 1
    assert isinstance(run("prove", "99").exception, NotInLog)
    assert isinstance(run("prove", "99", "--open").exception, NotFound)


@pytest.mark.usefixtures("db", "own_key")
def test_an_export_before_the_first_checkpoint_leaves_no_file(tmp_path: Path) -> None:
    assert isinstance(run("export", tmp_path / "x.zip").exception, NotInLog)
    assert [file.name for file in tmp_path.iterdir()] == []


def test_verifying_loads_no_django_and_opens_no_database(bundle: Path, vkey: str, tmp_path: Path) -> None:
    code = (
        "import sys; from seawall.doors.cli.main import cli\n"
        "try: cli(sys.argv[1:])\n"
        "finally: print(sorted(name for name in sys.modules if name.split('.')[0] in {'django', 'sqlite3', 'rich'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "log", "verify", bundle, "--vkey", vkey],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
    )
    assert "is genuine" in done.stdout
    assert done.stdout.endswith("[]\n")
