"""Who is told of which message: services, for background work.

- A notice says that there is something and where, never what: it stays in the inbox when access has ended.
- A delivery goes from ``pending`` to ``told`` in the transaction that makes its notice, and only from ``pending``: once, and
  never lost, because a job that died is run again and finds what is still pending.
- A job of a digest locks the case's threads first. A post holds its thread's lock from before it looks for the digest's job
  until it commits: either the job waits for the post and sees it, or the post finds the job gone and queues another.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from seawall.clearinghouse.coordination.conversations import audiences
from seawall.clearinghouse.coordination.conversations.models import Delivery, Message, ReadMark, Thread
from seawall.clearinghouse.coordination.conversations.types import DeliveryState
from seawall.clearinghouse.distribution.services import notify
from seawall.foundation.jobs.queries import view
from seawall.foundation.jobs.services import enqueue
from seawall.foundation.jobs.types import JobState
from seawall.foundation.platform import clock

TELL = "conversations.tell"
"""Subject: a message; its mentions and whoever wants every message."""
DIGEST = "conversations.digest"
"""Subject: a case; everything of it that is due."""
SETTLED_AT_ONCE = 2_000
"""Deliveries that one transaction settles."""


def queue_telling(row: Message, dues: Iterable[datetime], *, again: bool, back: bool = False) -> None:
    """Queue what follows from a message, in its transaction.

    Args:
        row: The message; its thread is locked.
        dues: When somebody has to be told.
        again: Queue a job of the message's own even where one for the same time is known: a new thread is not locked by
            a digest that does not know it, and an edited message has been told before.
        back: Whether somebody is back who could not be told of earlier messages.
    """
    case_id = row.thread.case_id
    if back:
        enqueue(DIGEST, case_id, idempotency_key=f"{DIGEST} {case_id} back {row.id}")
    for due in dues:
        if due <= row.posted_at:
            key = f"{TELL} {row.id} {row.edited_at.isoformat() if row.edited_at else ''}"
            enqueue(TELL, row.id, idempotency_key=key)
            continue
        key = f"{DIGEST} {case_id} {due.isoformat()}"
        job = enqueue(DIGEST, case_id, idempotency_key=f"{key} {row.id}" if again else key, run_after=due)
        if not again and view(job).state is not JobState.QUEUED:
            enqueue(DIGEST, case_id, idempotency_key=f"{key} {row.id}", run_after=due)


def settle_message(message_id: str) -> bool:
    """Tell everybody who is due for one message. In the caller's transaction.

    Returns:
        Whether there is more.
    """
    return _settle(Delivery.objects.filter(message_id=message_id))


def settle_case(case_id: str) -> bool:
    """Tell everybody who is due in a case. In the caller's transaction.

    Returns:
        Whether there is more.
    """
    list(Thread.objects.select_for_update().filter(case_id=case_id).order_by("pk").values_list("pk", flat=True))
    return _settle(Delivery.objects.filter(case_id=case_id))


def _settle(rows: QuerySet[Delivery]) -> bool:
    now = clock.now()
    waiting = rows.filter(state=DeliveryState.PENDING.value, due_at__lte=now)
    locked = waiting.select_related("message").select_for_update(of=("self",))
    chosen = list(locked.order_by("organization_id", "thread_id", "pk")[: SETTLED_AT_ONCE + 1])
    more = len(chosen) > SETTLED_AT_ONCE
    chosen = chosen[:SETTLED_AT_ONCE]
    threads = {row.pk: row for row in Thread.objects.filter(pk__in={one.thread_id for one in chosen})}
    present = {pk: audiences.now_in(row) for pk, row in threads.items()}
    marks = _marks(list(threads))
    notices: dict[tuple[str, str, bool], list[Delivery]] = {}
    for one in chosen:
        at_once = one.due_at is not None and one.due_at <= one.posted_at
        if one.organization_id not in present[one.thread_id]:
            one.state = DeliveryState.WITHHELD.value
        elif _is_read(one, marks.get((one.thread_id, one.organization_id))):
            one.state = DeliveryState.SEEN.value
        else:
            one.state = DeliveryState.TOLD.value
            where = one.thread_id if at_once else one.case_id
            notices.setdefault((one.organization_id, where, at_once), []).append(one)
        one.settled_at = now
    for (organization_id, _, at_once), deliveries in notices.items():
        notice_id = _notice(organization_id, deliveries, at_once=at_once)
        for one in deliveries:
            one.notice_id = notice_id
    away = {one.thread_id for one in chosen if one.state == DeliveryState.WITHHELD}
    if away:
        Thread.objects.filter(pk__in=away).update(withheld=True)
    Delivery.objects.bulk_update(chosen, ["state", "settled_at", "notice_id"], batch_size=300)
    return more


def _is_read(one: Delivery, read_until: datetime | None) -> bool:
    """Whether somebody has read the message already; an edit that mentions its reader is news again."""
    edited = one.message.edited_at if one.mentioned else None
    return read_until is not None and max(one.posted_at, edited or one.posted_at) <= read_until


def _marks(thread_ids: list[str]) -> dict[tuple[str, str], datetime]:
    found: dict[tuple[str, str], datetime] = {}
    for mark in ReadMark.objects.filter(thread__in=thread_ids):
        key = (mark.thread_id, mark.organization_id)
        found[key] = max(found.get(key, mark.read_until), mark.read_until)
    return found


def _notice(organization_id: str, deliveries: list[Delivery], *, at_once: bool) -> str:
    threads = sorted({one.thread_id for one in deliveries})
    case_id = deliveries[0].case_id
    count = len(deliveries)
    thread_page = f"/cases/{case_id}/threads/{threads[0]}"
    if any(one.mentioned for one in deliveries) and at_once:
        kind, title = "mention", "You are mentioned in a conversation"
    else:
        kind = "message" if at_once else "digest"
        messages = "1 new message" if count == 1 else f"{count} new messages"
        title = f"{messages} in {'a conversation' if len(threads) == 1 else f'{len(threads)} conversations'}"
    return notify(
        organization_id,
        kind=kind,
        subject=threads[0] if len(threads) == 1 else case_id,
        title=title,
        body="Of a case that you take part in. What was said is on its page only.",
        reference=thread_page if len(threads) == 1 else f"/cases/{case_id}#conversations",
    )
