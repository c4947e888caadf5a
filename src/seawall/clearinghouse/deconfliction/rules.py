"""Which part of the ground is free. Pure; time is passed in.

Ground is a product: files x techniques x weakness classes, on one target. The algebra is exact: what is granted
is held by nobody, and what is free is never withheld.

1. Only rivals count that would disturb: their time runs, their versions are not certainly apart from the wanted ones,
   and either side is exclusive. Two shared leases never collide.
2. The wanted techniques and classes are cut into atoms: ``any`` into each technique, "every class" into the classes that
   rivals name and the rest.
3. For each atom the prefixes of everybody divide the files into cells: a prefix without the longer ones in it. A cell is
   taken if, for some rival, the longest of its prefixes over the cell is one that it holds.
4. Atoms with the same answer are put together again.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from seawall.clearinghouse.deconfliction.targets import normalize_path, normalize_repository
from seawall.clearinghouse.deconfliction.types import Decision, HeldGround, Revision, Scope, Taken, Technique, Why

__all__ = [
    "LEASE_HOURS_MAX",
    "contains",
    "decide",
    "lease_end",
    "normalize_path",
    "normalize_repository",
    "techniques_meet",
]

LEASE_HOURS_MAX = 24 * 14
"""Longest lease, in hours: ground must not be held by somebody who has gone away."""
PATHS_MAX = 50
"""Paths of one request; more is a sign that the whole target is meant."""
WEAKNESSES_MAX = 20
"""Weakness classes of one request; more is a sign that all are meant."""
SCOPES_MAX = 60
"""Leases that one request may be cut into; finer ground is not worth the letters."""
PREFIXES_MAX = 500
"""Prefixes, excluded ones too, of one granted scope: ground in finer pieces cannot be looked over."""
TAKEN_MAX = 500
"""Taken parts that an answer lists; the outcome counts them all."""
LEASES_PER_TARGET = 20
"""Leases that one organization may hold on a target at a time."""
LEASES_PER_ORGANIZATION = 200
"""Leases that one organization may hold at a time."""
HOLD_DAYS_MAX = 28
"""Days that an organization may keep a target exclusively with renewals and new leases one after another."""
REST_HOURS = 72
"""Hours without an exclusive lease after which the count begins anew."""
PAUSE_HOURS_MAX = 48
"""Longest pause: a paused lease keeps others off."""
HEARTBEAT_SECONDS_MIN = 60
"""A heartbeat sooner than this after the last one changes nothing and is not logged."""

_WEAKNESS = re.compile(r"^CWE-[1-9][0-9]{0,4}$")
_COMMIT = re.compile(r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")
_REST = ""
"""The atom of all weakness classes that nobody names."""
_ALWAYS = datetime.max.replace(tzinfo=UTC)

Apart = Callable[[Revision, Revision], bool]
"""Whether two revisions certainly share no code."""


def _never_apart(_one: Revision, _other: Revision) -> bool:
    return False


def normalize_weakness(name: str) -> str | None:
    """``CWE-79`` in one spelling, or None where it is none."""
    text = name.strip().upper()
    text = f"CWE-{text}" if text.isdecimal() else text
    found = re.sub(r"^CWE[-_ ]?0*", "CWE-", text)
    return found if found.isascii() and _WEAKNESS.match(found) else None


def normalize_commit(commit: str) -> str | None:
    """A full commit identifier in one spelling, or None where it is none."""
    text = commit.strip().lower()
    return text if _COMMIT.match(text) else None


def contains(outer: str, inner: str) -> bool:
    """Whether the prefix ``outer`` covers ``inner`` (both normalized); a folder may come with or without its ``/``."""
    outer = outer.rstrip("/")
    inner = inner.rstrip("/")
    return not outer or inner == outer or inner.startswith(f"{outer}/")


def techniques_meet(ours: Iterable[Technique], theirs: Iterable[Technique]) -> bool:
    """Whether two sets of techniques disturb each other."""
    left, right = set(ours), set(theirs)
    return Technique.ANY in left or Technique.ANY in right or bool(left & right)


def weakness_meets(weakness: str, scope: Scope) -> bool:
    """Whether a scope covers a weakness class; ``""`` stands for the classes that nobody names."""
    if scope.weaknesses:
        return weakness in scope.weaknesses
    return weakness == _REST or weakness not in scope.excluded_weaknesses


@dataclass(frozen=True)
class _Cut:
    """The answer for one atom of techniques and classes."""

    paths: tuple[str, ...]
    excluded: tuple[str, ...]
    taken: tuple[tuple[str, datetime, Why, str | None], ...]


def decide(
    wanted: Scope, *, exclusive: bool, held: Sequence[HeldGround], now: datetime, apart: Apart = _never_apart
) -> Decision:
    """Split a request into what is free and what is taken.

    Args:
        wanted: The scope asked for.
        exclusive: Whether nobody else shall scan it meanwhile.
        held: Grounds of others on the same target; expired ones are ignored.
        now: The time of the decision.
        apart: Says whether two revisions certainly share no code.

    Returns:
        Free ground as scopes, and taken ground per path, technique and class with the latest end among its holders.
    """
    rivals = [
        ground
        for ground in held
        if (ground.until is None or ground.until > now)
        and ground.scope.target == wanted.target
        and (exclusive or ground.exclusive)
        and not apart(wanted.revision, ground.scope.revision)
    ]
    wide = Technique.ANY in wanted.techniques
    techniques = [item for item in Technique if item is not Technique.ANY] if wide else list(wanted.techniques)
    classes = list(wanted.weaknesses)
    if not classes:
        named = {name for ground in rivals for name in (*ground.scope.weaknesses, *ground.scope.excluded_weaknesses)}
        classes = [_REST, *sorted(named - set(wanted.excluded_weaknesses))]
    known: dict[tuple[int, ...], _Cut] = {}
    cuts: dict[tuple[Technique, str], _Cut] = {}
    for technique in techniques:
        against = [ground for ground in rivals if techniques_meet([technique], ground.scope.techniques)]
        for weakness in classes:
            meeting = [ground for ground in against if weakness_meets(weakness, ground.scope)]
            key = tuple(map(id, meeting))
            if key not in known:
                known[key] = _cut(wanted, meeting)
            cuts[technique, weakness] = known[key]
    return Decision(
        granted=tuple(_scopes(wanted, cuts, techniques, classes, wide=wide)),
        taken=tuple(_taken(cuts, techniques, classes, wide=wide)),
    )


def _key(path: str) -> str:
    return path.rstrip("/")


def _parents(key: str) -> Iterable[str]:
    """The prefixes over a path, the nearest first; the whole target is the last."""
    while key:
        key = key.rpartition("/")[0]
        yield key


def _over(key: str, marks: Mapping[str, bool]) -> bool:
    """What the longest prefix over a path says; nothing is False."""
    if key in marks:
        return marks[key]
    return next((marks[parent] for parent in _parents(key) if parent in marks), False)


def _marks(scope: Scope) -> dict[str, bool]:
    marks = {_key(path): True for path in scope.paths}
    for path in scope.excluded_paths:
        # A prefix that is both held and not held is held: the careful reading.
        marks.setdefault(_key(path), False)
    return marks


def _cut(wanted: Scope, rivals: Sequence[HeldGround]) -> _Cut:
    """Cells of the wanted ground that are free, and those that are not."""
    ours = _marks(wanted)
    theirs = [(_marks(ground.scope), ground) for ground in rivals]
    spelled: dict[str, str] = {}
    for scope in (wanted, *(ground.scope for ground in rivals)):
        for path in (*scope.paths, *scope.excluded_paths):
            spelled.setdefault(_key(path), path)
    holders = {
        point: [ground for marks, ground in theirs if _over(point, marks)] for point in spelled if _over(point, ours)
    }
    paths, excluded, taken = [], [], []
    for point in sorted(spelled):
        above = next((parent for parent in _parents(point) if parent in spelled), None)
        free, free_above = holders.get(point) == [], above is not None and holders.get(above) == []
        if free and not free_above:
            paths.append(spelled[point])
        elif not free and free_above:
            excluded.append(spelled[point])
        if here := holders.get(point):
            said = _said(spelled[point], here)
            over = holders.get(above) if above is not None else None
            if not over or _said(spelled[point], over) != said:
                taken.append(said)
    return _Cut(tuple(paths), tuple(excluded), tuple(taken))


def _said(path: str, grounds: Sequence[HeldGround]) -> tuple[str, datetime, Why, str | None]:
    last = max(grounds, key=lambda ground: ground.until or _ALWAYS)
    return path, last.until or _ALWAYS, last.why, last.holder


def _scopes(
    wanted: Scope,
    cuts: Mapping[tuple[Technique, str], _Cut],
    techniques: Sequence[Technique],
    classes: Sequence[str],
    *,
    wide: bool,
) -> Iterable[Scope]:
    """The free cells as scopes: classes with one answer together, then techniques with the same scopes."""
    key: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    by_scope: dict[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]], list[Technique]] = {}
    for technique in techniques:
        alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
        for weakness in classes:
            cut = cuts[technique, weakness]
            alike.setdefault((cut.paths, cut.excluded), []).append(weakness)
        for (paths, excluded), names in alike.items():
            if not paths:
                continue
            if _REST in names:
                others = tuple(sorted({*wanted.excluded_weaknesses, *(set(classes) - set(names))}))
                key = (paths, excluded, (), others)
            else:
                key = (paths, excluded, tuple(names), ())
            by_scope.setdefault(key, []).append(technique)
    for (paths, excluded, names_kept, others), used in by_scope.items():
        yield replace(
            wanted,
            paths=paths,
            excluded_paths=excluded,
            techniques=(Technique.ANY,) if wide and len(used) == len(techniques) else tuple(used),
            weaknesses=names_kept,
            excluded_weaknesses=others,
        )


def _taken(
    cuts: Mapping[tuple[Technique, str], _Cut], techniques: Sequence[Technique], classes: Sequence[str], *, wide: bool
) -> Iterable[Taken]:
    """The taken cells: one line where every class, or every technique, has the same answer."""
    lines: dict[tuple[str, str, datetime, Why, str | None], list[Technique]] = {}
    for technique in techniques:
        found: dict[tuple[str, datetime, Why, str | None], list[str]] = {}
        for weakness in classes:
            for said in cuts[technique, weakness].taken:
                found.setdefault(said, []).append(weakness)
        for (path, until, why, holder), names in found.items():
            for name in [_REST] if len(names) == len(classes) else names:
                lines.setdefault((path, name, until, why, holder), []).append(technique)
    for (path, name, until, why, holder), used in lines.items():
        for technique in (Technique.ANY,) if wide and len(used) == len(techniques) else used:
            yield Taken(path, technique, None if until == _ALWAYS else until, name, why, holder)


def lease_end(now: datetime, hours: int) -> datetime | None:
    """End of a lease that starts now, or None where the length is out of bounds."""
    return now + timedelta(hours=hours) if 1 <= hours <= LEASE_HOURS_MAX else None


def held_since(now: datetime, earlier: Iterable[tuple[datetime, datetime]]) -> datetime:
    """Since when an organization keeps a target exclusively, without a rest in between.

    Args:
        now: The time of the request.
        earlier: (since, end) of its exclusive leases on the target; the end is when the ground was free again.
    """
    rest = timedelta(hours=REST_HOURS)
    return min([now, *(since for since, end in earlier if end + rest > now)])


def latest_end(since: datetime) -> datetime:
    """The end beyond which ground that is kept exclusively since then is not kept."""
    return since + timedelta(days=HOLD_DAYS_MAX)
