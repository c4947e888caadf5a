"""Each proof of the demonstration does what it says, seen by the engine: once on each side here, three times in the story."""

import shutil
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from seawall.clearinghouse.validation.errors import Infrastructure, SandboxUnavailable
from seawall.clearinghouse.validation.replay import validate
from seawall.clearinghouse.validation.types import Side, ValidationResult, Verdict
from seawall.demo import world
from seawall.demo.world import FiledReport

pytestmark = [pytest.mark.registry, pytest.mark.sandbox]

PROVED = [report for report in world.reports() if report.proof]
NEEDS = {"node": "npm", "native": "gcc"}


@pytest.fixture(scope="session")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Installed packages, shared by the tests of this run."""
    return tmp_path_factory.mktemp("targets")


def replay(name: str, targets: Path, tmp_path: Path, changes: dict[str, str] | None = None) -> ValidationResult:
    """Run a bundle once on each side, after changing lines of its manifest."""
    with as_file(files("seawall.demo") / "proofs" / name) as folder:
        bundle = tmp_path / name
        shutil.copytree(folder, bundle)
    manifest = (bundle / "proof.toml").read_text(encoding="utf-8")
    for old, new in (changes or {}).items():
        assert manifest.count(old) == 1
        manifest = manifest.replace(old, new)
    (bundle / "proof.toml").write_text(manifest, encoding="utf-8")
    try:
        return validate(bundle, cache=targets, runs=1)
    except SandboxUnavailable as error:
        pytest.skip(f"no sandbox works here: {error}")
    except Infrastructure as error:
        if "could not be fetched" not in error.detail:
            raise
        pytest.skip(f"no package registry is reached: {error.detail[:200]}")


@pytest.mark.parametrize("filed", PROVED, ids=lambda report: report.proof)
def test_each_proof_gets_its_verdict(filed: FiledReport, targets: Path, tmp_path: Path) -> None:
    if filed.runtime in NEEDS and shutil.which(NEEDS[filed.runtime]) is None:
        pytest.skip(f"{NEEDS[filed.runtime]} is missing")
    result = replay(filed.proof or "", targets, tmp_path)
    assert result.verdict == Verdict(filed.expected), (result.summary, result.reasons)
    seen = {side: [run.triggered for run in result.runs if run.side is side] for side in Side}
    assert seen[Side.CONTROL] == [False, False]
    assert seen[Side.FIXED] == [False]
    assert seen[Side.VULNERABLE] == [result.verdict is Verdict.CONFIRMED]


def test_the_duplicate_leaves_the_first_ones_signature(targets: Path, tmp_path: Path) -> None:
    (second,) = [report for report in PROVED if report.duplicate_of]
    (first,) = [report for report in PROVED if report.key == second.duplicate_of]
    one, other = (replay(report.proof or "", targets, tmp_path) for report in (first, second))
    assert one.signature
    assert one.signature == other.signature
    assert one.bundle_digest != other.bundle_digest


@pytest.mark.parametrize(
    ("name", "vulnerable", "fixed"),
    [("tqdm-option-eval", "4.66.2", "4.66.3"), ("jinja2-attr-format", "3.1.5", "3.1.6")],
)
def test_the_flaw_is_in_the_package_and_not_in_the_driver(
    name: str, vulnerable: str, fixed: str, targets: Path, tmp_path: Path
) -> None:
    swapped = {
        f'vulnerable = "{vulnerable}"': f'vulnerable = "{fixed}"',
        f'fixed = "{fixed}"': f'fixed = "{vulnerable}"',
    }
    result = replay(name, targets, tmp_path, swapped)
    assert result.verdict is not Verdict.CONFIRMED
    assert not any(run.triggered for run in result.runs if run.side is Side.VULNERABLE)
    assert any(run.triggered for run in result.runs if run.side is Side.FIXED)


def test_a_benign_input_in_the_attackers_place_proves_nothing(targets: Path, tmp_path: Path) -> None:
    result = replay("tqdm-option-eval", targets, tmp_path, {'input = "input.txt"': 'input = "benign.txt"'})
    assert result.verdict is Verdict.NOT_REPRODUCED
