"""Writes of conversations. Each leaves its entry in the log in the same transaction: digests, never what was said.

What is said goes to whoever is in the audience at that moment (``audiences.now_in``), one ``Delivery`` each. That row
says later that the message may be seen, and what became of telling its receiver (``telling.py``).
"""

from collections.abc import Iterable

from django.db import transaction

from seawall.clearinghouse.coordination import queries as coordination
from seawall.clearinghouse.coordination.conversations import audiences, queries, rules
from seawall.clearinghouse.coordination.conversations.models import (
    Message,
    MessageVersion,
    NamedOrganization,
    Subscription,
    Thread,
    ThreadFile,
)
from seawall.clearinghouse.coordination.conversations.posting import (
    Content,
    audience_entry,
    changeable,
    digest_of,
    locked,
    mark,
    mentions_in,
    named_by,
    open_for,
    post,
    said_in,
)
from seawall.clearinghouse.coordination.conversations.telling import queue_telling
from seawall.clearinghouse.coordination.conversations.types import (
    Audience,
    AudiencePart,
    Cadence,
    DeliveryState,
    MessageKind,
)
from seawall.foundation.access.queries import get_visible
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import organization_names
from seawall.foundation.platform import clock, limits, storage
from seawall.foundation.platform.errors import BadInput, Conflict, TooLarge
from seawall.foundation.transparency.services import record


@transaction.atomic
def open_thread(
    actor: Actor,
    case_id: str,
    *,
    topic: str,
    audience: Audience,
    text: str,
    share_history: bool = False,
    ai_written: bool = False,
) -> Thread:
    """Open a thread with its first message.

    Args:
        actor: Whoever may see the case's content.
        case_id: The case.
        topic: One line.
        audience: Who else it is for, besides coordinators and the actor's own organization.
        text: The first message.
        share_history: Whether those who come later see what was said before. Cannot be changed afterwards, because
            people write for those whom they know to be reading.
        ai_written: Whether a model wrote the text.

    Raises:
        NotFound: No such case for this actor.
        Forbidden: The actor may read the case, but not write in it.
        BadInput: No topic or text, too long, or an organization that takes no part.
        Conflict: The organization has opened too many here.
    """
    row = coordination.case(actor, case_id)
    require(actor, "case.converse", row)
    line = " ".join(said_in(topic, may_be_empty=True).split())
    if not line or len(line) > limits.TITLE_MAX:
        raise BadInput(f"A topic has 1 to {limits.TITLE_MAX} characters.", "Say in a line what it is about.", "topic")
    named = named_by(actor, case_id, audience.organizations) | {actor.home}
    if Thread.objects.filter(case_id=case_id, organization_id=actor.home).count() >= rules.THREADS_MAX:
        raise Conflict(f"You have opened {rules.THREADS_MAX} threads here.", "Go on in one of them.")
    thread = Thread.objects.create(
        case_id=case_id,
        topic=line,
        for_everybody=AudiencePart.EVERYBODY in audience.parts,
        for_vendors=AudiencePart.VENDORS in audience.parts,
        for_finders=AudiencePart.FINDERS in audience.parts,
        history_shared=share_history,
        organization_id=actor.home,
        opened_by=actor.label[:200],
        opened_at=clock.now(),
    )
    NamedOrganization.objects.bulk_create(
        [NamedOrganization(thread=thread, organization_id=one) for one in sorted(named)]
    )
    post(actor, thread, said_in(text), ai_written=ai_written)
    record(actor, "thread.opened", thread.id, audience_entry(audience) | {"topic": digest_of(line), "case": case_id})
    return thread


