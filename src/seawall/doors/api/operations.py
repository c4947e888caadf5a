"""What every operation shares: how it is described, who is let in, how a write is answered once.

    @router.post("", **described("lease.request", LeaseAnswerView, 201, "Ask for ground to scan", writes=True))
    @declares("lease.request")
    def request_lease(request, body: LeaseRequest, idempotency_key: IdempotencyKey = None): ...

``described`` and ``declares`` name the same action; a test holds them equal for every operation.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

from django.http import HttpRequest, HttpResponse
from ninja import Header, Query, Schema
from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core.core_schema import CoreSchema, no_info_after_validator_function

from seawall.doors.api.bearer import Bearer, actor_of
from seawall.doors.api.paging import CURSOR_MAX, Binding
from seawall.foundation.platform import clock, identifiers, limits
from seawall.foundation.platform.errors import BadInput, Conflict, NotFound
from seawall.foundation.platform.services import idempotently

View = TypeVar("View", bound=Schema)

REPLAYED = "Idempotency-Replayed"

IdempotencyKey = Annotated[
    str | None,
    Header(
        default=None,
        alias="Idempotency-Key",
        description="A fresh UUID of yours. The same key with the same request gets the first answer again, "
        "and nothing is done twice.",
        max_length=limits.IDEMPOTENCY_KEY_MAX,
    ),
]
Limit = Annotated[
    int,
    Query(
        default=limits.PAGE_SIZE,
        ge=1,
        le=limits.PAGE_SIZE_MAX,
        description="Rows of this page.",
    ),
]
Cursor = Annotated[
    str | None,
    Query(default=None, max_length=CURSOR_MAX, description="`next` of the page before, with the same filters."),
]


def no_nul(text: str) -> str:
    """Text as the databases can keep it.

    Raises:
        ValueError: It holds NUL, which PostgreSQL refuses.
    """
    if "\x00" in text:
        raise ValueError("holds a NUL character")
    return text


def no_nul_query(text: str) -> str:
    """Text of an address as the databases can look for it.

    Raises:
        NotFound: It holds NUL, which nothing that is kept does.
    """
    if "\x00" in text:
        raise NotFound("There is nothing here that you may see.", "Check the address and who you are signed in as.")
    return text


Moment = Annotated[datetime, AfterValidator(clock.in_utc)]
"""A time with its zone; what has none is refused by whoever asked for it."""
Line = Annotated[str, AfterValidator(no_nul), Field(max_length=limits.TITLE_MAX)]
"""A short text."""
Reason = Annotated[
    str,
    AfterValidator(no_nul),
    Field(
        min_length=1,
        max_length=4000,
        description="Why; kept in the timeline and the log.",
        examples=["The vendor's fix is released; both finders agree."],
    ),
]


class Nothing(Schema):
    """Nothing to say."""


class Reasoned(Schema):
    """A decision with its reason."""

    reason: Reason


class CoordinatorWord(Schema):
    """The coordinator's word."""

    vouch: bool
    reason: Reason


@dataclass(frozen=True)
class Identifier:
    """An identifier in an address. One of another shape cannot exist: it is answered like an absent one."""

    prefix: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Text that ``known`` lets pass."""
        return no_info_after_validator_function(self.known, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Text with an example."""
        return {**handler(schema), "examples": [f"{self.prefix}_{'a' * 26}"]}

    def known(self, text: str) -> str:
        """The text itself.

        Raises:
            NotFound: In the words of ``access.queries.get_visible``: absent and foreign are one answer.
        """
        if not identifiers.is_id(text, self.prefix):
            raise NotFound("There is nothing here that you may see.", "Check the address and who you are signed in as.")
        return text


def described(
    action: str,
    answer: Any,
    status: int = 200,
    summary: str = "",
    *,
    tag: str,
    extra: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Arguments of ninja's decorators for an operation.

    Args:
        action: From the permission table.
        answer: Schema of the success answer; None for an empty one.
        status: Status of the success answer.
        summary: One line.
        tag: Group in the description.
        extra: Further members of the OpenAPI operation.
    """
    bearer = Bearer(action)
    openapi: dict[str, Any] = {"x-seawall-action": action, **(extra or {})}
    return {
        "auth": bearer,
        "response": {status: answer},
        "summary": summary,
        "tags": [tag],
        "openapi_extra": openapi,
    }


def write_once(
    request: HttpRequest,
    response: HttpResponse,
    *,
    operation: str,
    key: str | None,
    content: dict[str, Any],
    view: type[View],
    write: Callable[[], View],
) -> View:
    """Run a write under its Idempotency-Key; a replay says so in a header.

    Args:
        request: The request.
        response: Where the header goes.
        operation: Stable name, part of what the key is bound to.
        key: The Idempotency-Key, if one was sent.
        content: What the request says; digests stand for large bodies.
        view: The answer's schema.
        write: Does it and returns the answer; runs inside one transaction with the kept answer.
    """
    actor = actor_of(request)
    if actor.organization_id is None:
        raise BadInput("Only members of an organization write.")
    answer, replayed = idempotently(
        organization_id=actor.organization_id,
        key=key,
        operation=operation,
        content=content,
        write=lambda: write().model_dump(mode="json"),
    )
    response.headers[REPLAYED] = "true" if replayed else "false"
    return view.model_validate(answer)


@contextmanager
def explaining(steps: Callable[[], list[str]]) -> Iterator[None]:
    """Let a conflict say which operations the thing's present state allows.

    Args:
        steps: Names them; asked after the write was rolled back. It reads through the caller's own access.
    """
    try:
        yield
    except Conflict as error:
        error.allowed_next = tuple(steps())
        raise


def binding(request: HttpRequest, operation: str, **filters: Any) -> Binding:
    """What a cursor of this request is bound to."""
    return Binding(operation=operation, actor=actor_of(request), filters=filters)
