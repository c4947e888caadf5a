"""The pairs that the judge is measured on: each with two proofs, a truth and a public source; one of them is really judged."""

import csv
import importlib.util
import sys
import tomllib
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from seawall.clearinghouse.deduplication.trying import Direction, Tried
from seawall.clearinghouse.deduplication.types import Comparison, Zone
from seawall.clearinghouse.validation.bundles import open_bundle

ROOT = Path(__file__).parents[3]
CORPUS = ROOT / "corpus"


@pytest.fixture(scope="module")
def judge() -> Iterator[types.ModuleType]:
    sys.path.insert(0, str(ROOT / "bench"))
    spec = importlib.util.spec_from_file_location("bench_judge", ROOT / "bench" / "judge.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench_judge"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["bench_judge"]
    sys.path.remove(str(ROOT / "bench"))


MANIFESTS = ("pairs.csv", "heldout.csv", "unseen.csv", "fresh.csv", "later.csv")
"""The pairs that the rules were made with, those that were held back until they were learned from, and those that were not."""


def rows(*manifests: str) -> list[dict[str, str]]:
    found = []
    for name in manifests or MANIFESTS:
        with (ROOT / "bench" / "judge" / name).open(encoding="utf-8", newline="") as file:
            found += list(csv.DictReader(file))
    return found


def test_each_pair_has_two_proofs_of_one_package_a_truth_and_a_public_source(
    judge: types.ModuleType, tmp_path: Path
) -> None:
    packages: dict[str, str] = {}
    for row in rows():
        assert row["truth"] in {"same", "different"}
        assert row["why"]
        assert row["source"].startswith(
            ("https://nvd.nist.gov/vuln/detail/CVE-", "https://github.com/advisories/GHSA-")
        )
        for name in (row["left"], row["right"]):
            if name not in packages:
                bundle = open_bundle(judge.folder(name, CORPUS, tmp_path), tmp_path / str(len(packages)))
                packages[name] = bundle.manifest.package.lower()
                assert bundle.manifest.fixed is not None, name
        assert packages[row["left"]] == packages[row["right"]]
    made = [row for row in rows() if "judge/" in row["left"] + row["right"]]
    assert len(made) >= 20
    known = {frozenset((row["left"], row["right"])) for row in rows()}
    assert len(known) == len(rows())
    assert set(packages) == set(judge.words())


def test_no_package_that_is_held_out_was_watched(judge: types.ModuleType, tmp_path: Path) -> None:
    def packages(manifest: str) -> set[str]:
        names = {row[side] for row in rows(manifest) for side in ("left", "right")}
        texts = [(judge.folder(name, CORPUS, tmp_path) / "proof.toml").read_text(encoding="utf-8") for name in names]
        return {tomllib.loads(text)["target"]["package"].lower() for text in texts}

    watched, *held_out = map(packages, MANIFESTS)
    for manifest, some in zip(MANIFESTS[1:], held_out, strict=True):
        assert watched & some == set()
        truths = [row["truth"] for row in rows(manifest)]
        assert truths.count("same") >= (11 if manifest == "later.csv" else 12)
        assert truths.count("different") >= 8


def test_no_pair_of_one_package_is_left_out(judge: types.ModuleType) -> None:
    known = {frozenset((row["left"], row["right"])) for row in rows()}
    assert [two for two in judge.of_one_package(CORPUS) if frozenset(two) not in known] == []


def test_every_bundle_of_the_bench_is_in_a_pair() -> None:
    folder = ROOT / "bench" / "judge"
    made = {f"judge/{proof.parent.relative_to(folder).as_posix()}" for proof in folder.rglob("proof.toml")}
    assert made == {row[side] for row in rows() for side in ("left", "right") if row[side].startswith("judge/")}


def test_a_seeded_program_differs_only_where_it_is_fixed(judge: types.ModuleType) -> None:
    for project in ("ledger", "pixel"):
        flawed, fixed = (judge.bundles.source(project, number).splitlines() for number in (0, 1))
        assert len(flawed) == len(fixed)
        assert "FIXED" not in "".join(flawed + fixed)
        assert sum(one != other for one, other in zip(flawed, fixed, strict=True)) >= 15


def test_a_wrong_merge_is_counted_as_one(judge: types.ModuleType) -> None:
    asked, left_alone = Comparison(Zone.ASK, 40, ()), Comparison(Zone.DIFFERENT, 10, ())
    yes, unknown = Direction(True, "", alone=True, needed=True), Direction(None, "It does not build.", alone=False)
    done = [
        judge.Judged(judge.Pair("a", "b", same, "", ""), compared, tried)
        for same, compared, tried in (
            (False, asked, Tried(Zone.SAME, "", yes, yes)),
            (True, asked, Tried(Zone.SAME, "", yes, yes)),
            (True, asked, Tried(Zone.ASK, "Not settled.", yes, unknown)),
            (True, left_alone, None),
        )
    ]
    found = judge.figures(done)
    assert (found["pairs"], found["asked"], found["not_asked"], found["not_asked_wrong"]) == (4, 3, 1, 1)
    assert (found["merged_wrong"], found["merged_right"], found["resolved"], found["resolved_share"]) == (
        1,
        1,
        2,
        0.6667,
    )
    assert (found["right_share"], found["unresolved_why"]) == (0.3333, {"Not settled. It does not build.": 1})


@pytest.mark.sandbox
@pytest.mark.registry
@pytest.mark.long
def test_one_pair_is_judged_by_real_runs(judge: types.ModuleType, tmp_path: Path) -> None:
    pair = next(one for one in judge.pairs() if one.left == "corpus/npm/flat")
    places = {name: judge.folder(name, CORPUS, tmp_path) for name in (pair.left, pair.right)}
    done = judge.judged(pair, judge.Findings(places, tmp_path / "cache"))
    assert done.tried is not None
    assert done.tried.zone is Zone.SAME, done.tried.to_json()
    found = judge.figures([done])
    assert (found["asked"], found["resolved_share"], found["merged_right"]) == (1, 1.0, 1)
