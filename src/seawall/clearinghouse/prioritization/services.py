"""Writes of prioritization: statements are added, never changed; each batch has its log entry and wakes the directives."""

import hashlib
import re
from collections.abc import Iterable

from django.db import transaction

from seawall.clearinghouse.prioritization import rules
from seawall.clearinghouse.prioritization.errors import NotAFact
from seawall.clearinghouse.prioritization.formats.kev.parser import parse as parse_kev
from seawall.clearinghouse.prioritization.formats.vulnrichment import parser as vulnrichment
from seawall.clearinghouse.prioritization.models import FactBatch, VulnerabilityFact
from seawall.clearinghouse.prioritization.queries import kev_as_of
from seawall.clearinghouse.prioritization.types import OFFICIAL, Fact, FactName
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.services import enqueue
from seawall.foundation.platform import clock
from seawall.foundation.transparency.services import record

REASSESS = "directives.reassess"
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
        NotAFact: The identifier has another shape, or the source is a feed.
    """
    require(actor, "facts.write")
    said = list(facts)
    for fact in said:
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


@transaction.atomic
def load_kev(keeper: Actor, data: bytes) -> int:
    """Read the KEV catalog; called by the server's keeper, no door does.

    What is no longer in it is taken back: the entry stays as history, and a newer statement says no.

    Args:
        keeper: The clearinghouse.
        data: ``known_exploited_vulnerabilities.json`` as published.

    Returns:
        How many statements were new; 0 for a catalog that is older than the newest one read.

    Raises:
        NotAFeed: Not the catalog; says where.
    """
    catalog = parse_kev(data)
    newest = kev_as_of()
    if newest is not None and catalog.released < newest:
        return 0
    said = [(entry.cve, fact) for entry in catalog.entries for fact in rules.facts_of_entry(entry, catalog.released)]
    listed = {entry.cve for entry in catalog.entries}
    latest: dict[tuple[str, str], str] = {}
    for identifier, name, value in (
        VulnerabilityFact.objects.filter(source=rules.KEV)
        .order_by("as_of", "id")
        .values_list("identifier", "name", "value")
    ):
        latest[identifier, name] = value
    said += [
        (identifier, Fact(FactName.IN_KEV, "no", rules.KEV, catalog.released))
        for (identifier, name), value in sorted(latest.items())
        if name == FactName.IN_KEV and value == "yes" and identifier not in listed
    ]
    # What is said again with each day's catalog would fill the table; only what changes is kept.
    changed = [(identifier, fact) for identifier, fact in said if latest.get((identifier, fact.name)) != fact.value]
    batch = FactBatch(
        source=rules.KEV,
        digest=f"sha256:{hashlib.sha256(data).hexdigest()}",
        catalog_version=catalog.version,
        catalog_released=catalog.released,
    )
    return _keep(keeper, rules.KEV, changed, batch)


@transaction.atomic
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
    for data in records:
        if data.strip():
            enriched = vulnrichment.parse(data)
            said += [(enriched.cve, fact) for fact in enriched.facts]
    return _keep(keeper, vulnrichment.SOURCE, said)


def _keep(actor: Actor, source: str, said: list[Statement], batch: FactBatch | None = None) -> int:
    for identifier, _ in said:
        if not _IDENTIFIER.fullmatch(identifier):
            raise NotAFact(
                f"{identifier[:80]!r} is no identifier.", "Write it like CVE-2025-27516.", field="identifier"
            )
    new = _new(said)
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
        VulnerabilityFact.objects.bulk_create(rows[start : start + _BATCH], ignore_conflicts=True)
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
    wanted = sorted({identifier for identifier, _ in said})
    known: set[tuple[str, str, str, str, str]] = set()
    for start in range(0, len(wanted), _BATCH):
        rows = VulnerabilityFact.objects.filter(identifier__in=wanted[start : start + _BATCH])
        known |= {
            (one, name, value, source, as_of.isoformat())
            for one, name, value, source, as_of in rows.values_list("identifier", "name", "value", "source", "as_of")
        }
    distinct = dict.fromkeys(said)
    return [
        (one, fact)
        for one, fact in distinct
        if (one, fact.name.value, fact.value, fact.source, fact.as_of.isoformat()) not in known
    ]
