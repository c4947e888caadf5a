"""Who read what of an embargoed case, and what each tier is shown of it.

Each read while the embargo holds leaves a row and a log entry: one for a reader, a case, a kind of content and an hour, so
that reading again costs one look into an index. Where the entry cannot be written, nothing is shown. After the embargo
reading leaves no mark.

Cases, briefs and reports are marked where the permission table hands out one row (``access.reads``), so that no door can
forget it. What is shown in other ways calls ``note_read`` itself, before it shows it:

    note_read(actor, case.id, ReadKind.FILE)

Lists leave no mark: they show titles to people who may read the case. The entries' subject is ``<case>/readings``: whoever may open the case's own entries does not learn from them who reads.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Max, Min, Q

from seawall.clearinghouse.coordination import models, queries
from seawall.clearinghouse.coordination.tiers import VISIBLE, Part, is_over
from seawall.clearinghouse.coordination.types import (
    EmbargoManagement,
    ParticipantRole,
    ReadKind,
    Tier,
    VendorStatus,
)
from seawall.clearinghouse.intake.queries import ReportRow
from seawall.foundation.access.queries import get_visible, visible_to
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.types import Actor, ActorKind
from seawall.foundation.identity.queries import organization_names
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import Forbidden, NotFound
from seawall.foundation.transparency.services import record

OVER = (EmbargoManagement.NONE, EmbargoManagement.EXITED)
MARKS_KNOWN = 20_000
"""Marks that this process remembers; some megabytes."""

_known: set[tuple[str, ...]] = set()


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who read something of a case."""

    organization_id: str
    organization: str
    actor_id: str
    label: str
    what: ReadKind
    first_at: datetime
    last_at: datetime
    """Start of the first read in the last hour with one."""
    hours: int
    """Hours with a read; each has its log entry."""
    log_index: int
    """Entry of the first."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A package and a version of it that is fixed, with the address that its vendor gives."""

    package: str
    version: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Brief:
    """What a tier sees of a case; a part that the tier does not see is None."""

    case_id: str
    tier: Tier
    until: datetime | None
    visible: tuple[Part, ...]
    package: str | None
    fixes: tuple[Fixed, ...] | None
    date: datetime | None
    """When the embargo is to end."""
    artifacts: tuple[Fixed, ...] | None
    go_live_at: datetime | None


def mark_case(actor: Actor, row: models.Case) -> None:
    """A case is read (registered with ``access.reads``)."""
    if _is_embargoed(row):
        note_read(actor, row.id, ReadKind.CASE)


def mark_brief(actor: Actor, row: models.Case) -> None:
    """What a tier may see of a case is read."""
    if _is_embargoed(row):
        note_read(actor, row.id, ReadKind.BRIEF)


def mark_report(actor: Actor, row: ReportRow) -> None:
    """A report is read, with its evidence; one's own organization's leaves no mark, wherever it lies."""
    if row.case_id and row.organization_id != actor.organization_id:
        note_read(actor, row.case_id, ReadKind.REPORT)


def note_read(actor: Actor, case_id: str, what: ReadKind) -> None:
    """Leave the mark of a read, if the case is embargoed and the hour has none yet.

    Raises:
        LogUnavailable: The mark cannot be left; the door shows nothing then.
    """
    if actor.kind is ActorKind.SYSTEM:
        return
    now = clock.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    key = {"case_id": case_id, "actor_id": actor.id, "what": what.value, "hour": hour}
    mark = (case_id, actor.id, what.value, hour.isoformat())
    if mark in _known:
        return
    if models.CaseReading.objects.filter(**key).exists():
        # A mark that is committed stands for ever; one of an open transaction may still go.
        if not connection.in_atomic_block:
            if len(_known) >= MARKS_KNOWN:
                _known.clear()
            _known.add(mark)
        return
    row = models.Case.objects.filter(pk=case_id).only("embargo", "published_at").first()
    if row is None or not _is_embargoed(row):
        return
    try:
        with transaction.atomic():
            said = {"what": what.value, "hour": hour.isoformat()}
            entry = record(actor, "case.read", readings_subject(case_id), said)
            models.CaseReading.objects.create(
                **key,
                organization_id=actor.organization_id or "",
                actor_label=actor.label[:200],
                at=now,
                log_index=entry.index,
            )
    except IntegrityError:
        return  # another request of the same reader was first, and its mark stands


def _is_embargoed(row: models.Case) -> bool:
    return row.published_at is None and row.embargo not in OVER


def readings_subject(case_id: str) -> str:
    """Under which subject the log keeps who read a case."""
    return f"{case_id}/readings"


