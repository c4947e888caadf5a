"""How exposures become a list of things to do. Pure: views in, groups of steps out; the day is passed in.

What one update repairs is one step: the same component at the same version, exposed to the same advisory with the same
date, however many inventories have it. Groups are by urgency; a group without steps is left out.
"""

from collections.abc import Iterable
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
class Step:
    """One thing to do, and every place it concerns."""

    places: tuple[ExposureView, ...]
    urgency: Urgency

    @property
    def first(self) -> ExposureView:
        """Stands for all: component, version, advisory, fix and date are the same."""
        return self.places[0]

    @property
    def clock(self) -> ClockView | None:
        """Gives the date, and why."""
        return self.first.clock

    @property
    def flagged(self) -> bool:
        """Whether a person should look before trusting the match."""
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


def grouped(views: Iterable[ExposureView], today: date) -> tuple[Group, ...]:
    """Exposures as groups of steps; the order within a group is that of ``views``."""
    steps: dict[object, list[ExposureView]] = {}
    for view in views:
        clock = view.clock
        # The rule is part of it: two dates that agree by chance have different reasons.
        said = (clock.due, clock.rule, clock.triage) if clock else None
        steps.setdefault((view.component, view.version, view.advisory_id, view.fixed, said), []).append(view)
    found = [Step(tuple(places), urgency_of(places[0].clock, today)) for places in steps.values()]
    groups = (
        Group(urgency, TITLES[urgency], SHORT[urgency], tuple(step for step in found if step.urgency is urgency))
        for urgency in Urgency
    )
    return tuple(group for group in groups if group.steps)
