"""Which versions a CVE record calls affected: ``versions`` and ``defaultStatus`` of one product, by CVE's own algorithm.

An entry is a version or a range with a status; the first entry that covers a version decides, or else the default status.
``changes`` turn the status from a version on; ``*`` at an upper end is infinity (``6.1.*``: above all of 6.1).
Of "affected" the events are made; "unaffected" and "unknown" are not a match.

Where publishers mean less than they write, the smaller set is taken and flagged: an ``affected`` default beside affected
versions only (all versions would be affected, and listing some would say nothing), or beside one unaffected version (which is
the fix). A range that begins where it ends is one from the first version on, and flagged. In the place of a version, GitHub's ``>= 1.0, < 1.2`` is read, and the plainest prose (``5.7.29 and prior``, ``before
2.4``, ``1.0 through 1.3``) is read and flagged; other prose is reported.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from seawall.clearinghouse.matching import cpes
from seawall.clearinghouse.matching.advisories import spans
from seawall.clearinghouse.matching.advisories.documents import objects, scalar
from seawall.clearinghouse.matching.advisories.spans import Spans, Unplaced
from seawall.clearinghouse.matching.advisories.types import Events
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem

ENTRIES_MAX = 20_000
"""Versions of one product; the longest list at hand has 1,090."""
OVERLAPS_MAX = 300
"""Entries that are taken apart one by one where affected and unaffected ones overlap."""
CHANGES_MAX = 1_000
TEXT_MAX = 256

ONLY_LISTED = "the default status calls all other versions affected too; only those that are listed were taken"
LAST_UNAFFECTED = (
    "the default status calls later versions affected too; the last unaffected version was taken as the fix"
)
OVERLAP = "affected and unaffected versions overlap; the affected ones were taken"
NO_END = "the end of its range is a word that names no version"
EMPTY = "its range begins where it ends; all before that was taken"
NO_VERSION = "in the place of a version stands a word that names none, such as n/a"
PROSE = "in the place of a version stands prose"
READ_PROSE = "its range is said in prose"
NO_PLACE = "what it calls unaffected has no place in the order, so that it could not be taken away"

_ALL = frozenset({"*", "all", "all versions", "any", "all version", "every version"})
_NONE = frozenset({"", "-", "n/a", "na", "n\\a", "unspecified", "unknown", "not specified", "none", "not applicable", "various",
                   "multiple", "tbd", "see references", "see advisory", "undefined"})  # fmt: skip
_FROM_THE_FIRST = frozenset({"0", "0.0", "0.0.0", "earlier", "prior"}) | _ALL | _NONE
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_SURE_COMMIT = re.compile(r"(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{12,40}")
_OPERATORS = re.compile(r"(?:(?:<=|>=|<|>|=)\s*[^\s,<>=]+)(?:\s*,\s*(?:<=|>=|<|>|=)\s*[^\s,<>=]+)*")
_OPERATOR = re.compile(r"(<=|>=|<|>|=)\s*([^\s,<>=]+)")
_SERIES = re.compile(r"(v?[0-9]+(?:\.[0-9]+)*)\.[xX*](?:\.[xX*])*")
_NUMBER = r"v?[0-9]+(?:\.[0-9]+)*[a-z]?"
_UP_TO = re.compile(
    rf"(?:versions? )?({_NUMBER})(?: and|, and| or|,)? (?:all )?(?:prior|earlier|below|older|previous|lower)(?: versions?)?",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    rf"(?:(?:all )?versions? )?(?:before|prior to|earlier than|below|lower than)(?: version)? ({_NUMBER})",
    re.IGNORECASE,
)
_THROUGH = re.compile(
    rf"(?:versions? )?({_NUMBER}) ?(?:(through|thru|to|up to|~)|-)(?: version)? ?({_NUMBER})", re.IGNORECASE
)
_VERSION = re.compile(r"[^\s,;<>=]+|[^\s,;<>=]+ (?:sp|update|patch|hotfix|rc|beta|alpha) ?[0-9]+", re.IGNORECASE)
_AFFECTED = "affected"
_GIT_TYPES = frozenset({"git", "original_commit_for_fix"})


@dataclass
class Said:
    """What one product's versions say."""

    ranges: list[Events] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    commits: list[Events] = field(default_factory=list)
    flag: str = ""
    unread: list[tuple[str, str]] = field(default_factory=list)
    """What, and why it could not be used."""

    def add_flag(self, why: str) -> None:
        """Say why it is less sure; each reason once."""
        if why and why not in self.flag:
            self.flag = f"{self.flag}; {why}" if self.flag else why

    def __bool__(self) -> bool:
        return bool(self.ranges or self.versions or self.commits)


@dataclass(frozen=True, slots=True)
class _Item:
    """An entry: whole where ``single``, or else from ``low`` (None: the first) to ``high`` (None: no end)."""

    status: str
    low: str | None
    high: str | None = None
    inclusive: bool = False
    after: bool = False
    """``low`` itself is not in it."""
    single: bool = False
    changes: tuple[tuple[str, str], ...] = ()
    """Version and status from there on."""


