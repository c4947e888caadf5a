"""What would be published of a case, as it stands."""

from datetime import datetime

from django.conf import settings

from seawall.clearinghouse.coordination import models
from seawall.clearinghouse.coordination.statements import for_publication
from seawall.clearinghouse.coordination.types import LinkRole
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
from seawall.clearinghouse.validation import queries as validation
from seawall.foundation.identity.queries import organization_names


def advisory_of(case: models.Case, now: datetime, summary: str) -> Advisory:
    """The advisory of a case.

    Args:
        case: The case; it has at least one report.
        now: Time of publication.
        summary: One or two sentences; without them the title serves.

    Raises:
        ValueError: The case lacks what an advisory needs.
    """
    links = list(case.links.filter(undone_at=None).order_by("linked_at", "id"))
    if not links:
        raise ValueError("the case has no report")
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
        statements=for_publication(case),
        evidence=Evidence(verdict=proof.verdict, runs=proof.runs, attestation=proof.digest, log_index=proof.log_index)
        if proof
        else None,
    )
