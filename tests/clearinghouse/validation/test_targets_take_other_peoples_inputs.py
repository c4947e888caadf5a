"""An input that others found and that is not ours to keep: SQLite 3.15.0 reads freed memory, 3.31.1 does not."""

import shutil
from pathlib import Path

import pytest

from seawall.clearinghouse.validation.replay import validate
from seawall.clearinghouse.validation.sandboxes.interface import Provider
from seawall.clearinghouse.validation.types import Verdict

ROOT = Path(__file__).parents[3]
INPUT = ROOT.parent / "shared" / "data" / "c-flaws" / "sqlite-crash-0adc.sql"


@pytest.mark.long
@pytest.mark.registry
@pytest.mark.sandbox
@pytest.mark.skipif(not INPUT.exists(), reason="../shared/data/c-flaws is not here")
@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_a_fuzzers_input_is_confirmed_with_the_harness_of_the_corpus(
    tmp_path: Path, targets: Path, bubblewrap: Provider
) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(ROOT / "corpus" / "c" / "sqlite-rtreenode", bundle)
    (bundle / "input.sql").write_bytes(INPUT.read_bytes())
    result = validate(bundle, cache=targets, sandbox=bubblewrap)
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons)
    assert result.signature
    assert result.signature.startswith("crash/2:heap-use-after-free")
