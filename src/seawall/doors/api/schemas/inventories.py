"""Inventories and exposures."""

from datetime import date, datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from seawall.clearinghouse.directives.types import ClockView
from seawall.clearinghouse.matching.queries import ComponentRow, InventoryRow
from seawall.clearinghouse.matching.types import ExposureView as Exposure
from seawall.doors.api.schemas.common import NEXT


class InventoryView(Schema):
    """What an operator says that it runs."""

    id: str
    name: str
    format: str
    subject: str = Field(description="What the document says it is of.")
    state: str = Field(description="received, ready, refused or superseded.", examples=["ready"])
    components: int = Field(description="Lines read.")
    unmatched: int = Field(description="Lines that cannot be matched, or only by exact text; each says why.")
    notes: list[str] = Field(description="What was seen and left out.")
    error: dict[str, Any] | None = Field(description="Why it could not be read: code, detail, action, field.")
    digest: str
    size: int = Field(description="Bytes.")
    uploaded_at: datetime
    ready_at: datetime | None
    allowed_next: list[str] = Field(description=NEXT)

    @staticmethod
    def of(row: InventoryRow, allowed_next: list[str]) -> "InventoryView":
        """The view of a row."""
        return InventoryView(
            id=row.id,
            name=row.name,
            format=row.format,
            subject=row.subject,
            state=row.state,
            components=row.components,
            unmatched=row.unmatched,
            notes=list(row.notes),
            error=row.error,
            digest=row.digest,
            size=row.size,
            uploaded_at=row.uploaded_at,
            ready_at=row.ready_at,
            allowed_next=allowed_next,
        )


class InventoryPage(Schema):
    """Your inventories, newest first."""

    items: list[InventoryView]
    next: str | None = None


class ComponentView(Schema):
    """A line of an inventory."""

    ref: str
    name: str
    version: str
    purl: str
    why_not: str = Field(description="Why it is not matched, or only by exact text; empty where it is matched fully.")
    reach: str
    environment: str
    asset_type: str
    path: list[str]

    @staticmethod
    def of(row: ComponentRow) -> "ComponentView":
        """The view of a row."""
        return ComponentView(
            ref=row.ref,
            name=row.name,
            version=row.version,
            purl=row.purl,
            why_not=row.why_not,
            reach=row.reach,
            environment=row.environment,
            asset_type=row.asset_type,
            path=list(row.path),
        )


class ComponentPage(Schema):
    """Lines of an inventory, in its order."""

    items: list[ComponentView]
    next: str | None = None


class InputView(Schema):
    """One thing that a due date rests on."""

    name: str
    value: str
    source: str


class DueView(Schema):
    """A directive's clock on an exposure: the due date, and everything it rests on."""

    directive: str = Field(examples=["BOD 26-04"])
    version: str
    rule: str = Field(description="Row of the directive's table, or the named rule.", examples=["6"])
    due: date | None = Field(description="null: with the next system upgrade.")
    started: date
    days: int | None
    triage: bool = Field(description="Whether forensic triage comes before the update.")
    why: str
    inputs: list[InputView]
    assumed: list[str] = Field(description="What nobody said, and what was assumed instead.")

    @staticmethod
    def of(clock: ClockView) -> "DueView":
        """The view of a clock."""
        return DueView(
            directive=clock.directive,
            version=clock.version,
            rule=clock.rule,
            due=clock.due,
            started=clock.started,
            days=clock.days,
            triage=clock.triage,
            why=clock.why,
            inputs=[InputView(name=name, value=value, source=source) for name, value, source in clock.inputs],
            assumed=list(clock.assumed),
        )


class ExposureView(Schema):
    """A component of yours that a published advisory calls affected."""

    id: str
    inventory_id: str
    inventory: str
    component: str
    version: str
    purl: str
    advisory_id: str
    title: str
    severity: str
    identifiers: list[str]
    fixed: str | None = Field(description="First version that is not affected any more, where one is known.")
    due: date | None = Field(description="The directive's due date; null with the next system upgrade.")
    rule: str | None = Field(description="Row of the directive's table that gave it, or the named rule.")
    clock: DueView | None
    reason: str = Field(description="Why it is affected, in a sentence.")
    confidence: str = Field(description="exact, range or flagged.")
    reach: str = Field(description="public, internal or unknown; unknown counts as public.")
    environment: str
    path: list[str] = Field(description="From what the inventory is of to the component.")
    state: str
    found_at: datetime

    @staticmethod
    def of(item: Exposure) -> "ExposureView":
        """The view of an exposure."""
        return ExposureView(
            id=item.id,
            inventory_id=item.inventory_id,
            inventory=item.inventory_name,
            component=item.component,
            version=item.version,
            purl=item.purl,
            advisory_id=item.advisory_id,
            title=item.title,
            severity=item.severity,
            identifiers=list(item.identifiers),
            fixed=item.fixed,
            due=item.clock.due if item.clock else None,
            rule=item.clock.rule if item.clock else None,
            clock=DueView.of(item.clock) if item.clock else None,
            reason=item.reason,
            confidence=item.confidence.value,
            reach=item.reach.value,
            environment=item.environment,
            path=list(item.path),
            state=item.state.value,
            found_at=item.found_at,
        )


class ExposurePage(Schema):
    """Your exposures, the earliest due date first."""

    items: list[ExposureView]
    next: str | None = None
