"""Reads of conversations. Every one goes through ``thread.read`` or ``message.read``: the audience is in the query.

Nothing here counts what the reader may not see: lists have no totals, entries no numbers, and a thread's activity is the
latest entry that this reader can see.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.db.models import Count, DateTimeField, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from seawall.clearinghouse.coordination import queries as coordination
from seawall.clearinghouse.coordination.conversations import audiences, rules
from seawall.clearinghouse.coordination.conversations.models import (
    Delivery,
    Message,
    MessageVersion,
    NamedOrganization,
    ReadMark,
    Subscription,
    Thread,
    ThreadFile,
)
from seawall.clearinghouse.coordination.conversations.types import (
    DEFAULT_CADENCE,
    Audience,
    AudiencePart,
    Cadence,
    MessageKind,
    Reader,
)
from seawall.clearinghouse.coordination.reading import note_read
from seawall.clearinghouse.coordination.types import ReadKind
from seawall.foundation.access.queries import get_visible, visible_to
from seawall.foundation.access.rules import grants_for
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import storage
from seawall.foundation.platform.errors import NotFound

ThreadRow = Thread
MessageRow = Message
VersionRow = MessageVersion
FileRow = ThreadFile
"""The rows, for the doors' annotations: they read them, and write only through services."""

UNREAD_SHOWN = 99
"""Unread messages are counted up to here and one more."""


def threads_of(actor: Actor, case_id: str) -> QuerySet[Thread]:
    """The threads of a case that the actor may see, with ``activity_at``; the order is the caller's.

    Raises:
        NotFound: No such case for this actor.
    """
    coordination.case(actor, case_id)
    return _with_activity(actor, Thread.objects.filter(case_id=case_id))


def thread(actor: Actor, thread_id: str) -> Thread:
    """One thread.

    Raises:
        NotFound: Absent, or for another audience.
    """
    return get_visible(actor, "thread.read", _with_activity(actor, Thread.objects.all()), thread_id)


def _with_activity(actor: Actor, rows: QuerySet[Thread]) -> QuerySet[Thread]:
    came = Delivery.objects.filter(thread=OuterRef("pk"), organization_id=actor.organization_id)
    latest = Subquery(came.order_by("-posted_at").values("posted_at")[:1], output_field=DateTimeField())
    if actor.is_coordinator:
        return visible_to(actor, "thread.read", rows.annotate(activity_at=Coalesce("last_at", "opened_at")))
    return visible_to(actor, "thread.read", rows.annotate(activity_at=Coalesce(latest, "opened_at")))


def activity(row: Thread) -> datetime:
    """The latest entry that the reader for whom a thread was fetched can see; its opening where there is none."""
    return cast("datetime", getattr(row, "activity_at", row.opened_at))


def messages_of(actor: Actor, thread_id: str) -> QuerySet[Message]:
    """The entries of a thread that the actor may see.

    Raises:
        NotFound: No such thread for this actor.
    """
    row = thread(actor, thread_id)
    note_read(actor, row.case_id, ReadKind.THREAD)
    return visible_to(actor, "message.read", row.messages.all())


def message(actor: Actor, message_id: str) -> Message:
    """One message.

    Raises:
        NotFound: Absent, for another audience, or from before the actor came.
    """
    row = get_visible(actor, "message.read", Message.objects.select_related("thread"), message_id)
    note_read(actor, row.thread.case_id, ReadKind.THREAD)
    return row


def versions_of(actor: Actor, message_id: str) -> list[MessageVersion]:
    """What a message said before its edits, oldest first; nothing once it is retracted.

    Raises:
        NotFound: See ``message``.
    """
    return list(message(actor, message_id).versions.order_by("written_at", "id"))


def answered(actor: Actor, rows: Iterable[Message]) -> dict[str, str]:
    """Message -> the message it replies to, where the actor may see that one too."""
    asked = {row.id: row.reply_to_id for row in rows if row.reply_to_id is not None}
    seen = messages_by_id(actor, asked.values()) if asked else {}
    return {one: other for one, other in asked.items() if other in seen}


def messages_by_id(actor: Actor, message_ids: Iterable[str]) -> dict[str, Message]:
    """Those of some messages that the actor may see."""
    return {row.pk: row for row in visible_to(actor, "message.read", Message.objects.filter(pk__in=set(message_ids)))}


def files_of(rows: Iterable[Message]) -> dict[str, list[ThreadFile]]:
    """The files of messages that the actor was shown, by message."""
    found: dict[str, list[ThreadFile]] = {}
    ids = [row.id for row in rows if row.retracted_at is None]
    for one in ThreadFile.objects.filter(message__in=ids).select_related("blob").order_by("posted_at", "id"):
        found.setdefault(one.message_id, []).append(one)
    return found


def thread_files(actor: Actor, thread_id: str) -> QuerySet[ThreadFile]:
    """The files of a thread that the actor may have.

    Raises:
        NotFound: No such thread for this actor.
    """
    shown = messages_of(actor, thread_id).filter(retracted_at=None)
    return ThreadFile.objects.filter(thread_id=thread_id, message__in=shown.values("pk")).select_related("blob")


@dataclass(frozen=True)
class Download:
    """A file's bytes."""

    row: ThreadFile
    data: bytes


def download(actor: Actor, file_id: str) -> Download:
    """A file's bytes, checked against their digest.

    Raises:
        NotFound: Absent, retracted, or for another audience: one answer.
    """
    shown = visible_to(actor, "message.read", Message.objects.filter(retracted_at=None))
    rows = ThreadFile.objects.filter(pk=file_id, message__in=shown.values("pk")).select_related("blob")
    row = rows.first()
    if row is None:
        raise NotFound("There is nothing here that you may see.", "Check the address and who you are signed in as.")
    note_read(actor, row.blob.case_id, ReadKind.FILE)
    return Download(row, storage.read(row.blob.digest))


