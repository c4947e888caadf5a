"""What maintainers and the coordinator say of a target: who maintains it, what is closed, how many at a time."""

import re
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from seawall.clearinghouse.deconfliction import granting, rules, targets
from seawall.clearinghouse.deconfliction.ground.rules import WEIGHT_MAX
from seawall.clearinghouse.deconfliction.ground.types import CONFIRMED, StewardshipState
from seawall.clearinghouse.deconfliction.models import GroundRule, ScanLease, Stewardship, Target
from seawall.clearinghouse.deconfliction.services import withdraw
from seawall.clearinghouse.deconfliction.types import HOLDING
from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock, outbound
from seawall.foundation.platform.errors import BadInput, Conflict, RateLimited
from seawall.foundation.platform.outbound_types import Policy
from seawall.foundation.transparency.services import record

CHALLENGE_FILE = ".seawall-control"
"""File in the repository's default branch that shows who controls it."""
CHALLENGE_MAX = 4096
"""Bytes of that file that are read."""
STEWARDSHIPS_MAX = 500
"""Targets that one organization may say it maintains; a foundation with more asks the coordinator."""
SCANNERS_MAX = 1000
NOTE_MAX = 300

Read = Callable[[str], bytes]
"""From an address to what lies there."""


def _read(address: str) -> bytes:
    answer = outbound.fetch(address, policy=Policy(max_bytes=CHALLENGE_MAX))
    return answer.content if answer.status == 200 else b""  # noqa: PLR2004 - HTTP


@transaction.atomic
def claim_target(actor: Actor, *, target: str) -> Stewardship:
    """Say that the organization maintains a target. It counts once it is proved, or the coordinator vouches.

    Asking again answers with what there is.

    Raises:
        BadInput: No target.
        RateLimited: Too many.
    """
    require(actor, "ground.claim")
    name = targets.normalize_target(target).name
    if Stewardship.objects.filter(organization_id=actor.home).count() >= STEWARDSHIPS_MAX:
        raise RateLimited(f"An organization maintains at most {STEWARDSHIPS_MAX} targets.", "Write to the coordinator.")
    Target.objects.get_or_create(name=name)
    row, created = Stewardship.objects.get_or_create(
        organization_id=actor.home,
        target_id=name,
        defaults={
            "state": StewardshipState.ASKED,
            "challenge": f"seawall-control-{secrets.token_hex(16)}",
            "asked_at": clock.now(),
        },
    )
    if created:
        record(actor, "stewardship.asked", row.id, {"target": name})
    return row


def prove_control(actor: Actor, stewardship_id: str, *, read: Read = _read) -> Stewardship:
    """Look for the challenge in the repository's file ``.seawall-control``.

    Args:
        actor: Who claimed it.
        stewardship_id: The claim.
        read: Fetches the file; the outbound client if not given.

    Raises:
        NotFound: Not the actor's.
        Conflict: The challenge is not there, or the target is a package, for which the coordinator has to vouch.
        OutboundRefused, OutboundFailed: The repository cannot be reached.
    """
    row = get_visible(actor, "stewardship.change", Stewardship.objects.all(), stewardship_id)
    if row.state in CONFIRMED:
        return row
    address = challenge_address(row.target_id)
    if address is None:
        raise Conflict("Only a repository can be proved by a file.", "Ask the coordinator to vouch for you.")
    found = read(address)  # outside of any transaction: it may take seconds
    if row.challenge.encode() not in found[:CHALLENGE_MAX].split():
        raise Conflict(
            f"The file {CHALLENGE_FILE} of the default branch does not hold your challenge.",
            f"Commit a file {CHALLENGE_FILE} with the line {row.challenge} and ask again.",
        )
    return _decide(actor, row.id, StewardshipState.PROVED)


@transaction.atomic
def decide_stewardship(actor: Actor, stewardship_id: str, *, vouch: bool, reason: str) -> Stewardship:
    """The coordinator's word on a claim. Refusing one that counted lifts its rules.

    Raises:
        NotFound: There is none.
        Forbidden: Not a coordinator.
    """
    row = get_visible(actor, "stewardship.read", Stewardship.objects.all(), stewardship_id)
    require(actor, "stewardship.decide", row)
    state = StewardshipState.VOUCHED if vouch else StewardshipState.REFUSED
    return _decide(actor, row.id, state, reason)


@transaction.atomic
def _decide(actor: Actor, stewardship_id: str, state: StewardshipState, reason: str = "") -> Stewardship:
    row = Stewardship.objects.select_for_update(of=("self",)).get(pk=stewardship_id)
    row.state = state
    row.decided_at = clock.now()
    row.decided_by = actor.id
    row.save(update_fields=["state", "decided_at", "decided_by"])
    record(actor, f"stewardship.{state}", row.id, {"target": row.target_id, "reason": reason})
    return row


