"""A question of likeness is queued with the report, and the runs of the two proofs answer it."""

import io
import zipfile
from pathlib import Path

import pytest

from seawall.clearinghouse.coordination.models import Case, CaseReport
from seawall.clearinghouse.deduplication.models import Suggestion
from seawall.clearinghouse.intake.models import Report
from seawall.clearinghouse.validation.models import Validation
from seawall.foundation.jobs.models import Job
from seawall.foundation.jobs.runner import drain
from seawall.foundation.jobs.types import JobState
from seawall.foundation.platform import storage
from support import World

from .test_merges_can_be_taken_back import LIKE, folded, proved

pytestmark = [pytest.mark.django_db, pytest.mark.sandbox]
BUNDLE = Path(__file__).parents[3] / "src" / "seawall" / "demo" / "proofs" / "tidegate-history-run"


def zipped(folder: Path, remark: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.writestr(path.relative_to(folder).as_posix(), path.read_bytes())
        archive.writestr("notes-of-the-finder.md", remark)
    return out.getvalue()


def of_tidegate(world: World, finder: str, minutes: int, proof: bytes) -> str:
    """A proved report about tidegate that left no signature, so that only the runs can tell."""
    identifier = proved(world, finder, minutes, None, "1.4.2", **LIKE)
    Report.objects.filter(pk=identifier).update(
        package="pkg:generic/tidegate", failure="memory-safety", proof_digest=storage.put(proof)
    )
    return identifier


@pytest.mark.long
def test_two_proofs_that_one_fix_ends_become_one_case(world: World) -> None:
    older = folded(of_tidegate(world, "finder", 0, zipped(BUNDLE, "The first.")))
    second = of_tidegate(world, "rival", 1, zipped(BUNDLE, "Found by another."))
    newer = folded(second)
    assert newer != older
    assert drain(kinds=["deduplication.try"]) == 1
    assert Case.objects.get(pk=newer).merged_into_id == older
    link = CaseReport.objects.get(report_id=second, undone_at=None)
    assert link.evidence["tried"]["zone"] == "same"
    assert "length > count - filled" in link.evidence["tried"]["forward"]["diff"]
    assert Report.objects.get(pk=second).case_id == older


def test_a_report_without_a_proof_leaves_the_question_to_a_person(world: World) -> None:
    folded(proved(world, "finder", 0, None, **LIKE))
    second = proved(world, "rival", 1, None, **LIKE)
    folded(second)
    assert drain(kinds=["deduplication.try"]) == 1
    assert not Job.objects.exclude(state=JobState.SUCCEEDED).filter(kind="deduplication.try").exists()
    asked = Suggestion.objects.get(report_id=second)
    assert (asked.outcome, asked.tried) == ("open", {})
    assert Validation.objects.count() == 2
