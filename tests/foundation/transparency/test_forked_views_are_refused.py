"""Whoever keeps one old checkpoint notices when the log shows somebody else, or later shows them, another history."""

from collections.abc import Callable
from typing import Any

import pytest

from seawall.foundation.transparency import bundles, lines
from seawall.foundation.transparency.verify import Report

Check = Callable[..., Report]


def said(report: Report) -> str:
    return "\n".join(f"{finding.where}: {finding.what}" for finding in report.findings)


@pytest.fixture
def fork(make_log: Any) -> tuple[Any, Any]:
    """Two genuinely signed logs of one operator: the same 100 entries, then different ones."""
    logs = make_log(), make_log()
    for log, world in zip(logs, "ab", strict=True):
        log.grow(100).checkpoint()
        log.grow(60, world=world).checkpoint()
        log.grow(40, world=world).checkpoint()
    return logs


def test_each_view_by_itself_is_genuine(fork: tuple[Any, Any], check: Check) -> None:
    assert all(check(log.members(), log.vkey).ok for log in fork)


@pytest.mark.parametrize("kept", [1, 2])
def test_a_checkpoint_of_one_view_refuses_the_other(kept: int, fork: tuple[Any, Any], check: Check) -> None:
    mine, theirs = fork
    report = check(theirs.members(), theirs.vkey, mine.history[kept])
    assert [finding.where for finding in report.findings] == ["old checkpoint"]
    assert "forked or rewritten" in said(report)


def test_a_checkpoint_from_before_the_fork_fits_both(fork: tuple[Any, Any], check: Check) -> None:
    mine, theirs = fork
    report = check(theirs.members(), theirs.vkey, mine.history[0])
    assert report.ok
    assert report.compared_with == 100


def test_a_fork_within_the_bundles_own_checkpoints_is_found(fork: tuple[Any, Any], check: Check) -> None:
    mine, theirs = fork
    members = {**theirs.members(), bundles.CHECKPOINTS: [lines.note_line(mine.history[1])]}
    report = check(members, theirs.vkey)
    assert "another root for its first 160 entries than they have here: two histories" in said(report)


def test_a_log_that_took_entries_back_is_found(paper_log: Any, check: Check) -> None:
    kept = paper_log.history[-1]
    members = paper_log.members()
    members[bundles.CHECKPOINT] = [paper_log.history[1].encode()]
    members[bundles.CHECKPOINTS] = []
    members[bundles.LEAVES] = members[bundles.LEAVES][:120]
    members[bundles.OPENINGS] = []
    assert check(members, paper_log.vkey).ok
    report = check(members, paper_log.vkey, kept)
    assert "You hold a checkpoint over 200 entries, the bundle shows 120" in said(report)


def test_an_old_checkpoint_by_another_key_is_no_yardstick(
    paper_log: Any, make_log: Any, make_signer: Any, check: Check
) -> None:
    stranger = make_log(make_signer(b"stranger")).grow(50)
    report = check(paper_log.members(), paper_log.vkey, stranger.checkpoint())
    assert [finding.where for finding in report.findings] == ["old checkpoint"]
    assert "not signed by the key" in said(report)


@pytest.mark.parametrize("note", ["", "nonsense", "a\n\n— b AAAAAAA=\n"])
def test_an_old_checkpoint_that_is_none_is_named(note: str, paper_log: Any, check: Check) -> None:
    report = check(paper_log.members(), paper_log.vkey, note)
    assert [finding.where for finding in report.findings] == ["old checkpoint"]


@pytest.mark.parametrize(
    "history",
    [
        lambda log: [log.history[1], log.history[0]],
        lambda log: [log.history[0], log.history[0]],
        lambda log: [log.signer.sign("another text\nof the same key\n")],
        lambda log: [log.history[0][:-5]],
    ],
    ids=["out of order", "doubled", "no checkpoint", "damaged"],
)
def test_earlier_checkpoints_that_are_not_are_named(history: Any, paper_log: Any, check: Check) -> None:
    given = [lines.note_line(note) for note in history(paper_log)]
    report = check({**paper_log.members(), bundles.CHECKPOINTS: given}, paper_log.vkey)
    assert len(report.findings) == 1
    assert report.findings[0].where.startswith(bundles.CHECKPOINTS)


def test_an_earlier_checkpoint_over_more_entries_is_named(paper_log: Any, check: Check) -> None:
    members = paper_log.members()
    paper_log.grow(1)
    members[bundles.CHECKPOINTS] = [lines.note_line(paper_log.checkpoint())]
    assert "It signs 201 entries, more than checkpoint.txt does" in said(check(members, paper_log.vkey))


@pytest.mark.parametrize("line", [b"", b"[]\n", b'{"note":1}\n', b'{"note":"\\ud800"}\n', b'{"note": "x"}\n'])
def test_lines_that_hold_no_checkpoint_are_named(line: bytes, paper_log: Any, check: Check) -> None:
    report = check({**paper_log.members(), bundles.CHECKPOINTS: [line]}, paper_log.vkey)
    assert report.ok if line == b"" else report.findings[0].where == f"{bundles.CHECKPOINTS}, line 1"
