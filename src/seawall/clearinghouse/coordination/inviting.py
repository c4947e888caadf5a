"""Bringing people into a case: many at once, by organization or by package; at a tier, and until when.

One call answers row by row, so that one wrong name among 150 costs nobody else the invitation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction

from seawall.clearinghouse.coordination import hooks, models, rules
from seawall.clearinghouse.coordination.contacts import entries_for, is_usable, plain_package
from seawall.clearinghouse.coordination.participants import name_of
from seawall.clearinghouse.coordination.services import WITH_A_PATH, decidable, tell_invited
from seawall.clearinghouse.coordination.tiers import is_over
from seawall.clearinghouse.coordination.timeline import note
from seawall.clearinghouse.coordination.types import (
    EmbargoManagement,
    FixPath,
    ParticipantEmbargo,
    ParticipantRole,
    ReportManagement,
    Tier,
)
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import organization_names
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, NotFound

WISHES_MAX = 500
"""Rows of one call; the largest coordinated case known had about 150 vendors."""
LONGEST = timedelta(days=730)
"""How far an end may lie ahead."""
ALL_PACKAGES = "affected"
"""Stands for every package of the case."""
_TIER_ROLES = {
    Tier.MAKERS: frozenset(ParticipantRole),
    Tier.EXPERTS: frozenset({ParticipantRole.OBSERVER, ParticipantRole.DEPLOYER, ParticipantRole.COORDINATOR}),
    Tier.DISTRIBUTORS: frozenset({ParticipantRole.OBSERVER, ParticipantRole.DEPLOYER}),
    Tier.REGISTRIES: frozenset({ParticipantRole.OBSERVER}),
}
"""A vendor sorts the report, so it reads it: tiers above 0 are for others."""


class Outcome(StrEnum):
    """What became of one row."""

    INVITED = "invited"
    INVITED_AGAIN = "invited_again"
    """Had declined, or its consent had lapsed."""
    ALREADY = "already"
    UNKNOWN = "unknown_organization"
    NO_CONTACT = "no_contact"
    """The register has no confirmed entry with an account here; ``references`` say how to reach them otherwise."""
    BAD_PACKAGE = "bad_package"


@dataclass(frozen=True, slots=True)
class Wish:
    """One row: whom to bring in. Either ``organization_id`` or ``package`` is given."""

    organization_id: str = ""
    package: str = ""
    """Package URL, or ``affected`` for every package of the case."""


@dataclass(frozen=True, slots=True)
class Invited:
    """The answer to one row; a package can bring in several."""

    organization_id: str
    organization: str
    package: str
    outcome: Outcome
    references: tuple[str, ...] = ()


@transaction.atomic
def invite(
    actor: Actor,
    case_id: str,
    wishes: Sequence[Wish],
    *,
    reason: str,
    role: ParticipantRole = ParticipantRole.VENDOR,
    tier: Tier = Tier.MAKERS,
    until: datetime | None = None,
) -> list[Invited]:
    """Invite organizations into a case. Each gets one invitation, however often it is named.

    Args:
        actor: A coordinator.
        case_id: The case; open.
        wishes: At most ``WISHES_MAX``.
        reason: Why; kept in the timeline and the log.
        role: As what.
        tier: How much they may see.
        until: When that ends; needed for tiers above 0.

    Raises:
        NotFound: No such case for this actor.
        Forbidden: The actor does not decide on it.
        Conflict: Published or merged.
        BadInput: Too many rows, no reason, an end that is over, or a role that does not fit the tier.
    """
    case = decidable(actor, case_id, reason)
    _check(wishes, role, tier, until)
    answers = _resolved(case, wishes)
    ids = [one.organization_id for one in answers if one.outcome is Outcome.INVITED]
    names = organization_names(ids)
    present = {row.organization_id: row for row in case.participants.select_for_update()}
    fresh: list[models.Participant] = []
    again: list[models.Participant] = []
    final: list[Invited] = []
    for one in answers:
        outcome = one.outcome
        if outcome is Outcome.INVITED:
            outcome = _one(case, one.organization_id, names, present, fresh, again, role=role, tier=tier, until=until)
        final.append(
            Invited(one.organization_id, names.get(one.organization_id, ""), one.package, outcome, one.references)
        )
    models.Participant.objects.bulk_create(fresh)
    models.Participant.objects.bulk_update(again, ["consent", "tier", "until", "joined_at"])
    told = [row.organization_id for row in (*fresh, *again)]
    if told:
        who = name_of(told[0]) if len(told) == 1 else f"{len(told)} organizations"
        note(
            actor,
            case,
            "invited",
            f"{who} invited as {role.value.replace('_', ' ')}: {reason}",
            organizations=told,
            tier=int(tier),
            until=until.isoformat() if until else None,
        )
        tell_invited(case, told, tier=tier)
        hooks.invited(actor, case.id, tuple(told))
    return final


@transaction.atomic
def set_reading(
    actor: Actor,
    case_id: str,
    organization_id: str,
    *,
    reason: str,
    tier: Tier | None = None,
    until: datetime | None = None,
    forever: bool = False,
) -> models.Participant:
    """Change how much a participant may see, and until when: an extension, a cut, or the end (``until`` now or before).

    Args:
        actor: A coordinator.
        case_id: The case.
        organization_id: The participant.
        reason: Why; kept in the timeline and the log.
        tier: None leaves it.
        until: None leaves it.
        forever: Takes the end away; for tier 0 only.

    Raises:
        NotFound: No such case or participant for this actor.
        Forbidden: The actor does not decide on it.
        Conflict: Published or merged.
        BadInput: No reason, nothing to change, or an open end for a tier above 0.
    """
    case = decidable(actor, case_id, reason)
    row = case.participants.select_for_update().filter(organization_id=organization_id).first()
    if row is None:
        raise NotFound("There is nothing here that you may see.", "Check the address and who you are signed in as.")
    if tier is None and until is None and not forever:
        raise BadInput("Nothing is to change.", "Give a tier or an end.", field="until")
    wanted = Tier(row.tier) if tier is None else tier
    end = None if forever else until or row.until
    _check_tier(ParticipantRole(row.role), wanted, end, over_is_fine=True)
    row.tier, row.until = wanted, end
    row.save(update_fields=["tier", "until"])
    said = f"until {end:%Y-%m-%d %H:%M} UTC" if end else "with no end"
    note(
        actor,
        case,
        "read-in",
        f"{name_of(organization_id)} reads at tier {int(wanted)} {said}: {reason}",
        organization=organization_id,
        tier=int(wanted),
        until=end.isoformat() if end else None,
    )
    return row


def _check(wishes: Sequence[Wish], role: ParticipantRole, tier: Tier, until: datetime | None) -> None:
    if not 1 <= len(wishes) <= WISHES_MAX:
        raise BadInput(f"One call invites 1 to {WISHES_MAX}.", "Split the list.", field="wishes")
    if any(bool(wish.organization_id) == bool(wish.package) for wish in wishes):
        raise BadInput("Each row names an organization or a package.", "Give one of the two.", field="wishes")
    if role in {ParticipantRole.COORDINATOR, ParticipantRole.FINDER, ParticipantRole.REPORTER}:
        raise BadInput(f"Nobody is invited as {role.value}.", "Vendor, deployer, observer or owner.", field="role")
    _check_tier(role, tier, until)


def _check_tier(role: ParticipantRole, tier: Tier, until: datetime | None, *, over_is_fine: bool = False) -> None:
    if role not in _TIER_ROLES[tier]:
        fitting = ", ".join(sorted(one.value for one in _TIER_ROLES[tier]))
        raise BadInput(f"A {role.value} does not read at tier {int(tier)}.", f"There: {fitting}.", field="tier")
    if tier is not Tier.MAKERS and until is None:
        raise BadInput("Reading above tier 0 has an end.", "Say until when.", field="until")
    if until is not None and until.tzinfo is None:
        raise BadInput("The end has no time zone.", "Write it in UTC.", field="until")
    if until is not None and until > clock.now() + LONGEST:
        raise BadInput(f"Nobody reads for more than {LONGEST.days} days.", "Extend it later.", field="until")
    if not over_is_fine and is_over(until, clock.now()):
        raise BadInput("The end is over already.", "Say until when, in the future.", field="until")


def _resolved(case: models.Case, wishes: Sequence[Wish]) -> list[Invited]:
    """Each row as the organizations that it stands for; INVITED means: to be invited."""
    packages: dict[str, str] = {}
    for wish in wishes:
        for package in _packages(case, wish.package) if wish.package else ():
            try:
                packages[package] = plain_package(package)
            except ValueError:
                packages[package] = ""
    entries = entries_for(sorted(set(packages.values()) - {""}))
    answers: list[Invited] = []
    for wish in wishes:
        if wish.organization_id:
            answers.append(Invited(wish.organization_id, "", "", Outcome.INVITED))
            continue
        for package in _packages(case, wish.package):
            plain = packages[package]
            if not plain:
                answers.append(Invited("", "", package, Outcome.BAD_PACKAGE))
                continue
            usable = dict.fromkeys(row.organization_id for row in entries[plain] if is_usable(row))
            answers += [Invited(one, "", plain, Outcome.INVITED) for one in usable]
            if not usable:
                references = tuple(row.reference for row in entries[plain] if row.reference)
                answers.append(Invited("", "", plain, Outcome.NO_CONTACT, references))
    return answers


def _packages(case: models.Case, package: str) -> list[str]:
    if package != ALL_PACKAGES:
        return [package]
    said = case.statements.filter(superseded_at=None).order_by("product").values_list("product", flat=True)
    return list(dict.fromkeys([case.package, *said]))


def _one(
    case: models.Case,
    organization_id: str,
    names: dict[str, str],
    present: dict[str, models.Participant],
    fresh: list[models.Participant],
    again: list[models.Participant],
    *,
    role: ParticipantRole,
    tier: Tier,
    until: datetime | None,
) -> Outcome:
    """What becomes of one organization; who is to be written goes into ``fresh`` or ``again``."""
    if organization_id not in names:
        return Outcome.UNKNOWN
    row = present.get(organization_id)
    binding = case.embargo not in {EmbargoManagement.NONE, EmbargoManagement.EXITED}
    if row is None:
        row = models.Participant(
            case=case,
            organization_id=organization_id,
            role=role,
            report_management=ReportManagement.RECEIVED,
            consent=ParticipantEmbargo.INVITED if binding else ParticipantEmbargo.NO_EMBARGO,
            fix=FixPath.AWARE if role in WITH_A_PATH else FixPath.UNAWARE,
            tier=tier,
            until=until,
            joined_at=clock.now(),
        )
        present[organization_id] = row
        fresh.append(row)
        return Outcome.INVITED
    consent = ParticipantEmbargo(row.consent)
    if row.pk is None or not binding or "invite" not in rules.allowed(rules.PEC_TABLE, consent):
        return Outcome.ALREADY
    row.consent, row.joined_at = rules.step(rules.PEC_TABLE, consent, "invite"), clock.now()
    if row.role == role:
        row.tier, row.until = tier, until
    again.append(row)
    return Outcome.INVITED_AGAIN
