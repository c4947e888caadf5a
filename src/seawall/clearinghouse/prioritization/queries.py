"""Reads of prioritization. What CISA's feeds say is public knowledge. What the clearinghouse itself has stated may be about
a flaw under embargo: doors read through ``facts_for``, which shows that to coordinators alone.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import TypeVar

from django.db.models import QuerySet

from seawall.clearinghouse.prioritization.models import FactBatch, VulnerabilityFact
from seawall.clearinghouse.prioritization.rules import KEV, combine, normal
from seawall.clearinghouse.prioritization.types import OFFICIAL, Fact, FactName, Facts
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.types import Actor

Key = TypeVar("Key", bound=str)
_BATCH = 400


def facts_for(actor: Actor, identifier: str) -> Facts:
    """What the actor may know about a vulnerability: what the feeds say, and for coordinators what was stated here."""
    official = not grants_for(actor, "facts.write")
    return facts_of_many({"": [identifier]}, official_only=official)[""]


def facts_for_all(actor: Actor, identifiers: Collection[str]) -> Facts:
    """``facts_for``, of one vulnerability under all its identifiers."""
    return facts_of_many({"": identifiers}, official_only=not grants_for(actor, "facts.write"))[""]


def facts_of(identifiers: Collection[str]) -> Facts:
    """What is known about one vulnerability under all its identifiers; for the clearinghouse, no door calls this."""
    return facts_of_many({"": identifiers})[""]


def facts_of_many(groups: Mapping[Key, Collection[str]], *, official_only: bool = False) -> dict[Key, Facts]:
    """What is known about each of many vulnerabilities; for the clearinghouse, no door calls this.

    Args:
        groups: Any key -> the vulnerability's identifiers.
        official_only: Only what CISA's feeds say.
    """
    rows = VulnerabilityFact.objects.filter(source__in=OFFICIAL) if official_only else VulnerabilityFact.objects.all()
    said: dict[str, list[Fact]] = {}
    wanted = {key: tuple(dict.fromkeys(normal(one) for one in identifiers)) for key, identifiers in groups.items()}
    every = sorted({identifier for identifiers in wanted.values() for identifier in identifiers})
    for start in range(0, len(every), _BATCH):
        for row in rows.filter(identifier__in=every[start : start + _BATCH]).order_by("id"):
            said.setdefault(row.identifier, []).append(Fact(FactName(row.name), row.value, row.source, row.as_of))
    as_of = kev_as_of()
    return {
        key: combine(
            ((identifier, fact) for identifier in identifiers for fact in said.get(identifier, ())),
            identifiers=identifiers,
            kev_as_of=as_of,
        )
        for key, identifiers in wanted.items()
    }


def kev_as_of() -> date | None:
    """Day of the newest KEV catalog that was read; None where none was."""
    newest = newest_catalog()
    return newest.released.date() if newest is not None else None


def newest_catalog(batches: QuerySet[FactBatch] | None = None) -> FactBatch | None:
    """The reading of the newest KEV catalog; None where none was read.

    Args:
        batches: Where to look, such as under a lock; by default all.
    """
    rows = FactBatch.objects.all() if batches is None else batches
    catalogs = rows.filter(source=KEV, catalog_released__isnull=False)
    return catalogs.order_by("-catalog_released", "-recorded_at").first()


def touched(batch_id: str) -> frozenset[str] | None:
    """Identifiers that a batch says something about; None: it may concern every vulnerability.

    A newer KEV catalog says of everything that is not in it that it is not.
    """
    batch = FactBatch.objects.filter(pk=batch_id).first()
    if batch is None:
        return frozenset()
    if batch.catalog_released is not None:
        return None
    return frozenset(batch.facts.values_list("identifier", flat=True))
