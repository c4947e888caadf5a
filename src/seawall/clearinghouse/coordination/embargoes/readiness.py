"""What lacks before a case can be published, computed from the case; for its participants to read and for notices."""

from collections import defaultdict

from django.core.exceptions import ObjectDoesNotExist

from seawall.clearinghouse.coordination.advisory import advisory_of
from seawall.clearinghouse.coordination.embargoes.models import Preparation, PublicationProposal
from seawall.clearinghouse.coordination.embargoes.types import Item, PreparationKind, ProposalState, Readiness
from seawall.clearinghouse.coordination.models import Case
from seawall.clearinghouse.coordination.types import LinkRole, ParticipantEmbargo, ParticipantRole
from seawall.clearinghouse.distribution import csaf, osv
from seawall.clearinghouse.distribution.queries import publisher
from seawall.foundation.identity.queries import organization_names

PEOPLE = 2
"""A publication is proposed by one person and approved by another."""


def readiness_of(case: Case, *, people: bool = True) -> Readiness:
    """The checklist of a case; each line says who can do something about it.

    Args:
        case: The case.
        people: Whether the reader may know who takes part.
    """
    said: dict[str, set[str]] = defaultdict(set)
    publishers: set[str] = set()
    for row in Preparation.objects.filter(case=case):
        said[row.kind].add(row.organization_id)
        if row.kind == PreparationKind.PUBLISHER:
            publishers.add(row.subject)
    proposal = PublicationProposal.objects.filter(case=case, state=ProposalState.OPEN).first()
    if proposal is not None:
        publishers.add(proposal.person)
    links = list(case.links.filter(undone_at=None))
    names: dict[str, str] = {}
    if people:
        names = organization_names(
            [link.organization_id for link in links] + list(case.participants.values_list("organization_id", flat=True))
        )
    return Readiness(
        (
            _title(case),
            _affected(case),
            _vendors(case, said[PreparationKind.STATEMENT], names),
            _credits({link.organization_id for link in links}, said[PreparationKind.CREDIT], names),
            _identifier(case, bool(said[PreparationKind.NO_CVE])),
            _documents(case, has_reports=any(link.role == LinkRole.FIRST for link in links)),
            _people(len(publishers)),
        )
    )


def _title(case: Case) -> Item:
    ready = bool(case.title.strip())
    return Item("title", ready, "There is a title." if ready else "There is no title.")


def _affected(case: Case) -> Item:
    ready = bool(case.affected)
    return Item(
        "affected",
        ready,
        "The affected versions are said." if ready else "No affected versions are said.",
        () if ready else _with_role(case, ParticipantRole.VENDOR),
    )


def _vendors(case: Case, stated: set[str], names: dict[str, str]) -> Item:
    fixed = bool(case.affected) and all(one.get("fixed") for one in case.affected)
    vendors = _with_role(case, ParticipantRole.VENDOR)
    stated |= set(case.statements.filter(superseded_at=None).values_list("organization_id", flat=True))
    silent = () if fixed else tuple(one for one in vendors if one not in stated)
    if fixed:
        return Item("fix", True, "A fixed version is known for every affected range.")
    if silent:
        text = f"No fixed version, and no statement of {_listed(silent, names)}."
        return Item("fix", False, text, silent)
    if not vendors:
        return Item("fix", False, "No fixed version is known, and no vendor takes part that could make a statement.")
    return Item("fix", True, "Every vendor has made its statement.")


def _credits(finders: set[str], confirmed: set[str], names: dict[str, str]) -> Item:
    lacking = tuple(sorted(finders - confirmed))
    if not lacking:
        return Item("credits", True, "Every finder has confirmed its credit.")
    return Item("credits", False, f"Not confirmed yet: the credit of {_listed(lacking, names)}.", lacking)


def _identifier(case: Case, explained: bool) -> Item:
    cves = [one for one in case.identifiers if str(one).startswith("CVE-")]
    if cves:
        return Item("cve", True, f"It has {', '.join(cves)}.")
    text = (
        "It is said why there is no CVE identifier." if explained else "There is no CVE identifier, and no reason why."
    )
    return Item("cve", explained, text)


def _documents(case: Case, *, has_reports: bool) -> Item:
    if not has_reports:
        return Item("documents", False, "The case has no report, so that nothing can be written.")
    try:
        advisory = advisory_of(case, case.opened_at.replace(microsecond=0), "")
        osv.render(advisory)
        csaf.render(advisory, publisher())
    except ObjectDoesNotExist:  # an embargo ends all the same
        return Item("documents", False, "The first report of the case is not here.")
    except ValueError as error:
        return Item("documents", False, f"OSV or CSAF cannot be written: {error}.")
    return Item("documents", True, "OSV and CSAF documents can be written.")


def _people(count: int) -> Item:
    if count >= PEOPLE:
        return Item("people", True, "Two people are named who will publish.")
    return Item("people", False, f"{PEOPLE - count} of two people who will publish are not named yet.")


def _with_role(case: Case, role: ParticipantRole) -> tuple[str, ...]:
    rows = case.participants.filter(role=role).exclude(consent=ParticipantEmbargo.DECLINED)
    return tuple(rows.order_by("organization_id").values_list("organization_id", flat=True))


def _listed(organization_ids: tuple[str, ...], names: dict[str, str]) -> str:
    return ", ".join(names[one] for one in organization_ids if one in names) or f"{len(organization_ids)} of them"
