"""Several workers fold reports of one flaw at once: one case, on either database; nobody waits for ever."""

import threading

import pytest
from django.db import close_old_connections, connection

from seawall.clearinghouse.coordination.models import Case, CaseReport
from seawall.clearinghouse.deduplication.models import Observation
from support import World
from support.reports import folded, proved

AT_ONCE = 6
RUN = {"target": {"vulnerable": {"version": "1.0"}, "fixed": {"version": "1.1"}}, "runs": []}


@pytest.mark.django_db(transaction=True)
def test_one_flaw_in_many_workers_is_one_case() -> None:
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("SQLite in memory is one connection; a file takes one writer at a time, see docs/operating.md")
    world = World()
    finders = ("finder", "rival", "lab")
    reports = [
        proved(world, finders[at % 3], at, result={**RUN, "signature": f"crash/2:x@put < read{at % 2} < run"})
        for at in range(2 * AT_ONCE)
    ]
    begin = threading.Barrier(AT_ONCE)
    wrong: list[BaseException] = []

    def work(number: int) -> None:
        try:
            begin.wait(120)
            for report_id in reports[2 * number : 2 * number + 2]:
                folded(report_id)
        except BaseException as error:  # noqa: BLE001 - told to the test's thread
            wrong.append(error)
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not wrong
    assert Case.objects.count() == 2
    assert CaseReport.objects.filter(undone_at=None, role="first").count() == 2
    assert Observation.objects.count() == 2 * AT_ONCE
    oldest = {CaseReport.objects.get(case=case, undone_at=None, role="first").report_id for case in Case.objects.all()}
    assert oldest == set(reports[:2])
