"""One proved report among very many in the service's own tables: what folding it costs, on either database.

    python bench/folding.py --size 100000                          # SQLite
    python bench/folding.py --size 100000 --database postgresql    # a private server, gone afterwards

A tenth of all reports is of one package, each an open case of its own; the others are spread over 2,000 packages. Reports
are made up: two dozen words by Zipf's law, a stack of four functions with lines, a symbol, a file. A new one is like
some that are stored (half of its words, its innermost function) and links to none.

The last line is one JSON object:
    size, database
    service_lookup_ms, service_lookup_ms_p99    wall clock: candidates found, loaded and compared, for a report of the crowded package
    service_fold_ms, service_fold_ms_p99        the whole of it: lock, remember, look up, open a case, ask, log, answer
    service_lookup_cpu_ms, service_fold_cpu_ms  the same in processor time of this process, where others use the machine too
    service_link_ms                             the same for a report that links to a stored one
    service_found_share                         new reports for which the stored one that they are like is a candidate
    service_rows_per_report                     rows of the index
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BATCH = 1_000
PACKAGES = 2_000
CROWDED = "pkg:pypi/crowded"
PROBES = 100
VOCABULARY = 12_000


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=100_000, help="reports that are stored")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    given = parser.parse_args()
    if given.database == "postgresql" and "SEAWALL_DATABASE_URL" not in os.environ:
        own = [sys.executable, str(Path(__file__)), "--size", str(given.size), "--database", "postgresql"]
        sys.exit(
            subprocess.run(
                [sys.executable, str(ROOT / "tests" / "support" / "postgres.py"), *own], check=False
            ).returncode
        )
    with tempfile.TemporaryDirectory(prefix="seawall-bench-") as folder:
        os.environ["SEAWALL_DATA_DIR"] = folder
        os.environ["SEAWALL_CONFIG"] = str(Path(folder) / "none.toml")
        os.environ["DJANGO_SETTINGS_MODULE"] = "seawall.foundation.platform.settings"
        sys.path[:0] = [str(ROOT / "src")]
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        print(json.dumps({"size": given.size, "database": given.database} | measure(given.size)))


def measure(size: int) -> dict[str, Any]:
    """Store ``size`` reports, then fold some."""
    from django.db import connection, transaction

    from seawall.clearinghouse.deduplication import comparing, remembering, services
    from seawall.clearinghouse.deduplication.models import Posting
    from seawall.clearinghouse.intake.models import Report
    from seawall.foundation.access.types import Actor, OrganizationKind
    from seawall.foundation.identity.services import create_organization

    chance = random.Random(5)
    stored = store(size, chance)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    finder = create_organization(Actor.system("bench"), "bench", OrganizationKind.FINDER).id
    lookups, folds, links, found = [], [], [], 0
    twins = [one for one in stored if one["package"] == CROWDED]
    for number in range(PROBES):
        like = chance.choice(twins)
        words = like["description"].split()
        description = " ".join(words[: len(words) // 2] + drawn(chance, 12))
        frames = [(like["stack"][0], 7), *((f"new{number}_{at}", 9) for at in range(3))]
        report = received(finder, CROWDED, description, like["symbols"], frames)
        mine = comparing.finding(Report.objects.get(pk=report))
        found += like["id"] in remembering.likely(mine, {CROWDED}, services.CANDIDATES)
        lookups.append(timed(partial(services.likes, mine, "")))
        folds.append(timed(partial(fold, report)))
        again = received(finder, CROWDED, description, like["symbols"], frames)
        links.append(timed(partial(fold, again)))
    with transaction.atomic():
        rows = Posting.objects.count()
    return {
        **medians("service_lookup", lookups), **medians("service_fold", folds), **medians("service_link", links),
        "service_found_share": round(found / PROBES, 3), "service_rows_per_report": round(rows / (size + 2 * PROBES), 1),
    }  # fmt: skip


def fold(report_id: str) -> None:
    """As the job does."""
    from django.db import transaction

    from seawall.clearinghouse.deduplication import services
    from seawall.foundation.access.types import Actor

    with transaction.atomic():
        services.fold(Actor.system("deduplication"), report_id)


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Milliseconds of wall clock and of this process."""
    start, spent = time.perf_counter(), time.process_time()
    work()
    return 1000 * (time.perf_counter() - start), 1000 * (time.process_time() - spent)


def medians(name: str, rows: list[tuple[float, float]]) -> dict[str, float]:
    """Under a name."""
    wall = sorted(one for one, _ in rows)
    return {
        f"{name}_ms": round(statistics.median(wall), 1),
        f"{name}_ms_p99": round(wall[int(0.99 * len(wall))], 1),
        f"{name}_cpu_ms": round(statistics.median(one for _, one in rows), 1),
    }


def received(finder: str, package: str, description: str, symbols: list[str], frames: list[tuple[str, int]]) -> str:
    """A report whose proof held."""
    from seawall.clearinghouse.intake.models import Report
    from seawall.clearinghouse.validation.models import Validation
    from seawall.foundation.platform import clock

    now = clock.now()
    row = Report.objects.create(
        organization_id=finder, submitted_by="t", format="seawall", raw_digest="sha256:0", title=description[:80],
        description=description, package=package, failure="memory-safety", symbols=symbols, state="validating", proved=True,
        received_at=now,
    )  # fmt: skip
    Validation.objects.create(
        report_id=row.id,
        organization_id=finder,
        state="confirmed",
        result=evidence(frames),
        started_at=now,
        finished_at=now,
    )
    return row.id


