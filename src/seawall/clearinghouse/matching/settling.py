"""Exposures come, go, fold and are shown here and nowhere else.

``settle`` makes the exposures of some lines what the ranges say today. A new inventory settles its own lines, a new, changed
or withdrawn advisory those that it concerns, and the nightly check all that it finds wrong: one way, so that what is matched
at once and what is matched again cannot differ.

The inventories of the lines are locked first. Of an inventory and an advisory that are matched at the same time, the later
one waits, and then sees what the earlier one wrote.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Self

from seawall.clearinghouse.directives import services as directives
from seawall.clearinghouse.directives.types import ClockSubject
from seawall.clearinghouse.matching import exposing, folding
from seawall.clearinghouse.matching.judgments import holding
from seawall.clearinghouse.matching.lines import BATCH, batches
from seawall.clearinghouse.matching.matcher import Finding
from seawall.clearinghouse.matching.models import (
    OWN_SOURCE,
    AffectedAdvisory,
    Component,
    Exposure,
    Inventory,
    Running,
)
from seawall.clearinghouse.matching.types import Confidence, ExposureState, Reach
from seawall.foundation.access.types import Actor

LINES_MAX = 1000
"""Lines that one transaction settles; the locks and rows of one step stay small."""
FOLDED_WHY = "Another advisory of the same flaw stands for it."
NOT_NAMED = "The advisory does not name this version any more."
_SUREST_FIRST = (Confidence.EXACT, Confidence.RANGE, Confidence.FLAGGED)


@dataclass(frozen=True, order=True)
class Known:
    """Since when an operator has known of an exposure, and the one that told so."""

    since: date
    exposure_id: str
    """Empty where it is new."""


Before = dict[int, list[tuple[tuple[str, ...], Known]]]
"""Package -> flaws that the operator has known of in it, by their identifiers."""


@dataclass
class Outcome:
    """What came of it."""

    shown: list[Exposure] = field(default_factory=list)
    """New to their operators, and not judged already; ``component`` and ``advisory`` are loaded."""
    opened: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)

    def __iadd__(self, other: "Outcome") -> Self:
        self.shown += other.shown
        self.opened += other.opened
        self.closed += other.closed
        return self


@dataclass
class _Plan:
    """What is to be written."""

    fresh: list[Exposure] = field(default_factory=list)
    moved: list[Exposure] = field(default_factory=list)
    reworded: list[Exposure] = field(default_factory=list)
    stopped: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    started: list[tuple[Exposure, Known]] = field(default_factory=list)
    grown: list[Exposure] = field(default_factory=list)


def settle(
    system: Actor,
    component_ids: Collection[int],
    now: datetime,
    *,
    advisory_ids: Collection[str] | None = None,
    before: Before | None = None,
    why_gone: str = NOT_NAMED,
) -> Outcome:
    """Make the exposures of lines what the ranges say. Must run inside the caller's transaction.

    Args:
        system: Who writes.
        component_ids: Lines, at most ``LINES_MAX``; those of inventories that are not live are passed over.
        now: The time.
        advisory_ids: Only what these say is settled, and what stands for one flaw with it; None for all advisories.
        before: What the operator has known of in earlier inventories.
        why_gone: The reason that is kept with exposures that end.
    """
    lines = _locked(component_ids)
    scope = None if advisory_ids is None else exposing.relatives(advisory_ids)
    said = exposing.findings(exposing.versions({line.package_version_id or 0 for line in lines.values()}), scope)
    standing = _standing(lines, scope)
    wanted = {
        (line.pk, finding.advisory): finding
        for line in lines.values()
        for finding in said.get(line.package_version_id or 0, ())
    }
    known = {exposure.advisory_id for exposure in standing} | {advisory for _, advisory in wanted}
    advisories = _advisories(known)
    # An advisory that was withdrawn between two reads has no ranges any more.
    wanted = {key: finding for key, finding in wanted.items() if key[1] in advisories}
    plan = _Plan()
    gone = [one for one in standing if (one.component_id, one.advisory_id) not in wanted]
    kept = [one for one in standing if (one.component_id, one.advisory_id) in wanted]
    for one in kept:
        _reword(one, wanted[one.component_id, one.advisory_id], plan)
    there = {(one.component_id, one.advisory_id) for one in kept}
    fresh = [
        _fresh(lines[key[0]], advisories[key[1]], finding, now) for key, finding in wanted.items() if key not in there
    ]
    plan.fresh = fresh
    by_line: dict[int, tuple[list[Exposure], list[Exposure]]] = defaultdict(lambda: ([], []))
    for one in (*kept, *fresh):
        if advisories[one.advisory_id].published_at is not None:
            by_line[one.component_id][0].append(one)
    for one in gone:
        by_line[one.component_id][1].append(one)
    for members, ended in by_line.values():
        _fold(members, ended, now, plan, before or {})
    _end(gone, now, why_gone, plan)
    return _write(system, plan, gone, now)


def _locked(component_ids: Collection[int]) -> dict[int, Component]:
    """The lines by their row's identifier, with their inventories locked."""
    wanted = sorted(component_ids)
    inventories: set[str] = set()
    for batch in batches(wanted, BATCH):
        inventories.update(Component.objects.filter(pk__in=batch).values_list("inventory_id", flat=True))
    for some in batches(sorted(inventories), BATCH):
        list(Inventory.objects.select_for_update().filter(pk__in=some).order_by("pk").values_list("pk"))
    found: dict[int, Component] = {}
    for batch in batches(wanted, BATCH):
        rows = Component.objects.filter(pk__in=batch, package_version__isnull=False, inventory__state__in=exposing.LIVE)
        for row in rows.select_related("inventory", "package_version").defer("path", "inventory__notes"):
            found[row.pk] = row
    return found


