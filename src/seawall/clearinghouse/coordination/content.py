"""What a case says of its flaw follows from the reports in it, whatever the order in which they came or were proved."""

from seawall.clearinghouse.coordination import models
from seawall.clearinghouse.coordination.types import LinkRole
from seawall.clearinghouse.matching.services import register_affected
from seawall.foundation.access.types import Actor

FIELDS = ("title", "failure", "identifiers", "weaknesses", "severity", "affected")
"""What a link keeps of its report, and a case takes from its links."""


def refresh(actor: Actor, case: models.Case) -> None:
    """Write a case's content anew after a report joined or left, and register what it affects. Caller's transaction.

    Title and failure are the first report's; severity and affected versions are the first that a report gives, the oldest
    report before the others; identifiers and weaknesses are everybody's.
    """
    links = sorted(case.links.filter(undone_at=None), key=lambda link: (link.role != LinkRole.FIRST, link.received_at))
    said = [link.said for link in links]
    if not said:
        return
    before = [getattr(case, name) for name in FIELDS]
    case.title = said[0]["title"]
    case.failure = said[0]["failure"]
    case.identifiers = list(dict.fromkeys(name for report in said for name in report["identifiers"]))
    case.weaknesses = list(dict.fromkeys(name for report in said for name in report["weaknesses"]))
    case.severity = next((report["severity"] for report in said if report["severity"]), "")
    case.affected = next((report["affected"] for report in said if report["affected"]), [])
    if before == [getattr(case, name) for name in FIELDS]:
        return
    case.save(update_fields=FIELDS)
    affected = [{"package": case.package, "ranges": case.affected}]
    register_affected(actor, case.id, case.advisory_id, affected, case.identifiers)
