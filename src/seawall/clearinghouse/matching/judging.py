"""Writes of judgments: an operator says of an exposure that it does not count, why, and until when.

A judgment holds for the product, the package and the flaw, by any of the flaw's names, so that it does not come back with
the product's next release. It is never changed: a newer one takes its place, or it is taken back; all stay as history.
A directive's clock runs on under it, so that taking it back gains no time.
"""

import hashlib
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from seawall.clearinghouse.matching import exposing, folding
from seawall.clearinghouse.matching.judgments import holding
from seawall.clearinghouse.matching.lines import BATCH, batches
from seawall.clearinghouse.matching.models import Exposure, Judgment
from seawall.clearinghouse.matching.types import JudgmentStatus, Justification
from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict
from seawall.foundation.transparency.services import record

REASON_MAX = 4000
ACCEPTED_DAYS_MAX = 366
"""Longest acceptance of a risk, in days: a forgotten one ends by itself."""


@dataclass(frozen=True)
class Said:
    """What an operator says of an exposure."""

    status: JudgmentStatus
    reason: str
    justification: Justification | None = None
    """With ``not_affected``, and only there."""
    until: date | None = None
    """Last day; with ``accepted``, and only there."""
    this_version: bool = False
    """Whether it holds for the exposure's version alone; ``fixed`` always does."""


@transaction.atomic
def judge(actor: Actor, exposure_id: str, said: Said) -> Judgment:
    """Judge an exposure, and with it every one of the same product, package and flaw.

    Raises:
        NotFound: Absent, foreign or under embargo.
        Forbidden: The actor may read exposures, but not judge them.
        BadInput: No reason, or a justification or date that is missing or has no place here.
        Conflict: The exposure is closed, or its inventory was replaced.
    """
    rows = Exposure.objects.select_related("component__inventory__product", "component__package_version")
    row = get_visible(actor, "exposure.read", rows, exposure_id)
    require(actor, "exposure.judge", row)
    _check(said)
    inventory, version = row.component.inventory, row.component.package_version
    if row.state not in exposing.STANDING or inventory.product is None or version is None:
        raise Conflict("This exposure does not stand any more.", "Judge the one in the newest inventory.")
    if row.lead_id is not None:
        row = get_visible(actor, "exposure.read", rows, row.lead_id)
    limited = said.this_version or said.status is JudgmentStatus.FIXED
    names = folding.united([row.identifiers])
    now = clock.now()
    _replace(actor, inventory.product_id or "", version.package_id, version.version, names)
    made = Judgment.objects.create(
        organization_id=row.organization_id,
        product=inventory.product,
        package_id=version.package_id,
        version=version.version if limited else "",
        exposure_id=row.pk,
        identifiers=names,
        status=said.status.value,
        justification=said.justification.value if said.justification else "",
        reason=said.reason.strip(),
        until=said.until,
        made_by=actor.id,
        made_by_label=actor.label[:400],
        made_at=now,
    )
    record(
        actor,
        "exposure.judged",
        row.pk,
        {
            "judgment": made.pk,
            "status": made.status,
            "justification": made.justification,
            "until": said.until.isoformat() if said.until else None,
            "this_version": limited,
            "reason": f"sha256:{hashlib.sha256(made.reason.encode()).hexdigest()}",
        },
    )
    _renew(inventory.product_id or "", version.package_id)
    return made


@transaction.atomic
def take_back(actor: Actor, judgment_id: str, reason: str) -> Judgment:
    """End a judgment; what it held for is back in the list, with the dates that it had.

    Raises:
        NotFound: Absent or foreign.
        Forbidden: The actor may read judgments, but not take them back.
        BadInput: No reason.
        Conflict: It has ended already.
    """
    row = get_visible(actor, "judgment.read", Judgment.objects.select_for_update(), judgment_id)
    require(actor, "judgment.take_back", row)
    if row.ended_at is not None:
        raise Conflict("This judgment has ended already.", "Nothing is left to do.")
    _end(actor, row, _reason(reason))
    _renew(row.product_id, row.package_id)
    return row


def _check(said: Said) -> None:
    _reason(said.reason)
    if (said.status is JudgmentStatus.NOT_AFFECTED) != (said.justification is not None):
        raise BadInput(
            "A justification belongs to 'not_affected', and only there.",
            f"Choose one of {', '.join(Justification)}, or another status.",
            field="justification",
        )
    today = clock.now().date()
    if (said.status is JudgmentStatus.ACCEPTED) != (said.until is not None):
        raise BadInput(
            "A date belongs to 'accepted', and only there.", "Say until when the risk is accepted.", field="until"
        )
    if said.until is not None and not 0 <= (said.until - today).days <= ACCEPTED_DAYS_MAX:
        raise BadInput(
            "The date lies in the past, or too far ahead.", f"Accept for at most {ACCEPTED_DAYS_MAX} days.", "until"
        )


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason or len(reason) > REASON_MAX:
        raise BadInput("A judgment needs a reason.", f"Write 1 to {REASON_MAX} characters.", field="reason")
    return reason


def _replace(actor: Actor, product_id: str, package_id: int, version: str, names: list[str]) -> None:
    """End what was said before of this flaw, and would hold for this version."""
    rows = Judgment.objects.select_for_update().filter(product_id=product_id, package_id=package_id, ended_at=None)
    for row in rows.order_by("pk"):
        if row.version in {"", version} and folding.overlap(row.identifiers, names):
            _end(actor, row, "A newer judgment took its place.")


def _end(actor: Actor, row: Judgment, reason: str) -> None:
    row.ended_at, row.ended_by_label, row.ended_reason = clock.now(), actor.label[:400], reason
    row.save(update_fields=["ended_at", "ended_by_label", "ended_reason"])
    digest = hashlib.sha256(reason.encode()).hexdigest()
    record(actor, "judgment.ended", row.exposure_id, {"judgment": row.pk, "reason": f"sha256:{digest}"})


def _renew(product_id: str, package_id: int) -> None:
    """Write which judgment holds for each exposure of a package in a product."""
    rows = Exposure.objects.filter(
        component__inventory__product_id=product_id,
        component__package_version__package_id=package_id,
        state__in=exposing.STANDING,
        published_at__isnull=False,
    ).select_related("component__inventory", "component__package_version")
    for batch in batches(rows.order_by("pk"), BATCH):
        held = holding(batch, clock.now().date())
        changed = [row for row in batch if row.judgment_id != held.get(row.pk)]
        for row in changed:
            row.judgment_id = held.get(row.pk)
        Exposure.objects.bulk_update(changed, ["judgment"], batch_size=BATCH)
