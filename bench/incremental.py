"""Incremental matching in a large database: one new advisory, and one new inventory, among many components.

    python bench/incremental.py --size 1000000              # SQLite, and PostgreSQL where it is installed
    python bench/incremental.py --size 10000000 --backend postgresql

The database is filled in bulk with inventories of 200 components over 20,000 packages and about 300,000 versions, both
with a long tail as in real inventories. Then, as the service does it:

- ``new_advisory_ms``: an advisory's ranges are written, everybody whom it concerns is found, and the exposures are written;
  median of 50 of typical reach. ``find_ms`` is the part without the exposures' rows.
- ``shown_ms``: the same with the directive's clocks, notices and log entries, as when it is public at once.
- ``new_inventory_ms``: a parsed SBOM of 200 components is written and matched against all advisories; median of 20.

The last line is JSON, one object for each backend.
"""

import argparse
import bisect
import itertools
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PACKAGES = 20_000
VERSIONS = 15
PER_INVENTORY = 200
ADVISORIES = 20_000
"""Advisories that are there already; an inventory is matched against them."""
TRIES = 50
INVENTORIES = 20
_CHUNK = 50_000


def main() -> None:
    """Fill and measure, each backend in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=100_000, help="components in the database")
    parser.add_argument("--backend", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.inside:
        print(json.dumps(measure(chosen.size, chosen.backend)))
        return
    found = []
    for backend in ["sqlite", "postgresql"] if chosen.backend == "both" else [chosen.backend]:
        command = [sys.executable, __file__, "--size", str(chosen.size), "--backend", backend, "--inside"]
        folder = tempfile.mkdtemp(prefix="seawall-bench-")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SEAWALL_")}
        environment["SEAWALL_DATA_DIR"] = folder
        if backend == "postgresql":
            command = [sys.executable, str(ROOT / "tests" / "support" / "postgres.py"), *command]
        try:
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if done.returncode:
            print(f"{backend}: exit code {done.returncode}", file=sys.stderr)
            continue
        found.append(done.stdout.strip().splitlines()[-1])
    for line in found:
        print(line)


def measure(size: int, backend: str) -> dict[str, Any]:
    """Fill a database and measure."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "seawall.foundation.platform.settings"
    os.environ["SEAWALL_LOG_FORMAT"] = "json"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    begin = time.perf_counter()
    chance = random.Random(20261126)
    fill = Filling(size, chance)
    fill.all()
    filled_s = time.perf_counter() - begin
    return {
        "size": size,
        "backend": backend,
        **new_advisories(fill, chance),
        **new_inventories(fill, chance),
        "rows": fill.rows(),
        "fill_s": round(filled_s, 1),
    }


