"""A coordinator learns in which sectors a flaw is run, and never of one or two; nobody else learns anything."""

from pathlib import Path

import pytest

from seawall.clearinghouse.matching import advisory_queries
from seawall.foundation.access.types import Actor, OrganizationKind
from seawall.foundation.identity.services import create_organization
from seawall.foundation.platform.errors import Forbidden, NotFound, Unauthenticated
from support import KEEPER, World
from support.publishers import CVE, GHSA, PYSEC, Publishers, record

HEALTH, WATER = 4, 2


@pytest.fixture
def publishers(world: World, tmp_path: Path) -> Publishers:
    for sector, count in (("healthcare", HEALTH), ("water", WATER), ("energy", 1)):
        for number in range(count):
            name = f"{sector} {number}"
            world.organizations[name] = create_organization(KEEPER, name, OrganizationKind.OPERATOR, sector)
    found = Publishers(world, tmp_path)
    found.load(ghsa=[record(GHSA, CVE)], pypa=[record(PYSEC, CVE)])
    return found


def counts(publishers: Publishers, advisory: str = f"ghsa:{GHSA}") -> dict[str, int | None]:
    said = advisory_queries.reach(publishers.world.actor("clearinghouse"), advisory)
    assert said.at_least == sum(one.organizations or 0 for one in said.sectors)
    return {one.sector: one.organizations for one in said.sectors}


def test_three_are_counted_and_two_look_like_none(publishers: Publishers) -> None:
    nobody = dict.fromkeys(("energy", "healthcare", "water", advisory_queries.NO_SECTOR))
    assert counts(publishers) == nobody
    for number in range(2):
        publishers.upload(f"healthcare {number}", "pkg:pypi/jinja2@3.1.4")
        publishers.upload(f"water {number}", "pkg:pypi/jinja2@3.1.4")
    assert counts(publishers) == nobody, "and nothing says that two are there"
    publishers.upload("healthcare 2", "pkg:pypi/jinja2@3.1.4")
    publishers.upload("healthcare 2", "pkg:pypi/jinja2@3.1.4", name="Another system")
    assert counts(publishers) == {**nobody, "healthcare": 3}
    assert counts(publishers, f"pypa:{PYSEC}") == counts(publishers), "one flaw, whichever advisory is asked for"


@pytest.mark.parametrize("other", ["hospital", "finder", "vendor", "agency"])
def test_nobody_but_the_coordinator_is_told(publishers: Publishers, other: str) -> None:
    with pytest.raises(Forbidden):
        advisory_queries.reach(publishers.world.actor(other), f"ghsa:{GHSA}")
    with pytest.raises(Unauthenticated):
        advisory_queries.reach(Actor.anonymous(), f"ghsa:{GHSA}")


def test_absent_and_embargoed_are_one_answer(publishers: Publishers) -> None:
    with pytest.raises(NotFound):
        counts(publishers, "ghsa:nothing")
