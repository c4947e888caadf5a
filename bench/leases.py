"""Deconfliction under load: leases, the SOC's question, the collision check; and the page of a large case.

    python bench/leases.py --size 1000
    python tests/support/postgres.py python bench/leases.py

``size`` is the number of lease requests. They come from 40 organizations in two processes of four threads each, for
overlapping parts of five targets; afterwards each pair of exclusive grants on a target is compared, and files that two
organizations hold count as ``double_grants``. ``bare_ms`` is the same number of writes under the same row lock without
deciding anything, ``soc_bare_ms`` a question that asks nothing. The SOC's question is asked among 100,000 bookings, the collision check among 100,000 holdings.

The page of a case is asked of a real server: 150 vendors and 2,000 messages at the usual size (``case_page.py``).
"""

import argparse
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

PROCESSES, THREADS, ORGANIZATIONS, TARGETS = 2, 4, 40, 5
BOOKINGS = HOLDINGS = 100_000
FOLDERS = ["", "src/", "src/core/", "src/core/parse/", "src/net/", "lib/", "lib/image/", "tests/"]
KINDS = ["any", "fuzzing", "code-review", "agentic", "static-analysis"]


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1000, help="lease requests")
    parser.add_argument("--worker", type=int, default=None, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.size < PROCESSES * THREADS:
        parser.error(f"--size is at least {PROCESSES * THREADS}")
    if arguments.worker is not None:
        load()
        print(json.dumps(ask_for_ground(arguments.worker, arguments.size)))
        return
    with tempfile.TemporaryDirectory(prefix="seawall-bench-") as folder:
        os.environ["SEAWALL_DATA_DIR"] = folder
        os.environ["SEAWALL_CONFIG"] = str(Path(folder) / "none.toml")
        load()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        from case_page import measure as measure_case_page

        figures = {**measure_leases(arguments.size), **measure_soc(), **measure_collisions()}
        figures |= measure_case_page(arguments.size)
        database = connection.vendor
        connection.close()
        print(json.dumps({"size": arguments.size, "database": database, **figures}))


def load() -> None:
    """Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seawall.foundation.platform.settings")
    import django

    django.setup()


def actor(number: int, kind: str = "finder") -> Any:
    """A member of one of many organizations."""
    from seawall.foundation.access.table import SCOPES
    from seawall.foundation.access.types import Actor, ActorKind, OrganizationKind

    return Actor(
        kind=ActorKind.TOKEN,
        id=f"token_{number}",
        label="bench",
        organization_id=f"org_{number}",
        organization_kind=OrganizationKind(kind),
        scopes=frozenset(SCOPES),
    )


def ask_for_ground(seed: int, size: int) -> dict[str, Any]:
    """One process: so many requests by its threads; what each took, in milliseconds, and what went wrong."""
    from django.db import connection

    from seawall.clearinghouse.deconfliction.services import request_lease
    from seawall.foundation.platform.errors import SeawallError

    took: list[float] = []
    outcomes: dict[str, int] = {}
    lock = threading.Lock()

    def work(thread: int) -> None:
        chance = random.Random(1000 * seed + thread)
        for _ in range(size // THREADS):
            wish: dict[str, Any] = {
                "target": f"https://github.com/bench/t{chance.randrange(TARGETS)}",
                "paths": chance.sample(FOLDERS, chance.randint(1, 2)),
                "techniques": chance.sample(KINDS, 1),
                "weaknesses": chance.choice([[], [], ["CWE-79"], ["CWE-787"]]),
                "exclusive": chance.random() < 0.9,
            }
            start = time.perf_counter()
            try:
                outcome = request_lease(actor(chance.randrange(ORGANIZATIONS)), **wish).outcome
            except SeawallError as error:
                outcome = error.code
            with lock:
                took.append(1000 * (time.perf_counter() - start))
                outcomes[outcome] = outcomes.get(outcome, 0) + 1
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return {"took": took, "outcomes": outcomes}


def double_grants() -> int:
    """Pairs of exclusive leases of two organizations that share ground."""
    from seawall.clearinghouse.deconfliction import rules
    from seawall.clearinghouse.deconfliction.granting import scope_of_lease
    from seawall.clearinghouse.deconfliction.models import ScanLease
    from seawall.clearinghouse.deconfliction.types import HeldGround

    wrong = 0
    now = datetime.now(UTC)
    for number in range(TARGETS):
        rows = list(ScanLease.objects.filter(target=f"https://github.com/bench/t{number}"))
        scopes = [scope_of_lease(row, row.target_id) for row in rows]
        for place, row in enumerate(rows):
            for other in range(place):
                if row.organization_id != rows[other].organization_id and (row.exclusive or rows[other].exclusive):
                    held = [HeldGround(scopes[other], row.expires_at, exclusive=True)]
                    wrong += bool(rules.decide(scopes[place], exclusive=True, held=held, now=now).taken)
    return wrong


def measure_leases(size: int) -> dict[str, Any]:
    """All requests at once, then the comparison."""
    from seawall.clearinghouse.deconfliction.models import ScanLease

    each = size // PROCESSES
    command = [sys.executable, __file__, "--size", str(each), "--worker"]
    start = time.perf_counter()
    children = [
        subprocess.Popen([*command, str(number)], stdout=subprocess.PIPE, text=True) for number in range(PROCESSES)
    ]
    took: list[float] = []
    outcomes: dict[str, int] = {}
    for child in children:
        said = json.loads(child.communicate()[0].splitlines()[-1])
        took += said["took"]
        for name, count in said["outcomes"].items():
            outcomes[name] = outcomes.get(name, 0) + count
    spent = time.perf_counter() - start
    took.sort()
    return {
        "requests": len(took),
        "outcomes": outcomes,
        "leases": ScanLease.objects.count(),
        "double_grants": double_grants(),
        "grant_ms": round(statistics.median(took), 2),
        "grant_ms_p99": round(took[int(0.99 * (len(took) - 1))], 2),
        "requests_per_s": round(len(took) / spent, 1),
        "grant_alone_ms": timed(50, grant_alone),
        "bare_ms": timed(50, bare_write),
    }


def grant_alone(number: int) -> None:
    """A request that nobody competes with."""
    from seawall.clearinghouse.deconfliction.services import request_lease

    request_lease(actor(100 + number), target=f"pkg:pypi/alone{number}", paths=["src/"])


def bare_write(number: int) -> None:
    """The same rows under the same lock, and the log's entry, without deciding."""
    from django.db import transaction

    from seawall.clearinghouse.deconfliction.models import Target
    from seawall.foundation.transparency.services import record

    with transaction.atomic():
        Target.objects.get_or_create(name=f"bare {number % 5}")
        row = Target.objects.select_for_update().get(name=f"bare {number % 5}")
        row.fence += 1
        row.save(update_fields=["fence"])
        record(actor(1), "bench", "bench", {"fence": row.fence})


def timed(count: int, action: Callable[[int], object]) -> float:
    """Median of an action, in milliseconds."""
    took = []
    for number in range(count):
        start = time.perf_counter()
        action(number)
        took.append(1000 * (time.perf_counter() - start))
    return round(statistics.median(took), 3)


def measure_soc() -> dict[str, Any]:
    """Is this source at this time ours, by the API's query and by the daily file."""
    from django.conf import settings
    from django.db import connection

    from seawall.clearinghouse.deconfliction.models import Booking, BookingSource, Network
    from seawall.clearinghouse.deconfliction.networks import daily, queries
    from seawall.foundation.platform.signing import SigningKey

    now = datetime.now(UTC)
    network = Network.objects.create(
        organization_id="org_soc", value="203.0.113.0/24", state="vouched", challenge="x", registered_at=now
    )
    chance = random.Random(7)
    bookings, sources = [], []
    for number in range(BOOKINGS):
        start = now + timedelta(minutes=chance.randrange(-600, 600))
        source = f"198.{18 + number % 2}.{number // 256 % 256}.{number % 256}/32"
        booking = Booking(
            network=network,
            operator_id="org_soc",
            organization_id=f"org_{number % ORGANIZATIONS}",
            targets=["203.0.113.0/24"],
            sources=[source],
            rate=10,
            state="running",
            starts_at=start,
            ends_at=start + timedelta(hours=4),
            booked_at=now,
            started_at=start,
            heartbeat_at=now,
        )
        bookings.append(booking)
        sources.append(BookingSource(booking=booking, operator_id="org_soc", source=source, ends_at=booking.ends_at))
    Booking.objects.bulk_create(bookings, batch_size=2000)
    BookingSource.objects.bulk_create(sources, batch_size=5000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # what PostgreSQL does by itself within a minute

    def nothing(_number: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()

    soc = replace(actor(0, "operator"), organization_id="org_soc")
    addresses = [f"198.{18 + n % 2}.{chance.randrange(256)}.{chance.randrange(256)}" for n in range(1000)]
    hits = 0

    def ask(number: int) -> None:
        nonlocal hits
        hits += queries.ask(soc, source=addresses[number % 1000], at=now).ours

    query = timed(1000, ask)
    began = time.perf_counter()
    envelope = queries.daily_file(soc, now.date())
    made = time.perf_counter() - began
    began = time.perf_counter()
    allowed = daily.Authorizations.read(envelope, SigningKey.load_or_create(settings.SEAWALL.data_dir).public_pem)
    read = time.perf_counter() - began
    offline = timed(1000, lambda number: allowed.ours(addresses[number % 1000], now))
    return {
        "bookings": BOOKINGS,
        "soc_hits": hits,
        "soc_query_ms": query,
        "soc_bare_ms": timed(1000, nothing),
        "soc_file_ms": offline,
        "soc_file_made_s": round(made, 2),
        "soc_file_read_s": round(read, 2),
        "soc_file_mb": round(len(envelope) / 1e6, 1),
    }


def measure_collisions() -> dict[str, Any]:
    """A finding's four keys: blinded, evaluated, unblinded and looked up."""
    from seawall.clearinghouse.deconfliction.collisions import keys, oprf, rules, services
    from seawall.clearinghouse.deconfliction.collisions.types import Facts, Tag
    from seawall.clearinghouse.deconfliction.commitments.services import seal
    from seawall.clearinghouse.deconfliction.models import Holding

    now = datetime.now(UTC)
    Holding.objects.bulk_create(
        [
            Holding(
                organization_id=f"org_{number % ORGANIZATIONS}",
                kind="symbol",
                tag_digest=hashlib.sha256(str(number).encode()).hexdigest(),
                held_at=now,
            )
            for number in range(HOLDINGS)
        ],
        batch_size=5000,
    )
    blind: list[float] = []

    def check(number: int) -> None:
        member = actor(1000 + number)
        digest = hashlib.sha256(f"finding {number}".encode()).hexdigest()
        facts = Facts(
            "pkg:pypi/jinja2",
            symbols=(f"f{number}",),
            functions=(("src/a.py", f"f{number}"),),
            frames=(f"f{number}", "g", "h"),
            hunks=(("src/a.py", f"-x{number}"),),
        )
        found = keys.keys_of(facts)
        start = time.perf_counter()
        asking = oprf.Asking([key.data for key in found])
        answer = services.evaluate(member, asking.elements)
        tags = asking.tags(answer.evaluations, answer.public_key)
        blind.append(1000 * (time.perf_counter() - start))
        said = [Tag(key.kind, tag) for key, tag in zip(found, tags, strict=True)]
        services.check(member, seal(member, digest=digest).id, said)

    return {
        "holdings": HOLDINGS,
        "collision_check_ms": timed(100, check),
        "collision_blind_ms": round(statistics.median(blind), 3),
        "days_for_100000_guesses": 100_000 // rules.EVALUATIONS_PER_DAY,
    }


if __name__ == "__main__":
    main()
