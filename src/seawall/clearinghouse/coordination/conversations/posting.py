"""What the services of conversations share: a thread locked for a write, and an entry put on its way to its receivers.

In the caller's transaction, after the caller's own check.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from seawall.clearinghouse.coordination.conversations import audiences, queries, rules
from seawall.clearinghouse.coordination.conversations.models import (
    CaseBlob,
    Delivery,
    Message,
    ReadMark,
    Thread,
    ThreadFile,
)
from seawall.clearinghouse.coordination.conversations.telling import queue_telling
from seawall.clearinghouse.coordination.conversations.types import DEFAULT_CADENCE, Audience, DeliveryState, MessageKind
from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import coordinator_ids, organization_names
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict
from seawall.foundation.transparency.services import record


@dataclass(frozen=True)
class Content:
    """A file's bytes on their way into a thread."""

    digest: str
    size: int
    media_type: str
    name: str


def digest_of(text: str) -> str:
    """What the log keeps of a text."""
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def locked(actor: Actor, thread_id: str, action: str) -> Thread:
    """The thread, locked, if the actor may do this: one write at a time, so that entries have an order."""
    thread = get_visible(actor, "thread.read", Thread.objects.select_for_update(of=("self",)), thread_id)
    require(actor, action, thread)
    return thread


def open_for(actor: Actor, thread_id: str, action: str) -> Thread:
    """As ``locked``, and the thread must not be closed."""
    thread = locked(actor, thread_id, action)
    if thread.closed_at is not None:
        raise Conflict("The thread is closed.", "Reopen it, or open another one.")
    return thread


def changeable(actor: Actor, message_id: str, action: str) -> Message:
    """The message, locked behind its thread (always in this order), if the actor may do this and it still has words."""
    row = get_visible(actor, "message.read", Message.objects.all(), message_id)
    thread = locked(actor, row.thread_id, "thread.read")
    row = Message.objects.select_for_update().get(pk=message_id)
    row.thread = thread
    require(actor, action, row)
    if row.kind != MessageKind.TEXT:
        raise Conflict("Nobody wrote this entry; it stays.")
    if row.retracted_at is not None:
        raise Conflict("The message is retracted.", "Write a new one.")
    return row


def said_in(text: str, *, may_be_empty: bool = False) -> str:
    """A text as it is kept.

    Raises:
        BadInput: Nothing, too much, or what no database keeps.
    """
    said = text.strip().replace("\r\n", "\n")
    if (not said and not may_be_empty) or len(said) > rules.TEXT_MAX:
        raise BadInput(
            f"A message has 1 to {rules.TEXT_MAX} characters.", "Put longer evidence into a file.", field="text"
        )
    if any(one == "\x00" or "\ud800" <= one <= "\udfff" for one in said):
        raise BadInput("The text holds a NUL character or half a character.", "Leave it out.", field="text")
    return said


def named_by(actor: Actor, case_id: str, organizations: frozenset[str]) -> frozenset[str]:
    """Organizations that an audience names, if the actor may know that they take part.

    Raises:
        BadInput: Too many, or one that it may not know of.
    """
    if not organizations:
        return organizations
    if len(organizations) > rules.NAMED_MAX:
        raise BadInput(f"An audience names at most {rules.NAMED_MAX} organizations.", field="organizations")
    # Naming is no way to ask who takes part.
    if not organizations <= set(queries.nameable(actor, case_id)):
        raise BadInput(
            "One of these organizations takes no part in the case.",
            "Name participants of the case by their identifiers.",
            field="organizations",
        )
    return organizations


def audience_entry(audience: Audience) -> dict[str, list[str]]:
    """What the log keeps of an audience."""
    return {
        "parts": sorted(part.value for part in audience.parts),
        "organizations": sorted(audience.organizations),
    }


def mentions_in(text: str, receivers: set[str]) -> list[str]:
    """Organizations of the audience that a text names; a handle of anybody else says nothing to anybody."""
    handles = rules.mentioned(text)
    if not handles:
        return []
    by_handle = queries.handles_of(organization_names(sorted(receivers)))
    found = {one for one, handle in by_handle.items() if handle in handles}
    if rules.COORDINATORS in handles:
        found |= set(coordinator_ids())
    return sorted(found)


