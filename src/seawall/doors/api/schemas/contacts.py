"""The contact register."""

from datetime import datetime

from ninja import Schema
from pydantic import Field

from seawall.clearinghouse.coordination.contacts import ContactRow


class ContactView(Schema):
    """Whom to bring in for a package, a namespace or a repository."""

    id: str
    kind: str
    pattern: str
    organization_id: str | None
    organization: str | None
    reference: str | None
    priority: int
    note: str
    said_by: str
    said_at: datetime
    confirmed_at: datetime | None = Field(description="Nobody is brought in by an entry that no coordinator confirmed.")
    confirmed_by: str | None
    bounced_at: datetime | None
    withdrawn_at: datetime | None

    @staticmethod
    def of(row: ContactRow, names: dict[str, str]) -> "ContactView":
        """The view of a row."""
        return ContactView(
            id=row.id,
            kind=row.kind,
            pattern=f"{row.pattern}*" if row.kind == "prefix" else row.pattern,
            organization_id=row.organization_id or None,
            organization=names.get(row.organization_id) if row.organization_id else None,
            reference=row.reference or None,
            priority=row.priority,
            note=row.note,
            said_by=row.said_by,
            said_at=row.said_at,
            confirmed_at=row.confirmed_at,
            confirmed_by=row.confirmed_by or None,
            bounced_at=row.bounced_at,
            withdrawn_at=row.withdrawn_at,
        )


class ContactPage(Schema):
    """Entries, by pattern."""

    items: list[ContactView]
    next: str | None = None