@transaction.atomic
def post_message(
    actor: Actor,
    thread_id: str,
    *,
    text: str,
    reply_to: str | None = None,
    ai_written: bool = False,
    files: Iterable[Content] = (),
) -> Message:
    """Say something in a thread, to whoever is in its audience now.

    Args:
        actor: Somebody of the audience.
        thread_id: The thread.
        text: Plain text; markup in it is shown as it is written. May be empty where a file comes with it.
        reply_to: A message of this thread that the actor may see.
        ai_written: Whether a model wrote the text.
        files: What ``keep_file`` made of the bytes.

    Raises:
        NotFound: No such thread or message for this actor.
        Forbidden: The actor may read, but not write.
        BadInput: Nothing to say, or too much.
        Conflict: The thread is closed or full.
    """
    thread = open_for(actor, thread_id, "thread.post")
    kept = list(files)
    said = said_in(text, may_be_empty=bool(kept))
    answered = None
    if reply_to is not None:
        answered = get_visible(actor, "message.read", Message.objects.filter(thread=thread), reply_to)
    if kept and ThreadFile.objects.filter(thread=thread).count() + len(kept) > rules.FILES_MAX:
        raise Conflict(f"The thread holds {rules.FILES_MAX} files.", "Open another one.")
    return post(actor, thread, said, ai_written=ai_written, reply_to=answered, files=kept)


def keep_file(actor: Actor, thread_id: str, name: str, pieces: Iterable[bytes]) -> Content:
    """Store a file's bytes as they come; ``post_message`` puts them into the thread.

    Bytes are always written, whether some case has them already or not: how long it takes tells nothing.

    Raises:
        NotFound: No such thread for this actor.
        Forbidden: The actor may read, but not write.
        TooLarge: Over ``rules.FILE_MAX``.
        BadInput: An empty file.
    """
    require(actor, "thread.post", get_visible(actor, "thread.read", Thread.objects.all(), thread_id))
    size, head = 0, b""

    def watched() -> Iterable[bytes]:
        nonlocal size, head
        for piece in pieces:
            size += len(piece)
            if size > rules.FILE_MAX:
                raise TooLarge(f"The file is over {rules.FILE_MAX} bytes.", "Pack it, or send a part.", "file")
            if len(head) < rules.SNIFFED:
                head += piece[: rules.SNIFFED - len(head)]
            yield piece

    digest = storage.put_stream(watched())
    if not size:
        raise BadInput("The file is empty.", "Send its bytes.", "file")
    return Content(digest, size, rules.media_type(head, whole=size <= rules.SNIFFED), rules.file_name(name))


@transaction.atomic
def edit_message(actor: Actor, message_id: str, *, text: str, ai_written: bool = False) -> Message:
    """Write a message of one's own organization anew; what it said before stays readable.

    Raises:
        NotFound: No such message for this actor.
        Forbidden: It is another organization's.
        Conflict: It is retracted, the thread is closed, or it was edited too often.
        BadInput: Nothing to say, or too much.
    """
    row = changeable(actor, message_id, "message.change")
    thread = open_for(actor, row.thread_id, "thread.post")
    said = said_in(text, may_be_empty=row.files.exists())
    if row.versions.count() >= rules.VERSIONS_MAX:
        raise Conflict(f"The message was edited {rules.VERSIONS_MAX} times.", "Write a new one.")
    now = clock.now()
    MessageVersion.objects.create(
        message=row,
        text=row.text,
        ai_written=row.ai_written,
        written_at=row.edited_at or row.posted_at,
        author_label=row.author_label,
    )
    receivers = audiences.now_in(thread)
    mentions = mentions_in(said, receivers)
    row.text, row.ai_written, row.edited_at = said, ai_written, now
    row.author_id, row.author_label, row.author_kind = actor.id, actor.label[:200], actor.kind.value
    fresh = [one for one in mentions if one not in row.mentions]
    row.mentions = mentions
    row.save()
    # Whoever is named only now is told now, unless the message never came to them.
    told = row.deliveries.filter(organization_id__in=fresh, own=False)
    if told.update(mentioned=True, state=DeliveryState.PENDING.value, due_at=row.posted_at):
        queue_telling(row, {row.posted_at}, again=True)
    record(actor, "thread.edited", thread.id, {"message": row.id, "text": digest_of(said)})
    return row


@transaction.atomic
def retract_message(actor: Actor, message_id: str) -> Message:
    """Take a message back: its words, their earlier versions and its files go, a stone stays.

    Raises:
        NotFound: No such message for this actor.
        Forbidden: It is another organization's, and the actor is no coordinator.
        Conflict: It is retracted already, or nothing that somebody wrote.
    """
    row = changeable(actor, message_id, "message.retract")
    row.text, row.mentions = "", []
    row.retracted_at, row.retracted_by = clock.now(), actor.label[:200]
    row.save(update_fields=["text", "mentions", "retracted_at", "retracted_by"])
    row.versions.all().delete()
    row.files.update(name="retracted")
    record(actor, "thread.retracted", row.thread_id, {"message": row.id})
    return row


