"""Writes of matching: inventories come and go, advisories are registered under embargo, publication shows who is affected."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from seawall.clearinghouse.directives import services as directives
from seawall.clearinghouse.directives.types import ClockSubject
from seawall.clearinghouse.distribution.services import notify
from seawall.clearinghouse.matching import exposing, lines
from seawall.clearinghouse.matching.formats.interface import UPLOADED, Sbom
from seawall.clearinghouse.matching.models import AffectedAdvisory, Component, Exposure, Inventory, PackageVersion
from seawall.clearinghouse.matching.types import ExposureState, InventoryState
from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.services import enqueue
from seawall.foundation.platform import clock, storage
from seawall.foundation.platform.errors import BadInput, SeawallError
from seawall.foundation.transparency.services import record

READ = "matching.read"
MATCH_INVENTORY = "matching.inventory"
MATCH_ADVISORY = "matching.advisory"
NAME_MAX = 120
"""Characters of an inventory's name."""
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


@dataclass(frozen=True, order=True)
class Known:
    """Since when an operator has known of an exposure, and the one in an older inventory that told so."""

    since: date
    exposure_id: str
    """Empty where it is new."""


# --- by operators --------------------------------------------------------------------------------


def upload_inventory(actor: Actor, *, name: str, data: bytes, format_name: str = "cyclonedx") -> Inventory:
    """Take an inventory in; it is read and matched in the background.

    A newer inventory of the same name takes the place of the older as soon as it was read.

    Args:
        actor: An operator.
        name: What it is of, such as a system's or a building's name.
        data: The document.
        format_name: One of ``formats.interface.UPLOADED``.

    Raises:
        Forbidden: The actor's organization does not run what is matched here, or lacks ``inventories:write``.
        BadInput: No name, no bytes, or an unknown format.
    """
    require(actor, "inventory.upload")
    if format_name not in UPLOADED:
        raise BadInput(
            f"The format {format_name[:40]!r} is not known.", f"Choose from {', '.join(UPLOADED)}.", field="format"
        )
    title = name.strip()
    if not title or len(title) > NAME_MAX or not title.isprintable():
        raise BadInput(
            "The inventory needs a name.", f"Send 1 to {NAME_MAX} printable characters, such as 'Ward 3'.", field="name"
        )
    if not data.strip():
        raise BadInput("The inventory is empty.", "Send the CycloneDX document's bytes.", field="sbom")
    digest = storage.put(data)
    with transaction.atomic():
        row = Inventory.objects.create(
            organization_id=actor.home,
            uploaded_by=actor.id,
            name=title,
            format=format_name,
            digest=digest,
            size=len(data),
            state=InventoryState.RECEIVED,
            uploaded_at=clock.now(),
        )
        record(actor, "inventory.received", row.id, {"document": digest, "format": format_name, "name": title})
        enqueue(READ, row.id, organization_id=actor.home, idempotency_key=f"read:{row.id}")
    return row


@transaction.atomic
def withdraw_inventory(actor: Actor, inventory_id: str) -> None:
    """Delete an inventory with its lines and exposures; the log keeps that there was one, and nothing of what was in it.

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
    row.delete()
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
    """Match an inventory, replace the older ones of its name, and show what is public already.

    Must run inside the caller's transaction.
    """
    row = Inventory.objects.select_for_update().get(pk=inventory_id)
    now = clock.now()
    if _same_name(row).filter(uploaded_at__gt=row.uploaded_at).exists():
        # A newer one was quicker.
        row.state = InventoryState.SUPERSEDED
        row.save(update_fields=["state"])
        record(system, "inventory.superseded", row.id, {"document": row.digest})
        return
    found = exposing.match_inventory(row)
    # Held until this ends: a publication meanwhile waits, and then finds these exposures.
    advisories = AffectedAdvisory.objects.select_for_update().filter(pk__in={item.advisory_id for item in found})
    public = {item.pk: item for item in advisories.order_by("pk") if item.published_at is not None}
    row.state = InventoryState.READY
    row.ready_at = now
    row.save(update_fields=["state", "ready_at"])
    exposing.save(found, now)
    older = _supersede(system, row)
    record(system, "inventory.matched", row.id, {"document": row.digest})
    shown = list(
        Exposure.objects.filter(component__inventory=row, advisory__in=public, published_at=None).select_related(
            "component__package_version", "advisory"
        )
    )
    _show(system, shown, now, known_since=older)
    if new := [exposure for exposure in shown if _key(exposure) not in older]:
        _tell(row.organization_id, row, new)


def match_one_advisory(system: Actor, advisory_id: str) -> None:
    """Match a registered advisory against all live inventories; what is found stays hidden until publication.

    Must run inside the caller's transaction.
    """
    row = AffectedAdvisory.objects.select_for_update().filter(pk=advisory_id).first()
    if row is None or row.matched_at is not None:
        return
    _match(row)
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

    Must run inside the transaction of the publication, after the coordinator's permission was checked.

    Returns:
        How many organizations are told.
    """
    row, _ = AffectedAdvisory.objects.select_for_update().get_or_create(
        pk=advisory_id, defaults={"case_id": case_id, "registered_at": published_at}
    )
    if row.affected != list(announcement.affected):
        # What is published counts, whatever was registered when the case opened.
        row.exposures.all().delete()
        row.ranges.all().delete()
        row.affected = list(announcement.affected)
        row.dropped = [asdict(item) for item in exposing.write_ranges(row, announcement.affected)]
        row.matched_at = None
    row.title = announcement.title[:300]
    row.severity = announcement.severity[:120]
    row.identifiers = list(announcement.identifiers)
    row.published_at = published_at
    row.save()
    if row.matched_at is None:
        _match(row)
    shown = list(
        row.exposures.select_related("component__package_version", "component__inventory", "advisory").order_by(
            "organization_id", "component__inventory_id", "component_id"
        )
    )
    _show(actor, shown, published_at)
    by_inventory: dict[str, list[Exposure]] = {}
    for exposure in shown:
        by_inventory.setdefault(exposure.component.inventory_id, []).append(exposure)
    for exposures in by_inventory.values():
        _tell(exposures[0].organization_id, exposures[0].component.inventory, exposures)
    record(actor, "advisory.revealed", case_id, {"advisory": advisory_id, "not_matched": row.dropped[:_DROPPED_LOGGED]})
    return len({exposure.organization_id for exposure in shown})