def unread_of(actor: Actor, thread_ids: Iterable[str]) -> dict[str, int]:
    """How many messages came to the actor's organization that this reader has not read, by thread; 100 means "or more"."""
    ids = list(thread_ids)
    if not ids:
        return {}
    mine = ReadMark.objects.filter(thread__in=ids, reader_id=actor.id, organization_id=actor.organization_id)
    marks = dict(mine.values_list("thread_id", "read_until"))
    since = Q(thread_id__in=[one for one in ids if one not in marks])
    for thread_id, mark in marks.items():
        since |= Q(thread_id=thread_id, posted_at__gt=mark)
    came = Delivery.objects.filter(since, organization_id=actor.organization_id, own=False)
    counts = dict(came.values("thread_id").annotate(count=Count("pk")).values_list("thread_id", "count"))
    return {one: min(counts.get(one, 0), UNREAD_SHOWN + 1) for one in ids}


def cadence_of(actor: Actor, thread_id: str) -> Cadence:
    """How the actor's organization is told of a thread's messages.

    Raises:
        NotFound: No such thread for this actor.
    """
    row = thread(actor, thread_id)
    said = row.subscriptions.filter(organization_id=actor.organization_id).values_list("cadence", flat=True).first()
    return Cadence(said) if said else DEFAULT_CADENCE


def readers_of(actor: Actor, thread_id: str) -> list[Reader]:
    """How far each organization in the audience has read, those with the most unread first; for coordinators.

    Raises:
        NotFound: No such thread for this actor.
        Forbidden: It is not the actor's to know.
    """
    row = thread(actor, thread_id)
    require(actor, "thread.oversee", row)
    marks = dict(
        ReadMark.objects.filter(thread=row)
        .values("organization_id")
        .annotate(until=Max("read_until"))
        .values_list("organization_id", "until")
    )
    present = audiences.now_in(row)
    unread: dict[str, int] = {}
    # Two questions that an index answers, instead of a look at the marks for each of 150 x 2,000 deliveries.
    since = Q(pk__in=[])
    for one, mark in marks.items():
        since |= Q(organization_id=one, posted_at__gt=mark)
    for condition in (Q(organization_id__in=present - marks.keys()), since):
        came = Delivery.objects.filter(condition, thread=row, own=False).values("organization_id")
        unread |= dict(came.annotate(count=Count("pk")).values_list("organization_id", "count"))
    found = [Reader(one, marks.get(one), unread.get(one, 0)) for one in present]
    return sorted(found, key=lambda one: (-one.unread, one.organization_id))


def audiences_of(rows: Iterable[Thread]) -> dict[str, Audience]:
    """The audiences of threads that the actor was shown."""
    threads = list(rows)
    named: dict[str, set[str]] = {}
    ids = [row.pk for row in threads]
    for thread_id, one in NamedOrganization.objects.filter(thread__in=ids).values_list("thread_id", "organization_id"):
        named.setdefault(thread_id, set()).add(one)
    return {
        row.pk: Audience(
            parts=frozenset(
                part
                for part, holds in (
                    (AudiencePart.EVERYBODY, row.for_everybody),
                    (AudiencePart.VENDORS, row.for_vendors),
                    (AudiencePart.FINDERS, row.for_finders),
                )
                if holds
            ),
            organizations=frozenset(named.get(row.pk, ())),
        )
        for row in threads
    }


def may_open(actor: Actor, case_id: str) -> bool:
    """Whether the actor may open a thread in a case that it sees."""
    row = coordination.case(actor, case_id)
    return visible_to(actor, "case.converse", type(row)._default_manager.filter(pk=row.pk)).exists()


def nameable(actor: Actor, case_id: str) -> list[str]:
    """Organizations that an audience can name: the case's participants.

    Raises:
        NotFound: No such case for this actor.
    """
    return sorted(one.organization_id for one in coordination.participants(actor, case_id))


def thread_next(actor: Actor, row: Thread) -> list[str]:
    """What the actor may do with a thread that it sees, as names of operations."""
    actions = ["mark_thread_read", "subscribe_to_thread"]
    if row.closed_at is None and grants_for(actor, "thread.post"):
        actions += ["post_message", "upload_thread_file"]
    if _may_change(actor, row):
        actions += ["reopen_thread"] if row.closed_at is not None else ["widen_thread", "close_thread"]
    if grants_for(actor, "thread.oversee"):
        actions.append("list_thread_readers")
    return actions


def _may_change(actor: Actor, row: Thread) -> bool:
    relations = {grant.relation for grant in grants_for(actor, "thread.change")}
    return "audience" in relations or ("opener" in relations and row.organization_id == actor.organization_id)


def message_next(actor: Actor, row: Message) -> list[str]:
    """What the actor may do with a message that it sees, as names of operations."""
    if row.kind != MessageKind.TEXT or row.retracted_at is not None:
        return []
    own = row.organization_id == actor.organization_id
    actions = []
    if own and grants_for(actor, "message.change"):
        actions.append("edit_message")
    relations = {grant.relation for grant in grants_for(actor, "message.retract")}
    if "audience" in relations or (own and "author" in relations):
        actions.append("retract_message")
    return actions


def handles_of(names: dict[str, str]) -> dict[str, str]:
    """How organizations are mentioned, by identifier."""
    return {one: rules.handle(name) for one, name in names.items()}


def subscriptions_of(row: Thread) -> dict[str, Cadence]:
    """What organizations asked for, by identifier; for services."""
    rows = Subscription.objects.filter(thread=row).values_list("organization_id", "cadence")
    return {one: Cadence(cadence) for one, cadence in rows}
