"""Writes of the collision check: blind evaluation, holding and asking, introductions."""

import hashlib
import os
import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from seawall.clearinghouse.deconfliction.collisions import keys, oprf, rules
from seawall.clearinghouse.deconfliction.collisions.types import Facts, IntroductionState, KeyKind, Tag
from seawall.clearinghouse.deconfliction.commitments.queries import state_of
from seawall.clearinghouse.deconfliction.commitments.types import CommitmentState
from seawall.clearinghouse.deconfliction.models import CollisionBudget, Commitment, Holding, Introduction, ReportMark
from seawall.clearinghouse.distribution.services import notify
from seawall.clearinghouse.intake import queries as intake
from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import coordinator_ids, organization_names
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict, KeyUnusable, RateLimited
from seawall.foundation.transparency.services import record

SEED_FILE = "keys/collisions.seed"
FOLLOWED_MAX = 500
"""Reports that one question brings into the holdings at most."""
OVERLAP = timedelta(minutes=10)
"""How far back the reports are read again: transactions may end in another order than they began."""


@dataclass(frozen=True)
class Evaluated:
    """What a blind question gets."""

    evaluations: tuple[str, ...]
    public_key: str
    left_today: int


@dataclass(frozen=True)
class Checked:
    """Whether somebody else holds the same; never who, how many or since when."""

    kinds: tuple[KeyKind, ...]
    """Kinds of keys that met; none means that nobody holds it."""
    introduction_asked: bool
    left_today: int


