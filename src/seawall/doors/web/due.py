"""How exposures become a list of things to do. Pure: views in, groups of steps out; the day is passed in.

What one update repairs is one step: the same component at the same version, with all its flaws, however many inventories
have it. Its date is that of the most urgent flaw. Groups are by urgency; a group without steps is left out.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from seawall.clearinghouse.directives.types import ClockView
from seawall.clearinghouse.matching.types import Confidence, ExposureView

WEEK = timedelta(days=7)
"""How far "this week" reaches, from today."""


class Urgency(StrEnum):
    """By when, the most urgent first."""

    LATE = "late"
    WEEK = "week"
    LATER = "later"
    UPGRADE = "upgrade"
    """The directive asks for it with the next system upgrade."""
    UNDATED = "undated"
    """No directive's clock runs."""


TITLES: dict[Urgency, str] = {
    Urgency.LATE: "Overdue",
    Urgency.WEEK: "Due within seven days",
    Urgency.LATER: "Later",
    Urgency.UPGRADE: "With the next system upgrade",
    Urgency.UNDATED: "Without a date",
}
SHORT: dict[Urgency, str] = {
    Urgency.LATE: "overdue",
    Urgency.WEEK: "this week",
    Urgency.LATER: "later",
    Urgency.UPGRADE: "next upgrade",
    Urgency.UNDATED: "no date",
}


@dataclass(frozen=True)
class Flaw:
    """One flaw of a component, and every place that it concerns, the most urgent first."""

    places: tuple[ExposureView, ...]

    @property
    def first(self) -> ExposureView:
        """Stands for all: component, version, advisory and fix are the same."""
        return self.places[0]

    @property
    def clock(self) -> ClockView | None:
        """Gives the earliest date, and why."""
        return self.first.clock

    @property
    def later(self) -> tuple[ExposureView, ...]:
        """Places with another date, or with the same one for another reason."""
        return tuple(place for place in self.places if _said(place.clock) != _said(self.clock))


@dataclass(frozen=True)
class Step:
    """One thing to do: a component at a version, and everything that is wrong with it, the most urgent first."""

    flaws: tuple[Flaw, ...]
    urgency: Urgency
    fixed: str | None = None
    """The version that mends all that can be mended; None where none is known."""
    mended: int = 0
    """Flaws that it mends."""

    @property
    def first(self) -> ExposureView:
        """Stands for all: the component and its version are the same, and no date is earlier."""
        return self.flaws[0].first

    @property
    def clock(self) -> ClockView | None:
        """Gives the earliest date, and why."""
        return self.first.clock

    @property
    def places(self) -> tuple[ExposureView, ...]:
        """Every exposure in it."""
        return tuple(place for flaw in self.flaws for place in flaw.places)

    @property
    def inventories(self) -> tuple[ExposureView, ...]:
        """One exposure for each place: inventory and way to the component."""
        return tuple({(place.inventory_id, place.path): place for place in self.places}.values())

    @property
    def count(self) -> int:
        """How many flaws, each once."""
        return len(self.flaws)

    @property
    def flagged(self) -> bool:
        """Whether a person should look before trusting a match."""
        return any(place.confidence is Confidence.FLAGGED for place in self.places)


@dataclass(frozen=True)
class Group:
    """Steps of one urgency, the earliest date first."""

    urgency: Urgency
    title: str
    short: str
    steps: tuple[Step, ...]


def urgency_of(clock: ClockView | None, today: date) -> Urgency:
    """How urgent a date is."""
    if clock is None:
        return Urgency.UNDATED
    if clock.due is None:
        return Urgency.UPGRADE
    if clock.due < today:
        return Urgency.LATE
    return Urgency.WEEK if clock.due <= today + WEEK else Urgency.LATER


def _said(clock: ClockView | None) -> object:
    # The rule is part of it: two dates that agree by chance have different reasons.
    return (clock.due, clock.rule, clock.triage) if clock else None


Fix = tuple[str | None, int]
"""The version that mends most, and how many flaws it mends."""


def _first_fix(views: Sequence[ExposureView]) -> Fix:
    return views[0].fixed, 1 if views[0].fixed else 0


def step_of(
    views: Sequence[ExposureView], today: date, fix: Callable[[Sequence[ExposureView]], Fix] = _first_fix
) -> Step:
    """Everything that is wrong with one component at one version, as one thing to do."""
    flaws: dict[str, list[ExposureView]] = {}
    for view in views:
        flaws.setdefault(view.advisory_id, []).append(view)
    fixed, mended = fix(views)
    return Step(
        tuple(Flaw(tuple(places)) for places in flaws.values()), urgency_of(views[0].clock, today), fixed, mended
    )


def grouped(
    views: Iterable[ExposureView], today: date, fix: Callable[[Sequence[ExposureView]], Fix] = _first_fix
) -> tuple[Group, ...]:
    """Exposures as groups of steps; the order within a group is that of ``views``, the earliest date first.

    Args:
        views: Exposures, the earliest date first.
        today: The day.
        fix: Says which version mends most of some exposures of one component.
    """
    steps: dict[object, list[ExposureView]] = {}
    for view in views:
        steps.setdefault((view.component, view.version), []).append(view)
    found = [step_of(places, today, fix) for places in steps.values()]
    groups = (
        Group(urgency, TITLES[urgency], SHORT[urgency], tuple(step for step in found if step.urgency is urgency))
        for urgency in Urgency
    )
    return tuple(group for group in groups if group.steps)