class Filling:
    """The rows of a nation's inventories."""

    def __init__(self, size: int, chance: random.Random) -> None:
        self.size = size
        self._chance = chance
        # A long tail: of 20,000 packages, the hundred most used are in half of all lines.
        weights = [1 / (rank + 20) for rank in range(PACKAGES)]
        self._package_sums = list(itertools.accumulate(weights))
        shares = [1 / (rank + 2) for rank in range(VERSIONS)]
        self._version_sums = list(itertools.accumulate(shares))

    def all(self) -> None:
        from seawall.clearinghouse.matching.ecosystems.pypi.order import ECOSYSTEM

        self.order = ECOSYSTEM
        self.texts = [f"{major}.{minor}.{patch}" for major in range(3) for minor in range(5) for patch in (0,)]
        self.keys = [self.order.encode(text) for text in self.texts]
        copy("matching_packagename", ("id", "ecosystem", "name"), self._packages())
        copy("matching_packageversion", ("id", "package_id", "version", "scheme", "key"), self._versions())
        copy(
            "matching_inventory",
            ("id", "organization_id", "uploaded_by", "name", "release", "format", "digest", "size", "state", "subject",
             "components", "unmatched", "notes", "uploaded_at", "ready_at"),
            self._inventories(),
        )  # fmt: skip
        columns = ("inventory_id", "package_version_id", "ref", "name", "version", "purl", "why_not", "reach",
                   "environment", "asset_type", "path")  # fmt: skip
        copy("matching_component", columns, self._components())
        copy(
            "matching_affectedadvisory",
            ("id", "source", "name", "case_id", "title", "severity", "identifiers", "references", "affected", "dropped",
             "digest", "extent", "published", "modified", "registered_at", "matched_at", "published_at",
             "withdrawn_reason"),
            self._advisories(),
        )  # fmt: skip
        of_ranges = ("advisory_id", "package_id", "scheme", "low", "high", "introduced", "fixed", "last_affected", "listed",
                   "compared", "text", "flag")  # fmt: skip
        copy("matching_affectedrange", of_ranges, self._ranges())
        copy("matching_advisoryidentifier", ("advisory_id", "identifier"), self._names())
        analyze()

    def package(self) -> int:
        return bisect.bisect(self._package_sums, self._chance.random() * self._package_sums[-1])

    def version(self) -> int:
        # The newest ones are used most.
        return VERSIONS - 1 - bisect.bisect(self._version_sums, self._chance.random() * self._version_sums[-1])

    def _packages(self) -> Iterator[tuple[Any, ...]]:
        return ((number + 1, "PyPI", f"package-{number}") for number in range(PACKAGES))

    def _versions(self) -> Iterator[tuple[Any, ...]]:
        for package in range(PACKAGES):
            for place in range(VERSIONS):
                number = package * VERSIONS + place + 1
                yield number, package + 1, self.texts[place], self.order.scheme, self.keys[place]

    def _inventories(self) -> Iterator[tuple[Any, ...]]:
        for number in range(-(-self.size // PER_INVENTORY)):
            now = "2026-11-26 00:00:00+00"
            name = f"inventory_{number:026d}"
            yield (
                name, f"org_{number % 3000:026d}", "token", f"System {number}", "", "cyclonedx", "sha256:" + "0" * 64, 1,
                "ready", "", PER_INVENTORY, 0, "[]", now, now,
            )  # fmt: skip

    def _components(self) -> Iterator[tuple[Any, ...]]:
        for number in range(self.size):
            package, place = self.package(), self.version()
            inventory = f"inventory_{number // PER_INVENTORY:026d}"
            name, text = f"package-{package}", self.texts[place]
            purl = f"pkg:pypi/{name}@{text}"
            yield (
                inventory, package * VERSIONS + place + 1, purl, name, text, purl, "", "unknown", "", "",
                json.dumps(["System", name]),
            )  # fmt: skip

    def _advisories(self) -> Iterator[tuple[Any, ...]]:
        now = "2026-11-26 00:00:00+00"
        for number in range(ADVISORIES):
            name = f"EX-{number}"
            yield (
                f"example:{name}", "example", name, "", "A flaw", "", json.dumps([name]), "[]", "[]", "[]", "0" * 64,
                "0" * 64, "", "", now, now, now, "",
            )  # fmt: skip

    def _ranges(self) -> Iterator[tuple[Any, ...]]:
        for number in range(ADVISORIES):
            package = self._chance.randrange(PACKAGES)
            end = self._chance.randrange(1, 4)
            yield (
                f"example:EX-{number}", package + 1, self.order.scheme, b"", self.keys[end], "0", self.texts[end], "",
                False, False, "", "",
            )  # fmt: skip

    def _names(self) -> Iterator[tuple[Any, ...]]:
        return ((f"example:EX-{number}", f"EX-{number}") for number in range(ADVISORIES))

    def rows(self) -> dict[str, int]:
        from seawall.clearinghouse.matching import models

        tables = (models.Component, models.PackageVersion, models.PackageName, models.AffectedAdvisory, models.Exposure)
        return {table.__name__: table.objects.count() for table in tables}


def copy(table: str, columns: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> None:
    """Rows into a table, as fast as the database takes them."""
    from django.db import connection, transaction

    quoted = ", ".join(f'"{column}"' for column in columns)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" ({quoted}) FROM STDIN') as sink:
                for row in rows:
                    sink.write_row(row)
        else:
            marks = ", ".join("?" for _ in columns)
            command = f'INSERT INTO "{table}" ({quoted}) VALUES ({marks})'
            while some := list(itertools.islice(rows, _CHUNK)):
                cursor.connection.executemany(command, some)
        if connection.vendor == "postgresql" and columns[0] == "id" and table.startswith("matching_package"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM \"{table}\"")


def analyze() -> None:
    """What the planner should know after a bulk load, as autovacuum would."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds, and what it returned."""
    begin = time.perf_counter()
    value = work()
    return (time.perf_counter() - begin) * 1000, value


def new_advisories(fill: Filling, chance: random.Random) -> dict[str, Any]:
    """One advisory after the other: hidden ones, then public ones."""
    from django.db import transaction

    from seawall.clearinghouse.matching import exposing, services
    from seawall.clearinghouse.matching.lines import batches
    from seawall.clearinghouse.matching.models import AffectedAdvisory
    from seawall.clearinghouse.matching.settling import LINES_MAX, settle
    from seawall.foundation.access.types import Actor
    from seawall.foundation.platform import clock

    system = Actor.system("bench")

    def one(number: int, *, public: bool) -> tuple[float, int]:
        package, end = chance.randrange(PACKAGES), chance.randrange(1, VERSIONS)
        now = clock.now()
        affected = [
            {"package": f"pkg:pypi/package-{package}", "ranges": [{"introduced": "0", "fixed": fill.texts[end]}]}
        ]
        with transaction.atomic():
            row = AffectedAdvisory.objects.create(
                pk=f"bench:{public}-{number}",
                source="bench",
                name=f"{public}-{number}",
                affected=affected,
                registered_at=now,
                published_at=now if public else None,
            )
            exposing.write_ranges(row, affected)
            exposing.write_names([(row.pk, [row.name])])
            find_ms, lines = timed(lambda: exposing.concerned([row.pk]))
            shown = []
            for batch in batches([line for _, line in lines], LINES_MAX):
                shown += settle(system, batch, now, advisory_ids=[row.pk]).shown
            if public:
                services.tell(shown)
        return find_ms, len(lines)

    one(-1, public=False)  # the first one also loads code and plans
    hidden, finds, reached, public = [], [], [], []
    for number in range(TRIES):
        whole_ms, (find_ms, lines) = timed(partial(one, number, public=False))
        hidden.append(whole_ms)
        finds.append(find_ms)
        reached.append(lines)
    for number in range(TRIES):
        whole_ms, _ = timed(partial(one, number, public=True))
        public.append(whole_ms)
    return {
        "new_advisory_ms": round(statistics.median(hidden), 1),
        "new_advisory_p95_ms": round(sorted(hidden)[int(TRIES * 0.95)], 1),
        "find_ms": round(statistics.median(finds), 1),
        "shown_ms": round(statistics.median(public), 1),
        "lines_reached": statistics.median(reached),
        "lines_reached_max": max(reached),
    }


def new_inventories(fill: Filling, chance: random.Random) -> dict[str, Any]:
    """One SBOM of 200 components after the other, from its parsed lines to its exposures."""
    from django.db import transaction

    from seawall.clearinghouse.matching import services
    from seawall.clearinghouse.matching.formats.interface import Sbom
    from seawall.clearinghouse.matching.formats.listings import listing
    from seawall.clearinghouse.matching.models import Exposure, Inventory
    from seawall.foundation.access.types import Actor
    from seawall.foundation.platform import clock

    system = Actor.system("bench")
    taken, found = [], []
    for number in range(INVENTORIES + 1):
        listings = tuple(
            listing(f"pkg:pypi/package-{fill.package()}@{fill.texts[fill.version()]}", ref=str(place))
            for place in range(PER_INVENTORY)
        )
        row = Inventory.objects.create(
            organization_id=f"org_{chance.randrange(3000):026d}",
            uploaded_by="bench",
            name=f"New {number}",
            format="cyclonedx",
            digest="sha256:" + "0" * 64,
            size=1,
            state="received",
            uploaded_at=clock.now(),
        )

        def work(row: Inventory = row, listings: tuple[Any, ...] = listings) -> None:
            with transaction.atomic():
                services.keep_lines(system, row.pk, Sbom("cyclonedx", "", listings, ()))
            with transaction.atomic():
                services.match_one_inventory(system, row.pk)

        taken.append(timed(work)[0])
        found.append(Exposure.objects.filter(component__inventory=row).count())
    return {
        "new_inventory_ms": round(statistics.median(taken[1:]), 1),
        "new_inventory_exposures": statistics.median(found[1:]),
    }


if __name__ == "__main__":
    main()
