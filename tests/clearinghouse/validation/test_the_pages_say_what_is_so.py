"""docs/proofs.md and docs/validation.md hold every key, oracle, verdict and limit, and nothing that is not there."""

import re
import tomllib
from pathlib import Path

from seawall.clearinghouse.validation import archives, manifests
from seawall.clearinghouse.validation.replay import RUNS
from seawall.clearinghouse.validation.sandboxes.contract import CHECKS
from seawall.clearinghouse.validation.sandboxes.interface import RunLimits
from seawall.clearinghouse.validation.staging import SANITIZER_MEMORY
from seawall.clearinghouse.validation.types import NEEDS_CONTROL, PROVES, OracleKind, Verdict

DOCS = Path(__file__).parents[3] / "docs"
PROOFS = (DOCS / "proofs.md").read_text(encoding="utf-8")
VALIDATION = (DOCS / "validation.md").read_text(encoding="utf-8")
PASSING = {Verdict.QUEUED, Verdict.RUNNING}
"""States, rather than verdicts."""


def rows(page: str) -> dict[str, str]:
    """First cell and rest of each table row that begins with code."""
    return {match[1]: match[2] for match in re.finditer(r"^\| `([^`]+)` \|(.+)\|$", page, re.MULTILINE)}


def test_every_key_of_a_manifest_is_explained_and_no_other() -> None:
    keys = {f"{section}.{key}" for section, names in manifests.SECTIONS.items() for key in names}
    assert {name for name in rows(PROOFS) if name not in set(OracleKind)} == keys | {"schema"}


def test_every_oracle_is_explained_with_what_it_shows() -> None:
    explained = rows(PROOFS)
    for kind in OracleKind:
        shows = explained[kind].split("|")[0]
        assert set(re.findall(r"`([^`]+)`", shows)) == PROVES[kind], kind
        assert ("control (needed)" in explained[kind]) == (kind in NEEDS_CONTROL), kind


def test_the_example_is_a_manifest() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PROOFS, re.DOTALL)
    files = dict.fromkeys(tomllib.loads(example)["run"].values(), b"")
    assert manifests.read({**files, "proof.toml": example.encode()}).package == "pkg:pypi/tqdm"


def test_the_limits_are_the_limits() -> None:
    limits = RunLimits()
    for text in (
        f"{limits.wall_s:g} seconds, {limits.memory_bytes >> 20} MiB of memory ({SANITIZER_MEMORY >> 30} GiB native)",
        f"{limits.processes} processes, {limits.disk_bytes >> 20} MiB of files, {limits.output_bytes >> 20} MiB of",
        f"at most {archives.ENTRIES_MAX:,} members and {archives.UNPACKED_MAX >> 20} MiB unpacked",
        f"{manifests.BUDGET_MIN_S:g} to {manifests.BUDGET_MAX_S:g} seconds of processor time; {manifests.BUDGET_DEFAULT_S:g} if",
    ):
        assert text in PROOFS


def test_every_verdict_is_explained_and_the_contract_is_counted() -> None:
    assert set(rows(VALIDATION)) == {verdict.value for verdict in Verdict} - PASSING
    assert f"contract of {len(CHECKS)} hostile programs" in VALIDATION
    assert {5: "five times"}[RUNS] in VALIDATION
