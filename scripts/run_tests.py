"""Runs the tests on SQLite, then those that touch a database again on PostgreSQL, and closes with one line for both.

    python scripts/run_tests.py [--long]

Exit code 0 if all passed. Where no PostgreSQL is found, one line says so and the SQLite run counts alone.
"""

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
WORKERS = str(min((os.cpu_count() or 2) + 1, 5))
"""One more than processors: for nearly half of its time a suite of sandboxed runs waits."""
NO_POSTGRES = 77
"""Exit code of tests/support/postgres.py."""


def run(title: str, report: Path, *, marks: str, prefix: list[str], more: list[str]) -> tuple[int, Counter[str]]:
    """One run of pytest; its exit code and how the tests ended."""
    print(f"--- tests on {title}", flush=True)
    words = [sys.executable, "-m", "pytest", "-qq", "-rfEs", "--tb=short", "-n", WORKERS]
    # By module, so that what a module sets up (the whole story, a server) is set up once.
    command = [
        *prefix,
        *words,
        "--dist=loadscope",
        "--no-loadscope-reorder",
        f"--junit-xml={report}",
        "-m",
        marks,
        *more,
    ]
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    counts: Counter[str] = Counter()
    if report.exists():
        # Our own pytest wrote it a moment ago.
        for suite in ET.parse(report).iter("testsuite"):  # noqa: S314
            numbers = {name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")}
            counts["failed"] += numbers["failures"]
            counts["error"] += numbers["errors"]
            counts["skipped"] += numbers["skipped"]
            counts["passed"] += numbers["tests"] - sum(value for name, value in numbers.items() if name != "tests")
    return code, counts


def main() -> int:
    """Run both; 0 if all passed."""
    long = "--long" in sys.argv[1:]
    many = ["--hypothesis-profile=many"] if long else []
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        marks = "long or not long" if long else "not long"
        code, counts = run("SQLite", Path(folder, "a.xml"), marks=marks, prefix=[], more=many)
        postgres = [sys.executable, str(ROOT / "tests/support/postgres.py")]
        # How a page looks does not depend on the database.
        marks = "database and not browser" if long else "database and not browser and not long"
        second, more = run("PostgreSQL", Path(folder, "b.xml"), marks=marks, prefix=postgres, more=many)
    if second == NO_POSTGRES:
        second = 0
    total = counts + more
    said = ", ".join(f"{total[name]} {name}" for name in ("failed", "passed", "skipped", "error") if total[name])
    spent = time.monotonic() - began
    where = f"SQLite {counts['passed']}, PostgreSQL {more['passed']}"
    print(f"=== {said} in {spent:.2f}s ({where}) ===")
    return code or second


if __name__ == "__main__":
    sys.exit(main())
