"""Products have releases, releases run on assets: what runs is what counts."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from seawall.clearinghouse.matching import models, portfolio, queries
from seawall.clearinghouse.matching.portfolio import AssetSaid
from seawall.clearinghouse.matching.types import InventoryState, Reach
from seawall.clearinghouse.prioritization.services import keep_facts
from seawall.clearinghouse.prioritization.types import Fact, FactName
from seawall.foundation.jobs.runner import drain
from seawall.foundation.platform.errors import BadInput, Conflict, NotFound
from support import KEEPER, World
from support.publishers import CVE, GHSA, Publishers, record


@pytest.fixture
def publishers(world: World, tmp_path: Path) -> Publishers:
    found = Publishers(world, tmp_path)
    found.load(ghsa=[record(GHSA, CVE)])
    return found


def in_force(publishers: Publishers) -> set[str]:
    rows = queries.inventories_of(publishers.world.actor("hospital")).filter(state=InventoryState.READY)
    return set(rows.values_list("release", flat=True))


def test_without_assets_the_newest_release_counts(publishers: Publishers) -> None:
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.4", release="1")
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.6", release="2")
    assert in_force(publishers) == {"2"}
    assert publishers.seen("hospital") == []


def test_an_older_release_counts_for_as_long_as_an_asset_runs_it(
    publishers: Publishers, later: Callable[..., None]
) -> None:
    hospital = publishers.world.actor("hospital")
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.4", release="1")
    host = portfolio.register_asset(hospital, AssetSaid("host 1", runs=(("Portal", "1"),)))
    [first] = queries.views(queries.exposures_of(hospital))
    later(days=4)
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.5", release="2")
    assert in_force(publishers) == {"1", "2"}
    views = queries.views(queries.exposures_of(hospital))
    assert sorted(view.release for view in views) == ["1", "2"]
    assert {view.clock.due for view in views if view.clock} == {first.clock.due if first.clock else None}, "no time won"
    portfolio.change_asset(hospital, host.pk, AssetSaid("host 1", runs=(("Portal", "2"),)))
    assert in_force(publishers) == {"2"}
    [left] = queries.views(queries.exposures_of(hospital))
    assert left.release == "2"


def test_a_removed_asset_holds_nothing_back(publishers: Publishers) -> None:
    hospital = publishers.world.actor("hospital")
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.4", release="1")
    host = portfolio.register_asset(hospital, AssetSaid("host 1", runs=(("Portal", "1"),)))
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.6", release="2")
    assert len(publishers.seen("hospital")) == 1
    portfolio.remove_asset(hospital, host.pk)
    assert publishers.seen("hospital") == []
    assert not queries.assets_of(hospital).exists()


def test_where_the_inventory_says_nothing_the_assets_say_who_reaches_it(publishers: Publishers) -> None:
    keep_facts(
        KEEPER,
        [(CVE, Fact(name, value, "kev" if name == FactName.IN_KEV else "vulnrichment", DAY)) for name, value in FACTS],
    )
    hospital = publishers.world.actor("hospital")
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.4")
    [before] = queries.views(queries.exposures_of(hospital))
    assert before.clock is not None
    assert before.clock.assumed, "nobody said; counted as exposed"
    host = portfolio.register_asset(hospital, AssetSaid("host 1", reach=Reach.INTERNAL, runs=(("Portal", ""),)))
    drain()
    [inside] = queries.views(queries.exposures_of(hospital))
    assert inside.clock is not None
    assert not inside.clock.assumed
    assert inside.clock.rule != before.clock.rule
    portfolio.register_asset(hospital, AssetSaid("host 2", reach=Reach.PUBLIC, runs=(("Portal", ""),)))
    drain()
    [outside] = queries.views(queries.exposures_of(hospital))
    assert outside.clock is not None
    assert outside.clock.rule == before.clock.rule, "the most exposed one counts"
    assert host.reach == Reach.INTERNAL


DAY = date(2026, 11, 20)
FACTS = ((FactName.IN_KEV, "no"), (FactName.AUTOMATABLE, "yes"), (FactName.TECHNICAL_IMPACT, "total"))


def test_assets_are_their_operators_alone(publishers: Publishers) -> None:
    hospital, bank = publishers.world.actor("hospital"), publishers.world.actor("bank")
    publishers.upload("hospital", "pkg:pypi/jinja2@3.1.4")
    host = portfolio.register_asset(hospital, AssetSaid("host 1", group="Ward 3", runs=(("Portal", ""),)))
    assert list(queries.assets_of(bank)) == list(queries.products_of(bank)) == queries.groups_of(bank) == []
    with pytest.raises(NotFound):
        queries.asset(bank, host.pk)
    with pytest.raises(NotFound):
        portfolio.remove_asset(bank, host.pk)
    with pytest.raises(BadInput, match="no product 'Portal'"):
        portfolio.register_asset(bank, AssetSaid("host 1", runs=(("Portal", ""),)))
    portfolio.register_asset(bank, AssetSaid("host 1"))
    with pytest.raises(Conflict):
        portfolio.register_asset(bank, AssetSaid("host 1"))
    assert models.Asset.objects.count() == 2
    assert [row.name for row in queries.assets_of(hospital, group="Ward 3")] == ["host 1"]
    assert not queries.assets_of(hospital, group="Ward 4").exists()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (AssetSaid(" "), "name"),
        (AssetSaid("x" * 200), "name"),
        (AssetSaid("h", group="a\nb"), "group"),
        (AssetSaid("h", environment="x" * 61), "environment"),
        (AssetSaid("h", runs=(("Nothing", ""),)), "runs"),
        (AssetSaid("h", runs=(("Portal", "x" * 81),)), "release"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_field(publishers: Publishers, said: AssetSaid, field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        portfolio.register_asset(publishers.world.actor("hospital"), said)
    assert refusal.value.field == field
