"""Writes of matching: inventories come and go, advisories are registered under embargo, publication shows who is affected."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from seawall.clearinghouse.directives import services as directives
from seawall.clearinghouse.distribution.services import notify
from seawall.clearinghouse.matching import exposing, lines, portfolio
from seawall.clearinghouse.matching.errors import InventoryTooLarge
from seawall.clearinghouse.matching.formats.interface import UPLOADED, Sbom
from seawall.clearinghouse.matching.models import (
    AdvisoryIdentifier,
    AffectedAdvisory,
    Component,
    Exposure,
    Inventory,
    PackageVersion,
)
from seawall.clearinghouse.matching.settling import LINES_MAX, Outcome, settle
from seawall.clearinghouse.matching.types import InventoryState
from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.services import enqueue
from seawall.foundation.jobs.types import Priority
from seawall.foundation.platform import clock, storage
from seawall.foundation.platform.errors import BadInput, SeawallError
from seawall.foundation.transparency.services import record

READ = "matching.read"
MATCH_INVENTORY = "matching.inventory"
MATCH_ADVISORY = "matching.advisory"
CHECK = "matching.check"
CHECK_HOUR = 2
"""UTC; fewest people wait then."""
FORMATS = UPLOADED
"""Formats that are taken in, the usual one first."""
NAME_MAX = portfolio.NAME_MAX
RELEASE_MAX = portfolio.RELEASE_MAX
_DROPPED_LOGGED = 50
_NAMED_IN_NOTICE = 5
"""Components that a notice names; the page has all."""


@dataclass(frozen=True)
class Announcement:
    """What an operator is shown of an advisory, as published."""

    title: str
    severity: str
    identifiers: tuple[str, ...]
    affected: tuple[dict[str, Any], ...]
    """Objects with ``package`` (a purl), ``ranges`` and, optionally, ``versions``."""


@dataclass(frozen=True)
class Document:
    """An inventory's bytes, kept."""

    digest: str
    size: int


# --- by operators --------------------------------------------------------------------------------


def keep_document(actor: Actor, pieces: Iterable[bytes]) -> Document:
    """Store an inventory's bytes as they come; ``upload_inventory`` takes it from there.

    Raises:
        Forbidden: As for ``upload_inventory``.
        BadInput: Nothing but blanks.
        InventoryTooLarge: Over the setting ``max_inventory_bytes``.
    """
    require(actor, "inventory.upload")
    size, blank = 0, True

    def watched() -> Iterator[bytes]:
        nonlocal size, blank
        for piece in pieces:
            size += len(piece)
            blank = blank and not piece.strip()
            if size > settings.SEAWALL.max_inventory_bytes:
                raise InventoryTooLarge(
                    f"The document has over {settings.SEAWALL.max_inventory_bytes} bytes.",
                    "Send one inventory per system.",
                    "sbom",
                )
            yield piece

    digest = storage.put_stream(watched())
    if blank:
        raise BadInput("The inventory is empty.", "Send the document's bytes.", field="sbom")
    return Document(digest, size)


def upload_inventory(
    actor: Actor, *, name: str, data: bytes | Document, format_name: str = UPLOADED[0], release: str = ""
) -> Inventory:
    """Take an inventory in; it is read and matched in the background.

    A newer inventory of the same product takes the place of the older as soon as it was read; that of another release
    stays in force for as long as an asset runs it.

    Args:
        actor: An operator.
        name: The product that it is of, such as a system's or a building's name.
        data: The document, or what ``keep_document`` made of it.
        format_name: One of ``FORMATS``.
        release: The product's release, where it has one.

    Raises:
        Forbidden: The actor's organization does not run what is matched here, or lacks ``inventories:write``.
        BadInput: No name, no bytes, or an unknown format.
    """
    require(actor, "inventory.upload")
    if format_name not in UPLOADED:
        raise BadInput(
            f"The format {format_name[:40]!r} is not known.", f"Choose from {', '.join(UPLOADED)}.", field="format"
        )
    title = portfolio.checked_name(name)
    version = portfolio.checked_release(release)
    document = keep_document(actor, [data]) if isinstance(data, bytes) else data
    with transaction.atomic():
        product = portfolio.product_named(actor, title)
        row = Inventory.objects.create(
            organization_id=actor.home,
            uploaded_by=actor.id,
            product=product,
            name=title,
            release=version,
            format=format_name,
            digest=document.digest,
            size=document.size,
            state=InventoryState.RECEIVED,
            uploaded_at=clock.now(),
        )
        payload = {"document": document.digest, "format": format_name, "name": title, "release": version}
        record(actor, "inventory.received", row.id, payload)
        enqueue(READ, row.id, organization_id=actor.home, idempotency_key=f"read:{row.id}")
    return row


