"""Ground: what was scanned, what is closed, who maintains it."""

from datetime import datetime

from ninja import Schema
from pydantic import Field

from seawall.clearinghouse.deconfliction.ground.queries import RuleRow, StewardshipRow
from seawall.clearinghouse.deconfliction.ground.types import Patch, Ranked
from seawall.doors.api.schemas.common import NEXT


class PatchView(Schema):
    """All scans of one path that their finders told of."""

    path: str = Field(description="Prefix below the target; empty is all of it.")
    scanners: str = Field(description="Organizations: 1, 2, 3-5 or 6+.")
    scans: str = Field(description="Likewise.")
    last_scanned_days: int
    last_commit: str
    techniques: list[str]
    weaknesses: list[str]
    machine_hours: int
    person_hours: int
    model_tokens: int = Field(description="Thousands.")

    @staticmethod
    def of(patch: Patch) -> "PatchView":
        """The view of a patch."""
        return PatchView.model_validate(patch, from_attributes=True)


class CoverageView(Schema):
    """The coverage map of a target."""

    target: str
    names: list[str] = Field(description="Names that are the same ground.")
    patches: list[PatchView]


class RankedView(Schema):
    """Ground, with the reason for its place."""

    target: str
    path: str
    score: float = Field(description="weight / (1 + cover).")
    weight: int = Field(description="0 to 1000.")
    weight_known: bool
    cover: float = Field(description="Effort in hours, halved for every 180 days since.")
    last_scanned_days: int | None
    scanners: str
    free: bool = Field(description="Whether all of it can be leased now.")

    @staticmethod
    def of(ranked: Ranked) -> "RankedView":
        """The view of an answer."""
        return RankedView.model_validate(ranked, from_attributes=True)


class LeastScannedView(Schema):
    """The best ground to scan next, the best first."""

    items: list[RankedView]
    allowed_next: list[str] = Field(description=NEXT)


class RuleView(Schema):
    """What a maintainer asks of those who scan."""

    target: str
    closed_paths: list[str] = Field(description="Prefixes that nobody shall scan; an empty one is everything.")
    closed_until: datetime | None
    scanners_max: int | None
    leases_per_week: int | None
    note: str
    changed_at: datetime

    @staticmethod
    def of(row: RuleRow) -> "RuleView":
        """The view of a row."""
        return RuleView(
            target=row.target_id,
            closed_paths=list(row.closed_paths),
            closed_until=row.closed_until,
            scanners_max=row.scanners_max,
            leases_per_week=row.leases_per_week,
            note=row.note,
            changed_at=row.changed_at,
        )


class RulePage(Schema):
    """Closed ground, by target."""

    items: list[RuleView]
    next: str | None = None


class StewardshipView(Schema):
    """A claim to maintain a target."""

    id: str
    organization_id: str
    target: str
    state: str = Field(description="`asked`, `proved`, `vouched` or `refused`.")
    challenge: str = Field(description="Line that the repository's file .seawall-control has to hold.")
    asked_at: datetime
    decided_at: datetime | None
    rule: RuleView | None
    allowed_next: list[str] = Field(description=NEXT)

    @staticmethod
    def of(row: StewardshipRow, rule: RuleRow | None, allowed_next: list[str]) -> "StewardshipView":
        """The view of a row."""
        return StewardshipView(
            id=row.id,
            organization_id=row.organization_id,
            target=row.target_id,
            state=row.state,
            challenge=row.challenge,
            asked_at=row.asked_at,
            decided_at=row.decided_at,
            rule=RuleView.of(rule) if rule else None,
            allowed_next=allowed_next,
        )


class StewardshipPage(Schema):
    """Claims that you may see, newest first."""

    items: list[StewardshipView]
    next: str | None = None


class WeightView(Schema):
    """How much a target matters."""

    target: str
    weight: int
    source: str
    repository: str
