"""Published advisories."""

from datetime import datetime

from ninja import Schema
from pydantic import Field

from seawall.clearinghouse.distribution.feeds import Listed
from seawall.clearinghouse.matching.advisory_queries import AdvisoryRow
from seawall.clearinghouse.matching.types import AdvisoryView as Advisory
from seawall.clearinghouse.matching.types import ReachView as Reach


class AdvisoryView(Schema):
    """A published advisory in a list."""

    advisory_id: str
    title: str
    published_at: datetime
    modified_at: datetime

    @staticmethod
    def of(listed: Listed) -> "AdvisoryView":
        """The view of a feed's line."""
        return AdvisoryView(
            advisory_id=listed.advisory_id,
            title=listed.title,
            published_at=listed.published,
            modified_at=listed.modified,
        )


class AdvisoryPage(Schema):
    """Published advisories, newest first."""

    items: list[AdvisoryView]
    next: str | None = None


class KnownView(Schema):
    """An advisory that inventories are matched against."""

    id: str
    name: str = Field(description="As its publisher calls it.")
    source: str = Field(description="Who published it; seawall for this clearinghouse.")
    title: str
    severity: str = Field(description="CVSS vector; may be empty.")
    identifiers: list[str]
    withdrawn_at: datetime | None

    @staticmethod
    def of(row: AdvisoryRow) -> "KnownView":
        """The view of a row."""
        return KnownView(
            id=row.id,
            name=row.name or row.id,
            source=row.source,
            title=row.title,
            severity=row.severity,
            identifiers=list(row.identifiers),
            withdrawn_at=row.withdrawn_at,
        )


class KnownAdvisoryPage(Schema):
    """Advisories, by identifier."""

    items: list[KnownView]
    next: str | None = None


class AffectedView(Schema):
    """Affected versions of a package."""

    ecosystem: str
    package: str
    versions: str = Field(description="In words.", examples=["from 2.0 before 2.4.1"])


class KnownAdvisoryView(Schema):
    """An advisory with what it calls affected."""

    id: str
    name: str
    source: str
    title: str
    severity: str
    identifiers: list[str]
    references: list[str]
    published: str = Field(description="As the publisher wrote it; may be empty.")
    modified: str
    withdrawn_at: datetime | None
    withdrawn_reason: str
    affected: list[AffectedView] = Field(description="At most 200.")

    @staticmethod
    def of(item: Advisory) -> "KnownAdvisoryView":
        """The view of an advisory."""
        return KnownAdvisoryView(
            id=item.id,
            name=item.name,
            source=item.source,
            title=item.title,
            severity=item.severity,
            identifiers=list(item.identifiers),
            references=list(item.references),
            published=item.published,
            modified=item.modified,
            withdrawn_at=item.withdrawn_at,
            withdrawn_reason=item.withdrawn_reason,
            affected=[AffectedView(ecosystem=one, package=name, versions=words) for one, name, words in item.affected],
        )


class SectorView(Schema):
    """A sector, and how many of its organizations run what is affected."""

    sector: str
    organizations: int | None = Field(description="null: fewer than three, perhaps none.")


class ReachView(Schema):
    """Who runs it, without a name."""

    sectors: list[SectorView]
    at_least: int = Field(description="Sum of the counts that are shown.")

    @staticmethod
    def of(item: Reach) -> "ReachView":
        """The view of the counts."""
        return ReachView(
            sectors=[SectorView(sector=one.sector, organizations=one.organizations) for one in item.sectors],
            at_least=item.at_least,
        )