def _standing(lines: dict[int, Component], scope: set[str] | None) -> list[Exposure]:
    found: list[Exposure] = []
    for batch in batches(sorted(lines), BATCH):
        rows = Exposure.objects.filter(component_id__in=batch, state__in=exposing.STANDING)
        found += rows if scope is None else rows.filter(advisory_id__in=scope)
    for one in found:
        one.component = lines[one.component_id]
    return found


def _advisories(wanted: Collection[str]) -> dict[str, AffectedAdvisory]:
    found: dict[str, AffectedAdvisory] = {}
    for batch in batches(sorted(wanted), BATCH):
        rows = AffectedAdvisory.objects.filter(pk__in=batch)
        if any(":" not in pk for pk in batch):
            # Our own may be under embargo. Held until this ends: a publication meanwhile waits, and then finds this.
            list(rows.filter(source=OWN_SOURCE).select_for_update().order_by("pk").values_list("pk"))
        found |= {row.pk: row for row in rows.defer("affected", "dropped", "references")}
    return found


def _fresh(line: Component, advisory: AffectedAdvisory, finding: Finding, now: datetime) -> Exposure:
    return Exposure(
        organization_id=line.inventory.organization_id,
        component=line,
        advisory=advisory,
        state=ExposureState.OPEN,
        confidence=finding.confidence.value,
        reason=finding.reason,
        fixed=(finding.fixed or "")[:256],
        identifiers=names_of(advisory),
        found_at=now,
    )


def _reword(one: Exposure, finding: Finding, plan: _Plan) -> None:
    said = (finding.confidence.value, finding.reason, (finding.fixed or "")[:256])
    if (one.confidence, one.reason, one.fixed) != said:
        one.confidence, one.reason, one.fixed = said
        plan.reworded.append(one)


def _fold(members: list[Exposure], ended: list[Exposure], now: datetime, plan: _Plan, before: Before) -> None:
    """One line's exposures: who stands for each flaw, since when it is known, and who folds under it."""
    by_advisory = {one.advisory_id: one for one in members}
    for group in folding.groups({one.advisory_id: names_of(one.advisory) for one in members}):
        found = [by_advisory[advisory_id] for advisory_id in group]
        shown = [one for one in found if one.state == ExposureState.OPEN and one.published_at is not None]
        lead = min(shown, key=_seniority) if shown else min(found, key=_rank)
        names = folding.united(names_of(one.advisory) for one in found)
        if not shown:
            known = _known(lead, names, found, ended, now, before)
            lead.published_at = lead.published_at or now
            lead.enumerated_on = known.since
            _move(lead, ExposureState.OPEN, None, plan)
            plan.started.append((lead, known))
        elif folding.united([lead.identifiers]) != names:
            plan.grown.append(lead)
            plan.moved.append(lead)
        lead.identifiers = names
        for one in found:
            if one is lead:
                continue
            if one.state == ExposureState.OPEN and one.published_at is not None:
                plan.stopped[FOLDED_WHY].append(one.pk)
            if one.published_at is None:
                one.published_at, one.enumerated_on = now, lead.enumerated_on
            if one.state != ExposureState.FOLDED or one.lead_id != lead.pk:
                _move(one, ExposureState.FOLDED, lead, plan)


def _move(one: Exposure, state: ExposureState, lead: Exposure | None, plan: _Plan) -> None:
    one.state, one.lead = state, lead
    plan.moved.append(one)


def _known(
    lead: Exposure, names: list[str], found: list[Exposure], ended: list[Exposure], now: datetime, before: Before
) -> Known:
    """Since when the flaw is known in this line: from who stood for it so far, or from an earlier inventory."""
    leads = {one.lead_id for one in found if one.lead_id}
    earlier = [
        Known(one.enumerated_on, one.pk)
        for one in ended
        if one.enumerated_on is not None
        and one.published_at is not None
        and (one.pk in leads or folding.overlap(one.identifiers, names))
    ]
    # Those that were folded under somebody who stands for another flaw now.
    earlier += [
        Known(one.enumerated_on, one.lead_id)
        for one in found
        if one.published_at is not None and one.enumerated_on is not None and one.lead_id
    ]
    version = lead.component.package_version
    earlier += [
        known
        for identifiers, known in before.get(version.package_id if version is not None else 0, ())
        if folding.overlap(identifiers, names)
    ]
    return min(earlier, default=Known(now.date(), ""))


