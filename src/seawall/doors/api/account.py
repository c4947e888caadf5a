"""Who you are, your organization's tokens, and its notices."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from seawall.clearinghouse.distribution import queries as distribution
from seawall.clearinghouse.distribution import services as distribution_services
from seawall.doors.api.bearer import actor_of
from seawall.doors.api.operations import Cursor, Identifier, Limit, Line, binding, described
from seawall.doors.api.paging import newest_first, slice_of, window
from seawall.doors.api.schemas.account import (
    ActorView,
    MintedTokenView,
    NoticePage,
    NoticeView,
    TokenPage,
    TokenView,
)
from seawall.foundation.access.declarations import actions_open_to, declares
from seawall.foundation.identity import queries, services
from seawall.foundation.platform.errors import BadInput

me = Router()
tokens = Router()
notices = Router()
TokenId = Annotated[str, Identifier("token")]
NoticeId = Annotated[str, Identifier("notice")]


class TokenRequest(Schema):
    """A token to mint."""

    name: Line = Field(min_length=1, max_length=100, description="What it is for.", examples=["nightly scanner"])
    scopes: list[Line] = Field(
        min_length=1, max_length=50, description="At most what you hold yourself.", examples=[["reports:read"]]
    )
    days: int = Field(90, ge=1, le=366, description="Life in days.")


@me.get("", **described("self.read", ActorView, summary="Who am I?", tag="account"))
@declares("self.read")
def get_me(request: HttpRequest) -> ActorView:
    """The actor that your token is, with its scopes and the actions for which some rule speaks."""
    actor = actor_of(request)
    return ActorView.of(actor, actions_open_to(actor))


@tokens.post("", **described("token.mint", MintedTokenView, 201, "Mint a token", tag="account"))
@declares("token.mint")
def mint_token(request: HttpRequest, body: TokenRequest) -> MintedTokenView:
    """Mints a token for your organization. The secret is shown this once, so there is no replay: no Idempotency-Key."""
    if "Idempotency-Key" in request.headers:
        raise BadInput(
            "A new token's secret is kept nowhere, so its answer cannot be repeated.",
            "Leave the Idempotency-Key out; revoke a token whose answer was lost.",
            field="Idempotency-Key",
        )
    minted = services.mint_token(actor_of(request), body.name, body.scopes, days=body.days)
    return MintedTokenView(id=minted.id, secret=minted.secret, scopes=list(minted.scopes), expires_at=minted.expires_at)


@tokens.get("", **described("token.read", TokenPage, summary="List tokens", tag="account"))
@declares("token.read")
def list_tokens(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> TokenPage:
    """Your organization's tokens without their secrets, newest first."""
    page = slice_of(
        [TokenView.of(row) for row in queries.tokens_of(actor_of(request))],
        lambda one: one.id,
        binding(request, "list_tokens"),
        cursor=cursor,
        limit=limit,
    )
    return TokenPage(items=page.items, next=page.next)


@tokens.delete("/{token_id}", **described("token.revoke", None, 204, "Revoke a token", tag="account"))
@declares("token.revoke")
def revoke_token(request: HttpRequest, response: HttpResponse, token_id: TokenId) -> HttpResponse:
    """Ends a token now, everywhere. Revoking twice is the same as once."""
    services.revoke_token(actor_of(request), token_id)
    response.status_code = 204
    return response


@notices.get("", **described("notice.read", NoticePage, summary="List notices", tag="account"))
@declares("notice.read")
def list_notices(request: HttpRequest, limit: Limit, cursor: Cursor = None, *, unread: bool = False) -> NoticePage:
    """What your organization was told, newest first."""
    page = window(
        distribution.notices_of(actor_of(request), unread_only=unread),
        newest_first("created_at"),
        binding(request, "list_notices", unread=unread),
        NoticeView.of,
        cursor=cursor,
        limit=limit,
    )
    return NoticePage(items=page.items, next=page.next)


@notices.post("/{notice_id}/read", **described("notice.mark", NoticeView, summary="Mark as read", tag="account"))
@declares("notice.mark")
def mark_notice_read(request: HttpRequest, notice_id: NoticeId) -> NoticeView:
    """Marks a notice as read; a second time changes nothing."""
    return NoticeView.of(distribution_services.mark_read(actor_of(request), notice_id))
