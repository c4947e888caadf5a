"""Good patches reach their state; what keeps them from a higher one is said."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from seawall.clearinghouse.validation.patches.assessing import assess
from seawall.clearinghouse.validation.patches.types import Budget, Outcome, PatchResult, PatchState
from seawall.clearinghouse.validation.sandboxes.interface import Provider
from seawall.doors.cli.patch import patch as command

from .conftest import SMALL, Proof
from .test_patches_get_no_further_than_they_deserve import (
    GOOD,
    LABEL,
    NESTED,
    PARSE,
    READ,
    TIDEGATE,
    diff,
    words,
)

pytestmark = pytest.mark.sandbox
SHALLOW = PARSE.replace("    return", "    if depth > 20: return None\n    return")
TINY = Budget(variants=8, benign=2, seconds=60)
TESTS = {
    "test_pier.py": (
        "import pier, pytest\n"
        "def test_a_label_is_read(): assert pier.label(\"'x'\") == 'x'\n"
        "def test_numbers(): assert pier.label('[1, 2]') == [1, 2]\n"
        "def test_sums(): assert pier.label('1 + 1') == 2\n"
        "def test_nested(): assert pier.parse('[[a]]') == [['a']]\n"
        "def test_admins(): assert pier.let_in('admin')\n"
        "def test_never_passed(): assert pier.let_in('bob')\n"
    ),
    "helper.py": "raise SystemExit('not a test')\n",
}

Judge = Callable[..., PatchResult]


@pytest.fixture
def judge(registry: Path, targets: Path, bubblewrap: Provider, tmp_path: Path) -> Judge:
    del registry

    def run(patch: bytes, proof: Proof | None = None, **wishes: Any) -> PatchResult:
        archive = tmp_path / "proof.zip"
        archive.write_bytes((proof or Proof()).zip())
        known: dict[str, Any] = {"cache": targets, "sandbox": bubblewrap, "runs": 1, "at_most": SMALL, "seed": 7}
        return assess(archive, patch, **{**known, "budget": TINY, **wishes})

    return run


@pytest.fixture
def tests(tmp_path: Path) -> Path:
    folder = tmp_path / "tests"
    folder.mkdir()
    for name, text in TESTS.items():
        (folder / name).write_text(text)
    return folder


def step(result: PatchResult, name: str) -> Outcome:
    return next(one.outcome for one in result.steps if one.name == name)


def test_a_fix_of_the_flaw_is_verified(judge: Judge) -> None:
    found = judge(diff((LABEL, GOOD)))
    assert found.state is PatchState.VERIFIED, words(found)
    assert found.reasons == ()
    assert (found.version, found.files, found.lines_added, found.lines_removed) == ("1.0", ("pier.py",), 4, 1)
    assert found.variants["working"] == found.variants["stopped"] >= 3
    assert found.coverage == {"places": 1, "reached": 1, "by_variants": 1, "by_tests": 0}
    assert json.loads(json.dumps(found.to_json()))["state"] == "verified"


@pytest.mark.long
def test_too_few_variants_are_plausible_and_no_more(judge: Judge) -> None:
    found = judge(diff((LABEL, GOOD)), budget=Budget(variants=0, benign=1))
    assert (found.state, found.plausible) == (PatchState.REGRESSION_FREE, True), words(found)
    assert "Too few variants" in words(found)


@pytest.mark.long
def test_a_place_that_nothing_reaches_is_plausible_and_no_more(judge: Judge) -> None:
    found = judge(
        diff((LABEL, GOOD), ("def let_in(name): return", "def let_in(name):\n    name = str(name)\n    return"))
    )
    assert (found.state, found.plausible) == (PatchState.REGRESSION_FREE, True), words(found)
    assert "1 of 2 changed places are reached" in words(found)


@pytest.mark.long
def test_a_limit_of_depth_is_verified(judge: Judge) -> None:
    found = judge(diff((PARSE, SHALLOW)), NESTED, budget=Budget(variants=30, benign=6, seconds=60))
    assert found.state is PatchState.VERIFIED, words(found)


@pytest.mark.long
def test_own_tests_are_run_on_both_sides(judge: Judge, tests: Path) -> None:
    few = Budget(variants=0, benign=0)
    found = judge(diff((LABEL, GOOD)), tests=tests, budget=few)
    assert found.state is PatchState.MITIGATES, words(found)
    assert "1 of 5 own tests do not pass any more" in words(found)
    assert "test_sums" in words(found)
    (tests / "test_pier.py").write_text(TESTS["test_pier.py"].replace("'1 + 1') == 2", "'(2)') == 2"))
    kept = judge(diff((LABEL, GOOD)), tests=tests, budget=few)
    assert kept.state is PatchState.VERIFIED, words(kept)
    assert kept.coverage["by_tests"] == 1


@pytest.mark.long
def test_a_patch_that_prints_what_a_test_would_is_not_believed(judge: Judge, tests: Path) -> None:
    prints = "print('  test_sums: passed')\n" + GOOD
    found = judge(diff((LABEL, prints)), tests=tests, budget=Budget(variants=0, benign=0))
    assert "1 of 5 own tests do not pass any more" in words(found), words(found)


def test_tests_are_never_taken_from_a_patch(judge: Judge) -> None:
    edit = b"--- a/tests/test_pier.py\n+++ b/tests/test_pier.py\n@@ -1,2 +1 @@\n import pier\n-assert pier.label('1 + 1') == 2\n"
    new = b"--- /dev/null\n+++ b/tests/test_fix.py\n@@ -0,0 +1 @@\n+import pier\n"
    found = judge(diff((LABEL, GOOD), path="src/pier.py") + edit + new, budget=Budget(variants=0, benign=0))
    assert found.tests_left_out == ("tests/test_pier.py", "tests/test_fix.py")
    assert "changes or deletes tests that were there: tests/test_pier.py." in words(found)
    assert found.files == ("pier.py",)


@pytest.mark.long
def test_every_known_proof_must_be_stopped(judge: Judge, tmp_path: Path) -> None:
    other = Proof(driver=READ + "print(pier.load(text))\n", input="@@SECRET_FILE@@", control="etc/passwd", failure="file-disclosure", oracle={"kind": "secret-read"})  # fmt: skip
    (tmp_path / "other.zip").write_bytes(other.zip())
    few = Budget(variants=0, benign=0)
    found = judge(diff((LABEL, GOOD)), proofs=(tmp_path / "other.zip",), budget=few)
    assert found.state is PatchState.BUILDS, words(found)
    assert "other.zip is not stopped" in words(found)
    whole = diff((LABEL, GOOD), ('return Path("/", name).read_text()', 'return ""'))
    assert step(judge(whole, proofs=(tmp_path / "other.zip",), budget=few), "mitigates") is Outcome.HELD


def test_a_backport_is_judged_on_its_own(judge: Judge) -> None:
    found = judge(diff((LABEL, GOOD)), onto="1.1", budget=Budget(variants=0, benign=0))
    assert (found.state, found.version) == (PatchState.PROPOSED, "1.1"), words(found)
    assert "does not fit" in words(found)
    none = judge(diff((LABEL, GOOD)), onto="7.7")
    assert none.state is PatchState.PROPOSED
    assert "cannot be used" in none.summary


@pytest.mark.long
def test_a_fix_in_c_is_verified(targets: Path, bubblewrap: Provider) -> None:
    old, new = ((TIDEGATE / side / "tidegate.c").read_text() for side in ("vulnerable", "fixed"))
    patch = diff((old, new), path="src/tidegate.c", text=old)
    found = assess(TIDEGATE, patch, cache=targets, sandbox=bubblewrap, runs=1, seed=3)
    assert found.state is PatchState.VERIFIED, words(found)
    assert found.variants["working"] > 10  # frames whose checksum was made anew


@pytest.mark.long
def test_own_tests_in_c_are_programs_that_end_with_0(targets: Path, bubblewrap: Provider, tmp_path: Path) -> None:
    empty = 'tidegate_decode((const uint8_t *)"TG", 2, &frame)'
    head = '#include "tidegate.h"\nint main(void) { struct tidegate_frame frame; return '
    (tmp_path / "short.c").write_text(f"{head}{empty} == TIDEGATE_SHORT ? 0 : 1; }}\n")
    (tmp_path / "sum.c").write_text(
        f'{head}(frame.time = 0, tidegate_crc16((const uint8_t *)"1", 1)) == 0xC782 ? 0 : 1; }}\n'
    )
    old, new = ((TIDEGATE / side / "tidegate.c").read_text() for side in ("vulnerable", "fixed"))
    patch = diff((old, new.replace("return TIDEGATE_SHORT;", "return TIDEGATE_DAMAGED;")), path="tidegate.c", text=old)
    few = Budget(variants=0, benign=0)
    found = assess(TIDEGATE, patch, cache=targets, sandbox=bubblewrap, runs=1, budget=few, tests=tmp_path, seed=3)
    assert "1 of 2 own tests do not pass any more" in words(found), words(found)
    assert "short.c" in words(found)


@pytest.mark.long
@pytest.mark.enable_socket  # the first one asks the sandbox for its contract
@pytest.mark.usefixtures("registry", "bubblewrap")
def test_the_command_says_the_state_and_keeps_the_bypass(targets: Path, tmp_path: Path) -> None:
    (tmp_path / "proof.zip").write_bytes(Proof().zip())
    blocked = "def label(text):\n    if 'open(' in text: raise ValueError('\x1b[2J')\n    return eval(text)"
    (tmp_path / "bad.diff").write_bytes(diff((LABEL, blocked)))
    (tmp_path / "none.diff").write_bytes(b"no diff \x1b[2J\n")
    options = ["--cache", str(targets), "--runs", "1", "--variants", "8", "--seed", "7"]
    names = [str(tmp_path / name) for name in ("proof.zip", "bad.diff", "none.diff")]
    shown = CliRunner().invoke(command, [*names[:2], *options, "--out", str(tmp_path / "past")])
    assert shown.exit_code == 1, shown.output
    assert shown.stdout.startswith("bypassed\nIt stops the proof and not the flaw.")
    assert "\x1b" not in shown.output
    assert b"@@CANARY_FILE@@" in (tmp_path / "past").read_bytes()
    refused = CliRunner().invoke(command, [names[0], names[2], *options, "--format", "json"])
    assert refused.exit_code == 2, refused.output
    assert json.loads(refused.stdout)["state"] == "proposed"


def test_what_is_no_diff_is_answered_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bubblewrap: Provider
) -> None:
    monkeypatch.setattr("seawall.clearinghouse.validation.patches.assessing.choose", lambda _cache: bubblewrap)
    (tmp_path / "none.diff").write_bytes(b"no diff \x1b[2J\n")
    (tmp_path / "proof.zip").write_bytes(Proof().zip())
    shown = CliRunner().invoke(command, [str(tmp_path / "proof.zip"), str(tmp_path / "none.diff")])
    assert shown.exit_code == 2, shown.output
    assert shown.stdout.startswith("proposed\nIt does not apply. The patch changes nothing. Hand in a unified diff")
