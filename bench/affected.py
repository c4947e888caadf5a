"""Which versions a proof works on, held against what was published of them, and against running every version.

    python bench/affected.py --size 10
    python bench/affected.py --size 24 --cache targets --only npm/minimatch

A case is a proof of the corpus or of the demonstration with the range that its flaw's first advisory in a public database
gives (Python Packaging Advisory Database, Node.js Security Working Group; the identifier is the source). Each is scanned
as `seawall affected` does, then all versions that were inferred are run as well: that is the limit, and shows whether what
was inferred is so. A case is equal where no version on which the runs say something contradicts the publication. What is
known of a difference stands in docs/affected-versions.md; a difference counts as explained if its version does.

--cache keeps what was installed and what was found, so that a second time runs nothing.

The last line is one JSON object:
    cases, equal, differ, explained      cases scanned, and how they compare; explained of those that differ
    versions, run, inferred, silent      released versions; run by the scan; inferred; about which the runs say nothing
    agree, disagree                      versions on which runs and publication do and do not say the same
    inferred_wrong                       inferred versions that turn out otherwise when they are run; should be none
    runs, runs_of_all                    runs in the sandbox of the scan, and of the limit: every version
    seconds, seconds_of_all              time of both, one version after the other, installing included
    left_out                             cases that this machine cannot run, with the reason
"""

import argparse
import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from seawall.clearinghouse.validation.affected.errors import NothingToScan
from seawall.clearinghouse.validation.affected.running import Wishes, affected
from seawall.clearinghouse.validation.affected.types import Affected, Comparison
from seawall.clearinghouse.validation.errors import Infrastructure, TargetError
from seawall.doors.cli.affected import key_of, order_of, published

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "affected-versions.md"
JOBS = 2


@dataclass(frozen=True)
class Case:
    """A proof and what was published."""

    bundle: str
    advisory: str
    introduced: str
    end: tuple[str, str]
    """``fixed`` or ``last_affected``, and the version."""

    @property
    def name(self) -> str:
        """``npm/whereis``."""
        return "/".join(Path(self.bundle).parts[-2:])


CASES = (
    Case("corpus/pypi/joblib", "PYSEC-2022-288", "0", ("fixed", "1.2.0")),
    Case("corpus/npm/command-exists", "NSWG-ECO-426", "0", ("last_affected", "1.2.3")),
    Case("corpus/pypi/pyjwt", "PYSEC-2022-202", "1.5.0", ("fixed", "2.4.0")),
    Case("corpus/npm/serialize-to-js", "NSWG-ECO-313", "0", ("last_affected", "0.5.0")),
    Case("corpus/pypi/idna", "PYSEC-2024-60", "0.1", ("fixed", "3.7")),
    Case("corpus/npm/node-srv", "NSWG-ECO-383", "0", ("fixed", "2.1.1")),
    Case("corpus/pypi/gitpython", "PYSEC-2022-42992", "0", ("fixed", "3.1.30")),
    Case("corpus/npm/reduce-css-calc", "NSWG-ECO-144", "0", ("last_affected", "1.2.4")),
    Case("corpus/pypi/pygments-sml", "PYSEC-2021-140", "1.5", ("fixed", "2.7.4")),
    Case("corpus/npm/brace-expansion", "NSWG-ECO-338", "0", ("last_affected", "1.1.6")),
    Case("corpus/npm/minimatch", "NSWG-ECO-118", "0", ("last_affected", "3.0.1")),
    Case("corpus/pypi/starlette", "PYSEC-2023-83", "0.13.5", ("fixed", "0.27.0")),
    Case("corpus/npm/macaddress", "NSWG-ECO-427", "0", ("last_affected", "0.2.8")),
    Case("corpus/pypi/httplib2", "PYSEC-2021-16", "0", ("fixed", "0.19.0")),
    Case("corpus/npm/whereis", "NSWG-ECO-399", "0", ("last_affected", "0.4.0")),
    Case("src/seawall/demo/proofs/mako-tag-regex", "PYSEC-2022-260", "0", ("fixed", "1.2.2")),
    Case("corpus/npm/samsung-remote", "NSWG-ECO-465", "0", ("fixed", "1.3.5")),
    Case("src/seawall/demo/proofs/py7zr-outside-folder", "PYSEC-2022-42998", "0", ("fixed", "0.20.1")),
    Case("corpus/npm/ps", "NSWG-ECO-470", "0", ("fixed", "1.0.0")),
    Case("corpus/pypi/urllib3", "PYSEC-2021-108", "0", ("fixed", "1.26.5")),
    Case("corpus/npm/apex-publish-static-files", "NSWG-ECO-475", "0", ("last_affected", "2.0.0")),
    Case("corpus/npm/pdfinfojs", "NSWG-ECO-412", "0", ("last_affected", "0.3.6")),
    Case("corpus/npm/stattic", "NSWG-ECO-386", "0", ("fixed", "0.3.0")),
    Case("corpus/npm/http-live-simulator", "NSWG-ECO-486", "0", ("last_affected", "1.0.6")),
)


