"""The front page, what Seawall is, the health address, and the change of organization."""

from django.contrib import messages
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from seawall.clearinghouse.distribution import queries as distribution
from seawall.doors.web.context import stops_of
from seawall.doors.web.pages import actor_of, field, page, render
from seawall.foundation.identity.queries import workplaces_of
from seawall.foundation.platform.errors import NotFound
from seawall.foundation.transparency import queries as transparency
from seawall.foundation.transparency.errors import NotInLog

LATEST = 5
"""Advisories on the front page."""


@page("site.read")
def home(request: HttpRequest) -> HttpResponse:
    """For visitors what Seawall is; for members the page that their organization needs first."""
    actor = actor_of(request)
    if actor.organization_id is None:
        return about(request)
    return HttpResponseRedirect(reverse(stops_of(actor)[0].route))


@page("site.read")
def about(request: HttpRequest) -> HttpResponse:
    """What Seawall is, what was published last, and where the log stands."""
    actor = actor_of(request)
    try:
        head = transparency.latest_checkpoint(actor)
    except NotInLog:
        head = None
    feed = distribution.feed(actor, limit=LATEST)
    return render(request, "web/home.html", {"advisories": feed.items, "head": head})


@page("site.read")
def health(_request: HttpRequest) -> HttpResponse:
    """Whether this server answers and its database does. Says nothing about what is in it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "unavailable"}, status=503)
    return JsonResponse({"status": "ok"})


@page("self.read", "POST")
def switch_organization(request: HttpRequest) -> HttpResponse:
    """Act for another of the person's organizations from now on."""
    wanted = field(request, "organization", limit=40, required=True)
    for workplace in workplaces_of(actor_of(request)):
        if workplace.organization_id == wanted:
            request.session["organization"] = wanted
            messages.success(request, f"You now act for {workplace.name}.")
            return HttpResponseRedirect("/")
    raise NotFound("You are not a member of that organization.", "Choose one of yours.")
