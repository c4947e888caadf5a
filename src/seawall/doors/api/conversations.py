"""Conversations in cases: threads for an audience, messages, files, who is told and who has read."""

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import AfterValidator, Field

from seawall.clearinghouse.coordination.conversations import queries, services
from seawall.clearinghouse.coordination.conversations.queries import MessageRow, ThreadRow
from seawall.clearinghouse.coordination.conversations.types import Audience, AudiencePart, Cadence
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.operations import (
    Cursor,
    IdempotencyKey,
    Identifier,
    Limit,
    Line,
    binding,
    described,
    explaining,
    no_nul,
    write_once,
)
from seawall.doors.api.paging import Order, slice_of, window
from seawall.doors.api.schemas.conversations import (
    MessagePage,
    MessageView,
    SubscriptionView,
    ThreadPage,
    ThreadReaderPage,
    ThreadReaderView,
    ThreadView,
)
from seawall.foundation.access.declarations import declares
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import organization_names

on_cases = Router()
threads = Router()
CaseId = Annotated[str, Identifier("case")]
ThreadId = Annotated[str, Identifier("thread")]
Text = Annotated[
    str,
    AfterValidator(no_nul),
    Field(max_length=20_000, description="Plain text. @ and a handle mentions an organization of the audience."),
]
Parts = Annotated[list[AudiencePart], Field(max_length=3)]
Organizations = Annotated[list[Line], Field(max_length=200, description="Identifiers of participants.")]
AiWritten = Annotated[bool, Field(description="Whether a model wrote the text.")]
LIVELIEST = (Order("activity_at", descending=True), Order("id"))
"""Order of threads."""


class ThreadOpening(Schema):
    """A topic, an audience, a first message."""

    topic: Line = Field(min_length=1, examples=["When can the fix ship?"])
    audience: Parts = Field([], description="Empty, without organizations: for coordinators only.")
    organizations: Organizations = []
    share_history: bool = Field(
        False, description="Whether those who come later see what was said before. Cannot be changed afterwards."
    )
    text: Text = Field(min_length=1, examples=["@coordinators: we need two more weeks."])
    ai_written: AiWritten = False


class Posting(Schema):
    """Something to say."""

    text: Text = Field(min_length=1, examples=["The patch is in review."])
    reply_to: Line | None = Field(None, description="A message of this thread.")
    ai_written: AiWritten = False


class Widening(Schema):
    """Who shall come in."""

    audience: Parts = []
    organizations: Organizations = []


class Reading(Schema):
    """How far you have read."""

    message_id: Line | None = Field(None, description="Up to this one; the latest without it.")


class Subscribing(Schema):
    """How you want to be told."""

    cadence: Cadence


class NoFields(Schema):
    """No field."""


class Marked(Schema):
    """What is left unread."""

    thread_id: str
    unread: int


def _threads(actor: Actor, rows: list[ThreadRow]) -> list[ThreadView]:
    audiences = queries.audiences_of(rows)
    names = organization_names([one for audience in audiences.values() for one in audience.organizations])
    unread = queries.unread_of(actor, [row.id for row in rows])
    return [
        ThreadView.of(row, audiences[row.id], names, unread[row.id], queries.thread_next(actor, row)) for row in rows
    ]


def _thread(actor: Actor, thread_id: str) -> ThreadView:
    return _threads(actor, [queries.thread(actor, thread_id)])[0]


def shown(actor: Actor, rows: list[MessageRow]) -> list[MessageView]:
    """Views of messages that the actor may see."""
    answered, kept = queries.answered(actor, rows), queries.files_of(rows)
    return [
        MessageView.of(row, answered.get(row.id), kept.get(row.id, []), queries.message_next(actor, row))
        for row in rows
    ]


def _named(body: ThreadOpening | Widening) -> Audience:
    return Audience(frozenset(body.audience), frozenset(body.organizations))


@on_cases.get("/{case_id}/threads", **described("thread.read", ThreadPage, summary="List threads", tag="conversations"))
@declares("thread.read")
def list_threads(request: HttpRequest, case_id: CaseId, limit: Limit, cursor: Cursor = None) -> ThreadPage:
    """The threads of a case whose audience you are in, the liveliest first."""
    actor = actor_of(request)
    rows = queries.threads_of(actor, case_id)
    page = window(
        rows, LIVELIEST, binding(request, "list_threads", case=case_id), lambda row: row, cursor=cursor, limit=limit
    )
    return ThreadPage(items=_threads(actor, page.items), next=page.next)


