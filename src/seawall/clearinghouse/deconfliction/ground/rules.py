"""How well ground is covered, and where the least-scanned ground is that matters most. Pure.

The cover of a path is the sum over all scans that reach it of ``effort * 0.5 ** (age / 180 days) * reach``:

- effort in hours: machine hours, ten times the person hours, one hour for 100,000 tokens; at least half an hour, at most
  500, so that nobody paints the map by saying a large number;
- reach 1 where the scan covered all of the path, 0.25 where it covered a part of it only;
- what one organization says of one path counts as its best scan alone.

The score is ``weight / (1 + cover)``. What nobody weighed has the weight 100 of 1000.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from seawall.clearinghouse.deconfliction.ground.types import Candidate, Patch, Ranked, Scanned
from seawall.clearinghouse.deconfliction.rules import contains

HALF_LIFE_DAYS = 180
"""Code changes by about that much between two looks at it."""
EFFORT_MAX_HOURS = 500
EFFORT_MIN_HOURS = 0.5
PART = 0.25
WEIGHT_UNKNOWN = 100
WEIGHT_MAX = 1000
CANDIDATES_MAX = 500
"""Candidates of one question."""


def bucket(count: int) -> str:
    """A count that tells no single organization's coming and going beyond the first two."""
    return str(count) if count < 3 else "3-5" if count < 6 else "6+"  # noqa: PLR2004 - the buckets


def hours_of(scan: Scanned) -> float:
    """Effort in hours."""
    said = scan.machine_hours + 10 * scan.person_hours + scan.model_tokens / 100
    return min(max(said, EFFORT_MIN_HOURS), EFFORT_MAX_HOURS)


def _reach(scan: Scanned, path: str) -> float:
    if contains(scan.path, path):
        inside = any(contains(path, other) for other in scan.excluded_paths)
        outside = any(contains(other, path) for other in scan.excluded_paths if contains(scan.path, other))
        return 0.0 if outside else PART if inside else 1.0
    return PART if contains(path, scan.path) else 0.0


def cover(path: str, scans: Iterable[Scanned], now: datetime) -> float:
    """Effort on a path, in hours that fade."""
    best: dict[str, float] = {}
    for scan in scans:
        reach = _reach(scan, path)
        if reach:
            age = max((now - scan.scanned_at).total_seconds() / 86_400, 0)
            worth = hours_of(scan) * 0.5 ** (age / HALF_LIFE_DAYS) * reach
            best[scan.organization] = max(best.get(scan.organization, 0), worth)
    return round(sum(best.values()), 3)


def patches(scans: Sequence[Scanned], now: datetime) -> list[Patch]:
    """The coverage map of a target: one patch for each path that somebody scanned, by path."""
    by_path: dict[str, list[Scanned]] = {}
    for scan in scans:
        by_path.setdefault(scan.path, []).append(scan)
    found = []
    for path, all_scans in sorted(by_path.items()):
        last = max(all_scans, key=lambda scan: scan.scanned_at)
        found.append(
            Patch(
                path=path,
                scanners=bucket(len({scan.organization for scan in all_scans})),
                scans=bucket(len(all_scans)),
                last_scanned_days=max((now - last.scanned_at).days, 0),
                last_commit=last.commit,
                techniques=tuple(sorted({name for scan in all_scans for name in scan.techniques})),
                weaknesses=tuple(sorted({name for scan in all_scans for name in scan.weaknesses})),
                machine_hours=sum(scan.machine_hours for scan in all_scans),
                person_hours=sum(scan.person_hours for scan in all_scans),
                model_tokens=sum(scan.model_tokens for scan in all_scans),
            )
        )
    return found


def rank(candidate: Candidate, scans: Sequence[Scanned], now: datetime, *, free: bool) -> Ranked:
    """A candidate with its score."""
    reaching = [scan for scan in scans if _reach(scan, candidate.path)]
    covered = cover(candidate.path, reaching, now)
    weight = WEIGHT_UNKNOWN if candidate.weight is None else candidate.weight
    last = max((scan.scanned_at for scan in reaching), default=None)
    return Ranked(
        target=candidate.target,
        path=candidate.path,
        score=round(weight / (1 + covered), 2),
        weight=weight,
        weight_known=candidate.weight is not None,
        cover=covered,
        last_scanned_days=None if last is None else max((now - last).days, 0),
        scanners=bucket(len({scan.organization for scan in reaching})),
        free=free,
    )
