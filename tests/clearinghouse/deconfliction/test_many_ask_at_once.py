"""Threads and processes at once: no ground twice, no code twice, no window twice, no budget overdrawn."""

import hashlib
import importlib.util
import itertools
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from django.db import connection, transaction

from seawall.clearinghouse.deconfliction import services as leases
from seawall.clearinghouse.deconfliction.collisions import oprf, rules
from seawall.clearinghouse.deconfliction.collisions import services as collisions
from seawall.clearinghouse.deconfliction.commitments.services import seal
from seawall.clearinghouse.deconfliction.granting import lock_ground
from seawall.clearinghouse.deconfliction.models import Booking, Commitment, ScanLease
from seawall.clearinghouse.deconfliction.networks import services as networks
from seawall.clearinghouse.deconfliction.networks.types import Limits
from seawall.foundation.platform.errors import SeawallError
from support import World
from support.workers import environment

pytestmark = pytest.mark.django_db(transaction=True)
BENCH = Path(__file__).parents[3] / "bench" / "leases.py"


def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_leases", BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def at_once(count: int, act: Callable[[int], object]) -> Counter[str]:
    """Run ``act(number)`` in so many threads at once; how each ended."""
    ends: Counter[str] = Counter()
    start = threading.Barrier(count)
    lock = threading.Lock()

    def run(number: int) -> None:
        start.wait()
        try:
            act(number)
            end = "done"
        except SeawallError as error:
            end = error.code
        finally:
            connection.close()
        with lock:
            ends[end] += 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def test_threads_never_get_one_ground_twice() -> None:
    module = bench()
    ends = at_once(8, lambda number: module.ask_for_ground(number, 4 * module.THREADS))
    assert ends == {"done": 8}
    assert ScanLease.objects.count() > 10
    assert module.double_grants() == 0


@pytest.mark.long
def test_a_thousand_requests_of_processes_and_threads_never_get_one_ground_twice(tmp_path: Path) -> None:
    module = bench()
    command = [sys.executable, str(BENCH), "--size", "250", "--worker"]
    workers = [
        subprocess.Popen(
            [*command, str(number)],
            env=environment(tmp_path / f"w{number}"),
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    said = [json.loads(worker.communicate(timeout=580)[0].splitlines()[-1]) for worker in workers]
    outcomes = sum((Counter(one["outcomes"]) for one in said), Counter[str]())
    assert sum(outcomes.values()) == 4 * 248
    assert set(outcomes) <= {"granted", "partly_granted", "taken", "rate-limited"}
    assert module.double_grants() == 0
    fences = list(ScanLease.objects.values_list("target", "fence"))
    assert len(fences) == len(set(fences)), "a fence was handed out twice"


def test_double_grants_would_be_seen() -> None:
    module = bench()
    finder = module.actor(1)
    leases.request_lease(finder, target="https://github.com/bench/t0", paths=["src/"])
    row = ScanLease.objects.get()
    row.pk, row.organization_id, row.paths = "lease_" + "b" * 26, "org_2", ["src/core/"]
    row.save(force_insert=True)
    assert module.double_grants() == 1


def test_a_hand_over_code_is_good_once(parties: World) -> None:
    finder = parties.actor("finder")
    lease = leases.request_lease(finder, target="pkg:pypi/jinja2").leases[0]
    code = leases.hand_over(finder, lease.id, fence=lease.fence).code
    takers = [parties.actor(name) for name in ("rival", "lab", "evaluator", "vendor")]
    ends = at_once(16, lambda number: leases.take_over(takers[number % 4], code))
    assert ends == {"done": 1, "conflict": 15}
    assert ScanLease.objects.filter(state="active").count() == 1


@pytest.mark.parametrize("step", [leases.renew_lease, leases.heartbeat, leases.pause_lease])
def test_a_lease_is_extended_under_the_lock_of_its_ground(parties: World, step: Callable[..., object]) -> None:
    """Else a rival could be granted ground that expires just now, while a renewal that began before extends it."""
    finder = parties.actor("finder")
    lease = leases.request_lease(finder, target="pkg:pypi/jinja2").leases[0]
    order: list[str] = []
    locked = threading.Event()

    def rival() -> None:
        with transaction.atomic():
            lock_ground("pkg:pypi/jinja2", "")
            locked.set()
            time.sleep(0.3)
            order.append("rival")
        connection.close()

    def holder() -> None:
        locked.wait()
        step(finder, lease.id, fence=lease.fence)
        order.append("holder")
        connection.close()

    threads = [threading.Thread(target=one) for one in (rival, holder)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert order == ["rival", "holder"]


def test_windows_that_are_asked_for_at_once_are_spread(parties: World) -> None:
    row = networks.register_network(parties.actor("hospital"), value="192.0.2.0/24")
    networks.decide_network(parties.actor("clearinghouse"), row.id, vouch=True, reason="known")
    names = ["finder", "rival", "lab", "evaluator"]
    networks.set_limits(
        parties.actor("hospital"), row.id, Limits(bookings_max=1), scanners=[parties.id(name) for name in names]
    )
    actors = [parties.actor(name) for name in names]
    ends = at_once(
        12, lambda number: networks.book(actors[number % 4], row.id, hours=3, rate=5, sources=["198.51.100.7"])
    )
    assert ends == {"done": 12}
    windows = sorted(Booking.objects.values_list("starts_at", "ends_at"))
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(windows))


def test_a_budget_is_not_overdrawn_by_asking_at_once(parties: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "EVALUATIONS_PER_DAY", 10)
    rival = parties.actor("rival")
    elements = oprf.Asking([b"a", b"b"]).elements
    ends = at_once(12, lambda _: collisions.evaluate(rival, elements))
    assert ends == {"done": 5, "rate-limited": 7}


def test_one_digest_sealed_at_once_is_one_commitment(parties: World) -> None:
    finder = parties.actor("finder")
    digest = hashlib.sha256(b"x").hexdigest()
    ends = at_once(8, lambda _: seal(finder, digest=digest))
    assert set(ends) <= {"done", "conflict"}
    assert Commitment.objects.count() == 1
