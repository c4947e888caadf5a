"""Which judgment holds for an exposure: the same product, the same package, the same flaw by any of its names."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from seawall.clearinghouse.matching import folding
from seawall.clearinghouse.matching.lines import BATCH, batches
from seawall.clearinghouse.matching.models import Exposure, Judgment


def holding(exposures: Sequence[Exposure], today: date) -> dict[str, str]:
    """The judgments in force that hold for exposures; ``component.inventory`` and ``component.package_version`` are loaded.

    Returns:
        Exposure -> judgment; where several hold, the latest.
    """
    products = {
        one.component.inventory.product_id for one in exposures if one.component.inventory.product_id is not None
    }
    by_place: dict[tuple[str, int], list[Judgment]] = defaultdict(list)
    for batch in batches(sorted(products), BATCH):
        for row in Judgment.objects.filter(product_id__in=batch, ended_at=None).order_by("-made_at", "id"):
            if row.until is None or row.until >= today:
                by_place[row.product_id, row.package_id].append(row)
    found: dict[str, str] = {}
    for one in exposures:
        version = one.component.package_version
        if version is None or one.component.inventory.product_id is None:
            continue
        for row in by_place.get((one.component.inventory.product_id, version.package_id), ()):
            if row.version in {"", version.version} and folding.overlap(row.identifiers, one.identifiers):
                found[one.pk] = row.pk
                break
    return found
