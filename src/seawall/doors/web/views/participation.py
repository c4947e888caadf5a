"""What the forms of the case page's participants' sections do. Refusals come back beside the form, with the text kept."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from django.http import HttpRequest, HttpResponse

from seawall.clearinghouse.coordination import inviting, participants, queries, reading, statements, triage
from seawall.clearinghouse.coordination.inviting import Outcome, Wish
from seawall.clearinghouse.coordination.types import (
    CaseEventKind,
    Justification,
    ParticipantRole,
    Tier,
    VendorStatus,
)
from seawall.doors.web.pages import actor_of, day_of, done, field, number, page, render
from seawall.doors.web.views import cases
from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict, NotFound

Choice = TypeVar("Choice", bound=StrEnum)

REASON_MAX = 2000
LIST_MAX = 40_000
"""Characters of a list of invitations: 500 lines of 80."""


def _report_step(actor: Actor, case_id: str, request: HttpRequest) -> str:
    participants.step_report(
        actor,
        case_id,
        field(request, "transition", limit=20, required=True),
        organization_id=field(request, "organization", limit=40) or None,
        reason=field(request, "reason", limit=REASON_MAX),
    )
    return "Noted in the timeline."


def _fix_step(actor: Actor, case_id: str, request: HttpRequest) -> str:
    participants.step_fix(
        actor,
        case_id,
        _choice(CaseEventKind, request, "transition"),
        organization_id=field(request, "organization", limit=40) or None,
        reason=field(request, "reason", limit=REASON_MAX),
    )
    return "Noted in the timeline."


def _statement(actor: Actor, case_id: str, request: HttpRequest) -> str:
    why = field(request, "justification", limit=80)
    statements.record_statement(
        actor,
        case_id,
        product=field(request, "product", limit=600, required=True),
        status=_choice(VendorStatus, request, "status"),
        justification=_choice(Justification, request, "justification") if why else None,
        fixed_version=field(request, "fixed_version", limit=300),
        text=field(request, "text", limit=statements.TEXT_MAX),
        link=field(request, "link", limit=2100),
        organization_id=field(request, "organization", limit=40) or None,
        reason=field(request, "reason", limit=REASON_MAX),
    )
    return "Said. It is published with the advisory; what was said before is kept."


def _state(actor: Actor, case_id: str, request: HttpRequest) -> str:
    event = _choice(CaseEventKind, request, "event")
    participants.record_case_state(
        actor,
        case_id,
        reason=field(request, "reason", limit=REASON_MAX),
        public_aware=event is CaseEventKind.PUBLIC_AWARE or None,
        exploit_public=event is CaseEventKind.EXPLOIT_PUBLIC or None,
        attacks_observed=event is CaseEventKind.ATTACKS_OBSERVED or None,
    )
    return "Recorded. It is never taken back."


def _invite(actor: Actor, case_id: str, request: HttpRequest) -> str:
    lines = [line.strip() for line in field(request, "whom", limit=LIST_MAX, required=True).splitlines()]
    wishes = [
        Wish(package=line) if line.startswith("pkg:") or line == inviting.ALL_PACKAGES else Wish(organization_id=line)
        for line in lines
        if line
    ]
    said = inviting.invite(
        actor,
        case_id,
        wishes,
        reason=field(request, "reason", limit=REASON_MAX),
        role=_choice(ParticipantRole, request, "role"),
        tier=_tier(request),
        until=_end_of(request),
    )
    invited = sum(one.outcome in {Outcome.INVITED, Outcome.INVITED_AGAIN} for one in said)
    left = [
        f"{one.package or one.organization_id}: {one.outcome.value.replace('_', ' ')}"
        + (f" ({', '.join(one.references[:3])})" if one.references else "")
        for one in said
        if one.outcome not in {Outcome.INVITED, Outcome.INVITED_AGAIN}
    ]
    more = f" Not invited: {'; '.join(left[:20])}." if left else ""
    return f"{invited} invited.{more}"


def _reading(actor: Actor, case_id: str, request: HttpRequest) -> str:
    ends = field(request, "ends", limit=10)
    inviting.set_reading(
        actor,
        case_id,
        field(request, "organization", limit=40, required=True),
        reason=field(request, "reason", limit=REASON_MAX),
        tier=_tier(request),
        until=clock.now() if ends == "now" else _end_of(request),
        forever=ends == "never",
    )
    return "Changed from now on."


def _selection(actor: Actor, case_id: str, request: HttpRequest) -> str:
    stated = {name: field(request, name, limit=40) for name in triage.STATABLE}
    triage.record_selection(
        actor,
        case_id,
        table=field(request, "table", limit=60, required=True),
        reason=field(request, "reason", limit=REASON_MAX),
        stated={name: value for name, value in stated.items() if value},
    )
    return "Recorded as an SSVC selection."


Step = Callable[[Actor, str, HttpRequest], str]
_OWN: dict[str, Step] = {"report_step": _report_step, "fix_step": _fix_step, "statement": _statement}
_DIRECTING: dict[str, Step] = {
    "state": _state,
    "invite": _invite,
    "reading": _reading,
    "selection": _selection,
}


@page("case.respond", "POST")
def take_part(request: HttpRequest, case_id: str, step: str) -> HttpResponse:
    """A participant's own step, or a coordinator's for another one."""
    return _take(request, case_id, step, _OWN)


@page("case.decide", "POST")
def direct(request: HttpRequest, case_id: str, step: str) -> HttpResponse:
    """A coordinator's step."""
    return _take(request, case_id, step, _DIRECTING)


@page("case.brief")
def brief(request: HttpRequest, case_id: str) -> HttpResponse:
    """What the reader's tier sees of a case."""
    return render(request, "web/brief.html", {"brief": reading.brief(actor_of(request), case_id)})


def _take(request: HttpRequest, case_id: str, step: str, steps: dict[str, Step]) -> HttpResponse:
    actor = actor_of(request)
    row = queries.case(actor, case_id)
    if step not in steps:
        raise NotFound("There is nothing here that you may see.", "Check the address and who you are signed in as.")
    try:
        said = steps[step](actor, case_id, request)
    except (BadInput, Conflict) as error:
        return cases.show(request, row, error=error, step=step)
    return done(request, said, "case", case_id, fragment="vendors")


def _choice(kind: type[Choice], request: HttpRequest, name: str) -> Choice:
    """A value of a form's list."""
    value = field(request, name, limit=80, required=True)
    try:
        return kind(value)
    except ValueError as error:
        raise BadInput(f"{value[:40]!r} is not a choice.", "Use the form.", field=name) from error


def _tier(request: HttpRequest) -> Tier:
    try:
        return Tier(number(request, "tier", 0))
    except ValueError as error:
        raise BadInput("There is no such tier.", "0 to 3.", field="tier") from error


def _end_of(request: HttpRequest) -> datetime | None:
    """The end of a day of a form, in UTC."""
    day = day_of(request, "until")
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1) if day else None