def _end(gone: Iterable[Exposure], now: datetime, why: str, plan: _Plan) -> None:
    for one in gone:
        if one.state == ExposureState.OPEN and one.published_at is not None:
            plan.stopped[why].append(one.pk)
        one.state, one.lead = ExposureState.CLOSED, None
        one.closed_at, one.closed_reason = now, why
        plan.moved.append(one)


def _write(system: Actor, plan: _Plan, gone: list[Exposure], now: datetime) -> Outcome:
    started = [one for one, _ in plan.started]
    held = holding([*started, *plan.grown], now.date())
    for one in (*started, *plan.grown):
        one.judgment_id = held.get(one.pk, one.judgment_id)
    for batch in batches(plan.fresh, BATCH):
        Exposure.objects.bulk_create(batch)
    hidden = [one for one in gone if one.published_at is None]
    # New rows are written whole, and what nobody was ever shown leaves no trace.
    settled = {one.pk for one in (*plan.fresh, *hidden)}
    moved = {one.pk: one for one in plan.moved if one.pk not in settled}
    Exposure.objects.filter(pk__in=[one.pk for one in hidden]).delete()
    Exposure.objects.bulk_update(
        moved.values(),
        ["state", "lead", "identifiers", "judgment", "published_at", "enumerated_on", "closed_at", "closed_reason"],
        batch_size=BATCH // 2,
    )
    Exposure.objects.bulk_update(plan.reworded, ["confidence", "reason", "fixed"], batch_size=BATCH)
    for why, ids in plan.stopped.items():
        directives.stop_clocks(system, ids, why)
    reaches = reach_of({one.component.inventory_id for one in (*started, *plan.grown)})
    directives.start_clocks(system, [_subject(one, known, reaches) for one, known in plan.started])
    directives.restate(system, [_subject(one, Known(now.date(), ""), reaches) for one in plan.grown])
    return Outcome(
        shown=[one for one, known in plan.started if not known.exposure_id and one.judgment_id is None],
        opened=[one.pk for one in started],
        closed=[one.pk for one in gone if one.published_at is not None],
    )


def names_of(advisory: AffectedAdvisory) -> list[str]:
    """All identifiers of an advisory's flaw, its own among them."""
    return folding.united([[advisory.name or advisory.pk], advisory.identifiers])


def _seniority(one: Exposure) -> tuple[date, str]:
    return one.enumerated_on or date.max, one.pk


def _rank(one: Exposure) -> tuple[bool, int, bool, str]:
    """Who stands for a flaw that is new: ours, which was proved; else the surest, and one that knows a fix."""
    return (
        one.advisory.source != OWN_SOURCE,
        _SUREST_FIRST.index(Confidence(one.confidence)),
        not one.fixed,
        one.advisory_id,
    )


def reach_of(inventory_ids: Collection[str]) -> dict[str, Reach]:
    """What the assets that run an inventory's release say of its reach; the most exposed one counts."""
    found: dict[str, Reach] = {}
    for batch in batches(sorted(inventory_ids), BATCH):
        rows = Inventory.objects.filter(pk__in=batch, product__isnull=False).values_list("pk", "product_id", "release")
        runs = defaultdict(set)
        for product_id, release, reach in Running.objects.filter(
            product_id__in={product_id for _, product_id, _ in rows}
        ).values_list("product_id", "release", "asset__reach"):
            runs[product_id, release].add(reach)
        for pk, product_id, release in rows:
            said = runs.get((product_id, release))
            if said:
                found[pk] = next(
                    (reach for reach in (Reach.PUBLIC, Reach.UNKNOWN, Reach.INTERNAL) if reach.value in said),
                    Reach.UNKNOWN,
                )
    return found


def _subject(one: Exposure, known: Known, reaches: dict[str, Reach]) -> ClockSubject:
    reach = one.component.reach
    if reach == Reach.UNKNOWN:
        reach = reaches.get(one.component.inventory_id, Reach.UNKNOWN).value
    return ClockSubject(
        subject_id=one.pk,
        organization_id=one.organization_id,
        identifiers=tuple(one.identifiers),
        reach=reach,
        enumerated_on=known.since,
        continues=known.exposure_id,
    )


def subjects(exposures: Sequence[Exposure]) -> list[ClockSubject]:
    """What the clocks of running exposures rest on today; ``component`` is loaded."""
    reaches = reach_of({one.component.inventory_id for one in exposures})
    return [_subject(one, Known(one.enumerated_on or one.found_at.date(), ""), reaches) for one in exposures]