@transaction.atomic
def withdraw_inventory(actor: Actor, inventory_id: str) -> None:
    """Delete an inventory with its lines and exposures; the log keeps that there was one, and nothing of what was in it.

    With the last inventory of a product, its judgments go too.

    Raises:
        NotFound: Absent, or another organization's.
        Forbidden: The actor may read inventories, but not withdraw them.
    """
    row = get_visible(actor, "inventory.read", Inventory.objects.select_for_update(), inventory_id)
    require(actor, "inventory.withdraw", row)
    gone = list(Exposure.objects.filter(component__inventory=row).values_list("pk", flat=True))
    directives.forget(actor, gone)
    versions = list(row.lines.filter(package_version__isnull=False).values_list("package_version_id", flat=True))
    record(actor, "inventory.withdrawn", row.id, {})
    product = row.product
    row.delete()
    if product is not None:
        portfolio.drop_if_unused(actor, product)
    for batch in lines.batches(sorted(set(versions)), lines.BATCH):
        # Names of what only this operator ran leave with it.
        PackageVersion.objects.filter(pk__in=batch, lines__isnull=True).delete()


# --- by the clearinghouse's own jobs -------------------------------------------------------------


def keep_lines(system: Actor, inventory_id: str, sbom: Sbom) -> None:
    """Write a parsed inventory's lines and queue its match. Must run inside the caller's transaction."""
    row = Inventory.objects.select_for_update().get(pk=inventory_id)
    if row.lines.exists():
        return
    lines.write(row, sbom.listings)
    row.subject = sbom.subject
    row.components = len(sbom.listings)
    row.unmatched = sum(bool(listing.why_not) for listing in sbom.listings)
    row.notes = list(sbom.notes)
    row.save(update_fields=["subject", "components", "unmatched", "notes"])
    record(
        system,
        "inventory.read",
        row.id,
        {"document": row.digest, "components": row.components, "unmatched": row.unmatched},
    )
    enqueue(MATCH_INVENTORY, row.id, organization_id=row.organization_id, idempotency_key=f"match:{row.id}")


def refuse_inventory(system: Actor, inventory_id: str, error: SeawallError) -> None:
    """Note why an inventory cannot be read, and tell its operator. Must run inside the caller's transaction."""
    row = Inventory.objects.select_for_update().get(pk=inventory_id)
    row.state = InventoryState.REFUSED
    row.error = {"code": error.code, "detail": error.detail, "action": error.action, "field": error.field}
    row.save(update_fields=["state", "error"])
    record(system, "inventory.refused", row.id, {"document": row.digest, "code": error.code})
    notify(
        row.organization_id,
        kind="inventory",
        subject=row.id,
        title=f"The inventory {row.name} could not be read",
        body=f"{error.detail} {error.action}".strip(),
        reference=f"/inventories/{row.id}",
    )


def match_one_inventory(system: Actor, inventory_id: str) -> None:
    """Match an inventory, replace the older ones of its product, and show what is public already.

    Must run inside the caller's transaction.
    """
    row = Inventory.objects.select_for_update().get(pk=inventory_id)
    now = clock.now()
    row.state = InventoryState.READY
    row.ready_at = now
    replaced = portfolio.replaced(row)
    if row.pk in {other.pk for other in replaced}:
        # A newer one was quicker.
        row.state = InventoryState.SUPERSEDED
        row.save(update_fields=["state"])
        record(system, "inventory.superseded", row.id, {"document": row.digest})
        return
    row.save(update_fields=["state", "ready_at"])
    before = portfolio.supersede(system, replaced, row)
    outcome = Outcome()
    for batch in lines.batches(exposing.covered_lines(row), LINES_MAX):
        outcome += settle(system, batch, now, before=before)
    record(system, "inventory.matched", row.id, {"document": row.digest})
    tell(outcome.shown)


def match_one_advisory(system: Actor, advisory_id: str) -> None:
    """Match a registered advisory against all live inventories; what is found stays hidden until publication.

    Must run inside the caller's transaction.
    """
    row = AffectedAdvisory.objects.select_for_update().filter(pk=advisory_id).first()
    if row is None or row.matched_at is not None:
        return
    _settle_all(system, row)
    record(system, "advisory.matched", row.case_id, {"advisory": row.pk})


# --- by coordination -----------------------------------------------------------------------------


def register_affected(
    system: Actor, case_id: str, advisory_id: str, affected: Sequence[dict[str, Any]], identifiers: Sequence[str] = ()
) -> None:
    """Note, under embargo, which versions a case's flaw affects, and queue the match.

    Must run inside the caller's transaction.
    """
    AffectedAdvisory.objects.filter(pk=advisory_id, published_at=None).delete()
    row = AffectedAdvisory.objects.create(
        pk=advisory_id,
        name=advisory_id,
        case_id=case_id,
        identifiers=list(identifiers),
        affected=list(affected),
        registered_at=clock.now(),
    )
    row.dropped = [asdict(item) for item in exposing.write_ranges(row, affected)]
    row.save(update_fields=["dropped"])
    record(
        system, "advisory.registered", case_id, {"advisory": advisory_id, "not_matched": row.dropped[:_DROPPED_LOGGED]}
    )
    enqueue(MATCH_ADVISORY, advisory_id, idempotency_key=f"match:{advisory_id}")


