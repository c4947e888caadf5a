"""States against those that ClusterFuzz expects of its own samples (Apache-2.0, in ../shared/data, not committed).

Every disagreement is explained in explained.toml, and no explanation is left over.
"""

import json
import re
import tarfile
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from seawall.clearinghouse.validation.understanding.parser import parse
from seawall.clearinghouse.validation.understanding.types import Crash

ARCHIVE = Path(__file__).parents[3].parent / "shared" / "data" / "crash-stacks.tar.xz"
EXPLAINED = Path(__file__).parent / "explained.toml"
AGREE_MIN = 230
ONLY_IF_ASKED = {"out-of-memory": "REPORT_OOMS_AND_HANGS", "timeout": "REPORT_OOMS_AND_HANGS",
                 "runtime-assert": "DETECT_V8_RUNTIME_ERRORS"}  # fmt: skip
"""ClusterFuzz is told in its environment whether it reports these kinds at all; ours always does."""


@dataclass(frozen=True)
class Sample:
    """One expectation."""

    name: str
    file: str
    environment: dict[str, str]
    wanted: tuple[str, ...] | None
    """None where the sample's test looks at something else."""


@pytest.fixture(scope="module")
def reports() -> dict[str, bytes]:
    if not ARCHIVE.is_file():
        pytest.skip("no ../shared/data/crash-stacks.tar.xz: the crash samples are not beside this checkout")
    with tarfile.open(ARCHIVE) as archive:
        return {
            Path(member.name).name: file.read()
            for member in archive
            if member.isfile() and (file := archive.extractfile(member)) is not None
        }


@pytest.fixture(scope="module")
def samples(reports: dict[str, bytes]) -> list[Sample]:
    return [_sample(entry) for entry in json.loads(reports["expected.json"])]


def _sample(entry: dict[str, Any]) -> Sample:
    environment = dict(re.findall(r"os\.environ\['(\w+)'\] = '(.*?)'", " ".join(entry["environ"])))
    if environment.get("TASK_NAME") == "analyze":  # which looks for all
        environment["DETECT_V8_RUNTIME_ERRORS"] = "True"
    state = entry.get("expected_state")
    wanted = None if state is None else tuple(line for line in state.split("\n") if line)
    return Sample(entry["test"], entry["file"], environment, wanted)


def _asked(crash: Crash | None, sample: Sample) -> bool:
    return crash is not None and (crash.kind not in ONLY_IF_ASKED or ONLY_IF_ASKED[crash.kind] in sample.environment)


def test_states_agree_or_are_explained(
    samples: list[Sample], reports: dict[str, bytes], record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    explained = {entry["test"]: entry["why"] for entry in tomllib.loads(EXPLAINED.read_text("utf-8"))["sample"]}
    agree: Counter[str] = Counter()
    total: Counter[str] = Counter()
    differ: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for sample in samples:
        if sample.wanted is None:
            continue
        crash = parse(reports[sample.file], target=sample.environment.get("FUZZ_TARGET", ""))
        tool = crash.tool if crash else "none"
        total[tool] += 1
        state = crash.state if crash is not None and _asked(crash, sample) else ()
        if state == sample.wanted:
            agree[tool] += 1
        else:
            differ[sample.name] = (sample.wanted, state)
    with capsys.disabled():
        print(f"\nstates: {agree.total()} of {total.total()} agree")  # noqa: T201 - the figures are the point
        for tool, count in total.most_common():
            print(f"  {tool}: {agree[tool]} of {count}")  # noqa: T201
        for name, (wanted, ours) in sorted(differ.items()):
            print(f"  {name}: wanted {wanted}, ours {ours}: {explained.get(name, 'NOT EXPLAINED')}")  # noqa: T201
    record_property("agree", agree.total())
    assert agree.total() >= AGREE_MIN
    assert sorted(differ) == sorted(explained)
