"""Reads of the advisories that matching knows, and of who runs what they call affected. Embargoed ones are in none of them."""

from collections import Counter
from collections.abc import Sequence

from django.db.models import QuerySet

from seawall.clearinghouse.matching import exposing, folding
from seawall.clearinghouse.matching.models import (
    AdvisoryIdentifier,
    AffectedAdvisory,
    AffectedRange,
    Exposure,
    SnapshotLoad,
)
from seawall.clearinghouse.matching.types import AdvisoryView, ReachView, SectorCount
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import sectors_of_operators
from seawall.foundation.platform.errors import NotFound

AdvisoryRow = AffectedAdvisory
"""The row, for other folders' annotations."""
SMALLEST = 3
"""Organizations of a sector from which on they are counted: of fewer, each would know itself in the number."""
NO_SECTOR = "no sector said"
RANGES_SHOWN = 200
SEARCH_MAX = 100


def advisories_of(actor: Actor, *, search: str = "", source: str = "") -> QuerySet[AffectedAdvisory]:
    """Published advisories that matching knows, by identifier.

    Args:
        actor: Who asks; they are for everybody.
        search: A whole identifier of the flaw, such as a CVE, whatever the case.
        source: Only those of one publisher.
    """
    require(actor, "advisory.read")
    rows = AffectedAdvisory.objects.filter(published_at__isnull=False)
    if text := search.strip()[:SEARCH_MAX]:
        named = AdvisoryIdentifier.objects.filter(identifier=folding.normal(text))
        rows = rows.filter(pk__in=named.values("advisory_id"))
    if source:
        rows = rows.filter(source=source)
    return rows.defer("affected", "dropped").order_by("id")


def sources_of(actor: Actor) -> Sequence[str]:
    """Names of the publishers whose advisories were loaded last."""
    require(actor, "advisory.read")
    loads = SnapshotLoad.objects.order_by("-started_at").values_list("sources", flat=True)
    return sorted({name for names in loads[:10] for name in names})


def advisory(actor: Actor, advisory_id: str) -> AdvisoryView:
    """One published advisory.

    Raises:
        NotFound: Absent or under embargo.
    """
    require(actor, "advisory.read")
    row = _published(advisory_id)
    ranges = row.ranges.select_related("package").order_by("package__ecosystem", "package__name", "low", "id")
    return AdvisoryView(
        id=row.pk,
        name=row.name or row.pk,
        source=row.source,
        title=row.title,
        severity=row.severity,
        identifiers=tuple(row.identifiers),
        references=tuple(row.references),
        published=row.published,
        modified=row.modified,
        withdrawn_at=row.withdrawn_at,
        withdrawn_reason=row.withdrawn_reason,
        affected=tuple((one.package.ecosystem, one.package.name, _words(one)) for one in ranges[:RANGES_SHOWN]),
    )


def reach(actor: Actor, advisory_id: str) -> ReachView:
    """How many organizations of each sector run what an advisory, or another of its flaw, calls affected.

    Every sector with an operator is named, and fewer than ``SMALLEST`` are not counted, none among them: that a sector is
    shown says nothing, and the sum is that of the shown counts, so that nothing can be told by subtraction.

    Raises:
        Forbidden: The actor is no coordinator.
        NotFound: Absent or under embargo.
    """
    require(actor, "advisory.reach")
    row = _published(advisory_id)
    rows = Exposure.objects.filter(
        advisory_id__in=exposing.relatives([row.pk]), state__in=exposing.STANDING, published_at__isnull=False
    )
    concerned = set(rows.order_by().values_list("organization_id", flat=True).distinct())
    sectors = {pk: sector.strip() or NO_SECTOR for pk, sector in sectors_of_operators().items()}
    counted = Counter(sectors[pk] for pk in concerned if pk in sectors)
    shown = [
        SectorCount(sector, counted[sector] if counted[sector] >= SMALLEST else None)
        for sector in sorted(set(sectors.values()))
    ]
    return ReachView(tuple(shown), sum(one.organizations or 0 for one in shown))


def is_known(advisory_id: str) -> bool:
    """Whether there is a published advisory of this identifier."""
    return AffectedAdvisory.objects.filter(pk=advisory_id, published_at__isnull=False).exists()


def latest_loads(limit: int = 10) -> list[SnapshotLoad]:
    """The last loads of snapshots, for the server's keeper; no door but the keeper's own command calls this."""
    return list(SnapshotLoad.objects.order_by("-started_at", "id")[:limit])


def load(load_id: str) -> SnapshotLoad:
    """One load, for the server's keeper; no door but the keeper's own command calls this.

    Raises:
        NotFound: There is none.
    """
    row = SnapshotLoad.objects.filter(pk=load_id).first()
    if row is None:
        raise NotFound("There is no such load.")
    return row


def _published(advisory_id: str) -> AffectedAdvisory:
    row = AffectedAdvisory.objects.filter(pk=advisory_id, published_at__isnull=False).first()
    if row is None:
        raise NotFound("There is nothing here that you may see.", "Check the address and who you are signed in as.")
    return row


def _words(one: AffectedRange) -> str:
    if one.text or one.listed:
        return one.text or one.introduced
    begin = "every version" if one.introduced in {"", "0"} else f"from {one.introduced}"
    if one.fixed:
        return f"{begin} before {one.fixed}"
    return f"{begin} up to {one.last_affected}" if one.last_affected else f"{begin}; no fixed version is known"
