"""What registries say of releases, read as the hostile text that it is."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from seawall.clearinghouse.validation import manifests
from seawall.clearinghouse.validation.affected.errors import NothingToScan
from seawall.clearinghouse.validation.affected.memory import Memory
from seawall.clearinghouse.validation.affected.releases import RELEASES_MAX, listed, npm_list, pypi_list
from seawall.clearinghouse.validation.affected.running import merged
from seawall.clearinghouse.validation.affected.types import State, Trial
from seawall.clearinghouse.validation.errors import Infrastructure, TargetError
from seawall.clearinghouse.validation.types import Manifest

from .conftest import Proof

PAGE = b"""<!DOCTYPE html><html><body>
<a href="../../files/Harbor_Log-1.0-py3-none-any.whl#sha256=00">x</a>
<a href="harbor-log-1.0.tar.gz">x</a>
<a href="harbor.log-1.1.zip" data-yanked="eats &lt;berths&gt;">x</a>
<a href="harbor-log-1.2.tar.gz" data-yanked>x</a><a href="harbor_log-1.2-py3-none-any.whl">x</a>
<a href="harbor_log-1.3.win32.exe">x</a><a href="harbor-9.9.tar.gz">x</a><a href="other-2.0-py3-none-any.whl">x</a>
<a>no address</a><a href="harbor-log-.tar.gz">x</a><a href="harbor_log-1%2E4-py3-none-any.whl">x</a>
"""


@pytest.fixture
def manifest() -> Manifest:
    return manifests.read({name: text.encode() for name, text in Proof().files().items()})


def test_versions_come_from_the_names_of_files() -> None:
    found = pypi_list("Harbor.Log", PAGE, "text/html; charset=utf-8")
    assert found == {"1.0": "", "1.1": "yanked: eats <berths>", "1.2": "", "1.4": ""}


def test_json_is_read_the_same() -> None:
    files = [
        {"filename": "harbor_log-1.0-py3-none-any.whl", "yanked": False},
        {"filename": "harbor_log-1.1.tar.gz", "yanked": "broken"},
        {"filename": "harbor_log-1.2.tar.gz", "yanked": True},
        {"filename": 7},
        "harbor_log-1.3.tar.gz",
        {"filename": "harbor_log-1.4.tar.gz"},
    ]
    content = json.dumps({"files": files}).encode()
    assert pypi_list("harbor-log", content, "application/vnd.pypi.simple.v1+json") == {
        "1.0": "",
        "1.1": "yanked: broken",
        "1.2": "yanked",
        "1.4": "",
    }


@pytest.mark.parametrize("content", [b"{", b"[" * 200_000, b"\xff\xfe"])
def test_an_answer_that_is_no_json_is_no_empty_list(content: bytes) -> None:
    with pytest.raises(Infrastructure):
        pypi_list("harbor", content, "application/json")


@pytest.mark.parametrize("content", [b"[]", b"{}", b'{"files": {"a": 1}}', b'{"files": [null, 1]}'])
def test_strange_json_lists_nothing(content: bytes) -> None:
    assert pypi_list("harbor", content, "application/json") == {}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"versions": ["1.0.0", "1.0.1"], "time": {"created": "x", "1.0.0": "x", "0.9.0": "x"}},
         {"1.0.0": "", "1.0.1": "", "0.9.0": "unpublished"}),
        ({"versions": "1.0.0"}, {"1.0.0": ""}),
        (["1.0.0"], {"1.0.0": ""}),
        ("1.0.0", {"1.0.0": ""}),
        ({"versions": [1, None, {}], "time": []}, {}),
        (None, {}),
    ],
)  # fmt: skip
def test_what_npm_says_is_read(said: object, expected: dict[str, str]) -> None:
    assert npm_list(said) == expected


def test_versions_that_are_none_are_left_out_and_too_many_are_refused(manifest: Manifest) -> None:
    found = listed(manifest, lambda _: b"x", ["1.0", "--index-url=http://x", "1.0; rm", "", "1" * 200, "1.1rc1"])
    assert [(release.version, release.prerelease) for release in found] == [("1.0", False), ("1.1rc1", True)]
    with pytest.raises(NothingToScan, match="lists no version"):
        listed(manifest, lambda _: b"x", ["@latest"])
    with pytest.raises(NothingToScan, match="Name some"):
        listed(manifest, lambda _: b"x", [f"1.{number}" for number in range(RELEASES_MAX + 1)])


def test_only_registries_with_a_list_are_asked(manifest: Manifest) -> None:
    with pytest.raises(NothingToScan, match="cannot be listed"):
        listed(replace(manifest, package="pkg:generic/pier", package_type="generic"), lambda _: b"x")


def test_a_package_that_is_not_on_the_index_is_told(
    manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", tmp_path.as_uri())
    with pytest.raises(TargetError, match="pier is not on the index"):
        listed(manifest, lambda _: b"x")


def test_answers_are_kept_and_a_line_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "answers.jsonl"
    trial = Trial("1.0", State.AFFECTED, 1, 1, "seen", "effect/1:x", control_exit=0, sandbox_runs=2, seconds=0.5)
    Memory(path).put(trial)
    Memory(path).put(replace(trial, runs=5, hits=5))
    with path.open("a") as file:
        file.write('{"version": "1.1", "state": "aff\n{"version": "1.2"}\n[]\nnull\n{"state": "lost"}\n' + "9" * 20_000)
    kept = Memory(path)
    assert kept.get("1.0") == replace(trial, runs=5, hits=5)
    assert kept.get("1.1") is None
    assert kept.get("1.2") is None
    assert Memory(path, fresh=True).get("1.0") is None
    assert not path.exists()


@pytest.mark.parametrize(
    ("before", "after", "state", "runs"),
    [
        (State.AFFECTED, State.AFFECTED, State.AFFECTED, 5),
        (State.AFFECTED, State.NOT_TRIGGERED, State.FLAKY, 5),
        (State.NOT_TRIGGERED, State.AFFECTED, State.FLAKY, 5),
        (State.NOT_TRIGGERED, State.NOT_TRIGGERED, State.NOT_TRIGGERED, 5),
        (State.AFFECTED, State.FAULTED, State.AFFECTED, 1),
        (State.NOT_TRIGGERED, State.FAULTED, State.NOT_TRIGGERED, 1),
        (State.AFFECTED, State.UNTESTABLE, State.FLAKY, 1),
        (State.NOT_TRIGGERED, State.UNTESTABLE, State.UNTESTABLE, 0),
    ],
)
def test_two_trials_of_a_version_become_one(before: State, after: State, state: State, runs: int) -> None:
    found = merged(_trial(before, 1), _trial(after, 4))
    assert (found.state, found.runs) == (state, runs)
    assert found.sandbox_runs >= _trial(before, 1).sandbox_runs


def _trial(state: State, runs: int) -> Trial:
    done = runs if state in {State.AFFECTED, State.NOT_TRIGGERED} else 0
    return Trial("1.0", state, done, done if state is State.AFFECTED else 0, "", sandbox_runs=done + 1)
