"""The contact register: whom to bring in for a package."""

from collections.abc import Callable
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import AfterValidator, Field

from seawall.clearinghouse.coordination import contacts
from seawall.clearinghouse.coordination.contacts import ContactRow
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.operations import (
    Cursor,
    IdempotencyKey,
    Identifier,
    Limit,
    Line,
    Reason,
    binding,
    described,
    no_nul,
    no_nul_query,
    write_once,
)
from seawall.doors.api.paging import Order, window
from seawall.doors.api.schemas.contacts import ContactPage, ContactView
from seawall.foundation.access.declarations import declares
from seawall.foundation.identity.queries import organization_names

router = Router()
ContactId = Annotated[str, Identifier("contact")]
Long = Annotated[str, AfterValidator(no_nul), Field(max_length=contacts.PATTERN_MAX)]


class ContactEntry(Schema):
    """An entry of the register."""

    pattern: Long = Field(
        description="A package (`pkg:npm/left-pad`), a namespace (`pkg:npm/@scope/*`) or a repository's address.",
        examples=["pkg:npm/@scope/*"],
    )
    organization_id: Annotated[str, AfterValidator(no_nul), Field(max_length=40)] = Field(
        "", description="Whom to bring in; your own, unless you are the coordinator."
    )
    reference: Long = Field("", description="https or mail address where the maintainers say how to reach them.")
    priority: int = Field(10, ge=1, le=contacts.PRIORITY_MAX, description="Lower comes first.")
    note: Line = ""


class Vouching(Schema):
    """Why an entry is right."""

    reason: Reason


@router.get("", **described("contact.read", ContactPage, summary="List contacts", tag="contacts"))
@declares("contact.read")
def list_contacts(
    request: HttpRequest,
    limit: Limit,
    package: Annotated[str, Query(max_length=500, description="Only for this purl.")] = "",
    cursor: Cursor = None,
) -> ContactPage:
    """Entries that you may see: your organization's own; the coordinator's are all."""
    actor = actor_of(request)
    rows = window(
        contacts.contacts_of(actor, package=no_nul_query(package)),
        (Order("pattern"), Order("priority"), Order("id")),
        binding(request, "list_contacts", package=package),
        lambda row: row,
        cursor=cursor,
        limit=limit,
    )
    names = organization_names([row.organization_id for row in rows.items])
    return ContactPage(items=[ContactView.of(row, names) for row in rows.items], next=rows.next)


@router.post("", **described("contact.register", ContactView, summary="Register a contact", tag="contacts"))
@declares("contact.register")
def register_contact(
    request: HttpRequest, response: HttpResponse, body: ContactEntry, idempotency_key: IdempotencyKey = None
) -> ContactView:
    """Adds an entry; a coordinator confirms it before it brings anybody in."""
    actor = actor_of(request)
    return _written(
        request,
        response,
        "register_contact",
        idempotency_key,
        body,
        lambda: contacts.register(
            actor,
            pattern=body.pattern,
            organization_id=body.organization_id,
            reference=body.reference,
            priority=body.priority,
            note=body.note,
        ),
    )


@router.post(
    "/{contact_id}/confirm", **described("contact.confirm", ContactView, summary="Confirm a contact", tag="contacts")
)
@declares("contact.confirm")
def confirm_contact(
    request: HttpRequest,
    response: HttpResponse,
    contact_id: ContactId,
    body: Vouching,
    idempotency_key: IdempotencyKey = None,
) -> ContactView:
    """Vouches for an entry as of now; from then on it brings its organization into cases."""
    actor = actor_of(request)
    return _written(
        request,
        response,
        f"confirm_contact {contact_id}",
        idempotency_key,
        body,
        lambda: contacts.confirm(actor, contact_id, reason=body.reason),
    )


@router.post(
    "/{contact_id}/bounced", **described("contact.change", ContactView, summary="Note a bounce", tag="contacts")
)
@declares("contact.change")
def bounce_contact(
    request: HttpRequest, response: HttpResponse, contact_id: ContactId, idempotency_key: IdempotencyKey = None
) -> ContactView:
    """Notes that the contact was not reached; it brings nobody in until it is confirmed again."""
    actor = actor_of(request)
    operation = f"bounce_contact {contact_id}"
    return _written(request, response, operation, idempotency_key, None, lambda: contacts.bounced(actor, contact_id))


@router.post(
    "/{contact_id}/withdraw", **described("contact.change", ContactView, summary="Withdraw a contact", tag="contacts")
)
@declares("contact.change")
def withdraw_contact(
    request: HttpRequest, response: HttpResponse, contact_id: ContactId, idempotency_key: IdempotencyKey = None
) -> ContactView:
    """Takes an entry back; owners their own, the coordinator every one."""
    actor = actor_of(request)
    operation = f"withdraw_contact {contact_id}"
    return _written(request, response, operation, idempotency_key, None, lambda: contacts.withdraw(actor, contact_id))


def _written(
    request: HttpRequest,
    response: HttpResponse,
    operation: str,
    key: str | None,
    body: Schema | None,
    write: Callable[[], ContactRow],
) -> ContactView:
    def shown() -> ContactView:
        row = write()
        return ContactView.of(row, organization_names([row.organization_id]))

    return write_once(
        request,
        response,
        operation=operation,
        key=key,
        content=body.model_dump(mode="json") if body else {},
        view=ContactView,
        write=shown,
    )