def readers_of(actor: Actor, case_id: str) -> list[Reader]:
    """Who read what of a case while its embargo held, the last first; for coordinators and the case's owner.

    Raises:
        NotFound: No such case for this actor.
        Forbidden: The actor reads the case but does not own it.
    """
    row = queries.case(actor, case_id)
    if not may_see_readers(actor, row):
        raise Forbidden("Who read a case is for its owner and the coordinator.", "Ask the coordinator.")
    return readers_in(row)


def readers_in(row: models.Case) -> list[Reader]:
    """``readers_of`` a case, for whoever was found to be let see them."""
    found = (
        models.CaseReading.objects.filter(case=row)
        .values("organization_id", "actor_id", "what")
        .annotate(label=Max("actor_label"), first=Min("at"), last=Max("at"), hours=Count("id"), entry=Min("log_index"))
        .order_by("-last", "actor_id", "what")
    )
    rows = list(found)
    names = organization_names([one["organization_id"] for one in rows])
    return [
        Reader(
            organization_id=one["organization_id"],
            organization=names.get(one["organization_id"], ""),
            actor_id=one["actor_id"],
            label=one["label"],
            what=ReadKind(one["what"]),
            first_at=one["first"],
            last_at=one["last"],
            hours=one["hours"],
            log_index=one["entry"],
        )
        for one in rows
    ]


def may_see_readers(actor: Actor, row: models.Case) -> bool:
    """Whether the actor is a coordinator or works for the case's owner."""
    if grants_for(actor, "case.decide") or any(one.relation == "any" for one in grants_for(actor, "case.read")):
        return True
    mine = row.participants.filter(organization_id=actor.organization_id).first() if actor.organization_id else None
    if mine is None or is_over(mine.until, clock.now()):
        return False
    return ParticipantRole.CASE_OWNER in {mine.role, *mine.further_roles}


def log_subjects(actor: Actor, case_id: str) -> list[str]:
    """Under which subjects the actor may open the log's entries about a case.

    Raises:
        NotFound: No such case for this actor, or its tier may not know who takes part, which the entries tell.
    """
    row = queries.case(actor, case_id)
    if Part.PEOPLE not in queries.parts_of(actor, row):
        raise NotFound("There is nothing here that you may see.", "Check the address and who you are signed in as.")
    return [case_id, readings_subject(case_id)] if may_see_readers(actor, row) else [case_id]


def brief(actor: Actor, case_id: str, *, as_tier: Tier | None = None) -> Brief:
    """What the actor's tier may see of a case, cut by ``tiers.VISIBLE``.

    Args:
        actor: A participant; or a coordinator, who sees what ``as_tier`` sees (distribution partners by default).
        case_id: The case.
        as_tier: For coordinators.

    Raises:
        NotFound: Absent, foreign, not accepted yet, or the actor's time is over.
    """
    row = get_visible(actor, "case.brief", models.Case.objects.all(), case_id)
    mine = row.participants.filter(organization_id=actor.organization_id).first()
    is_coordinator = any(one.relation == "any" for one in grants_for(actor, "case.brief"))
    if is_coordinator or mine is None:
        tier, until = as_tier or Tier.DISTRIBUTORS, None
    else:
        tier, until = Tier(mine.tier), mine.until
    parts = VISIBLE[tier]
    fixes = _fixes(row) if parts & {Part.FIX, Part.ARTIFACT} else ()
    return Brief(
        case_id=row.id,
        tier=tier,
        until=until,
        visible=tuple(sorted(parts)),
        package=row.package if Part.PACKAGE in parts else None,
        fixes=fixes if Part.FIX in parts else None,
        date=row.embargo_ends_at if Part.DATE in parts else None,
        artifacts=tuple(Fixed(one.package, one.version) for one in fixes) if Part.ARTIFACT in parts else None,
        go_live_at=row.embargo_ends_at if Part.GO_LIVE in parts else None,
    )


def briefs_of(actor: Actor) -> list[str]:
    """The open cases that the actor's organization is read into without seeing their content, by identifier."""
    if actor.organization_id is None:
        return []
    full = visible_to(actor, "case.read", models.Case.objects.all()).values("pk")
    rows = visible_to(actor, "case.brief", models.Case.objects.all()).exclude(pk__in=full)
    mine = Q(participants__organization_id=actor.organization_id)
    return list(rows.filter(mine, published_at=None).order_by("opened_at", "id").values_list("id", flat=True))


def _fixes(row: models.Case) -> tuple[Fixed, ...]:
    """Fixed versions as the reports and the vendors say them, each once."""
    found = {(row.package, one["fixed"]): Fixed(row.package, one["fixed"]) for one in row.affected if one.get("fixed")}
    said = row.statements.filter(superseded_at=None, status=VendorStatus.FIXED).order_by("product", "fixed_version")
    for one in said:
        found[one.product, one.fixed_version] = Fixed(one.product, one.fixed_version, one.link)
    return tuple(found.values())