@on_cases.post(
    "/{case_id}/threads", **described("case.converse", ThreadView, 201, "Open a thread", tag="conversations")
)
@declares("case.converse")
def open_thread(
    request: HttpRequest,
    response: HttpResponse,
    case_id: CaseId,
    body: ThreadOpening,
    idempotency_key: IdempotencyKey = None,
) -> ThreadView:
    """Opens a thread with its first message. Coordinators are in every audience, and so are you."""
    actor = actor_of(request)
    return write_once(
        request,
        response,
        operation=f"open_thread {case_id}",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=ThreadView,
        write=lambda: _thread(
            actor,
            services.open_thread(
                actor,
                case_id,
                topic=body.topic,
                audience=_named(body),
                text=body.text,
                share_history=body.share_history,
                ai_written=body.ai_written,
            ).id,
        ),
    )


@threads.get("/{thread_id}", **described("thread.read", ThreadView, summary="Read a thread", tag="conversations"))
@declares("thread.read")
def get_thread(request: HttpRequest, thread_id: ThreadId) -> ThreadView:
    """A thread's topic and audience; `list_messages` has what was said."""
    return _thread(actor_of(request), thread_id)


@threads.get(
    "/{thread_id}/messages", **described("message.read", MessagePage, summary="List messages", tag="conversations")
)
@declares("message.read")
def listshown(
    request: HttpRequest,
    thread_id: ThreadId,
    limit: Limit,
    order: Annotated[Literal["oldest", "newest"], Query(description="Which comes first.")] = "oldest",
    cursor: Cursor = None,
) -> MessagePage:
    """What was said, as far as you may see it. Reading it here does not mark it as read."""
    actor = actor_of(request)
    page = window(
        queries.messages_of(actor, thread_id),
        (Order("posted_at", descending=order == "newest"), Order("id")),
        binding(request, "list_messages", thread=thread_id, order=order),
        lambda row: row,
        cursor=cursor,
        limit=limit,
    )
    return MessagePage(items=shown(actor, page.items), next=page.next)


@threads.post(
    "/{thread_id}/messages", **described("thread.post", MessageView, 201, "Post a message", tag="conversations")
)
@declares("thread.post")
def post_message(
    request: HttpRequest,
    response: HttpResponse,
    thread_id: ThreadId,
    body: Posting,
    idempotency_key: IdempotencyKey = None,
) -> MessageView:
    """Says something to whoever is in the audience now."""
    actor = actor_of(request)
    with explaining(lambda: queries.thread_next(actor, queries.thread(actor, thread_id))):
        return write_once(
            request,
            response,
            operation=f"post_message {thread_id}",
            key=idempotency_key,
            content=body.model_dump(mode="json"),
            view=MessageView,
            write=lambda: shown(actor, [services.post_message(actor, thread_id, **body.model_dump())])[0],
        )


@threads.post(
    "/{thread_id}/widen", **described("thread.change", ThreadView, summary="Widen an audience", tag="conversations")
)
@declares("thread.change")
def widen_thread(
    request: HttpRequest,
    response: HttpResponse,
    thread_id: ThreadId,
    body: Widening,
    idempotency_key: IdempotencyKey = None,
) -> ThreadView:
    """Says in the thread who comes in, then lets them in. They see what is said from then on, unless history is shared."""
    actor = actor_of(request)
    with explaining(lambda: queries.thread_next(actor, queries.thread(actor, thread_id))):
        return write_once(
            request,
            response,
            operation=f"widen_thread {thread_id}",
            key=idempotency_key,
            content=body.model_dump(mode="json"),
            view=ThreadView,
            write=lambda: _thread(actor, services.widen_thread(actor, thread_id, audience=_named(body)).id),
        )


def _close(
    request: HttpRequest, response: HttpResponse, thread_id: str, key: str | None, *, closed: bool
) -> ThreadView:
    actor = actor_of(request)
    with explaining(lambda: queries.thread_next(actor, queries.thread(actor, thread_id))):
        return write_once(
            request,
            response,
            operation=f"{'close' if closed else 'reopen'}_thread {thread_id}",
            key=key,
            content={},
            view=ThreadView,
            write=lambda: _thread(actor, services.close_thread(actor, thread_id, closed=closed).id),
        )


