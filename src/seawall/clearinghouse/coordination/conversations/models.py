from typing import ClassVar

from django.db import models

from seawall.clearinghouse.coordination.conversations.types import (
    DEFAULT_CADENCE,
    Audience,
    AudiencePart,
    Cadence,
    DeliveryState,
    MessageKind,
)
from seawall.foundation.platform.identifiers import new_id


def _thread_id() -> str:
    return new_id("thread")


def _message_id() -> str:
    return new_id("message")


def _file_id() -> str:
    return new_id("file")


class Thread(models.Model):
    """A conversation about one topic for one audience, in a case."""

    id = models.CharField(primary_key=True, max_length=40, default=_thread_id)
    case = models.ForeignKey("coordination.Case", on_delete=models.PROTECT, related_name="threads")
    topic = models.CharField(max_length=300)
    for_everybody = models.BooleanField(default=False)
    for_vendors = models.BooleanField(default=False)
    for_finders = models.BooleanField(default=False)
    history_shared = models.BooleanField(default=False)
    organization_id = models.CharField(max_length=40)
    opened_by = models.CharField(max_length=200)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    entries = models.PositiveIntegerField(default=0)
    withheld = models.BooleanField(default=False)
    """Whether somebody could not be told of a message when it was due: a post then looks who is back."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["case", "opened_at", "id"], name="thread_of_case")]

    def audience(self) -> Audience:
        """The audience as a value; asks for the named organizations unless they were fetched along."""
        parts = {
            AudiencePart.EVERYBODY: self.for_everybody,
            AudiencePart.VENDORS: self.for_vendors,
            AudiencePart.FINDERS: self.for_finders,
        }
        return Audience(
            parts=frozenset(part for part, holds in parts.items() if holds),
            organizations=frozenset(row.organization_id for row in self.named.all()),
        )


class NamedOrganization(models.Model):
    """An organization that a thread's audience names."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="named")
    organization_id = models.CharField(max_length=40, db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["thread", "organization_id"], name="named_once_in_a_thread"),
        ]


class Message(models.Model):
    """An entry of a thread. ``posted_at`` rises strictly within a thread, and is its order."""

    id = models.CharField(primary_key=True, max_length=40, default=_message_id)
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(
        max_length=10, choices=[(kind.value, kind.name) for kind in MessageKind], default=MessageKind.TEXT.value
    )
    organization_id = models.CharField(max_length=40)
    author_id = models.CharField(max_length=200)
    author_label = models.CharField(max_length=200)
    author_kind = models.CharField(max_length=12)
    ai_written = models.BooleanField(default=False)
    text = models.TextField()
    mentions = models.JSONField(default=list)
    reply_to = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replies")
    posted_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    retracted_at = models.DateTimeField(null=True)
    retracted_by = models.CharField(max_length=200, blank=True)
    log_index = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["thread", "posted_at"], name="message_order_in_a_thread"),
        ]


class MessageVersion(models.Model):
    """What a message said before an edit."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="versions")
    text = models.TextField()
    ai_written = models.BooleanField()
    written_at = models.DateTimeField()
    author_label = models.CharField(max_length=200)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["message", "written_at"], name="versions_of_message")]


class Delivery(models.Model):
    """A message on its way to an organization that could see the thread when it was posted."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="deliveries")
    case_id = models.CharField(max_length=40)
    organization_id = models.CharField(max_length=40)
    posted_at = models.DateTimeField()
    own = models.BooleanField(default=False)
    mentioned = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=[(state.value, state.name) for state in DeliveryState])
    due_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    notice_id = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "organization_id"], name="delivered_once"),
        ]
        indexes: ClassVar = [
            # With ``own``, unread messages are counted in the index alone.
            models.Index(fields=["organization_id", "thread", "posted_at", "own"], name="delivered_to"),
            models.Index(fields=["case_id", "state", "due_at"], name="delivery_waiting"),
        ]


class Subscription(models.Model):
    """How an organization wants to be told of a thread; without a row, as ``DEFAULT_CADENCE`` says."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="subscriptions")
    organization_id = models.CharField(max_length=40)
    cadence = models.CharField(
        max_length=10,
        choices=[(cadence.value, cadence.name) for cadence in Cadence],
        default=DEFAULT_CADENCE.value,
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["thread", "organization_id"], name="subscribed_once"),
        ]


class ReadMark(models.Model):
    """How far a reader (a person, or a program by its token) has read a thread."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="read_marks")
    reader_id = models.CharField(max_length=200)
    organization_id = models.CharField(max_length=40)
    read_until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["thread", "reader_id", "organization_id"], name="read_mark_once"),
        ]


class CaseBlob(models.Model):
    """Bytes that were put into a case, once for each case; they lie in the blob store under their digest."""

    case = models.ForeignKey("coordination.Case", on_delete=models.PROTECT, related_name="blobs")
    digest = models.CharField(max_length=71)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "digest"], name="blob_once_in_a_case")]


class ThreadFile(models.Model):
    """A file that came with a message; whoever sees the message may have it."""

    id = models.CharField(primary_key=True, max_length=40, default=_file_id)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="files")
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="files")
    blob = models.ForeignKey(CaseBlob, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    posted_at = models.DateTimeField()
