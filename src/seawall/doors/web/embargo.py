"""An embargo as the case's page draws it: one line of time with its bars, and the forms' steps."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from seawall.clearinghouse.coordination.embargoes import services
from seawall.clearinghouse.coordination.embargoes.queries import Embargo
from seawall.clearinghouse.coordination.embargoes.types import ChangeState, PreparationKind, Row
from seawall.doors.web.pages import field, moment, number
from seawall.foundation.access.types import Actor
from seawall.foundation.platform.errors import BadInput

WIDTH = 1000
"""Units of the drawing; it is stretched to the page, so it holds no text."""
TEXT_MAX = 2000


@dataclass(frozen=True)
class Bar:
    """One rule: where its time begins and ends on the line, and how far it was extended."""

    row: Row
    x: int
    width: int
    extended: int
    """Units at the bar's end that were added by an extension."""
    binds: bool

    @property
    def more(self) -> int:
        """Where the extension begins."""
        return self.x + self.width - self.extended


@dataclass(frozen=True)
class Line:
    """The whole line of time."""

    begins: datetime
    ends: datetime
    now: int
    end: int
    """Where the embargo ends."""
    bars: tuple[Bar, ...]
    label: str
    """The drawing in words."""


def line_of(found: Embargo, now: datetime) -> Line:
    """The drawing of an embargo, from the case's opening to the last end that any of its rules knows."""
    end = found.case.embargo_ends_at or found.clock.ends_at
    rows = found.clock.rows
    begins = min([found.case.opened_at, *(row.term.starts_at for row in rows)])
    ends = max([end, *(row.ends_at for row in rows if row.ends_at is not None)])
    span = max((ends - begins).total_seconds(), 1.0)

    def place(at: datetime) -> int:
        return max(0, min(WIDTH, round((at - begins).total_seconds() / span * WIDTH)))

    bars = []
    for row in rows:
        start, stop = place(row.term.starts_at), WIDTH if row.ends_at is None else place(row.ends_at)
        extended = 0
        if row.term.extended_until and row.ends_at and row.term.profile and row.term.profile.length:
            base = row.term.starts_at + row.term.profile.length
            extended = max(0, stop - place(base)) if row.ends_at > base else 0
        bars.append(Bar(row, start, max(stop - start, 1), extended, binds=row is found.clock.strictest))
    return Line(begins, ends, place(now), place(end), tuple(bars), found.clock.sentence)


def _until(request: HttpRequest) -> datetime:
    return moment(field(request, "until", limit=40, required=True), "until")


Step = Callable[[Actor, str, HttpRequest, str], tuple[str, str]]


def _propose(actor: Actor, case_id: str, request: HttpRequest, reason: str) -> tuple[str, str]:
    services.propose_terms(actor, case_id, until=_until(request), reason=reason)
    return "Proposed. Everybody who has signed is asked; a coordinator decides.", case_id


def _extend(actor: Actor, case_id: str, request: HttpRequest, reason: str) -> tuple[str, str]:
    services.request_extension(actor, case_id, until=_until(request), reason=reason)
    return "Asked for. Whoever brought the strictest rule has to agree; a coordinator decides.", case_id


def _answer(actor: Actor, case_id: str, request: HttpRequest, reason: str) -> tuple[str, str]:
    accept = request.POST.get("answer") == "yes"
    services.answer_terms(actor, case_id, accept=accept, reason=reason)
    return "You agreed." if accept else "You did not agree.", case_id


def _decide(actor: Actor, case_id: str, request: HttpRequest, reason: str) -> tuple[str, str]:
    accept = request.POST.get("answer") == "yes"
    services.decide_terms(actor, case_id, accept=accept, reason=reason)
    return "The other end holds from now on." if accept else "Rejected. The end is what it was.", case_id


def _bring(actor: Actor, case_id: str, request: HttpRequest, reason: str) -> tuple[str, str]:
    profile = field(request, "profile", limit=40, required=True)
    days = number(request, "days", 0) or None
    services.bring_profile(actor, case_id, profile, reason=reason, days=days)
    return "This policy binds the case from now on.", case_id


def _fixed(actor: Actor, case_id: str, request: HttpRequest, reason: str) -> tuple[str, str]:
    services.note_fix_released(actor, case_id, at=_until(request), reason=reason)
    return "Noted: a fix is out.", case_id


def _prepare(actor: Actor, case_id: str, request: HttpRequest, reason: str) -> tuple[str, str]:
    try:
        kind = PreparationKind(field(request, "kind", limit=20, required=True))
    except ValueError as error:
        raise BadInput("Nothing of this kind is needed.", "Use one of the forms.", field="kind") from error
    services.prepare(actor, case_id, kind, text=reason[:TEXT_MAX])
    return "Noted. This does not lack any more.", case_id


RESPONSES: dict[str, Step] = {
    "propose_terms": _propose,
    "request_extension": _extend,
    "answer_terms": _answer,
    "note_fix_released": _fixed,
    "prepare": _prepare,
}
"""Steps of participants."""
DECISIONS: dict[str, Step] = {"decide_terms": _decide, "bring_profile": _bring}
"""Steps of coordinators."""


def open_change_of(found: Embargo) -> object | None:
    """The wish for another end that waits, if one does."""
    return next((change for change in found.changes if change.state == ChangeState.OPEN), None)
