"""Publication of a case: exactly once, by a person, after the embargo; documents, exposures and log together."""

from dataclasses import asdict
from datetime import datetime

from django.conf import settings
from django.db import transaction

from seawall.clearinghouse.coordination import models
from seawall.clearinghouse.coordination.services import decidable
from seawall.clearinghouse.coordination.timeline import note
from seawall.clearinghouse.coordination.types import EmbargoManagement, LinkRole, ParticipantRole
from seawall.clearinghouse.distribution import services as distribution
from seawall.clearinghouse.distribution.types import (
    Advisory,
    AffectedPackage,
    Credit,
    CreditRole,
    Evidence,
    Reference,
    ReferenceKind,
    VersionRange,
)
from seawall.clearinghouse.intake import queries as intake
from seawall.clearinghouse.matching.services import Announcement, reveal
from seawall.clearinghouse.validation import queries as validation
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import organization_names
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict


@transaction.atomic
def publish(actor: Actor, case_id: str, *, reason: str, summary: str = "") -> models.Case:
    """Publish a case's advisory: OSV and CSAF documents in the feeds, exposures shown to their operators.

    Args:
        actor: A coordinator.
        case_id: The case; its embargo must be over.
        reason: Why now; kept in the timeline and the log.
        summary: One or two sentences for the advisory; without them the title serves.

    Raises:
        NotFound: No such case for this actor.
        Conflict: The embargo still holds, or the case is published or merged.
        BadInput: No reason, or the case lacks what an advisory needs.
    """
    case = decidable(actor, case_id, reason)
    if case.embargo not in {EmbargoManagement.EXITED, EmbargoManagement.NONE}:
        raise Conflict("The embargo still holds.", "End the embargo first.")
    now = clock.now().replace(microsecond=0)
    try:
        advisory = _advisory(case, now, summary)
    except ValueError as error:
        raise BadInput(f"The advisory cannot be written: {error}.", "Correct the case first.") from error
    published = distribution.publish(actor, advisory, case.id)
    case.published_at = now
    case.public_aware = True
    case.save(update_fields=["published_at", "public_aware"])
    note(actor, case, "published", f"Published as {case.advisory_id}: {reason}", advisory=published.advisory_id)
    reveal(actor, case.id, case.advisory_id, now, _announcement(advisory))
    for participant in case.participants.exclude(role=ParticipantRole.COORDINATOR):
        distribution.notify(
            participant.organization_id,
            kind="publication",
            subject=case.id,
            title=f"{case.advisory_id} is public",
            body=f"The case you take part in was published: {case.title}",
            reference=f"/cases/{case.id}",
        )
    return case


def _announcement(advisory: Advisory) -> Announcement:
    """What operators are matched against: the very words that are published."""
    return Announcement(
        title=advisory.title,
        severity=advisory.cvss or "",
        identifiers=tuple(advisory.aliases),
        affected=tuple(
            {
                "package": item.purl,
                "ranges": [{name: end for name, end in asdict(span).items() if end} for span in item.ranges],
                **({"versions": list(item.versions)} if item.versions else {}),
            }
            for item in advisory.affected
        ),
    )


def _advisory(case: models.Case, now: datetime, summary: str) -> Advisory:
    links = list(case.links.filter(undone_at=None).order_by("linked_at", "id"))
    names = organization_names([link.organization_id for link in links])
    first = next((link for link in links if link.role == LinkRole.FIRST), links[0])
    report = intake.for_the_clearinghouse(first.report_id)
    proof = validation.evidence_of(first.report_id)
    credited: dict[str, Credit] = {}
    for link in links:
        role = CreditRole.FINDER if link.role == LinkRole.FIRST else CreditRole.CO_FINDER
        name = names.get(link.organization_id, "")
        if name:
            credited.setdefault(link.organization_id, Credit(name=name, role=role))
    ranges = tuple(VersionRange(item["introduced"], item["fixed"]) for item in case.affected)
    base = settings.SEAWALL.base_url.rstrip("/")
    return Advisory(
        id=case.advisory_id,
        title=case.title,
        summary=summary or case.title,
        details=report.description,
        published=now,
        modified=now,
        affected=(AffectedPackage(case.package, ranges, () if ranges else tuple(report.versions)),),
        aliases=tuple(case.identifiers),
        cvss=case.severity or None,
        cwes=tuple(case.weaknesses),
        references=(Reference(ReferenceKind.ADVISORY, f"{base}/advisories/{case.advisory_id}"),),
        credits=tuple(credited.values()),
        evidence=Evidence(verdict=proof.verdict, runs=proof.runs, attestation=proof.digest, log_index=proof.log_index)
        if proof
        else None,
    )
