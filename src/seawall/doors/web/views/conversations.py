"""Conversations in a case: their list, a thread with what was said, and what may be done there."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from seawall.clearinghouse.coordination import queries as coordination
from seawall.clearinghouse.coordination.conversations import queries, services
from seawall.clearinghouse.coordination.conversations.queries import FileRow, MessageRow, ThreadRow
from seawall.clearinghouse.coordination.conversations.types import Audience, AudiencePart, Cadence
from seawall.doors.api.conversations import LIVELIEST
from seawall.doors.api.messages import attachment
from seawall.doors.api.paging import Binding, Order, window
from seawall.doors.web.pages import actor_of, binding, cursor_of, done, field, page, render
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import organization_names
from seawall.foundation.platform.errors import BadInput, Conflict, SeawallError, TooLarge

SHOWN_ON_CASE = 10
"""Threads on the case's own page; the rest is a link away."""
THREADS = 50
MESSAGES = 50
READERS = 300
CHOICES = 200
"""Organizations offered for an audience."""

PARTS = {
    AudiencePart.EVERYBODY: "everybody in the case",
    AudiencePart.VENDORS: "vendors",
    AudiencePart.FINDERS: "finders",
}
CADENCES = {
    Cadence.EVERY: "at every message",
    Cadence.HOURLY: "every hour",
    Cadence.DAILY: "every day",
    Cadence.MENTIONS: "only when we are mentioned",
}


@dataclass(frozen=True)
class Line:
    """A thread in a list."""

    row: ThreadRow
    audience: list[str]
    unread: int
    activity_at: Any


@dataclass(frozen=True)
class Entry:
    """A message on its page."""

    row: MessageRow
    organization: str
    reply_to: MessageRow | None
    mentioned: list[str]
    files: list[FileRow]
    actions: list[str]


def audience_words(audience: Audience, names: dict[str, str]) -> list[str]:
    """Who an audience is, in words; coordinators always."""
    return [
        *(PARTS[part] for part in AudiencePart if part in audience.parts),
        *sorted(names.get(one, "") for one in audience.organizations),
        "coordinators",
    ]


def section(actor: Actor, case_id: str) -> dict[str, Any]:
    """What the case's page shows of its conversations."""
    found = window(
        queries.threads_of(actor, case_id),
        LIVELIEST,
        Binding("web case", actor, {"case": case_id}),
        lambda one: one,
        cursor=None,
        limit=SHOWN_ON_CASE,
    )
    return {
        "threads": _lines(actor, found.items),
        "more_threads": found.next is not None,
        "may_open_thread": queries.may_open(actor, case_id),
    }


def _lines(actor: Actor, rows: list[ThreadRow]) -> list[Line]:
    audiences = queries.audiences_of(rows)
    names = organization_names([one for audience in audiences.values() for one in audience.organizations])
    unread = queries.unread_of(actor, [row.id for row in rows])
    return [Line(row, audience_words(audiences[row.id], names), unread[row.id], queries.activity(row)) for row in rows]


@page("thread.read")
def threads(request: HttpRequest, case_id: str) -> HttpResponse:
    """All threads of a case, and a form for a new one."""
    return _list(request, case_id)


def _list(request: HttpRequest, case_id: str, error: SeawallError | None = None) -> HttpResponse:
    actor = actor_of(request)
    row = coordination.case(actor, case_id)
    found = window(
        queries.threads_of(actor, case_id),
        LIVELIEST,
        binding(request, "threads", case=case_id),
        lambda one: one,
        cursor=cursor_of(request),
        limit=THREADS,
    )
    may_open = queries.may_open(actor, case_id)
    context = {
        "case": row,
        "threads": _lines(actor, found.items),
        "next": found.next,
        "may_open_thread": may_open,
        "parts": PARTS,
        "choices": _choices(actor, case_id) if may_open else [],
        "error": error,
        "kept": request.POST if error else {},
    }
    return render(request, "web/threads.html", context, status=error.status if error else 200)


