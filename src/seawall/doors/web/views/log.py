"""The transparency log: its head for everybody, openings for whoever may see what they are about."""

from django.http import HttpRequest, HttpResponse

from seawall.clearinghouse.coordination import queries as coordination
from seawall.clearinghouse.coordination import reading
from seawall.clearinghouse.deconfliction import queries as deconfliction
from seawall.clearinghouse.intake import queries as intake
from seawall.doors.web.pages import actor_of, page, render
from seawall.foundation.access.types import Actor
from seawall.foundation.platform.errors import BadInput, NotFound
from seawall.foundation.platform.identifiers import is_id
from seawall.foundation.transparency import queries
from seawall.foundation.transparency.errors import NotInLog

RECENT = 40
"""Things whose entries the log's page lists: the latest reports, cases and leases of the actor."""
ENTRIES = 100
INDEX_DIGITS = 15


def _subjects(actor: Actor) -> list[str]:
    if not actor.is_authenticated:
        return []
    return [
        *intake.reports_of(actor).values_list("id", flat=True)[:RECENT],
        *coordination.cases_with_people(actor).values_list("id", flat=True)[:RECENT],
        *deconfliction.leases_of(actor).values_list("id", flat=True)[:RECENT],
    ]


def _checked(actor: Actor, subject: str) -> list[str]:
    """The subject, if the actor may see it.

    Raises:
        NotFound: Absent or foreign.
    """
    if is_id(subject, "report"):
        intake.report(actor, subject)
    elif is_id(subject, "case"):
        return reading.log_subjects(actor, subject)
    elif is_id(subject, "lease"):
        deconfliction.lease(actor, subject)
    else:
        raise NotFound("There is nothing here that you may see.", "Follow the link from a report, case or lease.")
    return [subject]


@page("log.read")
def log(request: HttpRequest) -> HttpResponse:
    """Head, key, checkpoint, and the entries the actor may open."""
    actor = actor_of(request)
    subject = request.GET.get("subject", "")
    subjects = _checked(actor, subject) if subject else _subjects(actor)
    try:
        head = queries.latest_checkpoint(actor)
    except NotInLog:
        head = None
    entries = queries.openings(actor, subjects, limit=ENTRIES) if subjects else ()
    context = {
        "head": head,
        "key": queries.verifier_key(actor),
        "entries": tuple(reversed(entries)),
        "subject": subject,
        "cut": len(entries) == ENTRIES,
    }
    return render(request, "web/log.html", context)


@page("log.read")
def entry(request: HttpRequest, index: str) -> HttpResponse:
    """One entry: its leaf and inclusion proof, and its opening where the address names a subject of the reader's."""
    actor = actor_of(request)
    place = _index(index)
    subject = request.GET.get("subject", "")
    opened = queries.receipt(actor, place, _checked(actor, subject)) if subject else None
    try:
        proof = queries.inclusion_proof(actor, place)
    except NotInLog:
        if opened is None:
            raise
        proof = None  # written, and not yet under a checkpoint
    leaf = queries.entries(actor, start=place, count=1)[0] if proof else None
    context = {
        "index": place,
        "proof": proof,
        "leaf_text": leaf.leaf.decode("utf-8", "backslashreplace") if leaf else "",
        "opened": opened,
        "content": opened.content.decode("utf-8", "backslashreplace") if opened else "",
        "subject": subject,
    }
    return render(request, "web/log_entry.html", context)


@page("log.read")
def entry_proof(request: HttpRequest, index: str) -> HttpResponse:
    """The file that proves one entry offline (c2sp.org/tlog-proof)."""
    actor = actor_of(request)
    place = _index(index)
    subject = request.GET.get("subject", "")
    text = queries.tlog_proof(actor, place, _checked(actor, subject) if subject else ())
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="seawall-log-{place}.tlog-proof"'
    return answer


@page("log.read")
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The checkpoint as it was signed."""
    note = queries.latest_checkpoint(actor_of(request)).note
    return HttpResponse(note, content_type="text/plain; charset=utf-8")


def _index(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > INDEX_DIGITS:
        raise BadInput("This is not an entry's number.", "Use the number beside the step in the timeline.")
    return int(text)