def post(
    actor: Actor,
    thread: Thread,
    text: str,
    *,
    kind: MessageKind = MessageKind.TEXT,
    ai_written: bool = False,
    reply_to: Message | None = None,
    files: Iterable[Content] = (),
) -> Message:
    """Add an entry to a locked thread, and put it on its way to everybody who may see it."""
    if thread.entries >= rules.MESSAGES_MAX and kind is MessageKind.TEXT:
        raise Conflict(f"The thread has {rules.MESSAGES_MAX} entries.", "Open another one.")
    is_first = thread.last_at is None
    now = rules.after(thread.last_at, clock.now())
    receivers = audiences.now_in(thread)
    mentions = mentions_in(text, receivers) if kind is MessageKind.TEXT else []
    kept = list(files)
    row = Message(
        thread=thread,
        kind=kind.value,
        organization_id=actor.home,
        author_id=actor.id,
        author_label=actor.label[:200],
        author_kind=actor.kind.value,
        ai_written=ai_written,
        text=text,
        mentions=mentions,
        reply_to=reply_to,
        posted_at=now,
    )
    row.save(force_insert=True)
    for one in kept:
        blob, _ = CaseBlob.objects.get_or_create(
            case_id=thread.case_id,
            digest=one.digest,
            defaults={"size": one.size, "media_type": one.media_type},
        )
        ThreadFile.objects.create(message=row, thread=thread, blob=blob, name=one.name, posted_at=now)
    dues = _deliver(actor, row, receivers, mentions)
    back = _called_back(row, receivers)
    thread.last_at, thread.entries = now, thread.entries + 1
    thread.save(update_fields=["last_at", "entries"])
    mark(actor, thread.id, row)
    queue_telling(row, dues, again=is_first, back=back)
    payload = {"message": row.id, "kind": kind.value, "text": digest_of(text), "files": [one.digest for one in kept]}
    row.log_index = record(
        actor, "thread.posted", thread.id, payload
    ).index  # late: others wait for the log from here on
    row.save(update_fields=["log_index"])
    return row


def _deliver(actor: Actor, row: Message, receivers: set[str], mentions: list[str]) -> set[datetime]:
    wishes = queries.subscriptions_of(row.thread)
    dues: set[datetime] = set()
    deliveries = []
    for one in sorted(receivers | {actor.home}):
        own = one == actor.home
        is_mentioned = one in mentions
        due = None if own else rules.due(wishes.get(one, DEFAULT_CADENCE), is_mentioned=is_mentioned, now=row.posted_at)
        state = DeliveryState.SEEN if own else DeliveryState.PENDING if due else DeliveryState.QUIET
        deliveries.append(
            Delivery(
                message=row,
                thread_id=row.thread_id,
                case_id=row.thread.case_id,
                organization_id=one,
                posted_at=row.posted_at,
                own=own,
                mentioned=is_mentioned,
                state=state.value,
                due_at=due,
            )
        )
        if due:
            dues.add(due)
    Delivery.objects.bulk_create(deliveries, batch_size=500)
    return dues


def _called_back(row: Message, receivers: set[str]) -> bool:
    """Let those who could not be told of earlier messages be told now; whether there are any."""
    if not row.thread.withheld:
        return False
    held = Delivery.objects.filter(thread_id=row.thread_id, state=DeliveryState.WITHHELD.value)
    told = held.filter(organization_id__in=receivers).update(state=DeliveryState.PENDING.value, due_at=row.posted_at)
    row.thread.withheld = held.exists()
    row.thread.save(update_fields=["withheld"])
    return told > 0


def mark(actor: Actor, thread_id: str, last: Message) -> None:
    """Set the actor's read mark to a message, unless it is further already."""
    mark, created = ReadMark.objects.get_or_create(
        thread_id=thread_id,
        reader_id=actor.id,
        organization_id=actor.home,
        defaults={"read_until": last.posted_at},
    )
    if not created:
        ReadMark.objects.filter(pk=mark.pk, read_until__lt=last.posted_at).update(read_until=last.posted_at)