def _choices(actor: Actor, case_id: str) -> list[tuple[str, str]]:
    others = [one for one in queries.nameable(actor, case_id) if one != actor.organization_id]
    return sorted(organization_names(others).items(), key=lambda one: one[1])[:CHOICES]


def _audience_of(request: HttpRequest) -> Audience:
    chosen = request.POST.getlist("audience")
    known = {part.value: part for part in AudiencePart}
    if any(one not in known for one in chosen):
        raise BadInput("This is no audience.", "Choose one of the boxes.", field="audience")
    named = [one for one in request.POST.getlist("organizations") if one]
    return Audience(frozenset(known[one] for one in chosen), frozenset(named))


@page("case.converse", "POST")
def open_thread(request: HttpRequest, case_id: str) -> HttpResponse:
    """A topic, an audience, a first message."""
    try:
        row = services.open_thread(
            actor_of(request),
            case_id,
            topic=field(request, "topic", limit=300, required=True),
            audience=_audience_of(request),
            text=field(request, "text", limit=20_000, required=True),
            share_history=request.POST.get("share_history") == "yes",
        )
    except (BadInput, Conflict) as error:
        return _list(request, case_id, error)
    return done(request, "The conversation is open.", "thread", case_id, row.id)


@page("thread.read")
def thread(request: HttpRequest, case_id: str, thread_id: str) -> HttpResponse:
    """A thread: the newest messages, the oldest of them first."""
    return _show(request, case_id, thread_id)


def _show(
    request: HttpRequest, case_id: str, thread_id: str, error: SeawallError | None = None, step: str = ""
) -> HttpResponse:
    actor = actor_of(request)
    row = _thread_of(actor, case_id, thread_id)
    found = window(
        queries.messages_of(actor, thread_id),
        (Order("posted_at", descending=True), Order("id")),
        binding(request, "thread", thread=thread_id),
        lambda one: one,
        cursor=cursor_of(request),
        limit=MESSAGES,
    )
    actions = queries.thread_next(actor, row)
    audience = queries.audiences_of([row])[row.id]
    choices = _choices(actor, case_id) if "widen_thread" in actions else []
    context = {
        "case": coordination.case(actor, case_id),
        "thread": row,
        "audience": audience_words(audience, organization_names(sorted(audience.organizations))),
        "entries": _entries(actor, found.items[::-1]),
        "next": found.next,
        "is_first_page": cursor_of(request) is None,
        "unread": queries.unread_of(actor, [row.id])[row.id],
        "actions": actions,
        "cadence": queries.cadence_of(actor, thread_id),
        "cadences": CADENCES,
        "parts": {part: words for part, words in PARTS.items() if part not in audience.parts},
        "choices": [one for one in choices if one[0] not in audience.organizations],
        "error": error,
        "error_step": step,
        "kept": request.POST if error else {},
    }
    if "list_thread_readers" in actions:
        readers = queries.readers_of(actor, thread_id)[:READERS]
        names = organization_names([one.organization_id for one in readers])
        context["readers"] = [(names.get(one.organization_id, ""), one) for one in readers]
    return render(request, "web/thread.html", context, status=error.status if error else 200)


def _thread_of(actor: Actor, case_id: str, thread_id: str) -> ThreadRow:
    row = queries.thread(actor, thread_id)
    if row.case_id != case_id:
        return queries.thread(actor, "")  # raises NotFound: no such thread in this case
    return row


def _entries(actor: Actor, rows: list[MessageRow]) -> list[Entry]:
    answered, kept = queries.answered(actor, rows), queries.files_of(rows)
    quoted = queries.messages_by_id(actor, answered.values())
    names = organization_names(list({*(row.organization_id for row in rows), *(m for r in rows for m in r.mentions)}))
    return [
        Entry(
            row=row,
            organization=names.get(row.organization_id, ""),
            reply_to=quoted.get(answered.get(row.id, "")),
            mentioned=[names.get(one, "") for one in row.mentions],
            files=kept.get(row.id, []),
            actions=queries.message_next(actor, row),
        )
        for row in rows
    ]