def evaluator() -> oprf.Evaluator:
    """The server's function, by the seed in ``<data_dir>/keys/collisions.seed``, which is made on first use.

    Raises:
        KeyUnusable: The seed is not what it must be.
    """
    path = settings.SEAWALL.data_dir / SEED_FILE
    if not path.exists():
        _create(path)
    seed = path.read_bytes()
    if len(seed) != oprf.SEED_BYTES or path.stat().st_mode & 0o077:
        raise KeyUnusable(
            f"{path} must have {oprf.SEED_BYTES} bytes that only the server can read.",
            "Restore it from the backup: with another seed, holdings of before are not found any more.",
        )
    return oprf.Evaluator(seed)


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # mkstemp makes the file with mode 0600; the link fails where the name is taken: one process makes it, all use it.
    descriptor, made = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(oprf.SEED_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.link(made, path)
    except FileExistsError:
        pass
    finally:
        Path(made).unlink()


@transaction.atomic
def evaluate(actor: Actor, elements: Sequence[str]) -> Evaluated:
    """Evaluate blinded keys; each counts against the day's budget, whatever becomes of it, and leaves a log entry.

    Args:
        actor: A finder.
        elements: Blinded elements in hex.

    Raises:
        BadInput: None, too many, or no elements of the group.
        RateLimited: The budget of today is spent.
    """
    require(actor, "collision.check")
    if not 1 <= len(elements) <= rules.ELEMENTS_MAX:
        raise BadInput(f"Send 1 to {rules.ELEMENTS_MAX} elements.", field="elements")
    function = evaluator()
    left = _spend(actor, evaluated=len(elements))
    found = function.evaluate(elements)
    record(actor, "collision.evaluated", actor.home, {"count": len(elements)})
    return Evaluated(tuple(found), function.public_key, left)


def _spend(actor: Actor, *, evaluated: int = 0, looked_up: int = 0) -> int:
    """Take from the day's budget under its lock; what is left of the evaluations."""
    budget, _ = CollisionBudget.objects.get_or_create(organization_id=actor.home, day=clock.now().date())
    budget = CollisionBudget.objects.select_for_update().get(pk=budget.pk)
    over = (
        budget.evaluated + evaluated > rules.EVALUATIONS_PER_DAY or budget.looked_up + looked_up > rules.LOOKUPS_PER_DAY
    )
    if over:
        raise RateLimited(
            f"An organization asks for {rules.EVALUATIONS_PER_DAY} keys and looks up {rules.LOOKUPS_PER_DAY} a day (UTC).",
            "Go on tomorrow; the coordinator can see what was asked.",
        )
    budget.evaluated += evaluated
    budget.looked_up += looked_up
    budget.save(update_fields=["evaluated", "looked_up"])
    spent = budget.evaluated >= rules.EVALUATIONS_PER_DAY
    if spent and evaluated:
        for coordinator in coordinator_ids():
            notify(
                coordinator,
                kind="collision",
                subject=actor.home,
                title="A member spent its whole budget of collision checks today",
                body="Ask them what they look for, if that happens often.",
            )
    return rules.EVALUATIONS_PER_DAY - budget.evaluated


@transaction.atomic
def check(actor: Actor, commitment_id: str, tags: Sequence[Tag], *, introduce: bool = False) -> Checked:
    """Ask whether somebody else holds a finding, and hold it oneself from now on.

    Each question stands on a sealed commitment of the asker's own: who asks has something, or has put a false claim
    into the log under their name.

    Args:
        actor: The committer.
        commitment_id: Its commitment, not revealed or revealed, but not expired or disputed.
        tags: From ``evaluate``, unblinded; or a claim's hash.
        introduce: Ask the coordinator for an introduction to whoever holds it.

    Raises:
        NotFound: Not the actor's commitment.
        Conflict: It earns nothing any more.
        BadInput: Tags of another shape, or too many.
        RateLimited: The budget of today is spent.
    """
    require(actor, "collision.check")
    commitment = get_visible(actor, "commitment.reveal", Commitment.objects.all(), commitment_id)
    if state_of(commitment) not in {CommitmentState.SEALED, CommitmentState.REVEALED}:
        raise Conflict(f"The commitment is {state_of(commitment)}.", "Seal a new one.")
    kept = [(tag.kind, _digest(tag)) for tag in dict.fromkeys(tags)]
    now = clock.now()
    known = Holding.objects.filter(commitment=commitment).count()
    if not kept or known + len(kept) > 2 * keys.KEYS_MAX:
        raise BadInput(f"A finding has 1 to {keys.KEYS_MAX} keys.", field="tags")
    left = _spend(actor, looked_up=len(kept))
    follow_reports()
    Holding.objects.bulk_create(
        [
            Holding(organization_id=actor.home, kind=kind, tag_digest=digest, commitment=commitment, held_at=now)
            for kind, digest in kept
        ],
        ignore_conflicts=True,
    )
    digests = [digest for _, digest in kept]
    found = Holding.objects.filter(tag_digest__in=digests, held_at__lte=now).exclude(organization_id=actor.home)
    met = [row for row in found.order_by("held_at", "id") if (KeyKind(row.kind), row.tag_digest) in set(kept)]
    asked = introduce and bool(met)
    if asked:
        _ask(actor, commitment, met)
    record(
        actor,
        "collision.checked",
        commitment.id,
        {"keys": len(kept), "hits": sorted({row.kind for row in met}), "introduce": introduce},
    )
    return Checked(tuple(sorted({KeyKind(row.kind) for row in met})), asked, left)


def _digest(tag: Tag) -> str:
    digits = 64 if tag.kind is KeyKind.CLAIM else oprf.TAG_HEX
    value = tag.value.lower()
    try:
        raw = bytes.fromhex(value)
    except ValueError:
        raw = b""
    if len(value) != digits or 2 * len(raw) != digits:
        raise BadInput(f"A tag of the kind {tag.kind} has {digits} hexadecimal digits.", field="tags")
    return hashlib.sha256(raw).hexdigest()


def _ask(actor: Actor, commitment: Commitment, met: Sequence[Holding]) -> None:
    now = clock.now()
    by_holder: dict[str, list[Holding]] = {}
    for row in met:
        by_holder.setdefault(row.organization_id, []).append(row)
    for holder, rows in by_holder.items():
        first = rows[0]
        made, created = Introduction.objects.get_or_create(
            commitment=commitment,
            holder_id=holder,
            defaults={
                "asker_id": actor.home,
                "held": first.report_id or first.commitment_id or "",
                "kinds": sorted({one.kind for one in rows}),
                "state": IntroductionState.ASKED,
                "asked_at": now,
                "changed_at": now,
            },
        )
        if created:
            record(actor, "introduction.asked", made.id, {"kinds": made.kinds})
            for coordinator in coordinator_ids():
                notify(coordinator, kind="introduction", subject=made.id, title="Two finders hold the same")


@transaction.atomic
def claim_check(actor: Actor, claim: str) -> bool:
    """Scrutineer's question: does anybody else hold a finding with this salted hash?

    Raises:
        BadInput: Not 64 hex digits.
        RateLimited: The budget of today is spent.
    """
    require(actor, "collision.check")
    digest = _digest(Tag(KeyKind.CLAIM, claim))
    _spend(actor, looked_up=1)
    held = Holding.objects.filter(kind=KeyKind.CLAIM, tag_digest=digest).exclude(organization_id=actor.home)
    record(actor, "collision.claim_checked", actor.home, {"hash": claim.lower()})
    return held.exists()


def follow_reports() -> int:
    """Bring reports that came since into the holdings, in the caller's transaction; how many were new."""
    ReportMark.objects.get_or_create(pk=ReportMark.SINGLE)
    mark = ReportMark.objects.select_for_update().get(pk=ReportMark.SINGLE)
    since = mark.received_at - OVERLAP if mark.received_at else None
    known = set(Holding.objects.filter(held_at__gte=since).values_list("report_id", flat=True)) if since else set()
    function = evaluator()
    holdings: list[Holding] = []
    new = 0
    for row in intake.arrived_since(since):
        if row.id in known:
            continue
        if new == FOLLOWED_MAX:
            break
        found = keys.keys_of(_facts_of(row))
        new += bool(found)
        holdings += [
            Holding(
                organization_id=row.organization_id,
                kind=key.kind,
                tag_digest=_digest(Tag(key.kind, function.tag(key.data))),
                report_id=row.id,
                held_at=row.received_at,
            )
            for key in found
        ]
        mark.received_at = row.received_at
    Holding.objects.bulk_create(holdings, ignore_conflicts=True)
    mark.save(update_fields=["received_at"])
    return new


def _facts_of(row: intake.ReportRow) -> Facts:
    symbols = tuple(map(str, row.symbols))
    return Facts(
        target=row.package,
        symbols=symbols,
        functions=tuple((str(path), symbol) for path in row.paths for symbol in symbols),
    )


def _moved(row: Introduction, state: IntroductionState) -> None:
    now = clock.now()
    present = rules.state_at(IntroductionState(row.state), row.changed_at, now)
    if state not in rules.MOVES[present]:
        raise Conflict(f"The introduction is {present}.")
    row.state, row.changed_at = state, now
    if state is IntroductionState.OFFERED:
        row.offered_at = now
    row.save(update_fields=["state", "changed_at", "offered_at"])


@transaction.atomic
def decide_introduction(actor: Actor, introduction_id: str, *, offer: bool, reason: str) -> Introduction:
    """The coordinator asks the other side, or closes.

    Raises:
        NotFound: There is none.
        Forbidden: Not a coordinator.
        Conflict: It is past that.
    """
    row = get_visible(actor, "introduction.read", Introduction.objects.select_for_update(), introduction_id)
    require(actor, "introduction.decide", row)
    _moved(row, IntroductionState.OFFERED if offer else IntroductionState.CLOSED)
    record(actor, f"introduction.{row.state}", row.id, {"reason": reason})
    if offer:
        notify(
            row.holder_id,
            kind="introduction",
            subject=row.id,
            title="Another finder holds what you hold and would like to talk",
            body="Nobody learns your name unless you agree. Silence is a no.",
            reference="/commitments",
        )
    return row


@transaction.atomic
def answer_introduction(actor: Actor, introduction_id: str, *, accept: bool) -> Introduction:
    """The other side's word. Only if it agrees does each learn the other's name; a no looks like silence.

    Raises:
        NotFound: Not a party to it.
        Forbidden: The asker, who has agreed by asking.
        Conflict: It is past that.
    """
    row = get_visible(actor, "introduction.read", Introduction.objects.select_for_update(), introduction_id)
    require(actor, "introduction.answer", row)
    _moved(row, IntroductionState.INTRODUCED if accept else IntroductionState.CLOSED)
    record(actor, f"introduction.{row.state}", row.id, {})
    if accept:
        names = organization_names([row.asker_id, row.holder_id])
        for one, other in ((row.asker_id, row.holder_id), (row.holder_id, row.asker_id)):
            notify(
                one,
                kind="introduction",
                subject=row.id,
                title=f"You were introduced to {names[other]}",
                body="You hold the same finding. Settle who reports it; the coordinator helps.",
                reference="/commitments",
            )
    return row