def said(entry: dict[str, Any], order: Ecosystem) -> Said:
    """Read ``versions`` and ``defaultStatus`` of an ``affected[]`` object; never raises."""
    result = Said()
    items: list[_Item] = []
    given = objects(entry.get("versions"), ENTRIES_MAX)
    for one in given:
        if _is_of_git(one):
            result.commits += _commits(one)
        else:
            items += _items(one, result)
    default = entry.get("defaultStatus")
    if default != _AFFECTED and all(item.status == _AFFECTED for item in items):
        _take(items, result)
    elif items or not given:
        _decide(items, default == _AFFECTED, order, result)
    return result


def _take(items: list[_Item], result: Said) -> None:
    """Affected entries only: nothing to take away."""
    for item in items:
        if item.single:
            result.versions.append(item.low or "")
        else:
            result.ranges.append(_events(item))


def _decide(items: list[_Item], default: bool, order: Ecosystem, result: Said) -> None:
    placed: list[tuple[_Item, Spans, Spans]] = []
    unplaced = False
    for item in items:
        try:
            placed.append((item, *_spans(item, order)))
        except Unplaced:
            if item.single and item.status == _AFFECTED:
                result.versions.append(item.low or "")
            elif item.status == _AFFECTED:
                result.ranges.append(_events(item))
            else:
                unplaced = True
    background = spans.NONE
    if default:
        background, flag = _background(placed, items)
        result.add_flag(flag)
        if unplaced:
            result.add_flag(NO_PLACE)
    wide = [one for one in placed if not (one[0].single and one[0].status == _AFFECTED)]
    others = spans.united(found for _, _, found in placed)
    affected = spans.united(found for item, found, _ in wide)
    if affected & others:
        affected, flag = _first_decides(wide, affected)
        result.add_flag(flag)
    affected |= background - others
    result.ranges += affected.events()
    result.versions += [
        item.low or ""
        for item, found, _ in placed
        if item.single and item.status == _AFFECTED and not _within(found, affected)
    ]


def _background(placed: list[tuple[_Item, Spans, Spans]], items: list[_Item]) -> tuple[Spans, str]:
    """What the default status ``affected`` is taken to cover, before what is unaffected is taken away; and the flag."""
    fine = [(item, found) for item, _, found in placed if found]
    if any(not item.single for item, _ in fine):
        return spans.ALL, ""
    if fine:
        highest = max(fine, key=lambda one: one[1].pairs[-1][0].place)[1].pairs[-1][0]
        return Spans([(spans.ALL.pairs[0][0], highest)]), LAST_UNAFFECTED
    if any(item.status == _AFFECTED for item in items):
        return spans.NONE, ONLY_LISTED
    return spans.ALL, ""


def _first_decides(wide: list[tuple[_Item, Spans, Spans]], affected: Spans) -> tuple[Spans, str]:
    if len(wide) > OVERLAPS_MAX:
        return affected, OVERLAP
    found, seen = spans.NONE, spans.NONE
    for _, yes, no in wide:
        found |= yes - seen
        seen |= yes | no
    return found, ""


def _within(one: Spans, other: Spans) -> bool:
    return any(
        low.place <= pair[0].place and pair[1].place <= high.place for pair in one.pairs for low, high in other.pairs
    )


def _spans(item: _Item, order: Ecosystem) -> tuple[Spans, Spans]:
    """The affected versions of an entry, and the others that it covers."""
    if item.single:
        whole = spans.exactly(order, item.low or "")
    else:
        whole = spans.ALL
        if item.low is not None:
            whole &= (spans.above if item.after else spans.at_least)(order, item.low)
        if item.high is not None:
            whole &= (spans.at_most if item.inclusive else spans.below)(order, item.high)
    yes = whole if item.status == _AFFECTED else spans.NONE
    changes = sorted(
        ((spans.at_least(order, at), status) for at, status in item.changes), key=lambda one: one[0].pairs[0][0].place
    )
    for later, status in changes:
        yes = yes | (whole & later) if status == _AFFECTED else yes - later
    return yes, whole - yes


def _events(item: _Item) -> Events:
    """An affected range as it stands, for the reader who widens and flags what has no place."""
    begin = "introduced_after" if item.after else "introduced"
    events: list[tuple[str, str]] = [(begin, item.low) if item.low is not None else ("introduced", "0")]
    open_now = True
    for at, status in item.changes:
        if (status == _AFFECTED) != open_now:
            open_now = not open_now
            events.append(("introduced" if open_now else "fixed", at))
    if open_now and item.high is not None:
        events.append(("last_affected" if item.inclusive else "fixed", item.high))
    return tuple(events)


