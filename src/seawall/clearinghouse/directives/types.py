"""Words of directives. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Reading(StrEnum):
    """How a directive is read where CISA has published neither automatable nor technical impact."""

    FLAT = "flat"
    LOOKUP = "lookup"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a directive's table."""

    number: str
    days: int | None
    """Calendar days from the clock's start; None: with the next system upgrade."""
    triage: bool
    """Whether forensic triage comes before the update."""


@dataclass(frozen=True, slots=True)
class Directive:
    """A directive as data."""

    id: str
    name: str
    title: str
    version: str
    """Of the data, with the reading in force, such as ``1.0.0/flat``."""
    issued: date
    table_effective: date
    reading: Reading
    flat_days: int
    unpublished: Mapping[str, str]
    """Values that the reading ``lookup`` puts in."""
    inputs: tuple[str, ...]
    rows: Mapping[tuple[str, ...], Row]
    """Values of ``inputs`` -> row; every combination has one."""


@dataclass(frozen=True, slots=True)
class Input:
    """A value that a decision rests on."""

    name: str
    value: str
    """``unknown`` where nobody said."""
    source: str


@dataclass(frozen=True, slots=True)
class Due:
    """What a directive says about one exposure."""

    directive: str
    version: str
    rule: str
    """Number of the table's row, or ``flat``."""
    started: date
    days: int | None
    due: date | None
    """None: with the next system upgrade."""
    triage: bool
    why: str
    inputs: tuple[Input, ...]
    assumed: tuple[str, ...]
    """What nobody said, and what was assumed instead, in sentences."""


@dataclass(frozen=True, slots=True)
class ClockSubject:
    """Something that a directive's clock can run for."""

    subject_id: str
    organization_id: str
    identifiers: tuple[str, ...]
    """All identifiers of the vulnerability."""
    reach: str
    """``public``, ``internal`` or ``unknown``."""
    enumerated_on: date
    """Day on which the vulnerability was enumerated on the asset."""
    continues: str = ""
    """Subject whose history this one goes on with, such as the same exposure in the inventory before; or empty."""


@dataclass(frozen=True, slots=True)
class ClockView:
    """A clock, running or replaced."""

    directive: str
    version: str
    rule: str
    started: date
    days: int | None
    due: date | None
    triage: bool
    why: str
    inputs: tuple[tuple[str, str, str], ...]
    """Name, value, source."""
    assumed: tuple[str, ...]
    set_at: datetime
    reason: str
    """Why it was set, such as the fact that moved."""
    replaced_at: datetime | None
    replaced_reason: str
