"""Conversations in cases."""

from datetime import datetime

from ninja import Schema
from pydantic import Field

from seawall.clearinghouse.coordination.conversations import queries
from seawall.clearinghouse.coordination.conversations.queries import FileRow, MessageRow, ThreadRow, VersionRow
from seawall.clearinghouse.coordination.conversations.types import Audience, AudiencePart, Cadence, MessageKind, Reader
from seawall.doors.api.schemas.common import NEXT


class NamedView(Schema):
    """An organization, and how it is mentioned."""

    id: str
    name: str
    handle: str = Field(description="Write @ and this to mention it.")

    @staticmethod
    def of(organization_id: str, names: dict[str, str]) -> "NamedView":
        """The view of an organization."""
        name = names.get(organization_id, "")
        return NamedView(id=organization_id, name=name, handle=queries.handles_of({"": name})[""])


class ThreadView(Schema):
    """A conversation that you may see."""

    id: str
    case_id: str
    topic: str
    audience: list[AudiencePart] = Field(description="Who it is for, besides coordinators and `organizations`.")
    organizations: list[NamedView] = Field(description="Who opened it, and whom its audience names.")
    history_shared: bool = Field(description="Whether those who come later see what was said before.")
    organization_id: str = Field(description="Who opened it.")
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None
    activity_at: datetime = Field(description="The latest entry that you can see.")
    unread: int = Field(description="What came to your organization since you read last; 100 is 100 or more.")
    allowed_next: list[str] = Field(description=NEXT)

    @staticmethod
    def of(
        row: ThreadRow, audience: Audience, names: dict[str, str], unread: int, allowed_next: list[str]
    ) -> "ThreadView":
        """The view of a thread."""
        return ThreadView(
            id=row.id,
            case_id=row.case_id,
            topic=row.topic,
            audience=sorted(audience.parts),
            organizations=[NamedView.of(one, names) for one in sorted(audience.organizations)],
            history_shared=row.history_shared,
            organization_id=row.organization_id,
            opened_by=row.opened_by,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            activity_at=queries.activity(row),
            unread=unread,
            allowed_next=allowed_next,
        )


class ThreadPage(Schema):
    """Threads of a case that you may see, the liveliest first."""

    items: list[ThreadView]
    next: str | None = None


class FileView(Schema):
    """A file in a thread."""

    id: str
    message_id: str
    name: str = Field(description="As its sender calls it.")
    size: int
    media_type: str = Field(description="What its first bytes say.")
    digest: str
    posted_at: datetime

    @staticmethod
    def of(row: FileRow) -> "FileView":
        """The view of a file."""
        return FileView(
            id=row.id,
            message_id=row.message_id,
            name=row.name,
            size=row.blob.size,
            media_type=row.blob.media_type,
            digest=row.blob.digest,
            posted_at=row.posted_at,
        )


class FilePage(Schema):
    """Files of a thread, newest first."""

    items: list[FileView]
    next: str | None = None


class MessageView(Schema):
    """An entry of a thread."""

    id: str
    thread_id: str
    kind: MessageKind = Field(description="`text` was written; the others say what happened to the thread.")
    organization_id: str
    author: str
    author_kind: str = Field(description="person or token.")
    ai_written: bool
    text: str = Field(description="As it was written; empty once it is retracted.")
    mentions: list[str] = Field(description="Organizations of the audience that it names.")
    reply_to: str | None
    files: list[FileView]
    posted_at: datetime
    edited_at: datetime | None
    retracted_at: datetime | None
    retracted_by: str | None
    log_index: int | None
    allowed_next: list[str] = Field(description=NEXT)

    @staticmethod
    def of(row: MessageRow, reply_to: str | None, files: list[FileRow], allowed_next: list[str]) -> "MessageView":
        """The view of a message."""
        return MessageView(
            id=row.id,
            thread_id=row.thread_id,
            kind=MessageKind(row.kind),
            organization_id=row.organization_id,
            author=row.author_label,
            author_kind=row.author_kind,
            ai_written=row.ai_written,
            text=row.text,
            mentions=list(row.mentions),
            reply_to=reply_to,
            files=[FileView.of(one) for one in files],
            posted_at=row.posted_at,
            edited_at=row.edited_at,
            retracted_at=row.retracted_at,
            retracted_by=row.retracted_by or None,
            log_index=row.log_index,
            allowed_next=allowed_next,
        )


class MessagePage(Schema):
    """Entries of a thread that you may see."""

    items: list[MessageView]
    next: str | None = None


class VersionView(Schema):
    """What a message said before an edit."""

    text: str
    ai_written: bool
    author: str
    written_at: datetime

    @staticmethod
    def of(row: VersionRow) -> "VersionView":
        """The view of a version."""
        return VersionView(text=row.text, ai_written=row.ai_written, author=row.author_label, written_at=row.written_at)


class VersionPage(Schema):
    """What a message said before, oldest first."""

    items: list[VersionView]
    next: str | None = None


class ThreadReaderView(Schema):
    """How far an organization has read."""

    organization_id: str
    organization: str
    read_until: datetime | None
    unread: int = Field(description="Messages that nobody of it has read.")

    @staticmethod
    def of(reader: Reader, names: dict[str, str]) -> "ThreadReaderView":
        """The view of a reader."""
        return ThreadReaderView(
            organization_id=reader.organization_id,
            organization=names.get(reader.organization_id, ""),
            read_until=reader.read_until,
            unread=reader.unread,
        )


class ThreadReaderPage(Schema):
    """Organizations in a thread's audience, those with the most unread first."""

    items: list[ThreadReaderView]
    next: str | None = None


class SubscriptionView(Schema):
    """How your organization is told of a thread."""

    thread_id: str
    cadence: Cadence
