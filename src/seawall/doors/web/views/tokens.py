"""API tokens of the organization: mint (the secret is shown once), see, revoke."""

from django.http import HttpRequest, HttpResponse

from seawall.doors.web.pages import actor_of, done, field, number, page, render
from seawall.foundation.access.table import SCOPES
from seawall.foundation.identity import queries, services
from seawall.foundation.identity.services import TOKEN_DAYS_MAX
from seawall.foundation.identity.types import MintedToken
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, SeawallError


@page("token.read")
def tokens(request: HttpRequest) -> HttpResponse:
    """The tokens, newest first, and the form."""
    return _show(request)


def _show(
    request: HttpRequest, *, minted: MintedToken | None = None, error: SeawallError | None = None
) -> HttpResponse:
    actor = actor_of(request)
    now = clock.now()
    rows = [
        (row, "revoked" if row.revoked_at else "expired" if row.expires_at <= now else "active")
        for row in queries.tokens_of(actor)
    ]
    context = {
        "tokens": rows,
        "scopes": [(scope, why) for scope, why in SCOPES.items() if scope in actor.scopes],
        "days_max": TOKEN_DAYS_MAX,
        "minted": minted,
        "error": error,
        "kept": request.POST if error else {},
        "kept_scopes": request.POST.getlist("scopes") if error else [],
    }
    return render(request, "web/tokens.html", context, status=error.status if error else 200)


@page("token.mint", "POST")
def mint(request: HttpRequest) -> HttpResponse:
    """Mint a token; the answer is the only page that ever shows its secret."""
    try:
        scopes = request.POST.getlist("scopes")
        if not scopes:
            raise BadInput("No scope was chosen.", "Choose at least one.", field="scopes")  # noqa: TRY301 - same page
        minted = services.mint_token(
            actor_of(request),
            field(request, "name", limit=100, required=True),
            scopes,
            days=number(request, "days", 90),
        )
    except BadInput as error:
        return _show(request, error=error)
    return _show(request, minted=minted)


@page("token.revoke", "POST")
def revoke(request: HttpRequest, token_id: str) -> HttpResponse:
    """End a token now."""
    services.revoke_token(actor_of(request), token_id)
    return done(request, "The token is revoked. Whoever still uses it is refused from now on.", "tokens")
