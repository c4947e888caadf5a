"""Scans: SARIF accepted, folded, and sent again.

    python bench/sarif.py --size 100000
    python bench/sarif.py --size 100000 --database postgresql

A scan of ``size`` results in CodeQL's shape with code is written, packed as the command line packs it, and sent to the service as the
API does: piece by piece. ``accepted_s`` is until it is kept and queued, ``folded_s`` until all its findings stand in the database,
``reimport_s`` the same for the project some commits later (a file moved, lines added, some fixed). ``sarif_per_s`` counts both times
of the first. Its reference is what users of DefectDojo report: ten minutes for 30,000 results (``limit`` and ``ratio``).
``cpu_s`` is the processor time of the first, which a busy machine stretches less. ``peak_mb`` is the most memory that the server's process had at a time, beyond what it had before; ``child_mb`` the reading child's.
"""

import argparse
import gzip
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = 30_000 / 600
"""Results a second of DefectDojo, as its users report: 30,000 in ten minutes."""
_PIECE = 64 * 1024


def sarif_per_s(size: int) -> float:
    """Results a second from upload to findings, on SQLite; measured in a process and folder of its own."""
    return float(run(size, "sqlite")["sarif_per_s"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=100_000, help="results of the scan")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.write:
        write(chosen.size, chosen.write)
    elif chosen.inside:
        print(json.dumps(measure(chosen.size, chosen.database, chosen.inside)))
    else:
        print(json.dumps(run(chosen.size, chosen.database)))


def run(size: int, database: str) -> dict[str, Any]:
    """Measure in processes and a folder of their own."""
    folder = Path(tempfile.mkdtemp(prefix="seawall-bench-"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SEAWALL_")}
    environment |= {"SEAWALL_DATA_DIR": str(folder / "data"), "SEAWALL_LOG_FORMAT": "json"}
    command = [sys.executable, __file__, "--size", str(size), "--database", database]
    before = [sys.executable, str(ROOT / "tests" / "support" / "postgres.py")] if database == "postgresql" else []
    try:
        # Written by another process, so that making them is not in the measured one's memory.
        subprocess.run([*command, "--write", str(folder)], check=True, env=environment)
        done = subprocess.run(
            [*before, *command, "--inside", str(folder)], env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def write(size: int, folder: Path) -> None:
    """The scan, and that of some commits later."""
    sys.path.insert(0, str(ROOT / "tests" / "support"))
    scans = import_module("scans")
    spots = scans.project(size)
    later = scans.shifted(spots, "src/part0/file0.py", after=20, by=5)
    later = scans.renamed(later, "src/part0/file1.py", "src/moved/elsewhere.py")
    later = [one for place, one in enumerate(later) if place % 100 != 42]
    for name, some in (("first", spots), ("later", later)):
        data = scans.codeql(some, snippets=True)
        (folder / f"{name}.size").write_text(str(len(data)))
        (folder / f"{name}.sarif.gz").write_bytes(gzip.compress(data, 5, mtime=0))


def pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def measure(size: int, database: str, folder: Path) -> dict[str, Any]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "seawall.foundation.platform.settings"
    import django

    django.setup()
    from django.core.management import call_command

    from seawall.clearinghouse.scanning import queries, services
    from seawall.foundation.access.rules import scopes_of_role
    from seawall.foundation.access.types import Actor, ActorKind, OrganizationKind, Role
    from seawall.foundation.identity.services import create_organization
    from seawall.foundation.jobs.runner import drain

    call_command("migrate", interactive=False, verbosity=0)
    organization = create_organization(Actor.system("bench"), "bench", OrganizationKind.FINDER)
    actor = Actor(
        ActorKind.PERSON, "bench", "bench", organization.id, OrganizationKind.FINDER, Role.ADMIN, scopes_of_role(Role.ADMIN)
    )  # fmt: skip
    before = peak_mb(resource.RUSAGE_SELF)

    def send(name: str) -> tuple[float, float, dict[str, int]]:
        begin = time.perf_counter()
        document = services.keep_document(actor, pieces(folder / f"{name}.sarif.gz"))
        row = services.upload_scan(actor, project="https://example.org/bench", data=document)
        accepted = time.perf_counter()
        drain()
        folded = time.perf_counter()
        found = queries.scan(actor, row.pk)
        if found.state != "ready":
            raise SystemExit(f"the scan is {found.state}: {found.error}")
        return accepted - begin, folded - accepted, found.counts

    cpu_before = cpu_s()
    accepted_s, folded_s, counts = send("first")
    cpu = cpu_s() - cpu_before
    if counts["new"] != size:
        raise SystemExit(f"{counts} of {size} results")
    _, reimport_s, later = send("later")
    if later["new"] or later["gone"] != sum(place % 100 == 42 for place in range(size)):
        raise SystemExit(f"{later} after some commits")
    rate = size / (accepted_s + folded_s)
    return {
        "results": size,
        "database": database,
        "document_mb": round(int((folder / "first.size").read_text()) / 2**20, 1),
        "sent_mb": round((folder / "first.sarif.gz").stat().st_size / 2**20, 1),
        "accepted_s": round(accepted_s, 3),
        "folded_s": round(folded_s, 2),
        "sarif_per_s": round(rate),
        "cpu_s": round(cpu, 2),
        "reimport_s": round(reimport_s, 2),
        "followed": later["followed"],
        "peak_mb": round(peak_mb(resource.RUSAGE_SELF) - before),
        "child_mb": round(peak_mb(resource.RUSAGE_CHILDREN)),
        "limit": REFERENCE,
        "ratio": round(rate / REFERENCE, 1),
    }


def cpu_s() -> float:
    """Processor time of this process and its ended children."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def peak_mb(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


if __name__ == "__main__":
    main()
