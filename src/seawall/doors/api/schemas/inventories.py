"""Inventories and exposures."""

from datetime import date, datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from seawall.clearinghouse.directives.types import ClockView
from seawall.clearinghouse.matching.queries import ComponentRow, InventoryRow, best_fix
from seawall.clearinghouse.matching.types import ExposureView as Exposure
from seawall.clearinghouse.matching.types import JudgmentStatus, Justification
from seawall.clearinghouse.matching.types import JudgmentView as Judgment
from seawall.clearinghouse.matching.types import UpdateView as Update
from seawall.doors.api.schemas.common import NEXT


class InventoryView(Schema):
    """What an operator says that it runs."""

    id: str
    name: str = Field(description="The product that it is of.")
    release: str = Field(description="The product's release; may be empty.")
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
            release=row.release,
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
    flaws: int = Field(description="Published flaws that it has and that nobody has judged away.")

    @staticmethod
    def of(row: ComponentRow, flaws: int) -> "ComponentView":
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
            flaws=flaws,
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


class JudgmentView(Schema):
    """What you have said of a flaw in a package of a product."""

    id: str
    exposure_id: str = Field(description="The exposure that it was said of.")
    product: str
    ecosystem: str
    package: str
    version: str = Field(description="Empty where it holds for every version.")
    identifiers: list[str] = Field(description="Names of the flaw when it was judged; it holds for each of them.")
    status: JudgmentStatus
    justification: Justification | None
    reason: str
    until: date | None = Field(description="Last day on which it holds; null without an end.")
    made_by: str
    made_at: datetime
    ended_at: datetime | None = Field(description="When it was taken back or replaced.")
    ended_by: str
    ended_reason: str

    @staticmethod
    def of(item: Judgment) -> "JudgmentView":
        """The view of a judgment."""
        return JudgmentView(
            id=item.id,
            exposure_id=item.exposure_id,
            product=item.product,
            ecosystem=item.ecosystem,
            package=item.package,
            version=item.version,
            identifiers=list(item.identifiers),
            status=item.status,
            justification=item.justification,
            reason=item.reason,
            until=item.until,
            made_by=item.made_by,
            made_at=item.made_at,
            ended_at=item.ended_at,
            ended_by=item.ended_by,
            ended_reason=item.ended_reason,
        )


class JudgmentPage(Schema):
    """Your judgments, the newest first."""

    items: list[JudgmentView]
    next: str | None = None


class ExposureView(Schema):
    """A component of yours that a published advisory calls affected."""

    id: str
    inventory_id: str
    inventory: str
    release: str
    component: str
    version: str
    purl: str
    advisory_id: str = Field(description="Of the advisory that stands for the flaw; for get_known_advisory.")
    advisory: str = Field(description="As its publisher calls it.", examples=["GHSA-cpwx-vrp4-4pq7"])
    source: str = Field(description="Who published it; seawall for this clearinghouse.")
    title: str
    severity: str
    identifiers: list[str] = Field(description="What the flaw is called besides, in every advisory that covers it.")
    fixed: str | None = Field(description="First version that is not affected any more, where one is known.")
    due: date | None = Field(description="The directive's due date; null with the next system upgrade.")
    rule: str | None = Field(description="Row of the directive's table that gave it, or the named rule.")
    clock: DueView | None
    reason: str = Field(description="Why it is affected, in a sentence.")
    confidence: str = Field(description="exact, range or flagged.")
    reach: str = Field(description="public, internal or unknown; unknown counts as public.")
    environment: str
    path: list[str] = Field(description="From what the inventory is of to the component.")
    state: str = Field(description="open, closed or superseded.")
    closed_reason: str
    judgment: JudgmentView | None = Field(description="The latest that you have said of it, in force or not.")
    found_at: datetime

    @staticmethod
    def of(item: Exposure) -> "ExposureView":
        """The view of an exposure."""
        return ExposureView(
            id=item.id,
            inventory_id=item.inventory_id,
            inventory=item.inventory_name,
            release=item.release,
            component=item.component,
            version=item.version,
            purl=item.purl,
            advisory_id=item.advisory_id,
            advisory=item.name,
            source=item.source,
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
            closed_reason=item.closed_reason,
            judgment=JudgmentView.of(item.judgment) if item.judgment else None,
            found_at=item.found_at,
        )


class ExposurePage(Schema):
    """Your exposures, the earliest due date first."""

    items: list[ExposureView]
    next: str | None = None


class UpdateView(Schema):
    """A component at a version, with everything that is wrong with it."""

    component: str
    version: str
    fixed: str | None = Field(description="The version that mends all that can be mended; null where none is known.")
    mended: int = Field(description="Flaws that it mends.")
    flaws: int = Field(description="All flaws.")
    due: date | None = Field(description="The earliest due date; null with the next system upgrade, or without one.")
    exposures: list[ExposureView]

    @staticmethod
    def of(item: Update, found: list[Exposure]) -> "UpdateView":
        """The view of a thing to do, with its exposures."""
        fixed, mended = best_fix(found)
        return UpdateView(
            component=item.component,
            version=item.version,
            fixed=fixed,
            mended=mended,
            flaws=len({one.advisory_id for one in found}),
            due=item.due,
            exposures=[ExposureView.of(one) for one in found],
        )


class UpdatePage(Schema):
    """What to update, the earliest due date first."""

    items: list[UpdateView]
    next: str | None = None
