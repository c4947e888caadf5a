"""Whether the fix of one case stops the proof of another: yes, no, or it cannot be told; on real runs."""

import difflib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from seawall.clearinghouse.validation.patches.judging import (
    Fix,
    FixedTree,
    FixedVersion,
    Patch,
    Stopped,
    stopping,
    stops,
)
from seawall.clearinghouse.validation.sandboxes.interface import Provider

from .conftest import PIER_FLAWED, SMALL, Proof

pytestmark = pytest.mark.sandbox
TIDEGATE = Path(__file__).parents[3] / "src" / "seawall" / "demo" / "proofs" / "tidegate-history-run"
READ = "import sys, pathlib, pier\ntext = pathlib.Path(sys.argv[1]).read_text().strip()\n"
LABEL = ("def label(text): return eval(text)", "def label(text):\n    import ast\n    return ast.literal_eval(text)")
LOAD = ('return Path("/", name).read_text()', 'return ""')
READING = Proof(
    driver=READ + "print(pier.load(text))\n",
    input="@@SECRET_FILE@@",
    control="etc/passwd",
    failure="file-disclosure",
    oracle={"kind": "secret-read"},
)

Stops = Callable[[Fix, Proof], Stopped]


def patch(*replaced: tuple[str, str]) -> Patch:
    changed = PIER_FLAWED
    for old, new in replaced:
        assert old in changed
        changed = changed.replace(old, new)
    lines = difflib.unified_diff(
        PIER_FLAWED.splitlines(keepends=True), changed.splitlines(keepends=True), "a/pier.py", "b/pier.py"
    )
    return Patch("".join(lines).encode())


@pytest.fixture
def ask(registry: Path, targets: Path, bubblewrap: Provider, tmp_path: Path) -> Stops:
    del registry

    def run(fix: Fix, proof: Proof) -> Stopped:
        (tmp_path / "proof.zip").write_bytes(proof.zip())
        return stopping(fix, tmp_path / "proof.zip", cache=targets, sandbox=bubblewrap, runs=2, at_most=SMALL)

    return run


def test_a_fix_stops_the_proof_of_its_own_flaw_and_not_of_another(ask: Stops) -> None:
    own = ask(patch(LABEL), Proof())
    assert (own.answer, own.isolated) == (True, True), own.why
    other = ask(patch(LABEL), READING)
    assert other.answer is False, other.why
    assert "still works (1 of 1 times)" in other.why
    assert ask(patch(LABEL, LOAD), READING).answer is True


@pytest.mark.long
def test_a_fixed_version_says_less_than_a_patch(ask: Stops) -> None:
    found = ask(FixedVersion("1.1"), Proof())
    assert (found.answer, found.isolated) == (True, False), found.why
    assert "other changes" in found.why
    same = ask(FixedVersion("1.0"), Proof())
    assert same.answer is False, same.why


CANNOT_BE_TOLD = {
    "a proof that does not work": (patch(LABEL), Proof(input="'calm'"), "Without the fix the proof works 0 of 2"),
    "a version that is not there": (FixedVersion("9.9"), Proof(), "9.9 cannot be installed"),
    "a patch for something else": (Patch(patch(LABEL).diff.replace(b"eval", b"evil")), Proof(), "does not fit"),
    "a patch that is none": (Patch(b"eval should be removed\n"), Proof(), "changes nothing"),
    "a patch that is not Python": (
        patch((LABEL[0], "def label(text: return text")),
        Proof(),
        "cannot be read as python",
    ),
    "a patch that breaks the control": (patch((LABEL[0], "def label(text): raise OSError")), Proof(), "control fails"),
    "a patch that hangs": (
        patch((LABEL[0], "def label(text):\n    while 'open' in text: pass\n    return text")),
        Proof(),
        "hangs",
    ),
    "a patch that takes the effect back": (
        patch(
            (
                LABEL[0],
                "def label(text):\n    eval(text)\n    import glob, os\n    [os.remove(f) for f in glob.glob('/c*/*')]",
            )
        ),
        Proof(),
        "taken back",
    ),
    "a bundle that cannot be used": (patch(LABEL), Proof(failure="bad-luck"), "bad-luck"),
}


@pytest.mark.parametrize(("fix", "proof", "why"), CANNOT_BE_TOLD.values(), ids=CANNOT_BE_TOLD)
def test_what_cannot_be_told_is_no_answer(ask: Stops, fix: Fix, proof: Proof, why: str) -> None:
    found = ask(fix, proof)
    assert found.answer is None, found.why
    assert why in found.why


@pytest.mark.long
def test_a_tree_is_compiled_with_the_fix(targets: Path, bubblewrap: Provider, tmp_path: Path) -> None:
    assert stops(FixedTree(TIDEGATE / "fixed"), TIDEGATE, cache=targets, sandbox=bubblewrap) is True
    shutil.copytree(TIDEGATE / "vulnerable", tmp_path / "same")
    assert stops(FixedTree(tmp_path / "same"), TIDEGATE, cache=targets, sandbox=bubblewrap) is False
    old, new = (
        (TIDEGATE / side / "tidegate.c").read_text().splitlines(keepends=True) for side in ("vulnerable", "fixed")
    )
    diff = "".join(difflib.unified_diff(old, new, "a/src/tidegate.c", "b/src/tidegate.c")).encode()
    assert stops(Patch(diff), TIDEGATE, cache=targets, sandbox=bubblewrap) is True