def _items(one: dict[str, Any], result: Said) -> Iterator[_Item]:
    status = scalar(one.get("status"), TEXT_MAX) or "unknown"
    version = _version(one.get("version"))
    bound = next(
        ((name, _version(one[name])) for name in ("lessThan", "lessThanOrEqual") if one.get(name) is not None), None
    )
    if bound is None:
        yield from _of_text(version, status, result)
        return
    name, high = bound
    low = None if version.lower() in _FROM_THE_FIRST else version
    if low is not None and low == high and name == "lessThan" and status == _AFFECTED:
        # Chrome's and others' way to say that this version has the fix.
        result.add_flag(EMPTY)
        low = None
    if high.lower() in _NONE:
        if low is None or status != _AFFECTED:
            result.unread.append((f"{version or 'nothing'} to {high or 'nothing'}", NO_VERSION))
        else:
            result.add_flag(NO_END)
            yield _Item(status, low)
        return
    operator = _OPERATOR.fullmatch(high)
    if operator is not None:  # some write the operator again
        high = operator[2]
    series, low_series = _SERIES.fullmatch(high), _SERIES.fullmatch(low or "")
    changes = tuple(
        (at, scalar(change.get("status"), TEXT_MAX))
        for change in objects(one.get("changes"), CHANGES_MAX)
        if (at := _version(change.get("at"))).lower() not in _NONE
    )
    yield _Item(
        status,
        low_series[1] if low_series else low,
        None if high.lower() in _ALL else f"{series[1]}.*" if series else high,
        inclusive=name == "lessThanOrEqual" or series is not None,
        changes=changes,
    )


def _of_text(version: str, status: str, result: Said) -> Iterator[_Item]:
    if version.lower() in _ALL:
        yield _Item(status, None)
    elif version.lower() in _NONE:
        result.unread.append((version or "nothing", NO_VERSION))
    elif (series := _SERIES.fullmatch(version)) is not None:
        yield _Item(status, series[1], f"{series[1]}.*", inclusive=True)
    elif _OPERATORS.fullmatch(version) is not None:
        yield _of_operators(version, status)
    elif (read := _of_prose(version, status)) is not None:
        result.add_flag(READ_PROSE)
        yield read
    elif _VERSION.fullmatch(version) is not None:
        yield _Item(status, version, single=True)
    else:
        result.unread.append((version, PROSE))


def _of_operators(text: str, status: str) -> _Item:
    low = high = None
    inclusive = after = False
    for operator, version in _OPERATOR.findall(text):
        if operator == "=":
            return _Item(status, version, single=True)
        if operator in {"<", "<="}:
            high, inclusive = version, operator == "<="
        else:
            low, after = (None if version in _FROM_THE_FIRST else version), operator == ">"
    return _Item(status, low, high, inclusive=inclusive, after=after and low is not None)


def _of_prose(text: str, status: str) -> _Item | None:
    """Only of what is affected: what is unaffected would be taken away by it."""
    if status != _AFFECTED:
        return None
    if (found := _UP_TO.fullmatch(text)) is not None:
        return _Item(status, None, found[1], inclusive=True)
    if (found := _BEFORE.fullmatch(text)) is not None:
        return _Item(status, None, found[1])
    if (
        (found := _THROUGH.fullmatch(text)) is not None
        and "." in found[1]
        and (found[2] or _is_series(*found.groups()))
    ):
        return _Item(status, found[1], found[3], inclusive=True)
    return None


def _is_series(low: str, _word: str | None, high: str) -> bool:
    """``12.2.3-12.2.8`` is a range, ``7.6-27`` and ``13.1-37.176`` are a version with its build."""
    first, last = low.lower().removeprefix("v").split("."), high.lower().removeprefix("v").split(".")
    return len(first) == len(last) and first[0] == last[0]


def _version(value: Any) -> str:
    text = scalar(value, TEXT_MAX).strip("\"'")
    return cpes.unquoted(text) if "\\" in text else text


def _is_of_git(one: dict[str, Any]) -> bool:
    ends = [_version(one.get(name)).lower() for name in ("version", "lessThan", "lessThanOrEqual")]
    hashes = [end for end in ends if end and end not in _FROM_THE_FIRST]
    if scalar(one.get("versionType"), TEXT_MAX) in _GIT_TYPES and all(_COMMIT.fullmatch(end) for end in hashes):
        return bool(hashes)
    return bool(hashes) and all(_SURE_COMMIT.fullmatch(end) for end in hashes)


def _commits(one: dict[str, Any]) -> Iterator[Events]:
    """Affected commits; ``lessThanOrEqual`` of git is an ancestor or the commit itself."""
    version = _version(one.get("version")).lower()
    status = one.get("status")
    events: list[tuple[str, str]] = []
    if status == _AFFECTED:
        events.append(("introduced", "0" if version in _FROM_THE_FIRST else version))
    for change in objects(one.get("changes"), CHANGES_MAX):
        at = _version(change.get("at")).lower()
        if _COMMIT.fullmatch(at):
            events.append(("introduced" if change.get("status") == _AFFECTED else "fixed", at))
    for name, kind in (("lessThan", "fixed"), ("lessThanOrEqual", "last_affected")):
        end = _version(one.get(name)).lower()
        if status == _AFFECTED and _COMMIT.fullmatch(end):
            events.append((kind, end))
    if any(kind == "introduced" for kind, _ in events):
        yield tuple(events)