@transaction.atomic
def widen_thread(actor: Actor, thread_id: str, *, audience: Audience) -> Thread:
    """Let more people in, and say so before they come: the entry goes to those who are in already.

    They see what is said from then on; what was said before only where the thread shares its history.

    Raises:
        NotFound: No such thread for this actor.
        Forbidden: Somebody else opened it, and the actor is no coordinator.
        BadInput: An organization that takes no part in the case.
        Conflict: Nobody would come in by it, or the thread is closed.
    """
    thread = open_for(actor, thread_id, "thread.change")
    before = thread.audience()
    added = Audience(
        parts=audience.parts - before.parts,
        organizations=named_by(actor, thread.case_id, audience.organizations) - before.organizations,
    )
    if not added.parts and not added.organizations:
        raise Conflict("They are all in the audience already.", "Name somebody else.")
    if len(before.organizations | added.organizations) > rules.NAMED_MAX:
        raise BadInput(f"An audience names at most {rules.NAMED_MAX} organizations.", field="organizations")
    names = organization_names(sorted(added.organizations))
    whom = [*sorted(f"all {part.value}" if part != AudiencePart.EVERYBODY else "everybody" for part in added.parts)]
    whom += sorted(names.values())
    seeing = "They see the whole thread." if thread.history_shared else "They see what is said from now on."
    post(actor, thread, f"The audience grows: {', '.join(whom)}. {seeing}", kind=MessageKind.WIDENED)
    thread.for_everybody |= AudiencePart.EVERYBODY in added.parts
    thread.for_vendors |= AudiencePart.VENDORS in added.parts
    thread.for_finders |= AudiencePart.FINDERS in added.parts
    thread.save(update_fields=["for_everybody", "for_vendors", "for_finders"])
    NamedOrganization.objects.bulk_create(
        [NamedOrganization(thread=thread, organization_id=one) for one in sorted(added.organizations)]
    )
    record(actor, "thread.widened", thread.id, audience_entry(added))
    return thread


@transaction.atomic
def close_thread(actor: Actor, thread_id: str, *, closed: bool = True) -> Thread:
    """Close a thread, or open it again.

    Raises:
        NotFound: No such thread for this actor.
        Forbidden: Somebody else opened it, and the actor is no coordinator.
        Conflict: It is closed (open) already.
    """
    thread = locked(actor, thread_id, "thread.change")
    if (thread.closed_at is not None) == closed:
        raise Conflict(f"The thread is {'closed' if closed else 'open'} already.")
    thread.closed_at = clock.now() if closed else None
    thread.save(update_fields=["closed_at"])
    kind = MessageKind.CLOSED if closed else MessageKind.REOPENED
    post(actor, thread, f"The thread was {kind.value}.", kind=kind)
    return thread


@transaction.atomic
def subscribe(actor: Actor, thread_id: str, cadence: Cadence) -> Cadence:
    """Say how the actor's organization wants to be told of a thread's messages, from the next one on.

    Raises:
        NotFound: No such thread for this actor.
        Forbidden: The actor may only read.
    """
    thread = get_visible(actor, "thread.read", Thread.objects.all(), thread_id)
    require(actor, "thread.post", thread)
    Subscription.objects.update_or_create(
        thread=thread, organization_id=actor.home, defaults={"cadence": cadence.value}
    )
    record(actor, "thread.subscribed", thread.id, {"cadence": cadence.value, "organization": actor.home})
    return cadence


@transaction.atomic
def mark_read(actor: Actor, thread_id: str, *, message_id: str | None = None) -> None:
    """Say that this reader has read a thread up to a message (the latest it can see without one). Never goes back.

    Raises:
        NotFound: No such thread or message for this actor.
    """
    rows = queries.messages_of(actor, thread_id)
    last = get_visible(actor, "message.read", rows, message_id) if message_id else rows.order_by("-posted_at").first()
    if last is None:
        return
    mark(actor, thread_id, last)