def evidence(frames: list[tuple[str, int]]) -> dict[str, Any]:
    """What validation keeps of such a report."""
    names = [name for name, _ in frames]
    crash = {
        "kind": "heap-buffer-overflow", "access": "write",
        "frames": [{"symbol": name, "file": "src/a.c", "line": line} for name, line in frames],
    }  # fmt: skip
    return {
        "signature": f"crash/2:heap-buffer-overflow-write@{' < '.join(names[:3])}",
        "runs": [{"side": "vulnerable", "triggered": True, "stack": names, "crash": crash}],
        "target": {"vulnerable": {"version": "1.0"}, "fixed": {"version": "1.1"}},
    }


WORDS = [f"{one}{two}{three}" for one in ("bar", "del", "fan", "gol", "kem", "lor", "mis", "nal", "pun", "rot", "sil", "tak") for two in ("a", "en", "ir", "os", "um") for three in ("bo", "cy", "dra", "fi", "gle", "ha", "ju", "ki", "lo", "my", "ne", "pra", "qui", "ru", "ste", "tro", "va", "wo", "xe", "zu")]  # fmt: skip
VOCABULARY_OF = [f"{one}{WORDS[(17 * at) % len(WORDS)]}" for at, one in enumerate(WORDS * (VOCABULARY // len(WORDS)))]
CUMULATED: list[float] = []
for _rank in range(len(VOCABULARY_OF)):
    CUMULATED.append((CUMULATED[-1] if CUMULATED else 0.0) + 1 / (_rank + 10))


def drawn(chance: random.Random, count: int) -> list[str]:
    """Words by Zipf's law."""
    return chance.choices(VOCABULARY_OF, cum_weights=CUMULATED, k=count)


def store(size: int, chance: random.Random) -> list[dict[str, Any]]:
    """Write reports, cases, links and the index's rows in bulk, as the services leave them."""
    from django.db import transaction

    from seawall.clearinghouse.coordination.models import Case, CaseReport
    from seawall.clearinghouse.deduplication import observing, remembering
    from seawall.clearinghouse.deduplication.models import Observation, ObservedPackage, Posting
    from seawall.clearinghouse.deduplication.types import Finding
    from seawall.clearinghouse.intake.models import Report
    from seawall.clearinghouse.validation.types import SeenCrash, SeenFrame
    from seawall.foundation.platform import clock

    nothing: frozenset[str] = frozenset()
    made: list[dict[str, Any]] = []

    def all_of_them() -> Iterator[dict[str, Any]]:
        for number in range(size):
            stack = [f"{name}_{chance.randrange(2000)}" for name in drawn(chance, 4)]
            words = drawn(chance, 24)
            yield {
                "id": f"report_b{number}", "case": f"case_b{number}", "stack": stack, "symbols": [stack[0]],
                "package": CROWDED if number % 10 == 0 else f"pkg:pypi/p{chance.randrange(PACKAGES)}",
                "description": " ".join(words),
            }  # fmt: skip

    source = all_of_them()
    begun = clock.now() - timedelta(days=30)
    while batch := list(islice(source, BATCH)):
        made += batch
        with transaction.atomic():
            Report.objects.bulk_create(
                Report(
                    id=one["id"], organization_id="org_x", submitted_by="t", format="seawall", raw_digest="sha256:0",
                    title=one["description"][:80], description=one["description"], package=one["package"],
                    failure="memory-safety", symbols=one["symbols"], state="answered", proved=True, case_id=one["case"],
                    answer="New.", received_at=begun,
                )
                for one in batch
            )  # fmt: skip
            Case.objects.bulk_create(
                Case(
                    id=one["case"], advisory_id=f"A-{one['id']}", title=one["description"][:80], package=one["package"],
                    failure="memory-safety", embargo="active", opened_at=begun,
                )
                for one in batch
            )  # fmt: skip
            CaseReport.objects.bulk_create(
                CaseReport(
                    case_id=one["case"], report_id=one["id"], organization_id="org_x", role="first", reason="r",
                    received_at=begun, linked_by="Seawall deduplication", linked_at=begun,
                )
                for one in batch
            )  # fmt: skip
            findings = []
            for one in batch:
                said = " < ".join(one["stack"][:3])
                bare = Finding(
                    one["id"], one["package"], "memory-safety", f"crash/2:heap-buffer-overflow-write@{said}", nothing,
                    frozenset(one["symbols"]), nothing, nothing, f"{one['description'][:80]}\n{one['description']}",
                )  # fmt: skip
                frames = tuple(SeenFrame(name, "src/a.c", 7) for name in one["stack"])
                findings.append(observing.seen(bare, SeenCrash("heap-buffer-overflow", "write", frames)))
            rows = Observation.objects.bulk_create(
                Observation(report_id=one.report_id, **remembering.row_of(one)) for one in findings
            )
            Posting.objects.bulk_create(
                (
                    Posting(term=key, observation=row)
                    for row, one in zip(rows, findings, strict=True)
                    for key in remembering.keys_of(one)
                ),
                batch_size=10_000,
            )
    names = {one["package"] for one in made}
    ObservedPackage.objects.bulk_create(
        ObservedPackage(name=name, read_by=remembering.READER) for name in sorted(names)
    )
    return made


if __name__ == "__main__":
    main()
