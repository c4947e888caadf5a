"""Candidates are found in rows that every process sees: under each known name of a package, and for what came before the rows."""

import pytest

from seawall.clearinghouse.deconfliction.ground.services import weigh_target
from seawall.clearinghouse.deduplication import remembering
from seawall.clearinghouse.deduplication.models import Observation, ObservedPackage, Posting, Suggestion
from support import World
from support.reports import folded, proved

pytestmark = pytest.mark.django_db
WORDS = "The length of a record's field is not checked, so a crafted archive writes beyond its heap block in unpack_tidings."


def result(signature: str) -> dict[str, object]:
    return {
        "signature": signature,
        "runs": [],
        "target": {"vulnerable": {"version": "1.0"}, "fixed": {"version": "1.1"}},
    }


def test_reports_from_before_the_rows_are_read_when_their_package_folds_again(world: World) -> None:
    case = folded(proved(world, "finder", 0, result=result("crash/2:x@put")))
    Observation.objects.all().delete()
    ObservedPackage.objects.all().delete()
    assert folded(proved(world, "rival", 1, result=result("crash/2:x@put"))) == case
    assert Observation.objects.count() == 2


def test_rows_of_an_older_reader_are_made_anew(world: World) -> None:
    case = folded(proved(world, "finder", 0, result=result("crash/2:x@put")))
    ObservedPackage.objects.update(read_by=remembering.READER - 1)
    Observation.objects.update(link_key="of an older reader")
    Posting.objects.all().delete()
    Posting.objects.create(term=7, observation=Observation.objects.get())
    assert folded(proved(world, "rival", 1, result=result("crash/2:x@put"))) == case
    assert not Posting.objects.filter(term=7).exists()
    assert Posting.objects.values("observation").distinct().count() == 2


def test_a_report_is_found_under_another_name_of_its_package(world: World) -> None:
    names = ("pkg:pypi/tidings", "pkg:npm/tidings")
    first = proved(world, "finder", 0, package=names[0], description=WORDS, result=result("crash/2:x@put"))
    case = folded(first)
    stranger = proved(world, "rival", 1, package=names[1], description=WORDS, result=result("crash/2:x@put2"))
    folded(stranger)
    assert not Suggestion.objects.exists()  # two packages of which nobody has said that they are one
    for name in names:
        weigh_target(
            world.actor("clearinghouse"),
            target=name,
            weight=5,
            source="by hand",
            repository="https://github.com/harbor/tidings",
        )
    kin = proved(world, "lab", 2, package=names[1], description=WORDS, result=result("crash/2:x@put3"))
    assert folded(kin) != case
    assert case in set(Suggestion.objects.filter(report_id=kin).values_list("case_id", flat=True))


def test_what_is_folded_and_what_is_in_the_index_are_the_same(world: World) -> None:
    reports = {
        proved(world, "finder", at, description=WORDS, result=result(f"crash/2:x@put{at % 3}")) for at in range(6)
    }
    waiting = proved(world, "finder", 9, description=WORDS, result=result("crash/2:x@put9"))
    for report_id in reports:
        folded(report_id)
    assert set(Observation.objects.values_list("report_id", flat=True)) == reports
    assert waiting not in reports
    assert set(Posting.objects.values_list("observation__report_id", flat=True)) == reports
