"""The organization's inbox."""

from django.http import HttpRequest, HttpResponse

from seawall.clearinghouse.distribution import queries, services
from seawall.doors.api.paging import newest_first, window
from seawall.doors.web.pages import actor_of, binding, cursor_of, done, page, render
from seawall.foundation.access.rules import grants_for

PAGE = 50


@page("notice.read")
def notices(request: HttpRequest) -> HttpResponse:
    """Newest first; unread ones stand out."""
    actor = actor_of(request)
    found = window(
        queries.notices_of(actor),
        newest_first("created_at"),
        binding(request, "notices"),
        lambda row: row,
        cursor=cursor_of(request),
        limit=PAGE,
    )
    context = {"notices": found.items, "next": found.next, "may_mark": bool(grants_for(actor, "notice.mark"))}
    return render(request, "web/notices.html", context)


@page("notice.mark", "POST")
def mark_read(request: HttpRequest, notice_id: str) -> HttpResponse:
    """Mark as read."""
    services.mark_read(actor_of(request), notice_id)
    return done(request, "Marked as read.", "notices")
