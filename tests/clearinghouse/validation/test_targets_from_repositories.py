"""A repository at two commits is fetched from allowed places only, and compiled like any other source."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from seawall.clearinghouse.validation.errors import Infrastructure, TargetError
from seawall.clearinghouse.validation.targets import git
from seawall.clearinghouse.validation.types import Verdict

from .conftest import Judge
from .native import FIXED, FLAWED, packaged

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed"),
]


def run(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=Pier", "-c", "user.email=p@example.org", "-c", "commit.gpgsign=false")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True, env=clean)
    return done.stdout.strip()


@pytest.fixture
def commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str, str]:
    """Address of a repository, a flawed commit and a fixed one."""
    folder = tmp_path / "data" / "gate"
    (folder / "src").mkdir(parents=True)
    monkeypatch.setenv(git.PLACES_ENV, f"https://forge.example/ file://{tmp_path}/")
    run(folder, "init", "--quiet")
    made = []
    for text in (FLAWED, FIXED):
        (folder / "src" / "gate.c").write_text(text)
        run(folder, "add", ".")
        run(folder, "commit", "--quiet", "-m", "Change")
        made.append(run(folder, "rev-parse", "HEAD"))
    return f"file://{folder}", made[0], made[1]


def test_two_commits_are_compared(commits: tuple[str, str, str], judge: Judge, tmp_path: Path) -> None:
    address, flawed, fixed = commits
    proof = packaged(
        f'pkg:generic/gate"\nrepository = "{address}', build='sources = ["src/*.c"]', vulnerable=flawed, fixed=fixed
    )
    result = judge(proof, cache=tmp_path / "data" / "cache")
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons, result.runs)
    assert (result.target["vulnerable"]["commit"], result.target["fixed"]["commit"]) == (flawed, fixed)


@pytest.mark.parametrize(
    ("address", "version"),
    [
        ("https://10.0.0.1/gate", "0" * 40),
        ("https://github.com.evil.example/gate", "0" * 40),
        ("file:///etc/../root/gate", "0" * 40),
        ("OWN", "main"),
        ("OWN", "--upload-pack=/bin/sh"),
        ("OWN", "0" * 40),
        ("OWN/../other", "0" * 40),
    ],
)
def test_what_is_not_allowed_or_not_there_is_refused(
    commits: tuple[str, str, str], tmp_path: Path, address: str, version: str
) -> None:
    with pytest.raises(TargetError):
        git.commit(address.replace("OWN", commits[0]), version, tmp_path)
    assert not list(tmp_path.glob("*.tar"))


def test_a_repository_out_of_reach_is_ours(
    commits: tuple[str, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del commits
    monkeypatch.setenv(git.PLACES_ENV, "https://127.0.0.1:1/")
    with pytest.raises(Infrastructure, match="could not be fetched"):
        git.commit("https://127.0.0.1:1/gate", "0" * 40, tmp_path)
