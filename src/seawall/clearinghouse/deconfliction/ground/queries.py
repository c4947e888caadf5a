"""Reads of the ground: the coverage map, the least-scanned ground, the register of closed ground."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from seawall.clearinghouse.deconfliction import rules as leases
from seawall.clearinghouse.deconfliction import targets
from seawall.clearinghouse.deconfliction.ground import rules
from seawall.clearinghouse.deconfliction.ground.types import CONFIRMED, Candidate, Patch, Ranked, Scanned
from seawall.clearinghouse.deconfliction.models import Coverage, GroundRule, ScanLease, Stewardship, Target
from seawall.clearinghouse.deconfliction.types import HOLDING
from seawall.foundation.access.queries import get_visible, visible_to
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput

StewardshipRow = Stewardship
RuleRow = GroundRule

SCANS_MAX = 5000
"""Scans of one target that its map is drawn from, the latest."""


def coverage(actor: Actor, target: str) -> list[Patch]:
    """The coverage map of a target.

    Raises:
        BadInput: No target.
    """
    require(actor, "ground.read")
    return rules.patches(_scans(names_of(target)), clock.now())


def names_of(target: str) -> list[str]:
    """All names under which a target's ground goes.

    Raises:
        BadInput: No target.
    """
    found = targets.normalize_target(target)
    row = Target.objects.filter(name=found.name).first()
    repository = (row.repository if row else "") or found.repository
    packages = Target.objects.filter(repository__in={found.name, repository} - {""}).values_list("name", flat=True)
    return sorted({found.name, repository, *packages} - {""})


def _scans(names: Sequence[str]) -> list[Scanned]:
    rows = Coverage.objects.filter(target__in=names).order_by("-scanned_at")[:SCANS_MAX]
    return [
        Scanned(
            path=path,
            excluded_paths=tuple(row.excluded_paths),
            techniques=tuple(row.techniques),
            weaknesses=tuple(row.weaknesses),
            commit=row.commit,
            organization=row.organization_id,
            scanned_at=row.scanned_at,
            machine_hours=row.machine_hours,
            person_hours=row.person_hours,
            model_tokens=row.model_tokens,
        )
        for row in rows
        for path in row.paths
    ]


def least_scanned(
    actor: Actor, candidates: Sequence[str] = (), paths: Sequence[str] = (), *, limit: int = 20
) -> list[Ranked]:
    """Where the least-scanned ground is that matters most; the best first.

    Args:
        actor: A finder.
        candidates: purls or repositories to choose from; without them, what the coordinator weighed and what is on
            the map. Targets that somebody merely leased are never named.
        paths: Prefixes to rank within each candidate; without them the whole and every path on the map.
        limit: Answers at most.

    Raises:
        BadInput: A candidate is no target, a path leaves it, or there are too many.
    """
    require(actor, "ground.read")
    if len(candidates) * max(len(paths), 1) > rules.CANDIDATES_MAX:
        raise BadInput(f"At most {rules.CANDIDATES_MAX} candidates.", field="candidates")
    wanted = [leases.normalize_path(path) for path in paths]
    if None in wanted:
        raise BadInput("A path does not stay below its target.", "Drop '..'.", field="paths")
    names = [targets.normalize_target(one).name for one in candidates] or _known()
    now = clock.now()
    weights = dict(Target.objects.filter(name__in=names).values_list("name", "weight"))
    found = []
    for name in dict.fromkeys(names):
        grounds = names_of(name)
        scans = _scans(grounds)
        held = ScanLease.objects.filter(
            Q(target__in=grounds) | Q(also__in=grounds), state__in=HOLDING, expires_at__gt=now
        ).exclude(organization_id=actor.organization_id)
        taken = [path for lease in held for path in lease.paths]
        taken += [path for rule in _rules_on(grounds) for path in rule.closed_paths]
        for path in [one for one in wanted if one is not None] or sorted({"", *(scan.path for scan in scans)}):
            free = not any(leases.contains(one, path) or leases.contains(path, one) for one in taken)
            found.append(rules.rank(Candidate(name, path, weights.get(name)), scans, now, free=free))
    # Ground that can be had now goes first; of two alike the name decides, so that the order is always the same.
    found.sort(key=lambda one: (not one.free, -one.score, one.target, one.path))
    return found[:limit]


def _known() -> list[str]:
    weighed = Target.objects.filter(weight__isnull=False).order_by("-weight", "name")
    names = list(weighed.values_list("name", flat=True)[: rules.CANDIDATES_MAX])
    told = Coverage.objects.order_by("target").values_list("target", flat=True).distinct()
    return list(dict.fromkeys([*names, *told[: rules.CANDIDATES_MAX]]))[: rules.CANDIDATES_MAX]


def _rules_on(names: Sequence[str]) -> list[GroundRule]:
    now = clock.now()
    return list(
        GroundRule.objects.filter(target__in=names, stewardship__state__in=CONFIRMED).filter(
            Q(closed_until=None) | Q(closed_until__gt=now)
        )
    )


def closed_ground(actor: Actor) -> QuerySet[GroundRule]:
    """The register of what maintainers closed to scans, for every finder, by target."""
    require(actor, "ground.read")
    open_again = Q(closed_until__isnull=False, closed_until__lte=clock.now())
    found = GroundRule.objects.filter(stewardship__state__in=CONFIRMED).exclude(open_again)
    return found.exclude(closed_paths=[]).order_by("target_id")


def stewardships_of(actor: Actor) -> QuerySet[Stewardship]:
    """The claims that the actor may see, newest first."""
    return visible_to(actor, "stewardship.read", Stewardship.objects.order_by("-asked_at", "id"))


def stewardship(actor: Actor, stewardship_id: str) -> Stewardship:
    """One claim.

    Raises:
        NotFound: Absent or foreign.
    """
    return get_visible(actor, "stewardship.read", Stewardship.objects.all(), stewardship_id)


def rule_of(row: Stewardship) -> GroundRule | None:
    """The rule that was set under a claim the caller may see."""
    return GroundRule.objects.filter(stewardship=row).first()
