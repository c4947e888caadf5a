"""From what advisories say to half-open ranges of keys.

- OSV events are sorted by key before they are paired: real feeds have them out of order.
- ``last_affected`` ends just above its key (key + 0x00 is the next possible key); a range without an end is open.
- Empty and inverted ranges are dropped and reported.
- A bound that has no place in the ecosystem's order widens the range and flags it: the careful answer, said aloud. Where
  the ecosystem can compare any two texts (Maven), the texts are kept, and the matcher asks that comparison.

    ranges_of_events(PYPI, [{"introduced": "0"}, {"fixed": "1.2.2"}])
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby

from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Unparsable
from seawall.clearinghouse.matching.types import Bound, Dropped

EVENTS_MAX = 20_000
"""Events of one range; real records stay under 300, and 20,000 are paired in a tenth of a second."""

WIDENED = "the range was widened, because a bound has no place in the order"
NOT_TRANSITIVE = "an end is of a kind for which the ecosystem's comparison is no order; the two texts were compared"
_ENDS = ("fixed", "last_affected")
_BEGINNINGS = ("introduced", "introduced_after")
_START = "0"
"""OSV's ``introduced`` for: from the first version on."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """What could be used of an advisory's words about one package, and what could not."""

    bounds: tuple[Bound, ...] = ()
    texts: tuple[str, ...] = ()
    """Listed versions without a key, to be matched by their exact text."""
    dropped: tuple[Dropped, ...] = ()

    def __add__(self, other: "Ranges") -> "Ranges":
        return Ranges(self.bounds + other.bounds, self.texts + other.texts, self.dropped + other.dropped)


class _Kind(IntEnum):
    INTRODUCED = 0
    CLOSING = 1


@dataclass(frozen=True, slots=True)
class _Event:
    key: bytes
    kind: _Kind
    text: str
    inclusive: bool = False
    """The closing version is itself affected."""


def just_above(key: bytes) -> bytes:
    """The lowest byte string above a key; no version's key lies between."""
    return key + b"\x00"


def range_of_pair(
    order: Ecosystem, introduced: str = _START, fixed: str | None = None, last_affected: str | None = None
) -> Ranges:
    """One range from its two ends."""
    events: list[dict[str, str]] = [{"introduced": introduced}]
    if fixed is not None:
        events.append({"fixed": fixed})
    elif last_affected is not None:
        events.append({"last_affected": last_affected})
    return ranges_of_events(order, events)


def ranges_of_events(order: Ecosystem, events: Sequence[Mapping[str, str]]) -> Ranges:
    """The ranges of one OSV ``ranges[]`` entry of type ECOSYSTEM or SEMVER.

    Args:
        order: The package's ecosystem.
        events: Objects with one of ``introduced``, ``introduced_after``, ``fixed``, ``last_affected``; ``limit`` says nothing here.
    """
    if len(events) > EVENTS_MAX:
        return Ranges(dropped=(Dropped(f"{len(events)} events", f"over {EVENTS_MAX} are not read"),))
    if order.compare is not None and _has_unplaced(order, events):
        return _compared(events)
    found: list[_Event] = []
    flags: list[str] = []
    dropped: list[Dropped] = []
    for event in events:
        for kind, text in event.items():
            read = _read(order, kind, text)
            if isinstance(read, _Event):
                found.append(read)
            elif isinstance(read, Dropped):
                dropped.append(read)
            else:
                flags.append(f"{kind} {text}: {read.why}")
                if kind in _BEGINNINGS:
                    found.append(_Event(b"", _Kind.INTRODUCED, text))
    if len(found) == 2 and _inverted(found):  # noqa: PLR2004 - one beginning, one end
        first, second = sorted(found, key=lambda event: event.kind)
        return Ranges(dropped=(*dropped, Dropped(f"{first.text} to {second.text}", "the range ends before it begins")))
    widened = f"{WIDENED} ({'; '.join(flags)})" if flags else ""
    bounds, strays = _paired(found, widened)
    return Ranges(tuple(bounds), (), (*dropped, *strays))


