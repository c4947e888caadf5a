"""What every page shares: who asks, whether they may, the template, the way back after a form.

``page`` marks a view with its action for the default-deny walk, refuses other methods, and asks the permission
table before the view runs, so that a list nobody let you see is a refusal and never an empty list.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render as render_template
from django.urls import reverse

from seawall.doors.api.paging import Binding
from seawall.foundation.access.declarations import declares
from seawall.foundation.access.services import admit
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput

View = Callable[..., HttpResponse]


def actor_of(request: HttpRequest) -> Actor:
    """The actor that ``security.CurrentActor`` found."""
    actor = getattr(request, "actor", None)
    return actor if isinstance(actor, Actor) else Actor.anonymous()


def page(action: str, *methods: str) -> Callable[[View], View]:
    """Declare a view.

    Args:
        action: ``kind.verb`` of the permission table, as its service will ask.
        methods: Allowed methods; GET (with HEAD) where none is named.

    Raises:
        Unauthenticated: From the view, if no credential is there and the action is not public.
        Forbidden: From the view, if no row of the table speaks for the actor.
    """
    allowed = [*(methods or ("GET",)), *(("HEAD",) if not methods or "GET" in methods else ())]

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in allowed:
                return HttpResponseNotAllowed(allowed)
            admit(actor_of(request), action)
            answer = view(request, *args, **kwargs)
            # A page depends on who asks; no shared cache, and no "back" after signing out.
            answer.headers.setdefault("Cache-Control", "no-store")
            return answer

        return declares(action)(guarded)

    return wrap


def render(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A page from a template."""
    return render_template(request, template, context, status=status)


def done(request: HttpRequest, text: str, view: str, *args: str, fragment: str = "") -> HttpResponse:
    """After a form: say what happened on the page that shows it."""
    messages.success(request, text)
    return HttpResponseRedirect(reverse(view, args=args) + (f"#{fragment}" if fragment else ""))


def binding(request: HttpRequest, name: str, **filters: str) -> Binding:
    """What a list's cursor is good for."""
    return Binding(f"web {name}", actor_of(request), filters)


def cursor_of(request: HttpRequest) -> str | None:
    """The cursor in the address, if one is."""
    return request.GET.get("after") or None


def field(request: HttpRequest, name: str, *, limit: int = 4000, required: bool = False) -> str:
    """A text field of a form.

    Raises:
        BadInput: Missing, or longer than ``limit`` characters.
    """
    value = request.POST.get(name, "").strip()
    if required and not value:
        raise BadInput("A field of the form is empty.", f"Fill in {name.replace('_', ' ')!r}.", field=name)
    if len(value) > limit:
        raise BadInput(f"{name.replace('_', ' ')!r} is longer than {limit} characters.", "Shorten it.", field=name)
    return value


def day_of(request: HttpRequest, name: str) -> date | None:
    """A day of a form; None where it is empty.

    Raises:
        BadInput: Not one.
    """
    value = request.POST.get(name, "").strip()
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise BadInput(f"{name.replace('_', ' ')!r} is no day.", "Write it as 2027-01-31.", field=name) from error


def moment(text: str, name: str) -> datetime:
    """A time as a person writes it; without a zone it is in UTC. ``name`` is the field's, for the error.

    Raises:
        BadInput: Not one.
    """
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else clock.in_utc(at)
    except ValueError as error:
        raise BadInput("This is no time.", "Write it as 2026-12-03T14:00, in UTC.", field=name) from error


def number(request: HttpRequest, name: str, default: int) -> int:
    """A whole number of a form.

    Raises:
        BadInput: Not one.
    """
    raw = request.POST.get(name, "").strip()
    if not raw:
        return default
    if not raw.isascii() or not raw.isdecimal() or len(raw) > 9:  # noqa: PLR2004 - more digits than any number here
        raise BadInput(f"{name.replace('_', ' ')!r} is not a whole number.", "Write digits only.", field=name)
    return int(raw)
