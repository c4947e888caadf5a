"""Commits of a repository in place of releases: which one brought the flaw, which one took it away."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from dulwich import porcelain
from dulwich.objects import Blob, Commit, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

from seawall.clearinghouse.validation import manifests
from seawall.clearinghouse.validation.affected.commits import Clone, affected_commits, target
from seawall.clearinghouse.validation.affected.errors import NothingToScan
from seawall.clearinghouse.validation.affected.types import Affected, State
from seawall.clearinghouse.validation.errors import TargetError
from seawall.clearinghouse.validation.sandboxes.interface import Provider
from seawall.clearinghouse.validation.targets.interface import Built
from seawall.doors.cli import affected as door

from .conftest import PIER_FIXED, PIER_FLAWED, Proof

BEFORE = PIER_FIXED.replace("def label(text)", "def caption(text)")
WHO = b"A Harbor Master <harbor@example.org>"


def history(place: Path, contents: list[dict[str, str]]) -> list[str]:
    """A repository with a commit for each content, oldest first."""
    commits = []
    with Repo.init(str(place), mkdir=True) as repo:
        for number, files in enumerate(contents):
            for old in [path for path in place.rglob("*") if path.is_file() and ".git" not in path.parts]:
                old.unlink()
            for name, text in files.items():
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                (place / name).write_text(text)
            porcelain.add(repo, [str(place / name) for name in files])
            done = porcelain.commit(repo, all=True, message=f"{number}".encode(), author=WHO, committer=WHO)
            commits.append(done.decode())
        porcelain.tag_create(repo, b"v1", objectish=commits[0].encode())
    return commits


@pytest.fixture
def scan(registry: Path, targets: Path, bubblewrap: Provider, tmp_path: Path) -> Callable[..., Affected]:
    del registry

    def run(repository: Path, **more: Any) -> Affected:
        (tmp_path / "proof.zip").write_bytes(Proof().zip())
        wishes: dict[str, Any] = {"since": "v1", **more}
        return affected_commits(tmp_path / "proof.zip", repository, cache=targets, sandbox=bubblewrap, **wishes)

    return run


@pytest.mark.sandbox
def test_the_commits_that_brought_and_took_away_a_flaw_are_found(scan: Callable[..., Affected], tmp_path: Path) -> None:
    calm = {"src/pier.py": PIER_FIXED}
    flawed = {"src/pier.py": PIER_FLAWED}
    contents = [
        {**calm, "a.py": "1"},
        {**calm, "a.py": "2"},
        {**flawed, "a.py": "3"},
        {"src/pier.py": "import gangway", "a.py": "4"},
        {"elsewhere/pier.py": PIER_FLAWED, "a.py": "5"},
        {**flawed, "a.py": "6"},
    ]
    commits = history(tmp_path / "clone", contents)
    found = scan(tmp_path / "clone")
    states = {outcome.release.version: outcome.state for outcome in found.outcomes}
    assert list(states) == commits
    assert found.events == (("introduced", commits[2]),)
    assert found.complete
    later = history(
        tmp_path / "later", [*contents, {**flawed, "a.py": "7"}, {**calm, "a.py": "8"}, {**calm, "a.py": "9"}]
    )
    fixed = scan(tmp_path / "later", since=later[5])
    assert fixed.events == (("introduced", "0"), ("fixed", later[7]))
    assert fixed.repository == str(tmp_path / "later")


@pytest.mark.sandbox
def test_what_cannot_be_tested_is_not_jumped_over(scan: Callable[..., Affected], tmp_path: Path) -> None:
    commits = history(
        tmp_path / "clone",
        [
            {"pier.py": PIER_FLAWED},
            {"pier.py": "import gangway"},
            {"harbor.py": "moved = True"},
            {"pier.py": BEFORE},
            {"pier.py": PIER_FIXED},
        ],
    )
    found = scan(tmp_path / "clone", since=commits[0])
    states = [outcome.state for outcome in found.outcomes]
    assert states == [State.AFFECTED, *[State.UNTESTABLE] * 3, State.NOT_TRIGGERED]
    evidence = [outcome.evidence for outcome in found.outcomes]
    assert "gangway" in evidence[1]
    assert "lacks some of the modules pier.py" in evidence[2]
    assert found.events == (("introduced", "0"), ("fixed", commits[4]))
    assert found.seen == (("introduced", "0"), ("last_affected", commits[0]))


@pytest.mark.sandbox
def test_commits_must_be_there_and_on_one_line(scan: Callable[..., Affected], tmp_path: Path) -> None:
    with pytest.raises(NothingToScan, match="is no repository"):
        scan(tmp_path)
    commits = history(tmp_path / "clone", [{"pier.py": PIER_FLAWED}, {"pier.py": PIER_FIXED}])
    with pytest.raises(NothingToScan, match="no commit v9"):
        scan(tmp_path / "clone", since="v9")
    with pytest.raises(NothingToScan, match="not on the main line"):
        scan(tmp_path / "clone", since=commits[1], until=commits[0])


@pytest.mark.sandbox
def test_a_name_that_steps_out_of_its_commit_is_none(scan: Callable[..., Affected], tmp_path: Path) -> None:
    history(tmp_path / "clone", [{"pier.py": PIER_FLAWED}, {"pier.py": PIER_FIXED}])
    with Repo(str(tmp_path / "clone")) as repo:
        blob = Blob.from_string(b"out")
        inner, tree = Tree(), Tree()
        inner.add(b"escaped.py", 0o100644, blob.id)
        tree.add(b"..", 0o040000, inner.id)
        head = repo[repo.head()]
        assert isinstance(head, Commit)
        last = head.copy()
        assert isinstance(last, Commit)
        last.tree, last.parents = tree.id, [head.id]
        for thing in (blob, inner, tree, last):
            repo.object_store.add_object(thing)
        repo.refs[Ref(b"refs/heads/hostile")] = last.id
    found = scan(tmp_path / "clone", until="hostile")
    assert found.outcomes[-1].state is State.UNTESTABLE
    assert "steps out" in found.outcomes[-1].evidence


def test_an_npm_package_is_replaced_without_its_neighbors(tmp_path: Path) -> None:
    base = tmp_path / "base"
    pier = base / "tree" / "node_modules" / "@harbor" / "pier"
    for name in ("package.json", "index.js", "lib/old.js", "node_modules/rope/index.js"):
        (pier / name).parent.mkdir(parents=True, exist_ok=True)
        (pier / name).write_text("released")
    (base / "tree" / "node_modules" / "gate").mkdir()
    (base / "tree" / "node_modules" / "gate" / "index.js").write_text("neighbor")
    files = {name: text.encode() for name, text in Proof(control=None).files().items()}
    toml = files["proof.toml"].decode().replace("pkg:pypi/pier", "pkg:npm/%40harbor/pier").replace("python", "node")
    manifest = manifests.read({**files, "proof.toml": toml.encode()})
    contents = [
        {"package.json": "{}", "index.js": "committed", "node_modules/rope/index.js": "smuggled"},
        {"index.js": "no package"},
    ]
    commits = history(tmp_path / "clone", contents)
    with Clone(tmp_path / "clone") as clone:
        built = target(tmp_path / "cache", manifest, Built(base, {"digest": "x"}), clone, commits[0])
        with pytest.raises(TargetError, match=r"no package\.json"):
            target(tmp_path / "cache", manifest, Built(base, {}), clone, commits[1])
    assert built.facts == {"digest": "x", "registry": "git", "commit": commits[0]}
    modules = built.folder / "tree" / "node_modules"
    found = {path.relative_to(modules).as_posix(): path.read_text() for path in modules.rglob("*") if path.is_file()}
    assert found == {
        "@harbor/pier/package.json": "{}",
        "@harbor/pier/index.js": "committed",
        "@harbor/pier/node_modules/rope/index.js": "released",
        "gate/index.js": "neighbor",
    }


@pytest.mark.sandbox
def test_a_person_names_a_clone(
    registry: Path, targets: Path, bubblewrap: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del registry
    monkeypatch.setattr("seawall.clearinghouse.validation.affected.running.choose", lambda _: bubblewrap)
    commits = history(tmp_path / "clone", [{"pier.py": PIER_FLAWED}, {"pier.py": PIER_FIXED}])
    (tmp_path / "proof.zip").write_bytes(Proof().zip())
    base = [str(tmp_path / "proof.zip"), "--cache", str(targets), "--repository", str(tmp_path / "clone")]
    shown = CliRunner().invoke(door.affected, [*base, "--since", "v1"])
    assert shown.exit_code == 0, shown.output
    assert "commits  ■□" in shown.stdout
    part = json.loads(CliRunner().invoke(door.affected, [*base, "--since", "v1", "--format", "osv"]).stdout)
    assert part["affected"][0]["ranges"] == [
        {"type": "GIT", "repo": str(tmp_path / "clone"), "events": [{"introduced": "0"}, {"fixed": commits[1]}]}
    ]
    assert CliRunner().invoke(door.affected, base).exit_code == 2
