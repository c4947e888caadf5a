"""Published advisories."""

from datetime import datetime

from ninja import Schema

from seawall.clearinghouse.distribution.feeds import Listed


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