def bounds_of_versions(order: Ecosystem, versions: Iterable[str]) -> Ranges:
    """Single versions that an advisory lists."""
    bounds: dict[bytes, Bound] = {}
    texts: list[str] = []
    for version in versions:
        key = order.key(version)
        if isinstance(key, Unparsable):
            texts.append(version.strip())
        else:
            bounds.setdefault(key, Bound(key, just_above(key), version, last_affected=version, listed=True))
    return Ranges(tuple(bounds[key] for key in sorted(bounds)), tuple(dict.fromkeys(texts)))


def _read(order: Ecosystem, kind: str, text: str) -> _Event | Dropped | Unparsable:
    if kind == "limit":
        return Dropped(f"limit {text[:80]}", "a limit has a meaning for commits only")
    if kind not in _BEGINNINGS and kind not in _ENDS:
        return Dropped(f"{kind[:40]} {text[:80]}", "no event of OSV")
    if kind == "introduced" and text == _START:
        return _Event(b"", _Kind.INTRODUCED, text)
    key = order.key(text)
    if isinstance(key, Unparsable):
        return key
    if kind in _BEGINNINGS:
        return _Event(key if kind == "introduced" else just_above(key), _Kind.INTRODUCED, text)
    inclusive = kind == "last_affected"
    return _Event(just_above(key) if inclusive else key, _Kind.CLOSING, text, inclusive)


def _has_unplaced(order: Ecosystem, events: Sequence[Mapping[str, str]]) -> bool:
    texts = (text for event in events for kind, text in event.items() if kind in _ENDS or text != _START)
    return any(isinstance(order.key(text), Unparsable) for text in texts)


def _compared(events: Sequence[Mapping[str, str]]) -> Ranges:
    """Ends as the publisher paired them: where no order holds, they cannot be sorted."""
    bounds: list[Bound] = []
    dropped: list[Dropped] = []
    begun: str | None = None
    for kind, text in ((kind, text) for event in events for kind, text in event.items()):
        if kind in _BEGINNINGS:
            if begun is not None:
                bounds.append(_open(begun))
            begun = text
        elif kind not in _ENDS:
            dropped.append(Dropped(f"{kind[:40]} {text[:80]}", "no event that says anything of versions"))
        elif begun is None:
            dropped.append(Dropped(f"end at {text}", "nothing begins before it"))
        else:
            fixed, last = (text, None) if kind == "fixed" else (None, text)
            bounds.append(Bound(b"", None, begun, fixed, last, flag=NOT_TRANSITIVE, compared=True))
            begun = None
    if begun is not None:
        bounds.append(_open(begun))
    return Ranges(tuple(bounds), (), tuple(dropped))


def _open(introduced: str) -> Bound:
    return Bound(b"", None, introduced, flag=NOT_TRANSITIVE, compared=True)


def _inverted(pair: list[_Event]) -> bool:
    first, second = sorted(pair, key=lambda event: event.kind)
    return first.kind is _Kind.INTRODUCED and second.kind is _Kind.CLOSING and second.key <= first.key


def _paired(events: list[_Event], flag: str) -> tuple[list[Bound], list[Dropped]]:
    bounds: list[Bound] = []
    dropped: list[Dropped] = []
    begun: _Event | None = None
    for _, group in groupby(sorted(events, key=lambda event: event.key), key=lambda event: event.key):
        # At one key, an open range ends before the next begins; where none is open, a range that begins is empty.
        for event in sorted(group, key=lambda one: one.kind, reverse=begun is not None):
            if event.kind is _Kind.INTRODUCED:
                if begun is None:
                    begun = event
            elif begun is None:
                dropped.append(Dropped(f"end at {event.text}", "nothing begins before it"))
            else:
                if event.key > begun.key:
                    bounds.append(_bound(begun, event, flag))
                else:
                    dropped.append(Dropped(f"{begun.text} to {event.text}", "the range is empty"))
                begun = None
    if begun is not None:
        bounds.append(Bound(begun.key, None, begun.text, flag=flag))
    return bounds, dropped


def _bound(begun: _Event, end: _Event, flag: str) -> Bound:
    return Bound(
        low=begun.key,
        high=end.key,
        introduced=begun.text,
        fixed=None if end.inclusive else end.text,
        last_affected=end.text if end.inclusive else None,
        flag=flag,
    )