def main() -> None:
    """Scan, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=10, help=f"cases, from the first (10; there are {len(CASES)})")
    parser.add_argument("--only", action="append", help="this case; may be given more than once")
    parser.add_argument("--cache", type=Path, help="where packages and answers are kept")
    arguments = parser.parse_args()
    chosen = [case for case in CASES if case.name in arguments.only] if arguments.only else CASES[: arguments.size]
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measured(chosen, arguments.cache or Path(folder) / "targets", Path(folder))))


def measured(chosen: "tuple[Case, ...] | list[Case]", cache: Path, folder: Path) -> dict[str, object]:
    """All figures."""
    known = explanations()
    sums = dict.fromkeys(
        ("cases", "equal", "differ", "explained", "versions", "run", "inferred", "silent", "agree", "disagree"), 0
    ) | {"inferred_wrong": 0, "runs": 0, "runs_of_all": 0}
    seconds = seconds_of_all = 0.0
    left_out: dict[str, str] = {}
    for case in chosen:
        try:
            scanned, every, comparison = scans(case, cache, folder)
        except (NothingToScan, Infrastructure, TargetError) as error:
            left_out[case.name] = error.detail[:200]
            continue
        unexplained = [
            one.version for one in comparison.differ if not is_explained(one.version, known.get(case.name, []), scanned)
        ]
        truth = {outcome.release.version: outcome.state for outcome in every.outcomes}
        inferred = [outcome for outcome in scanned.outcomes if outcome.between]
        wrong = [one.release.version for one in inferred if one.state is not truth[one.release.version]]
        row = {
            "cases": 1,
            "equal": comparison.equal,
            "differ": not comparison.equal,
            "explained": not comparison.equal and not unexplained,
            "versions": len(scanned.outcomes),
            "run": sum(outcome.trial is not None for outcome in scanned.outcomes),
            "inferred": len(inferred),
            "silent": len(comparison.silent),
            "agree": comparison.agree,
            "disagree": len(comparison.differ),
            "inferred_wrong": len(wrong),
            "runs": scanned.sandbox_runs,
            "runs_of_all": every.sandbox_runs,
        }
        sums = {key: value + row[key] for key, value in sums.items()}
        seconds += scanned.seconds
        seconds_of_all += every.seconds
        tell(case, scanned, comparison, unexplained, wrong)
    return {**sums, "seconds": round(seconds), "seconds_of_all": round(seconds_of_all), "left_out": left_out}


def scans(case: Case, cache: Path, folder: Path) -> tuple[Affected, Affected, Comparison]:
    """The scan, the scan of every version, and the publication beside the latter's versions."""
    bundle = ROOT / case.bundle
    order = order_of(bundle)
    found = [
        affected(
            bundle, cache=cache, key=key_of(order), ecosystem=order.name, wishes=Wishes(everything=every, jobs=JOBS)
        )
        for every in (False, True)
    ]
    scanned, every = found
    package = {"ecosystem": order.name, "name": scanned.name}
    events = [{"introduced": case.introduced}, {case.end[0]: case.end[1]}]
    part = {"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    record = folder / f"{case.advisory}.json"
    record.write_text(json.dumps({"id": case.advisory, "modified": "2026-01-01T00:00:00Z", "affected": [part]}))
    return scanned, every, published(record, scanned, order)[0]


def tell(case: Case, scanned: Affected, comparison: Comparison, unexplained: list[str], wrong: list[str]) -> None:
    """A line for people, and one for each difference."""
    word = "equal" if comparison.equal else "UNEXPLAINED" if unexplained else "explained"
    events = " ".join(f"{kind} {version}" for kind, version in scanned.events)
    here = f"{comparison.agree} agree, {len(comparison.differ)} differ, {len(comparison.silent)} silent"
    print(f"{word} {case.name}: {events} ({scanned.sandbox_runs} runs); {case.advisory}: {here}", flush=True)
    for one in comparison.differ:
        print(f"    {one.version}: published {'affected' if one.published else 'not affected'}. {one.evidence}")
    for version in wrong:
        print(f"    WRONG {version}: inferred, and otherwise when it is run")


def explanations() -> dict[str, list[str]]:
    """Versions that the page's table of differences speaks of, by case: ``1.2.3``, or ``1.0 to 1.2.3``."""
    rows = re.findall(r"^\| ((?:npm|pypi|proofs)/[\w-]+) \| ([^|]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    known: dict[str, list[str]] = {}
    for name, versions in rows:
        known.setdefault(name, []).extend(version.strip() for version in versions.split(","))
    return known


def is_explained(version: str, known: list[str], scanned: Affected) -> bool:
    """Whether one of the page's words means a version."""
    order = [outcome.release.version for outcome in scanned.outcomes]
    for words in known:
        first, _, last = words.partition(" to ")
        if {first, last or first} <= set(order) and version in order[
            order.index(first) : order.index(last or first) + 1
        ]:
            return True
    return False


if __name__ == "__main__":
    main()
