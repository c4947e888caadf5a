"""Real flaws and made ones, minimized by the harness's own runs: what is left is confirmed with the same signature."""

from pathlib import Path
from typing import Any

import pytest

from seawall.clearinghouse.validation.errors import BundleError, TargetError
from seawall.clearinghouse.validation.minimizing.proofs import MinimizedProof, minimize, same, write
from seawall.clearinghouse.validation.minimizing.types import Budget, NothingToMinimize
from seawall.clearinghouse.validation.replay import validate
from seawall.clearinghouse.validation.sandboxes.interface import Provider
from seawall.clearinghouse.validation.types import Run, Side, Verdict

from .conftest import SMALL, Proof

pytestmark = pytest.mark.sandbox
PROOFS = Path(__file__).parents[3] / "src" / "seawall" / "demo" / "proofs"
READ = "import sys, pathlib, pier\ntext = pathlib.Path(sys.argv[1]).read_text()\n"


def _minimized(source: Path, cache: Path, sandbox: Provider, out: Path, **wishes: Any) -> tuple[MinimizedProof, str]:
    before = validate(source, cache=cache, sandbox=sandbox, runs=1)
    assert before.verdict is Verdict.CONFIRMED
    found = minimize(source, cache=cache, sandbox=sandbox, **wishes)
    write(source, found, out)
    after = validate(out, cache=cache, sandbox=sandbox, runs=2)
    assert after.verdict is Verdict.CONFIRMED
    assert after.signature == before.signature == found.signature
    assert len(found.result.content) < found.result.before
    return found, found.summary


def _made(proof: Proof, folder: Path) -> Path:
    folder.mkdir()
    for name, text in proof.files().items():
        (folder / name).write_text(text)
    return folder


@pytest.mark.usefixtures("registry")
def test_an_input_shrinks_to_what_the_flaw_needs(targets: Path, bubblewrap: Provider, tmp_path: Path) -> None:
    needed = "open('@@CANARY_FILE@@', 'w').write('@@CANARY_TOKEN@@')"
    padding = "".join(f"# the tide of day {number}\n" for number in range(40))
    source = _made(Proof(input=f"{padding}{needed}\n{padding}"), tmp_path / "proof")
    found, summary = _minimized(source, targets, bubblewrap, tmp_path / "out", at_most=SMALL)
    assert found.result.complete
    assert found.result.content in {needed.encode(), b"open('@@CANARY_FILE@@','w').write('@@CANARY_TOKEN@@')"}
    assert "keeping the signature effect/1:code-execution@pier.label" in summary
    again = minimize(source, cache=targets, sandbox=bubblewrap, at_most=SMALL)
    assert again.result.content == found.result.content
    assert again.result.runs == 0  # all of it was known


@pytest.mark.usefixtures("registry")
@pytest.mark.long
def test_it_keeps_the_functions_where_another_flaw_is_nearer(
    targets: Path, bubblewrap: Provider, tmp_path: Path
) -> None:
    driver = READ + "pier.parse(text.split(':', 1)[1]) if text.startswith('deep:') else pier.label('int(' * 5000)\n"
    proof = Proof(
        driver="import sys\nsys.setrecursionlimit(200)\n" + driver,
        input="deep:" + "[" * 400 + "]" * 400,
        control="deep:[]",
        failure="uncaught-exception",
        oracle={"kind": "uncaught-exception", "exception": "RecursionError"},
    )
    source = _made(proof, tmp_path / "proof")
    found, _ = _minimized(source, targets, bubblewrap, tmp_path / "out", at_most=SMALL, budget=Budget(runs=300))
    assert found.result.content.startswith(b"deep:")
    assert len(found.result.content) < 420


@pytest.mark.usefixtures("registry")
def test_what_does_not_trigger_is_not_minimized(targets: Path, bubblewrap: Provider, tmp_path: Path) -> None:
    source = _made(Proof(input="'calm'\n"), tmp_path / "calm")
    with pytest.raises(NothingToMinimize, match="does not trigger"):
        minimize(source, cache=targets, sandbox=bubblewrap, at_most=SMALL)
    bad = _made(Proof(control="open('@@CANARY_FILE@@', 'w').write('@@CANARY_TOKEN@@')"), tmp_path / "bad")
    with pytest.raises(BundleError, match="control"):
        minimize(bad, cache=targets, sandbox=bubblewrap, at_most=SMALL)


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    from seawall.clearinghouse.validation.minimizing.types import Minimized  # noqa: PLC0415 - only here

    source = _made(Proof(), tmp_path / "proof")
    found = MinimizedProof("input.txt", "input", Minimized(b"x", 2, 1, 0.1, complete=True), None, 3)
    with pytest.raises(BundleError, match="there already"):
        write(source, found, tmp_path)


def _run(*, triggered: bool = True, signature: str | None = "crash/2:a@f", killed: str | None = None) -> Run:
    return Run(Side.VULNERABLE, triggered, "why", 86, None, killed, 0.1, 0.1, 1, "", signature, ("f",))


def test_the_same_is_the_same_signature_and_end() -> None:
    assert same(_run(), _run())
    assert not same(_run(triggered=False), _run())
    assert not same(_run(signature="crash/2:a@g"), _run())
    assert not same(_run(killed="memory"), _run())
    assert same(_run(signature=None), _run(signature=None))


@pytest.mark.long
@pytest.mark.registry
@pytest.mark.parametrize(
    "name", ["tidegate-history-run", "sqlparse-deep-parentheses", "jinja2-attr-format", "js-yaml-key-tostring"]
)
def test_real_flaws_of_the_demonstration_are_minimized(
    name: str, targets: Path, bubblewrap: Provider, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        _, summary = _minimized(
            PROOFS / name, targets, bubblewrap, tmp_path / "out", budget=Budget(runs=800, seconds=240)
        )
    except TargetError as error:
        pytest.skip(f"the package cannot be fetched here: {error}")
    with capsys.disabled():
        print(f"\n{name}: {summary}")  # noqa: T201 - the figures are the point
