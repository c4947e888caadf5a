"""Messages one by one, and the files that come with them."""

import base64
from typing import Annotated, Any
from urllib.parse import quote

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from seawall.clearinghouse.coordination.conversations import queries, services
from seawall.clearinghouse.coordination.conversations.queries import FileRow
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.conversations import AiWritten, NoFields, Text, ThreadId, shown
from seawall.doors.api.operations import (
    Cursor,
    IdempotencyKey,
    Identifier,
    Limit,
    binding,
    described,
    explaining,
    write_once,
)
from seawall.doors.api.paging import newest_first, slice_of, window
from seawall.doors.api.schemas.conversations import FilePage, FileView, MessageView, VersionPage, VersionView
from seawall.doors.api.wire import UnsupportedMediaType
from seawall.foundation.access.declarations import declares
from seawall.foundation.platform.errors import BadInput

messages = Router()
on_threads = Router()
files = Router()
MessageId = Annotated[str, Identifier("message")]
FileId = Annotated[str, Identifier("file")]


class Editing(Schema):
    """What the message shall say."""

    text: Text = Field(min_length=1)
    ai_written: AiWritten = False


@messages.post(
    "/{message_id}/edit", **described("message.change", MessageView, summary="Edit a message", tag="conversations")
)
@declares("message.change")
def edit_message(
    request: HttpRequest,
    response: HttpResponse,
    message_id: MessageId,
    body: Editing,
    idempotency_key: IdempotencyKey = None,
) -> MessageView:
    """Writes a message of your organization anew; what it said before stays readable."""
    actor = actor_of(request)
    with explaining(lambda: queries.message_next(actor, queries.message(actor, message_id))):
        return write_once(
            request,
            response,
            operation=f"edit_message {message_id}",
            key=idempotency_key,
            content=body.model_dump(mode="json"),
            view=MessageView,
            write=lambda: shown(actor, [services.edit_message(actor, message_id, **body.model_dump())])[0],
        )


@messages.post(
    "/{message_id}/retract",
    **described("message.retract", MessageView, summary="Retract a message", tag="conversations"),
)
@declares("message.retract")
def retract_message(
    request: HttpRequest,
    response: HttpResponse,
    message_id: MessageId,
    body: NoFields,  # noqa: ARG001 - an empty object, as every write has a body
    idempotency_key: IdempotencyKey = None,
) -> MessageView:
    """Takes a message back: its words, earlier versions and files go; that there was one stays."""
    actor = actor_of(request)
    with explaining(lambda: queries.message_next(actor, queries.message(actor, message_id))):
        return write_once(
            request,
            response,
            operation=f"retract_message {message_id}",
            key=idempotency_key,
            content={},
            view=MessageView,
            write=lambda: shown(actor, [services.retract_message(actor, message_id)])[0],
        )


@messages.get(
    "/{message_id}/versions",
    **described("message.read", VersionPage, summary="Read what a message said", tag="conversations"),
)
@declares("message.read")
def list_message_versions(
    request: HttpRequest, message_id: MessageId, limit: Limit, cursor: Cursor = None
) -> VersionPage:
    """What a message said before its edits, oldest first."""
    page = slice_of(
        queries.versions_of(actor_of(request), message_id),
        lambda row: str(row.pk),
        binding(request, "list_message_versions", message=message_id),
        cursor=cursor,
        limit=limit,
    )
    return VersionPage(items=[VersionView.of(row) for row in page.items], next=page.next)


_UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "additionalProperties": False,
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "At most 10 MiB."},
                        "text": {"type": "string", "maxLength": 20_000, "default": "", "description": "Said with it."},
                    },
                },
            },
        },
    }
}
_BYTES = {"responses": {"200": {"description": "OK", "content": {"application/octet-stream": {"schema": {}}}}}}


@on_threads.post(
    "/{thread_id}/files",
    **described("thread.post", MessageView, 201, "Put a file into a thread", tag="conversations", extra=_UPLOAD),
)
@declares("thread.post")
def upload_thread_file(
    request: HttpRequest, response: HttpResponse, thread_id: ThreadId, idempotency_key: IdempotencyKey = None
) -> MessageView:
    """Posts a message with a file, for the thread's audience."""
    actor = actor_of(request)
    sent, text = _sent(request)
    kept = services.keep_file(actor, thread_id, sent.name or "", sent.chunks())
    with explaining(lambda: queries.thread_next(actor, queries.thread(actor, thread_id))):
        return write_once(
            request,
            response,
            operation=f"upload_thread_file {thread_id}",
            key=idempotency_key,
            content={"text": text, "file": kept.digest, "name": kept.name},
            view=MessageView,
            write=lambda: shown(actor, [services.post_message(actor, thread_id, text=text, files=[kept])])[0],
        )


def _sent(request: HttpRequest) -> tuple["UploadedFile[bytes]", str]:
    if (request.content_type or "").lower() != "multipart/form-data":
        raise UnsupportedMediaType("A file comes as a form.", "Send multipart/form-data with the file 'file'.")
    for name in [*request.FILES, *request.POST]:
        if name not in (("file",) if name in request.FILES else ("text",)):
            raise BadInput(
                f"The form's part {name[:60]!r} is not known.", "The parts are 'file' and 'text'.", name[:60]
            )
        if len(request.FILES.getlist(name) or request.POST.getlist(name)) > 1:
            raise BadInput(f"The form's part {name!r} came twice.", "Send one file with each message.", field=name)
    sent = request.FILES.get("file")
    if not isinstance(sent, UploadedFile):
        raise BadInput("The form has no file 'file'.", "Send the bytes as a file.", field="file")
    return sent, str(request.POST.get("text", ""))


@on_threads.get("/{thread_id}/files", **described("message.read", FilePage, summary="List files", tag="conversations"))
@declares("message.read")
def list_thread_files(request: HttpRequest, thread_id: ThreadId, limit: Limit, cursor: Cursor = None) -> FilePage:
    """The files of a thread that you may have, newest first."""
    page = window(
        queries.thread_files(actor_of(request), thread_id),
        newest_first("posted_at"),
        binding(request, "list_thread_files", thread=thread_id),
        FileView.of,
        cursor=cursor,
        limit=limit,
    )
    return FilePage(items=page.items, next=page.next)


@files.get(
    "/{file_id}", **described("message.read", None, summary="Download a file", tag="conversations", extra=_BYTES)
)
@declares("message.read")
def download_file(request: HttpRequest, file_id: FileId) -> HttpResponse:
    """The bytes, to be saved. They are a stranger's: do not run them, and do not believe them."""
    found = queries.download(actor_of(request), file_id)
    return attachment(found.row, found.data)


def attachment(row: FileRow, data: bytes) -> HttpResponse:
    """A file as browsers shall take it: to be saved, never shown, its name in the one spelling that quotes nothing."""
    answer = HttpResponse(data, content_type="application/octet-stream")  # what it seems to be is said beside it
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(row.name, safe='')}"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Repr-Digest"] = f"sha-256=:{_base64_of(row.blob.digest)}:"
    return answer


def _base64_of(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest.removeprefix("sha256:"))).decode("ascii")