def _match(row: AffectedAdvisory) -> None:
    now = clock.now()
    exposing.save(exposing.match_advisory(row), now)
    row.matched_at = now
    row.save(update_fields=["matched_at"])


def _same_name(row: Inventory) -> QuerySet[Inventory]:
    """The other inventories in force under the same name."""
    return Inventory.objects.filter(
        organization_id=row.organization_id, name=row.name, state=InventoryState.READY
    ).exclude(pk=row.pk)


def _supersede(system: Actor, row: Inventory) -> dict[tuple[str, int], Known]:
    """Replace the older inventories of the same name.

    Returns:
        Advisory and package -> what the operator has known so far, so that a new upload starts no clock anew.
    """
    older = _same_name(row)
    open_rows = Exposure.objects.filter(component__inventory__in=older, state=ExposureState.OPEN)
    known: dict[tuple[str, int], Known] = {}
    for exposure in open_rows.select_related("component__package_version"):
        if exposure.enumerated_on is not None:
            found = Known(exposure.enumerated_on, exposure.pk)
            known[_key(exposure)] = min(found, known.get(_key(exposure), found))
    directives.stop_clocks(
        system,
        list(open_rows.filter(published_at__isnull=False).values_list("pk", flat=True)),
        "A newer inventory came.",
    )
    open_rows.update(state=ExposureState.SUPERSEDED)
    older.update(state=InventoryState.SUPERSEDED)
    return known


def _show(
    actor: Actor, exposures: list[Exposure], now: datetime, *, known_since: dict[tuple[str, int], Known] | None = None
) -> None:
    subjects: list[ClockSubject] = []
    for exposure in exposures:
        known = (known_since or {}).get(_key(exposure), Known(now.date(), ""))
        exposure.published_at = now
        exposure.enumerated_on = known.since
        subjects.append(_subject(exposure, known))
    Exposure.objects.bulk_update(exposures, ["published_at", "enumerated_on"], batch_size=lines.BATCH)
    directives.start_clocks(actor, subjects)


def _key(exposure: Exposure) -> tuple[str, int]:
    version = exposure.component.package_version
    return exposure.advisory_id, version.package_id if version is not None else 0


def _subject(exposure: Exposure, known: Known) -> ClockSubject:
    return ClockSubject(
        subject_id=exposure.pk,
        organization_id=exposure.organization_id,
        identifiers=(exposure.advisory_id, *exposure.advisory.identifiers),
        reach=exposure.component.reach,
        enumerated_on=known.since,
        continues=known.exposure_id,
    )


def _tell(organization_id: str, inventory: Inventory, shown: Sequence[Exposure]) -> None:
    """One notice per inventory; the log's entry has the digest of what was shown."""
    ids = sorted(exposure.pk for exposure in shown)
    record(
        Actor.system("matching"),
        "exposures.shown",
        inventory.pk,
        {"count": len(ids), "exposures": f"sha256:{hashlib.sha256(' '.join(ids).encode()).hexdigest()}"},
    )
    advisories = {exposure.advisory_id: exposure.advisory.title for exposure in shown}
    first_id, first_title = next(iter(advisories.items()))
    what = f"{first_id}: {first_title}" if len(advisories) == 1 else f"{len(advisories)} advisories"
    named = [_fix(exposure.component, exposure.fixed) for exposure in shown[:_NAMED_IN_NOTICE]]
    more = len(shown) - len(named)
    notify(
        organization_id,
        kind="exposure",
        subject=inventory.pk,
        title=f"{inventory.name} is affected by {what}",
        body="\n".join([*named, *([f"and {more} more"] if more else [])]),
        reference=f"/exposures?inventory={inventory.pk}",
    )


def _fix(component: Component, fixed: str) -> str:
    to = f"update to {fixed}" if fixed else "no fixed version is known"
    return f"{component.name} {component.version}: {to}"