@threads.post(
    "/{thread_id}/close", **described("thread.change", ThreadView, summary="Close a thread", tag="conversations")
)
@declares("thread.change")
def close_thread(
    request: HttpRequest,
    response: HttpResponse,
    thread_id: ThreadId,
    body: NoFields,  # noqa: ARG001 - an empty object, as every write has a body
    idempotency_key: IdempotencyKey = None,
) -> ThreadView:
    """Nothing more is said in it; it stays readable."""
    return _close(request, response, thread_id, idempotency_key, closed=True)


@threads.post(
    "/{thread_id}/reopen", **described("thread.change", ThreadView, summary="Reopen a thread", tag="conversations")
)
@declares("thread.change")
def reopen_thread(
    request: HttpRequest,
    response: HttpResponse,
    thread_id: ThreadId,
    body: NoFields,  # noqa: ARG001 - as above
    idempotency_key: IdempotencyKey = None,
) -> ThreadView:
    """A closed thread goes on."""
    return _close(request, response, thread_id, idempotency_key, closed=False)


@threads.post(
    "/{thread_id}/read", **described("thread.read", Marked, summary="Mark a thread as read", tag="conversations")
)
@declares("thread.read")
def mark_thread_read(
    request: HttpRequest,
    response: HttpResponse,
    thread_id: ThreadId,
    body: Reading,
    idempotency_key: IdempotencyKey = None,
) -> Marked:
    """Says that you have read a thread up to a message. A mark never goes back."""
    actor = actor_of(request)

    def write() -> Marked:
        services.mark_read(actor, thread_id, message_id=body.message_id)
        return Marked(thread_id=thread_id, unread=queries.unread_of(actor, [thread_id])[thread_id])

    return write_once(
        request,
        response,
        operation=f"mark_thread_read {thread_id}",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=Marked,
        write=write,
    )


@threads.post(
    "/{thread_id}/subscription",
    **described("thread.post", SubscriptionView, summary="Say how to be told of a thread", tag="conversations"),
)
@declares("thread.post")
def subscribe_to_thread(
    request: HttpRequest,
    response: HttpResponse,
    thread_id: ThreadId,
    body: Subscribing,
    idempotency_key: IdempotencyKey = None,
) -> SubscriptionView:
    """Every message, an hourly or a daily digest, or mentions only; for your organization. Mentions are always told at once."""
    actor = actor_of(request)
    return write_once(
        request,
        response,
        operation=f"subscribe_to_thread {thread_id}",
        key=idempotency_key,
        content=body.model_dump(mode="json"),
        view=SubscriptionView,
        write=lambda: SubscriptionView(thread_id=thread_id, cadence=services.subscribe(actor, thread_id, body.cadence)),
    )


@threads.get(
    "/{thread_id}/subscription",
    **described("thread.read", SubscriptionView, summary="Read how you are told", tag="conversations"),
)
@declares("thread.read")
def get_thread_subscription(request: HttpRequest, thread_id: ThreadId) -> SubscriptionView:
    """How your organization is told of a thread's messages."""
    return SubscriptionView(thread_id=thread_id, cadence=queries.cadence_of(actor_of(request), thread_id))


@threads.get(
    "/{thread_id}/readers",
    **described("thread.oversee", ThreadReaderPage, summary="See who has not read", tag="conversations"),
)
@declares("thread.oversee")
def list_thread_readers(
    request: HttpRequest, thread_id: ThreadId, limit: Limit, cursor: Cursor = None
) -> ThreadReaderPage:
    """How far each organization in the audience has read, those with the most unread first; for coordinators."""
    found = queries.readers_of(actor_of(request), thread_id)
    names = organization_names([one.organization_id for one in found])
    page = slice_of(
        [ThreadReaderView.of(one, names) for one in found],
        lambda one: one.organization_id,
        binding(request, "list_thread_readers", thread=thread_id),
        cursor=cursor,
        limit=limit,
    )
    return ThreadReaderPage(items=page.items, next=page.next)