def reveal(actor: Actor, case_id: str, advisory_id: str, published_at: datetime, announcement: Announcement) -> int:
    """Show an advisory's exposures to their operators, start the directive's clocks, and tell them.

    Must run inside the transaction of the publication, after the coordinator's permission was checked. Whoever knows of
    the flaw already, from another publisher's advisory, finds this one's identifier with it and is not told again.

    Returns:
        How many organizations are told.
    """
    row, _ = AffectedAdvisory.objects.select_for_update().get_or_create(
        pk=advisory_id, defaults={"name": advisory_id, "case_id": case_id, "registered_at": published_at}
    )
    if row.affected != list(announcement.affected):
        # What is published counts, whatever was registered when the case opened.
        row.exposures.filter(published_at=None).delete()
        row.ranges.all().delete()
        row.affected = list(announcement.affected)
        row.dropped = [asdict(item) for item in exposing.write_ranges(row, announcement.affected)]
    row.title = announcement.title[:300]
    row.severity = announcement.severity[:200]
    row.identifiers = list(announcement.identifiers)
    row.published_at = published_at
    row.save()
    # Only now: while it was under embargo, nothing could be found by these names.
    AdvisoryIdentifier.objects.filter(advisory=row).delete()
    exposing.write_names([(row.pk, [row.pk, *row.identifiers])])
    shown = _settle_all(actor, row).shown
    tell(shown)
    record(actor, "advisory.revealed", case_id, {"advisory": advisory_id, "not_matched": row.dropped[:_DROPPED_LOGGED]})
    return len({exposure.organization_id for exposure in shown})


def _settle_all(system: Actor, row: AffectedAdvisory) -> Outcome:
    now = clock.now()
    outcome = Outcome()
    for batch in lines.batches([line for _, line in exposing.concerned([row.pk])], LINES_MAX):
        outcome += settle(system, batch, now, advisory_ids=[row.pk])
    row.matched_at = now
    row.save(update_fields=["matched_at"])
    return outcome


# --- by the server -------------------------------------------------------------------------------


def schedule_check(system: Actor) -> str:  # noqa: ARG001 - services take the actor first
    """Queue the next night's check; once, however often and wherever this is called. Must run inside a transaction.

    The job queues its successor; a server calls this when it starts, so that the rhythm begins, or goes on.
    """
    now = clock.now()
    due = now.replace(hour=CHECK_HOUR, minute=0, second=0, microsecond=0)
    if due <= now:
        due += timedelta(days=1)
    night = due.date().isoformat()
    return enqueue(CHECK, night, priority=Priority.BULK, idempotency_key=f"{CHECK} {night}", run_after=due)


# --- notices -------------------------------------------------------------------------------------


def tell(shown: Sequence[Exposure]) -> None:
    """One notice per inventory; the log's entry has the digest of what was shown. Must run inside a transaction.

    Args:
        shown: With ``component`` (its inventory too) and ``advisory`` loaded.
    """
    by_inventory: dict[str, list[Exposure]] = {}
    for exposure in sorted(shown, key=lambda one: (one.organization_id, one.component.inventory_id, one.component_id)):
        by_inventory.setdefault(exposure.component.inventory_id, []).append(exposure)
    for exposures in by_inventory.values():
        _tell(exposures[0].component.inventory, exposures)


def _tell(inventory: Inventory, shown: Sequence[Exposure]) -> None:
    ids = sorted(exposure.pk for exposure in shown)
    record(
        Actor.system("matching"),
        "exposures.shown",
        inventory.pk,
        {"count": len(ids), "exposures": f"sha256:{hashlib.sha256(' '.join(ids).encode()).hexdigest()}"},
    )
    advisories = {exposure.advisory_id: exposure.advisory for exposure in shown}
    first = next(iter(advisories.values()))
    what = f"{first.name or first.pk}: {first.title}" if len(advisories) == 1 else f"{len(advisories)} advisories"
    named = [_fix(exposure.component, exposure.fixed) for exposure in shown[:_NAMED_IN_NOTICE]]
    more = len(shown) - len(named)
    notify(
        inventory.organization_id,
        kind="exposure",
        subject=inventory.pk,
        title=f"{inventory.name} is affected by {what}",
        body="\n".join([*named, *([f"and {more} more"] if more else [])]),
        reference=f"/exposures?inventory={inventory.pk}",
    )


def _fix(component: Component, fixed: str) -> str:
    to = f"update to {fixed}" if fixed else "no fixed version is known"
    return f"{component.name} {component.version}: {to}"
