import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest

from seawall.clearinghouse.matching import commits, repositories
from seawall.clearinghouse.matching.commits import Event, History, TooManyCommits, Verdict
from seawall.clearinghouse.matching.errors import NotARepository
from seawall.clearinghouse.matching.repositories import Repository

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed: no repository can be made")

Graph = dict[str, tuple[str, ...]]


def git(folder: Path, *arguments: str, data: bytes = b"") -> str:
    environment = {"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *arguments], cwd=folder, input=data, capture_output=True, check=True, env=environment)
    return done.stdout.decode()


def made(folder: Path, graph: Graph) -> dict[str, str]:
    """A bare repository of a history whose names are its tags; gives the commits."""
    git(folder, "init", "--quiet", "--bare")
    lines: list[str] = []
    marks = {name: number for number, name in enumerate(graph, 1)}
    for name, parents in graph.items():
        lines.append(
            f"commit refs/heads/b-{name}\nmark :{marks[name]}\ncommitter a <a@example> {marks[name]} +0000\ndata 0"
        )
        lines += [f"{'merge' if number else 'from'} :{marks[parent]}" for number, parent in enumerate(parents)]
        lines.append(f"\nreset refs/tags/{name}\nfrom :{marks[name]}\n")
    git(folder, "fast-import", "--quiet", data="\n".join(lines).encode())
    shown = git(folder, "show-ref", "--tags").split()
    return {name.removeprefix("refs/tags/"): commit for commit, name in zip(shown[::2], shown[1::2], strict=True)}


def histories(count: int) -> Iterator[tuple[random.Random, Graph]]:
    for seed in range(count):
        chance = random.Random(seed)  # noqa: S311 - the same histories in each run
        graph: Graph = {}
        for number in range(chance.randint(2, 14)):
            names = list(graph)
            roots = 0.1 if names else 1.0
            parents = (
                ()
                if chance.random() < roots
                else tuple(chance.sample(names, min(len(names), chance.choice([1, 1, 1, 2, 3]))))
            )
            graph[f"h{seed}c{number}"] = parents
        yield chance, graph


def some_events(chance: random.Random, graph: Graph) -> list[Event]:
    names = list(graph)
    events: list[Event] = [("introduced", chance.choice(["0", *names])) for _ in range(chance.randint(1, 2))]
    closing = ["fixed", "fixed", "last_affected"]
    events += [(chance.choice(closing), chance.choice(names)) for _ in range(chance.randint(0, 3))]
    if chance.random() < 0.3:
        events += [("limit", chance.choice([*names, "*"])) for _ in range(chance.randint(1, 2))]
    chance.shuffle(events)
    return list(dict.fromkeys(events))


def below(graph: Graph, one: str, other: str) -> bool:
    """Whether a commit is a proper ancestor of another, the plain way."""
    return any(one == parent or below(graph, one, parent) for parent in graph[other])


def by_the_book(graph: Graph, commit: str, events: list[Event]) -> set[bool]:
    """OSV's pseudocode under every order of the events in which ancestors come first; of one commit, its beginning does."""
    limits = [text for kind, text in events if kind == "limit"]
    if limits and not any(text == "*" or below(graph, commit, text) for text in limits):
        return {False}
    rest = [(kind, text) for kind, text in events if kind != "limit"]
    answers: set[bool] = set()
    for order in permutations(rest):
        places = list(enumerate(order))
        if any(
            _must_come_first(graph, later, earlier)
            for place, earlier in places
            for after, later in places
            if place < after
        ):
            continue
        affected = False
        for kind, text in order:
            here = text in {"0", commit} or below(graph, text, commit)
            if kind == "introduced" and here:
                affected = True
            elif (kind == "fixed" and here) or (kind == "last_affected" and here and text != commit):
                affected = False
        answers.add(affected)
    return answers


def _must_come_first(graph: Graph, one: Event, other: Event) -> bool:
    (kind, text), (other_kind, other_text) = one, other
    if text == other_text:
        return kind == "introduced" and other_kind != "introduced"
    if text == "0" or other_text == "0":
        return text == "0"
    return below(graph, text, other_text)


def test_500_random_histories_are_judged_as_by_the_book() -> None:
    seen = {"affected": 0, "not affected": 0, "unsure": 0}
    for chance, graph in histories(500):
        events = some_events(chance, graph)
        judged = History(graph.get).judge_all(graph, events)
        for commit, judgment in judged.items():
            answers = by_the_book(graph, commit, events)
            assert answers
            assert judgment.verdict == (Verdict.AFFECTED if True in answers else Verdict.NOT_AFFECTED), (
                graph,
                events,
                commit,
            )
            assert judgment.sure == (len(answers) == 1), (graph, events, commit)
            seen[judgment.verdict.value if judgment.sure else "unsure"] += 1
    assert min(seen.values()) > 20, seen


@needs_git
def test_real_repositories_are_judged_as_by_the_book(tmp_path: Path) -> None:
    graph: Graph = {}
    cases: list[tuple[Graph, list[Event]]] = []
    for chance, part in histories(500):
        graph |= part
        cases.append((part, some_events(chance, part)))
    hashes = made(tmp_path, graph)
    with Repository.open(tmp_path) as repository:
        assert repository.tags == tuple(sorted(graph))
        for part, events in cases:
            asked = [(kind, hashes.get(text, text)) for kind, text in events]
            judged = repository.history.judge_all([hashes[name] for name in part], asked)
            for name in part:
                answers = by_the_book(part, name, events)
                assert judged[hashes[name]].verdict == (Verdict.AFFECTED if True in answers else Verdict.NOT_AFFECTED)
        part, events = cases[0]
        tags = repository.affected_tags([(kind, hashes.get(text, text)) for kind, text in events])
        everywhere = {name for name in graph if True in by_the_book(graph, name, events)}
        assert {*tags.affected, *tags.unsure} == everywhere
        assert len([*tags.affected, *tags.unsure, *tags.unknown, *tags.not_affected]) == len(graph)


BRANCHES: Graph = {
    # main: a - b - c - d(merge of s2) - e;  stable: b - s1 - s2 - s3
    "a": (),
    "b": ("a",),
    "c": ("b",),
    "s1": ("b",),
    "s2": ("s1",),
    "s3": ("s2",),
    "d": ("c", "s2"),
    "e": ("d",),
}


@pytest.mark.parametrize(
    ("events", "affected"),
    [
        ("i0", "a b c d e s1 s2 s3"),
        ("ib", "b c d e s1 s2 s3"),
        ("ib fc", "b s1 s2 s3"),
        ("ib fc fs3", "b s1 s2"),
        ("ib fs2", "b c s1"),
        ("i0 lb", "a b"),
        ("i0 lc", "a b c s1 s2 s3"),
        ("ib me", "b c d s1 s2"),
        ("ib mc", "b"),
        ("ib mc ms3", "b s1 s2"),
        ("i0 m* fc", "a b s1 s2 s3"),
        ("is1 fd", "s1 s2 s3"),
    ],
)
def test_branches_and_merges_count(events: str, affected: str) -> None:
    kinds = {"i": "introduced", "f": "fixed", "l": "last_affected", "m": "limit"}
    given = [(kinds[word[0]], word[1:]) for word in events.split()]
    judged = History(BRANCHES.get).judge_all(BRANCHES, given)
    assert sorted(name for name, found in judged.items() if found.verdict is Verdict.AFFECTED) == sorted(
        affected.split()
    )
    assert all(found.sure and found.why for found in judged.values())


def test_a_cherry_picked_fix_is_not_inferred() -> None:
    graph: Graph = {"a": (), "b": ("a",), "fix": ("b",), "stable": ("b",), "same fix picked": ("stable",)}
    found = History(graph.get).judge("same fix picked", [("introduced", "b"), ("fixed", "fix")])
    assert found.verdict is Verdict.AFFECTED


def test_what_the_history_leaves_open_is_called_affected_and_said() -> None:
    graph: Graph = {"a": (), "flaw": ("a",), "fix": ("a",), "merge": ("flaw", "fix")}
    found = History(graph.get).judge("merge", [("introduced", "flaw"), ("fixed", "fix")])
    assert (found.verdict, found.sure) == (Verdict.AFFECTED, False)
    assert "does not say" in found.why


def test_hidden_history_is_unknown_only_where_it_decides() -> None:
    graph: Graph = {"c": ("hidden",), "d": ("c",), "e": ("d",)}
    history = History(graph.get)

    def verdict(commit: str, *events: Event) -> Verdict:
        return history.judge(commit, events).verdict

    assert verdict("e", ("introduced", "0")) is Verdict.AFFECTED
    assert verdict("e", ("introduced", "0"), ("fixed", "d")) is Verdict.NOT_AFFECTED
    assert verdict("c", ("introduced", "0"), ("fixed", "d")) is Verdict.UNKNOWN
    assert verdict("e", ("introduced", "d")) is Verdict.AFFECTED
    assert verdict("e", ("introduced", "d"), ("fixed", "elsewhere")) is Verdict.UNKNOWN
    assert verdict("c", ("introduced", "d")) is Verdict.UNKNOWN
    assert verdict("c", ("introduced", "0"), ("limit", "e")) is Verdict.AFFECTED
    assert verdict("e", ("introduced", "0"), ("limit", "d")) is Verdict.UNKNOWN
    assert verdict("nowhere", ("introduced", "0")) is Verdict.UNKNOWN
    assert verdict("e", ("introduced", "x"), ("fixed", "y")) is Verdict.UNKNOWN


def test_a_circle_ends() -> None:
    graph: Graph = {"a": ("c",), "b": ("a",), "c": ("b", "b")}
    assert History(graph.get).judge("a", [("introduced", "b")]).verdict in Verdict


def test_a_history_is_walked_so_far_and_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(commit: str) -> tuple[str, ...]:
        return (str(int(commit) + 1),)

    monkeypatch.setattr(commits, "COMMITS_MAX", 10_000)
    with pytest.raises(TooManyCommits):
        History(endless).judge("1", [("introduced", "0")])
    with pytest.raises(TooManyCommits):
        History(endless).judge("1", [("introduced", "0"), ("limit", "5")])
    with pytest.raises(ValueError, match="events"):
        History(endless).judge("1", [("introduced", str(number)) for number in range(3_000)])


def test_a_hundred_thousand_commits_in_a_line_need_no_recursion() -> None:
    graph = {str(number): (str(number - 1),) if number else () for number in range(100_000)}
    begun = time.process_time()
    judged = History(graph.get).judge_all(graph, [("introduced", "500"), ("fixed", "90000")])
    assert time.process_time() - begun < 10
    assert sum(found.verdict is Verdict.AFFECTED for found in judged.values()) == 89_500


@pytest.mark.long
@needs_git
def test_a_repository_of_a_hundred_thousand_commits_is_judged_in_time(tmp_path: Path) -> None:
    lines: list[str] = []
    for number in range(1, 100_001):
        lines.append(f"commit refs/heads/main\nmark :{number}\ncommitter a <a@example> {number} +0000\ndata 0\n")
        if number % 1000 == 0:
            lines.append(f"reset refs/tags/v{number}\nfrom :{number}\n")
    git(tmp_path, "init", "--quiet", "--bare")
    git(tmp_path, "fast-import", "--quiet", data="\n".join(lines).encode())
    begun = time.process_time()
    with Repository.open(tmp_path) as repository:
        fix = repository.resolve("v50000")
        assert fix is not None
        tags = repository.affected_tags([("introduced", "0"), ("fixed", fix[:12])])
    assert time.process_time() - begun < 40  # about 4 s on an idle core
    assert (len(tags.affected), len(tags.not_affected)) == (49, 51)


@needs_git
def test_annotated_tags_branches_and_short_names_lead_to_their_commits(tmp_path: Path) -> None:
    hashes = made(tmp_path, BRANCHES)
    git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@example", "tag", "-a", "-m", "x", "v1", hashes["d"])
    git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@example", "tag", "-a", "-m", "x", "v1-again", "v1")
    git(tmp_path, "tag", "a-tree", f"{hashes['d']}^{{tree}}")
    git(tmp_path, "pack-refs", "--all")
    git(tmp_path, "gc", "--quiet")
    with Repository.open(tmp_path) as repository:
        for name in ("v1", "v1-again", "d", "b-d", hashes["d"], hashes["d"][:8], hashes["d"][:12].upper()):
            assert repository.resolve(name) == hashes["d"], name
        for name in ("a-tree", "nothing", "1234567", "0" * 40 + "1", "", "refs/../../x"):
            assert repository.resolve(name) is None, name
        assert repository.judge("v1", [("introduced", hashes["b"][:10])]).verdict is Verdict.AFFECTED
        assert repository.judge("nothing", [("introduced", "0")]).verdict is Verdict.UNKNOWN
        assert repository.affected_tags([("introduced", "0")]).unknown == ("a-tree",)


@needs_git
def test_shallow_clones_and_missing_objects_say_unknown(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.mkdir()
    hashes = made(whole, {f"c{number}": (f"c{number - 1}",) if number else () for number in range(20)})
    git(tmp_path, "clone", "--quiet", "--bare", "--depth", "5", "--branch", "b-c19", whole.as_uri(), str(cut))
    with Repository.open(cut) as repository:
        tip = hashes["c19"]
        assert repository.judge(tip, [("introduced", "0"), ("fixed", hashes["c17"])]).verdict is Verdict.NOT_AFFECTED
        found = repository.judge(tip, [("introduced", hashes["c3"]), ("fixed", hashes["c17"])])
        assert found.verdict is Verdict.NOT_AFFECTED or "cut off" in found.why
        assert (
            repository.judge(tip, [("introduced", hashes["c17"]), ("fixed", hashes["c3"])]).verdict is Verdict.UNKNOWN
        )
        assert repository.judge(hashes["c3"], [("introduced", "0")]).verdict is Verdict.UNKNOWN


@needs_git
def test_damaged_repositories_never_break_the_reader(tmp_path: Path) -> None:
    hashes = made(tmp_path, {f"c{number}": (f"c{number - 1}",) if number else () for number in range(120)})
    (pack,) = tmp_path.glob("objects/pack/*.pack")
    (index,) = tmp_path.glob("objects/pack/*.idx")
    refs = tmp_path / "packed-refs"
    git(tmp_path, "pack-refs", "--all")
    originals = {path: path.read_bytes() for path in (pack, index, refs)}
    chance = random.Random(2)  # noqa: S311 - the same damage in each run
    outcomes: set[str] = set()
    for turn in range(120):
        for path, data in originals.items():
            path.chmod(0o644)
            path.write_bytes(data)
        path = chance.choice(list(originals))
        data = bytearray(originals[path])
        if turn % 4 == 0:
            del data[chance.randrange(len(data)) :]
        else:
            for _ in range(chance.randint(1, 60)):
                data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        try:
            with Repository.open(tmp_path) as repository:
                repository.affected_tags([("introduced", "0"), ("fixed", hashes["c60"])])
                outcomes.add(
                    repository.judge(hashes["c119"], [("introduced", "0"), ("fixed", hashes["c60"])]).verdict.value
                )
        except NotARepository:
            outcomes.add("refused")
    assert {"not affected", "unknown"} <= outcomes


@needs_git
def test_what_is_no_plain_repository_is_refused(tmp_path: Path) -> None:
    hashes = made(tmp_path, BRANCHES)

    def refused(path: Path) -> str:
        with pytest.raises(NotARepository) as found:
            Repository.open(path)
        return str(found.value.detail)

    assert "no repository" in refused(tmp_path / "objects")
    assert "no repository" in refused(tmp_path / "absent")
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / ".git").write_text("gitdir: /etc\n")
    assert "no repository" in refused(linked)
    alternates = tmp_path / "objects" / "info" / "alternates"
    alternates.parent.mkdir(exist_ok=True)
    alternates.write_text("../objects\n")
    assert "circle" in refused(tmp_path)
    alternates.write_text("/nowhere/objects\n")
    with Repository.open(tmp_path) as repository:
        assert repository.judge(hashes["e"], [("introduced", "0")]).verdict is Verdict.AFFECTED
    alternates.unlink()
    (tmp_path / "reftable").mkdir()
    assert "reftable" in refused(tmp_path)
    (tmp_path / "reftable").rmdir()
    with (tmp_path / "config").open("a") as file:
        file.write("[extensions]\n\tobjectFormat = sha256\n")
    assert "SHA-256" in refused(tmp_path)


def test_reading_a_repository_starts_no_process_and_runs_no_hook() -> None:
    source = Path(repositories.__file__).read_text(encoding="utf-8")
    assert "subprocess" not in source
    assert "porcelain" not in source
    assert "dulwich.repo" not in source
