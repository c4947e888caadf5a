"""The corpus's manifest and its folders agree, its cases get the verdicts that it says, and no control is ever confirmed.

The quick tests take a few of each; all of them are long.
"""

import csv
import importlib.util
import itertools
import os
import shutil
import sys
import types
from pathlib import Path

import pytest

from seawall.clearinghouse.validation.bundles import open_bundle
from seawall.clearinghouse.validation.errors import SandboxUnavailable
from seawall.clearinghouse.validation.sandboxes.choose import choose
from seawall.clearinghouse.validation.sandboxes.interface import Provider
from seawall.clearinghouse.validation.types import Failure, Manifest

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "corpus"
SAMPLE = 10
CONTROLS = 200
KINDS = {
    "code-injection": {Failure.CODE_EXECUTION},
    "command-injection": {Failure.COMMAND_EXECUTION},
    "path-traversal": {Failure.PATH_TRAVERSAL},
    "prototype-pollution": {Failure.PROTOTYPE_POLLUTION},
    "redos": {Failure.DENIAL_OF_SERVICE},
}
"""What the list of flaws calls them, and what a proof of one claims."""


def _bench() -> types.ModuleType:
    found = importlib.util.spec_from_file_location("bench_corpus", ROOT / "bench" / "corpus.py")
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module  # where dataclasses look for their module
    found.loader.exec_module(module)
    return module


corpus = _bench()
CASES = corpus.cases(CORPUS)


def rows() -> list[dict[str, str]]:
    with (CORPUS / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def manifest(name: str, tmp_path: Path) -> Manifest:
    return open_bundle(CORPUS / name, tmp_path / name.replace("/", "-")).manifest


@pytest.fixture(scope="session")
def provider() -> Provider:
    try:
        return choose(targets())
    except SandboxUnavailable as error:
        pytest.skip(f"no sandbox works here: {error}")


def targets() -> Path:
    """Where installed packages are kept; SEAWALL_CORPUS_CACHE lets later runs do without a registry."""
    return Path(os.environ.get("SEAWALL_CORPUS_CACHE") or Path(os.environ["SEAWALL_DATA_DIR"]) / "corpus-targets")


def test_every_folder_is_a_case_and_every_case_a_folder(tmp_path: Path) -> None:
    folders = {path.parent.relative_to(CORPUS).as_posix() for path in CORPUS.glob("*/*/proof.toml")}
    assert folders == {row["case"] for row in rows()}
    for row in rows():
        read = manifest(row["case"], tmp_path)
        said = (row["package"], row["vulnerable"], row["fixed"], row["failure"], row["identifiers"])
        assert said == (
            read.package_name if read.package_type == "npm" else row["package"],
            read.vulnerable,
            read.fixed or "",
            read.failure.value,
            " ".join(read.identifiers),
        ), row["case"]


def test_the_corpus_is_as_wide_as_it_says(tmp_path: Path) -> None:
    by_registry = {kind: [case for case in CASES if case.name.startswith(f"{kind}/")] for kind in ("npm", "pypi")}
    assert len(by_registry["npm"]) >= 45
    assert len(by_registry["pypi"]) >= 10
    assert len({manifest(case.name, tmp_path).failure for case in by_registry["pypi"]}) >= 4
    assert len({case.package for case in by_registry["npm"]}) >= 45


def test_what_is_not_plainly_confirmed_is_explained() -> None:
    for row in rows():
        plain = (row["expected"], row["vulnerable_triggers"], row["fixed_triggers"]) == ("confirmed", "yes", "no")
        assert (plain and row["fixed"]) or row["note"], row["case"]


def test_the_cases_are_of_the_list_of_flaws(tmp_path: Path) -> None:
    path = ROOT.parent / "shared" / "data" / "npm-flaws.csv"
    if not path.exists():
        pytest.skip("../shared/data/npm-flaws.csv is not here")
    with path.open(encoding="utf-8", newline="") as file:
        listed = {(row["package"], row["vulnerable_version"].lstrip("^")): row["kind"] for row in csv.DictReader(file)}
    kinds = set()
    for case in CASES:
        read = manifest(case.name, tmp_path)
        kind = listed.get((read.package_name, read.vulnerable))
        if case.name.startswith("npm/") and kind is not None and read.failure in KINDS[kind]:
            kinds.add(kind)
    assert kinds == set(KINDS)


@pytest.mark.registry
@pytest.mark.sandbox
@pytest.mark.skipif(shutil.which("npm") is None, reason="node and npm are not installed")
def test_a_sample_of_cases_and_controls(provider: Provider, tmp_path: Path) -> None:
    chosen = [case for case in CASES if case.name in {"npm/growl", "npm/y18n", "npm/safer-eval"}]
    for case in chosen:
        outcome = corpus.run_case(CORPUS, case, targets(), provider, 1)
        if outcome.verdict == "not installed":
            pytest.skip(f"no package registry is reached: {outcome.summary}")
        assert corpus.is_right(case, outcome), outcome
    for control in itertools.islice(corpus.controls(CORPUS, chosen, tmp_path), SAMPLE):
        assert corpus.run_control(control, targets(), provider).verdict != "confirmed", control.name


@pytest.mark.long
@pytest.mark.registry
@pytest.mark.sandbox
def test_cases_get_their_verdicts(provider: Provider) -> None:
    figures = corpus.judge_cases(CORPUS, CASES, targets(), provider)
    if not figures["installed"]:
        pytest.skip("no package registry is reached")
    assert figures["right"] >= 0.97 * figures["installed"], figures


@pytest.mark.long
@pytest.mark.registry
@pytest.mark.sandbox
def test_no_control_is_confirmed(provider: Provider, tmp_path: Path) -> None:
    figures = corpus.judge_controls(list(corpus.controls(CORPUS, CASES, tmp_path)), targets(), provider)
    if not figures["controls"]:
        pytest.skip("no package registry is reached")
    assert figures["controls"] >= CONTROLS
    assert figures["controls_confirmed"] == 0