@page("thread.post", "POST")
def post_message(request: HttpRequest, case_id: str, thread_id: str) -> HttpResponse:
    """Something to say, with or without a file."""
    actor = actor_of(request)
    _thread_of(actor, case_id, thread_id)
    try:
        sent = request.FILES.get("file")
        files = [services.keep_file(actor, thread_id, sent.name or "", sent.chunks())] if sent else []
        text = field(request, "text", limit=20_000, required=not files)
        row = services.post_message(
            actor, thread_id, text=text, reply_to=field(request, "reply_to", limit=40) or None, files=files
        )
    except (BadInput, Conflict, TooLarge) as error:
        return _show(request, case_id, thread_id, error, "post")
    return done(request, "Said.", "thread", case_id, thread_id, fragment=row.id)


@page("message.change", "POST")
def edit_message(request: HttpRequest, message_id: str) -> HttpResponse:
    """Other words for one's own message."""
    actor = actor_of(request)
    row = queries.message(actor, message_id)
    try:
        services.edit_message(actor, message_id, text=field(request, "text", limit=20_000, required=True))
    except (BadInput, Conflict) as error:
        return _show(request, row.thread.case_id, row.thread_id, error, f"edit {message_id}")
    return done(request, "Changed. What it said before stays readable.", "thread", *_place(row), fragment=message_id)


@page("message.retract", "POST")
def retract_message(request: HttpRequest, message_id: str) -> HttpResponse:
    """Take words back."""
    actor = actor_of(request)
    row = queries.message(actor, message_id)
    services.retract_message(actor, message_id)
    return done(request, "Retracted. A stone stays where it was.", "thread", *_place(row), fragment=message_id)


def _place(row: MessageRow) -> tuple[str, str]:
    return row.thread.case_id, row.thread_id


@page("message.read")
def versions(request: HttpRequest, message_id: str) -> HttpResponse:
    """What a message said before."""
    actor = actor_of(request)
    row = queries.message(actor, message_id)
    context = {"message": row, "thread": row.thread, "versions": queries.versions_of(actor, message_id)}
    return render(request, "web/message_versions.html", context)


@page("message.read")
def download_file(request: HttpRequest, file_id: str) -> HttpResponse:
    """A file, to be saved."""
    found = queries.download(actor_of(request), file_id)
    return attachment(found.row, found.data)


@page("thread.read", "POST")
def mark_thread_read(request: HttpRequest, case_id: str, thread_id: str) -> HttpResponse:
    """All that is there has been read."""
    actor = actor_of(request)
    _thread_of(actor, case_id, thread_id)
    services.mark_read(actor, thread_id, message_id=field(request, "until", limit=40) or None)
    return done(request, "Marked as read.", "thread", case_id, thread_id)


@page("thread.post", "POST")
def subscribe(request: HttpRequest, case_id: str, thread_id: str) -> HttpResponse:
    """How the organization wants to be told."""
    said = field(request, "cadence", limit=20, required=True)
    if said not in {one.value for one in Cadence}:
        raise BadInput("This is no way to be told.", "Choose one of the list.", field="cadence")
    services.subscribe(actor_of(request), thread_id, Cadence(said))
    return done(request, f"You are told {CADENCES[Cadence(said)]}.", "thread", case_id, thread_id)


@page("thread.change", "POST")
def widen_thread(request: HttpRequest, case_id: str, thread_id: str) -> HttpResponse:
    """Let more people in."""
    try:
        services.widen_thread(actor_of(request), thread_id, audience=_audience_of(request))
    except (BadInput, Conflict) as error:
        return _show(request, case_id, thread_id, error, "widen")
    return done(request, "The audience has grown, and the conversation says so.", "thread", case_id, thread_id)


@page("thread.change", "POST")
def close_thread(request: HttpRequest, case_id: str, thread_id: str) -> HttpResponse:
    """Close it, or open it again."""
    closed = request.POST.get("closed") != "no"
    try:
        services.close_thread(actor_of(request), thread_id, closed=closed)
    except Conflict as error:
        return _show(request, case_id, thread_id, error, "close")
    return done(request, "Closed." if closed else "Open again.", "thread", case_id, thread_id)
