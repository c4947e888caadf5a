"""Why reports and cases are one, or not."""

from dataclasses import asdict
from datetime import datetime

from ninja import Schema
from pydantic import Field

from seawall.clearinghouse.deduplication.queries import Near, Standing


class StandingView(Schema):
    """What became of a report, and why."""

    outcome: str = Field(examples=["known"], description="`waiting`, `not-proved`, `new`, `first` or `known`.")
    case: str | None
    case_opened_at: datetime | None
    first_received_at: datetime | None = Field(description="When the first report of the flaw came in.")
    credit_kept: bool
    linked_because: str = Field(description="Empty where it is alone.")
    linked_by: str
    why_not_linked: list[str] = Field(
        description="Where it is alone. The same whether or not there are reports like it: that is under embargo."
    )

    @staticmethod
    def of(standing: Standing) -> "StandingView":
        """The view of a standing."""
        said = asdict(standing)
        return StandingView(case=said.pop("case_id"), **said)


class SignalView(Schema):
    """One signal's part in a score."""

    signal: str = Field(examples=["frames"])
    points: int
    text: str


class NearView(Schema):
    """A case that another one is near to."""

    case: str
    report: str = Field(description="Its report that is likest.")
    title: str
    package: str
    score: int = Field(description="0 to 100.")
    zone: str = Field(examples=["ask"], description="`same`, `ask` or `different`.")
    contributions: list[SignalView]
    decided: str | None = Field(description="`one flaw` or `two flaws`, where somebody has decided.")
    decided_reason: str | None
    missing: list[str] = Field(description="What evidence would decide; empty where it is decided.")

    @staticmethod
    def of(near: Near) -> "NearView":
        """The view of a near case."""
        decision = near.decision
        return NearView(
            case=near.case_id,
            report=near.report_id,
            title=near.title,
            package=near.package,
            score=near.comparison.score,
            zone=near.comparison.zone.value,
            contributions=[SignalView(**asdict(one)) for one in near.comparison.contributions],
            decided=None if decision is None else "one flaw" if decision.same else "two flaws",
            decided_reason=None if decision is None else decision.reason,
            missing=list(near.missing),
        )


class NearList(Schema):
    """The likest cases first, a dozen at most."""

    items: list[NearView]
