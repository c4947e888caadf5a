"""The transparency log against a plain chain of SHA-256 hashes: appending, proving one entry, verifying all.

    python bench/log.py --size 5000

Both write the same rows' worth of content to the same SQLite file (WAL, synchronous=FULL), one transaction an
entry. The chain is what one would write without a tree: each hash covers the one before. It appends with fewer
statements, but to prove one entry it must show all that follow, and it cannot prove that it only grew.

The last line is one JSON object:
    size, append_per_s, append_ms_p50, append_ms_p99   one record() and its commit, from a single thread
    bulk_append_per_s                                   record() in one large transaction
    checkpoint_ms, inclusion_proof_ms, consistency_proof_ms, proof_bytes
    export_s, bundle_bytes, verify_s, verify_entries_per_s   every leaf and every opening
    verify_process_s                                    "seawall log verify" as a process, start-up included
    chain_append_per_s, chain_proof_ms, chain_proof_bytes, chain_verify_s
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
import time
from pathlib import Path


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=5000, help="entries")
    size = parser.parse_args().size
    if size < 10:
        parser.error("--size is at least 10")
    with tempfile.TemporaryDirectory(prefix="seawall-bench-") as folder:
        os.environ["SEAWALL_DATA_DIR"] = folder
        os.environ["SEAWALL_CONFIG"] = str(Path(folder) / "none.toml")
        os.environ.pop("SEAWALL_DATABASE_URL", None)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seawall.foundation.platform.settings")
        import django

        django.setup()
        print(json.dumps({"size": size, **measure_log(size, Path(folder)), **measure_chain(size)}))


def payload(number: int) -> dict[str, object]:
    """What a receipt of a report logs, about."""
    return {"report": f"sha256:{number:064x}", "proof": f"sha256:{number + 1:064x}", "format": "seawall"}


def measure_log(size: int, folder: Path) -> dict[str, float]:
    """The log as it is."""
    from django.core.management import call_command
    from django.db import transaction

    from seawall.foundation.access.types import Actor
    from seawall.foundation.transparency import export, queries, services
    from seawall.foundation.transparency.verify import verify_bundle

    call_command("migrate", "transparency", verbosity=0)
    actor = Actor.system("bench")
    bulk = size // 2
    with transaction.atomic():
        start = time.perf_counter()
        for number in range(bulk):
            services.record(actor, "report.received", f"report_{number % 97}", payload(number))
        bulk_s = time.perf_counter() - start
    each = []
    for number in range(bulk, size):
        start = time.perf_counter()
        with transaction.atomic():
            services.record(actor, "report.received", f"report_{number % 97}", payload(number))
        each.append(time.perf_counter() - start)
        if number == bulk + (size - bulk) // 2:
            services.checkpoint(actor)
    start = time.perf_counter()
    services.checkpoint(actor)
    checkpoint_s = time.perf_counter() - start

    chance = random.Random(1)
    inclusion, consistency, proof_bytes = [], [], []
    for _ in range(200):
        start = time.perf_counter()
        proof = queries.inclusion_proof(actor, chance.randrange(size))
        inclusion.append(time.perf_counter() - start)
        proof_bytes.append(sum(map(len, proof.hashes)))
        start = time.perf_counter()
        queries.consistency_proof(actor, chance.randrange(1, size))
        consistency.append(time.perf_counter() - start)

    path = folder / "log.zip"
    start = time.perf_counter()
    with path.open("wb") as file:
        vkey = export.export(actor, file, everything=True).vkey
    export_s = time.perf_counter() - start
    start = time.perf_counter()
    report = verify_bundle(path, vkey=vkey)
    verify_s = time.perf_counter() - start
    if not report.ok or report.openings != size:
        sys.exit(f"the log does not verify: {report.findings}")
    start = time.perf_counter()
    command = [sys.executable, "-m", "seawall", "log", "verify", str(path), "--vkey", vkey]
    subprocess.run(command, check=True, capture_output=True)
    process_s = time.perf_counter() - start
    return {
        "append_per_s": round(len(each) / sum(each)),
        "append_ms_p50": round(1000 * statistics.median(each), 3),
        "append_ms_p99": round(1000 * sorted(each)[int(len(each) * 0.99)], 3),
        "bulk_append_per_s": round(bulk / bulk_s),
        "checkpoint_ms": round(1000 * checkpoint_s, 3),
        "inclusion_proof_ms": round(1000 * statistics.median(inclusion), 3),
        "consistency_proof_ms": round(1000 * statistics.median(consistency), 3),
        "proof_bytes": max(proof_bytes),
        "export_s": round(export_s, 3),
        "bundle_bytes": path.stat().st_size,
        "verify_s": round(verify_s, 3),
        "verify_entries_per_s": round(size / verify_s),
        "verify_process_s": round(process_s, 3),
    }


def measure_chain(size: int) -> dict[str, float]:
    """A plain hash chain in the same database."""
    from django.db import connection, transaction

    insert = "INSERT INTO chain (number, content, hash) VALUES (%s, %s, %s)"
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE chain (number integer PRIMARY KEY, content blob, hash blob)")
        last, each = bytes(32), []
        for number in range(size // 2, size):
            start = time.perf_counter()
            with transaction.atomic():
                cursor.execute("SELECT hash FROM chain ORDER BY number DESC LIMIT 1")
                row = cursor.fetchone()
                last = bytes(row[0]) if row else last
                content = json.dumps(payload(number), sort_keys=True).encode()
                last = hashlib.sha256(last + content).digest()
                cursor.execute(insert, [number, content, last])
            each.append(time.perf_counter() - start)
        # The other half, so that verifying walks as many entries as the log has.
        with transaction.atomic():
            for number in range(size, size + size // 2):
                content = json.dumps(payload(number), sort_keys=True).encode()
                last = hashlib.sha256(last + content).digest()
                cursor.execute(insert, [number, content, last])
        start = time.perf_counter()
        cursor.execute("SELECT content, hash FROM chain ORDER BY number")
        value, shown = bytes(32), 0
        for content, stored in cursor.fetchall():
            value = hashlib.sha256(value + bytes(content)).digest()
            shown += len(stored)
            if value != bytes(stored):
                sys.exit("the chain does not verify")
        verify_s = time.perf_counter() - start
    # On average half of the chain lies behind an entry, and all of it has to be shown to prove that entry.
    return {
        "chain_append_per_s": round(len(each) / sum(each)),
        "chain_proof_ms": round(1000 * verify_s / 2, 3),
        "chain_proof_bytes": shown // 2,
        "chain_verify_s": round(verify_s, 3),
    }


if __name__ == "__main__":
    main()
