"""The time by which embargoes end by themselves: a wall clock that somebody set forward does not end one early.

Each machine keeps, for as long as it runs, one moment at which its wall clock was believed, beside the count of seconds
since it was started, which nobody can set. The wall clock is believed no further than that count has gone on. A step
that has stood for a day is taken for a correction, and believed from then on.
"""

from datetime import datetime, timedelta
from pathlib import Path

from seawall.clearinghouse.coordination.embargoes import rules
from seawall.clearinghouse.coordination.embargoes.models import ClockMark
from seawall.foundation.platform import clock

BOOT = Path("/proc/sys/kernel/random/boot_id")
DRIFT = timedelta(minutes=2)
"""The two clocks may differ by so much before that counts as a step; time servers correct less at once while slewing."""
BELIEVED_AFTER = timedelta(days=1)
"""A step that has stood so long is a correction."""


def now() -> datetime:
    """The time by which embargoes end: never later than the wall clock, nor than the seconds that have passed.

    Writes a row where the clock was found to have been set; the caller's transaction, if there is one.
    """
    wall, steady = clock.now(), clock.steady()
    mark = ClockMark.objects.filter(pk=_machine()).first()
    if mark is None:
        ClockMark.objects.get_or_create(machine=_machine(), defaults={"wall": wall, "steady": steady})
        return wall
    expected = mark.wall + timedelta(seconds=steady - mark.steady)
    step = wall - expected
    if abs(step) <= DRIFT:
        if mark.stepped is not None:
            mark.stepped = mark.stepped_steady = None
            mark.save(update_fields=["stepped", "stepped_steady"])
        return wall
    seconds = step.total_seconds()
    if mark.stepped is None or mark.stepped_steady is None or abs(mark.stepped - seconds) > DRIFT.total_seconds():
        mark.stepped, mark.stepped_steady = seconds, steady
        mark.save(update_fields=["stepped", "stepped_steady"])
    elif steady - mark.stepped_steady >= BELIEVED_AFTER.total_seconds():
        mark.wall, mark.steady, mark.stepped, mark.stepped_steady = wall, steady, None, None
        mark.save()
        return wall
    return rules.cautious(wall, expected)


def _machine() -> str:
    try:
        return BOOT.read_text(encoding="ascii").strip()[:64] or "here"
    except OSError:
        return "here"  # not Linux: one mark for all, so a machine that was started anew is believed after a day
