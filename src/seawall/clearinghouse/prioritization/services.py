"""Writes of prioritization: statements are added, never changed; each batch has its log entry and wakes the directives."""

import hashlib
import re
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction

from seawall.clearinghouse.prioritization import rules
from seawall.clearinghouse.prioritization.errors import NotAFact, NotAFeed
from seawall.clearinghouse.prioritization.formats.kev.parser import parse as parse_kev
from seawall.clearinghouse.prioritization.formats.vulnrichment import parser as vulnrichment
from seawall.clearinghouse.prioritization.models import FactBatch, VulnerabilityFact
from seawall.clearinghouse.prioritization.queries import newest_catalog
from seawall.clearinghouse.prioritization.types import OFFICIAL, Fact, FactName, KevCatalog
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.services import enqueue
from seawall.foundation.platform import clock
from seawall.foundation.transparency.services import record

REASSESS = "directives.reassess"
REMOVALS_MAX = 20
"""Entries that may leave the catalog from one reading to the next. CISA takes back a few a year; a catalog that was cut
short would take back hundreds, and every due date that rests on them."""
CLOCKS_DIFFER = timedelta(days=1)
"""How far in the future something may have been said; one statement of the year 9999 would stand for ever."""
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9._:-]{2,79}")
_BATCH = 400

Statement = tuple[str, Fact]
"""Identifier of a vulnerability, and what is said of it."""


def set_facts(actor: Actor, identifier: str, facts: Iterable[Fact]) -> int:
    """State facts about a vulnerability.

    Args:
        actor: A coordinator.
        identifier: CVE, GHSA, advisory id or the like.
        facts: What is said; a source that speaks for CISA (``types.OFFICIAL``) is read from its feed instead.

    Returns:
        How many statements were new.

    Raises:
        Forbidden: The actor may not.
        NotAFact: The identifier has another shape, the source is a feed, or the day is in the future.
    """
    require(actor, "facts.write")
    said = list(facts)
    for fact in said:
        if fact.as_of > (clock.now() + CLOCKS_DIFFER).date():
            raise NotAFact(
                f"{fact.as_of} is in the future.", "Name the day on which it was found to be so.", field="as_of"
            )
        if fact.source in OFFICIAL:
            raise NotAFact(
                f"{fact.source!r} is the name of a feed.",
                "Name yourself as the source; the feed itself is loaded by the server's keeper.",
                field="source",
            )
    return keep_facts(actor, [(identifier, fact) for fact in said])


@transaction.atomic
def keep_facts(actor: Actor, statements: Iterable[Statement]) -> int:
    """Keep statements of any source; for ``set_facts`` and the server's keeper, no door calls this.

    Returns:
        How many were new.

    Raises:
        NotAFact: An identifier has another shape.
    """
    said = list(statements)
    return _keep(actor, said[0][1].source if said else "", said)


def load_kev(keeper: Actor, data: bytes, *, removals: int = REMOVALS_MAX) -> int:
    """Read the KEV catalog; called by the server's keeper, no door does.

    What is no longer in it is taken back: the entry stays as history, and a newer statement says no.

    Args:
        keeper: The clearinghouse.
        data: ``known_exploited_vulnerabilities.json`` as published.
        removals: How many entries may be gone since the last reading.

    Returns:
        How many statements were new; 0 for a catalog that was read before, or is older than the newest one read.

    Raises:
        NotAFeed: Not the catalog, or not one to be believed; says where. Nothing is kept.
    """
    catalog = parse_kev(data)
    if catalog.released_at > clock.now() + CLOCKS_DIFFER:
        raise NotAFeed(
            f"The catalog is of {catalog.released}, which is in the future.",
            "Check this machine's clock and where the file is from.",
            field="dateReleased",
        )
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    with transaction.atomic():
        # Of two readings at the same time the second waits here, and then sees what the first one wrote.
        newest_catalog(FactBatch.objects.select_for_update())
        newest = newest_catalog()
        if newest is not None and (newest.digest == digest or catalog.released_at < newest.released):
            return 0
        batch = FactBatch(
            source=rules.KEV,
            digest=digest,
            catalog_version=catalog.version,
            catalog_released=catalog.released_at,
        )
        return _keep(keeper, rules.KEV, _changes(catalog, removals), batch)


