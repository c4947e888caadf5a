"""What follows from times and facts. Pure: the time is passed in, nothing is read.

The queue of a maintainer is ordered by one time a case: when its oldest report came in, less what the outcome of SSVC's
coordinator table and the claimed severity are worth in waiting. So a more urgent case goes before an older one, the
order between two cases does not change while their facts stand, and nobody starves: whatever comes in later than
``LEAD_MAX`` after a case goes behind it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from seawall.clearinghouse.coordination.routing.types import CaseFacts, LinkState, Pace, Place, Ranked

LINK_DAYS = 14
"""A link that nobody opens ends after so many days."""
LINK_DAYS_MAX = 60
SESSION_DAYS = 30
"""The browser that opened a link goes on for so long; a fix takes weeks."""
WEEK = timedelta(days=7)

LEADS: dict[str, timedelta] = {
    "act": timedelta(days=84),
    "attend": timedelta(days=42),
    "track_star": timedelta(days=14),
    "track": timedelta(0),
}
"""What an outcome is worth in days of waiting."""
EXPLOITED_LEADS: dict[str, timedelta] = {
    "active": timedelta(days=28),
    "poc": timedelta(days=7),
    "none": timedelta(0),
}
"""What exploitation is worth within one outcome; some rows of the table do not tell it apart."""
PROVED_LEAD = timedelta(days=7)
"""What a proof that held is worth."""
DAYS_A_POINT = 1.4
"""What a point of claimed CVSS is worth in days; ten points are two weeks."""
LEAD_MAX = max(LEADS.values()) + max(EXPLOITED_LEADS.values()) + PROVED_LEAD + timedelta(days=10 * DAYS_A_POINT)
"""No case is overtaken by one that came in this much later."""

EXACT_PLACES = 3
"""Places up to this one are told exactly; further ones as a span, because others' cases move them."""
SPANS = ((4, 6), (7, 12), (13, 25), (26, 50), (51, 100))


def link_state(
    now: datetime, *, expires_at: datetime, opened_at: datetime | None, revoked_at: datetime | None
) -> LinkState:
    """What may still be done with a link."""
    if revoked_at is not None:
        return LinkState.REVOKED
    if opened_at is not None:
        return LinkState.OPENED
    return LinkState.EXPIRED if expires_at <= now else LinkState.READY


def lead(outcome: str, facts: CaseFacts) -> timedelta:
    """How much earlier a case counts than it came in.

    Raises:
        KeyError: The outcome is none of SSVC's coordinator table.
    """
    proved = PROVED_LEAD if facts.verdict == "confirmed" else timedelta(0)
    claimed = timedelta(days=DAYS_A_POINT * min(max(facts.score, 0.0), 10.0))
    return LEADS[outcome] + EXPLOITED_LEADS[exploitation(facts)] + proved + claimed


def exploitation(facts: CaseFacts) -> str:
    """SSVC's exploitation: a proof that only the clearinghouse holds is no public one."""
    return "active" if facts.attacks_observed else "poc" if facts.exploit_public else "none"


def answers(facts: CaseFacts) -> dict[str, str | None]:
    """What the facts say to the coordinator table. Nobody states mission and well-being of a package here: medium."""
    return {
        "exploitation": exploitation(facts),
        "automatable": {True: "yes", False: "no", None: None}[facts.automatable],
        "technical_impact": {True: "total", False: "partial", None: None}[facts.total_impact],
        "mission_wellbeing": "medium",
    }


def order(ranked: Iterable[Ranked], received: dict[str, datetime]) -> list[Ranked]:
    """The queue: by the time that counts, then by the time received, then by identifier."""
    return sorted(ranked, key=lambda one: (one.due, received[one.case_id], one.case_id))


def slots(pace: Pace, *, open_now: int, delivered_this_week: int) -> int | None:
    """How many more cases a maintainer takes now; None where it set no limit.

    Cases that passed the pacing because of attacks count as open: they are work too.
    """
    free = [
        limit - used
        for limit, used in ((pace.open_limit, open_now), (pace.weekly_limit, delivered_this_week))
        if limit is not None
    ]
    return max(0, min(free)) if free else None


def next_free(pace: Pace, delivered: Sequence[datetime], now: datetime) -> datetime | None:
    """When the weekly limit lets one more through; None where it is not what holds."""
    recent = sorted(at for at in delivered if at > now - WEEK)
    if pace.weekly_limit is None or len(recent) < pace.weekly_limit:
        return None
    return recent[len(recent) - pace.weekly_limit] + WEEK


def place(case_id: str, queue: Sequence[str], pace: Pace) -> Place:
    """What the finders of a case see of its maintainer's queue.

    The first places exactly, further ones as a span; never who or how many stand behind.
    """
    if case_id not in queue:
        return Place(case_id, waiting=False, first=0, last=0, expected_weeks=None, text="It does not wait.")
    number = queue.index(case_id) + 1
    first, last = span(number)
    weeks = -(-last // pace.weekly_limit) if pace.weekly_limit else None
    said = "next in line" if last == 1 else _ordinal(first) if first == last else f"between place {first} and {last}"
    takes = f"takes {pace.open_limit} at once" if pace.open_limit is not None else "takes them as it can"
    if pace.weekly_limit is not None:
        takes += f", at most {pace.weekly_limit} a week"
    when = (
        f" Expected within {weeks} week{'' if weeks == 1 else 's'} if places come free."
        if weeks
        else " When its turn comes depends on how fast the maintainer closes others."
    )
    return Place(case_id, True, first, last, weeks, f"Waits for its maintainer, who {takes}: {said}.{when}")


def span(number: int) -> tuple[int, int]:
    """The first and last place that are told for a place."""
    if number <= EXACT_PLACES:
        return number, number
    return next(((low, high) for low, high in SPANS if low <= number <= high), (101, 10_000))


def _ordinal(number: int) -> str:
    return {1: "next in line", 2: "2nd in line", 3: "3rd in line"}[number]