@transaction.atomic
def set_rule(
    actor: Actor,
    stewardship_id: str,
    *,
    closed_paths: Sequence[str] = (),
    closed_until: datetime | None = None,
    scanners_max: int | None = None,
    leases_per_week: int | None = None,
    note: str = "",
) -> GroundRule:
    """Say what is closed to scans and how many scanners are welcome. Leases on ground that closes now end.

    Args:
        actor: The maintainer.
        stewardship_id: The confirmed claim.
        closed_paths: Prefixes; ``[""]`` closes everything, none opens everything.
        closed_until: End of the closing; None for good.
        scanners_max: Organizations at a time; None for no limit.
        leases_per_week: New leases in seven days; None for no limit.
        note: One line that finders see.

    Raises:
        NotFound: Not the actor's.
        Conflict: The claim was not confirmed yet.
        BadInput: A field does not fit.
    """
    row = get_visible(actor, "stewardship.change", Stewardship.objects.all(), stewardship_id)
    if row.state not in CONFIRMED:
        raise Conflict("Your claim on this target is not confirmed.", "Prove control, or ask the coordinator.")
    paths = [rules.normalize_path(path) for path in closed_paths]
    if None in paths or len(paths) > rules.PATHS_MAX:
        raise BadInput(f"At most {rules.PATHS_MAX} paths below the target.", "Drop '..'.", field="closed_paths")
    for field, number in (("scanners_max", scanners_max), ("leases_per_week", leases_per_week)):
        if number is not None and not 1 <= number <= SCANNERS_MAX:
            raise BadInput(f"A number from 1 to {SCANNERS_MAX}.", "To take none, close the paths.", field=field)
    now = clock.now()
    if closed_until is not None and (closed_until.tzinfo is None or closed_until <= now):
        raise BadInput("The end lies in the past, or has no time zone.", "Write 2027-01-31T00:00:00Z.", "closed_until")
    ground = granting.lock_ground(row.target_id, "")
    rule, _ = GroundRule.objects.update_or_create(
        target_id=row.target_id,
        defaults={
            "stewardship": row,
            "closed_paths": [path for path in paths if path is not None],
            "closed_until": closed_until,
            "scanners_max": scanners_max,
            "leases_per_week": leases_per_week,
            "note": " ".join(note.split())[:NOTE_MAX],
            "changed_at": now,
        },
    )
    record(
        actor,
        "ground.ruled",
        row.id,
        {
            "target": row.target_id,
            "closed": rule.closed_paths,
            "until": closed_until.isoformat() if closed_until else None,
            "scanners": scanners_max,
            "per_week": leases_per_week,
        },
    )
    _end_closed(actor, ground, rule, now)
    return rule


def _end_closed(actor: Actor, ground: granting.Ground, rule: GroundRule, now: datetime) -> None:
    on_it = Q(target__in=ground.names) | Q(also__in=ground.names)
    held = ScanLease.objects.select_for_update(of=("self",)).filter(on_it, state__in=HOLDING, expires_at__gt=now)
    for lease in held.exclude(organization_id=actor.home).order_by("id"):
        if any(
            rules.contains(closed, path) or rules.contains(path, closed)
            for closed in rule.closed_paths
            for path in lease.paths
        ):
            withdraw(actor, lease, "The maintainer closed this ground to scans. Ask again for what is still open.")


@transaction.atomic
def weigh_target(actor: Actor, *, target: str, weight: int, source: str, repository: str = "") -> Target:
    """Say how much a target matters, and which repository a package comes from.

    Args:
        actor: A coordinator.
        target: purl or repository.
        weight: 0 to 1000, such as a criticality score.
        source: Where the number is from.
        repository: Of a package; from now on the two are one ground.

    Raises:
        BadInput: A field does not fit.
    """
    require(actor, "ground.weigh")
    name = targets.normalize_target(target).name
    if not 0 <= weight <= WEIGHT_MAX:
        raise BadInput(f"A weight is a number from 0 to {WEIGHT_MAX}.", field="weight")
    found = targets.normalize_repository(repository) if repository else ""
    if found is None or (found and not name.startswith("pkg:")):
        raise BadInput("Only a package has a repository beside its name.", field="repository")
    if not re.search(r"\S", source) or len(source) > 200:  # noqa: PLR2004 - the column
        raise BadInput("Say where the number is from, in at most 200 characters.", field="source")
    Target.objects.get_or_create(name=name)
    row = Target.objects.select_for_update().get(name=name)
    row.weight, row.weight_source = weight, " ".join(source.split())
    if found:
        Target.objects.get_or_create(name=found)
        row.repository = found
        held = ScanLease.objects.filter(target=row, state__in=HOLDING)
        held.update(also=found)
    row.save(update_fields=["weight", "weight_source", "repository"])
    record(actor, "ground.weighed", name, {"weight": weight, "source": row.weight_source, "repository": found})
    return row


def challenge_address(target: str) -> str | None:
    """Where the challenge has to lie, or None for a package."""
    if target.startswith("pkg:"):
        return None
    if target.startswith("https://bitbucket.org/"):
        return f"{target}/raw/HEAD/{CHALLENGE_FILE}"
    if target.startswith("https://codeberg.org/"):
        return f"{target}/raw/{CHALLENGE_FILE}"
    if target.startswith("https://gitlab."):
        return f"{target}/-/raw/HEAD/{CHALLENGE_FILE}"
    return f"{target}/raw/HEAD/{CHALLENGE_FILE}"