def load_vulnrichment(keeper: Actor, records: Iterable[bytes]) -> int:
    """Read Vulnrichment records; called by the server's keeper, no door does.

    Args:
        keeper: The clearinghouse.
        records: CVE 5 records with CISA's container, one each.

    Returns:
        How many statements were new.

    Raises:
        NotAFeed: One of them is no such record; nothing is kept.
    """
    said: list[Statement] = []
    for data in records:  # before the transaction: reading 44,000 takes longer than others should wait
        if data.strip():
            enriched = vulnrichment.parse(data)
            said += [(enriched.cve, fact) for fact in enriched.facts]
    with transaction.atomic():
        return _keep(keeper, vulnrichment.SOURCE, said)


def _changes(catalog: KevCatalog, removals: int) -> list[Statement]:
    """What a catalog says that the readings before it did not. What it only repeats would fill the table day by day.

    Raises:
        NotAFeed: More than ``removals`` entries are gone.
    """
    latest: dict[tuple[str, str], str] = {}
    rows = VulnerabilityFact.objects.filter(source=rules.KEV).order_by("as_of", "id")
    for identifier, name, value in rows.values_list("identifier", "name", "value"):
        latest[identifier, name] = value
    listed = {entry.cve for entry in catalog.entries}
    gone = sorted(
        identifier
        for (identifier, name), value in latest.items()
        if name == FactName.IN_KEV and value == "yes" and identifier not in listed
    )
    if len(gone) > removals:
        raise NotAFeed(
            f"{len(gone)} entries are gone since the last reading ({', '.join(gone[:3])} and others).",
            "Fetch the catalog again; if CISA has really taken back so many, say how many may go.",
            field="vulnerabilities",
        )
    said = [(entry.cve, fact) for entry in catalog.entries for fact in rules.facts_of_entry(entry, catalog.released)]
    said += [(identifier, Fact(FactName.IN_KEV, "no", rules.KEV, catalog.released)) for identifier in gone]
    return [(identifier, fact) for identifier, fact in said if latest.get((identifier, fact.name)) != fact.value]


def _keep(actor: Actor, source: str, said: list[Statement], batch: FactBatch | None = None) -> int:
    named = [(rules.normal(identifier), fact) for identifier, fact in said]
    for identifier, _ in named:
        if not _IDENTIFIER.fullmatch(identifier):
            raise NotAFact(
                f"{identifier[:80]!r} is no identifier.", "Write it like CVE-2025-27516.", field="identifier"
            )
    new = _new(named)
    if not new and batch is None:
        return 0
    row = batch or FactBatch(source=source)
    row.recorded_by, row.recorded_at = actor.id[:60], clock.now()
    row.save()
    rows = [
        VulnerabilityFact(
            batch=row, identifier=identifier, name=fact.name, value=fact.value, source=fact.source, as_of=fact.as_of
        )
        for identifier, fact in new
    ]
    for start in range(0, len(rows), _BATCH):
        VulnerabilityFact.objects.bulk_create(rows[start : start + _BATCH])
    lines = "\n".join(f"{one} {fact.name} {fact.value} {fact.source} {fact.as_of}" for one, fact in new)
    record(
        actor,
        "facts.recorded",
        row.pk,
        {
            "source": row.source,
            "document": row.digest or None,
            "count": len(new),
            "statements": f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}",
        },
    )
    enqueue(REASSESS, row.pk, idempotency_key=f"reassess:{row.pk}")
    return len(new)


def _new(said: list[Statement]) -> list[Statement]:
    """Statements that are not their source's last word about that day already."""
    wanted = sorted({identifier for identifier, _ in said})
    last: dict[tuple[str, str, str, str], str] = {}
    for start in range(0, len(wanted), _BATCH):
        rows = VulnerabilityFact.objects.filter(identifier__in=wanted[start : start + _BATCH]).order_by("id")
        for one, name, source, as_of, value in rows.values_list("identifier", "name", "source", "as_of", "value"):
            last[one, name, source, as_of.isoformat()] = value
    found: list[Statement] = []
    for one, fact in said:
        key = (one, fact.name.value, fact.source, fact.as_of.isoformat())
        if last.get(key) != fact.value:
            last[key] = fact.value
            found.append((one, fact))
    return found
