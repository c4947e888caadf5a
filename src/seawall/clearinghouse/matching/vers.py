"""Version ranges in VERS notation (``vers:pypi/>=1.0|<2.0``), to the half-open bounds that are matched, and back.

``parse`` is as strict as the specification (package-url/vers-spec, clause 5): constraints in the order of their versions, each
version once, lower and upper bounds in turn, ``*`` alone, no blanks, nothing corrected. What only excludes (``!=1.0``) leaves
all else in. Versions are compared by the keys of the type's ecosystem; one without a key can only stand alone, as equal.

    bounds(parse("vers:pypi/>=1.0|!=1.5|<2.0"))
    contains(parse("vers:pypi/>=1.0|<2.0"), "1.9")
    render("pypi", range_of_pair(PYPI, "1.0", "2.0"))    # vers:pypi/>=1.0|<2.0
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from urllib.parse import quote, unquote

from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Unparsable
from seawall.clearinghouse.matching.errors import NotAVers
from seawall.clearinghouse.matching.ranges import Ranges, just_above
from seawall.clearinghouse.matching.types import Bound

LENGTH_MAX = 1_000_000
"""Characters of a range; the specification names no limit."""
CONSTRAINTS_MAX = 20_000

EQUAL, UNEQUAL = "=", "!="
_LOWER = frozenset({">", ">="})
_UPPER = frozenset({"<", "<="})
_SCHEME = re.compile(r"vers:([a-z][a-z0-9.-]*)/(.+)", re.DOTALL)
_COMPARATOR = re.compile(r"(>=|<=|!=|<|>|)(.+)", re.DOTALL)
_RESERVED = re.compile(r"[<>=!*|]")
_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_SEMVER = "semver"
_START = "0"


@dataclass(frozen=True, slots=True)
class Constraint:
    """A version and how versions in the range stand to it."""

    comparator: str
    """``=``, ``!=``, ``<``, ``<=``, ``>`` or ``>=``."""
    version: str
    """Decoded."""
    key: bytes | None
    """None where the version has no place in the order; the comparator is then ``=``."""


@dataclass(frozen=True, slots=True)
class Vers:
    """A valid range."""

    type: str
    order: Ecosystem
    constraints: tuple[Constraint, ...]
    """By version; empty for ``*``, all versions."""

    def __str__(self) -> str:
        return f"vers:{self.type}/{'|'.join(map(_written, self.constraints)) or '*'}"


def parse(text: str) -> Vers:
    """Read a range.

    Raises:
        NotAVers: It breaks a rule of the specification, which the refusal names, or its type has no order here.
    """
    if len(text) > LENGTH_MAX:
        raise NotAVers(f"The range has over {LENGTH_MAX} characters.", "Split it.")
    if _PRINTABLE.fullmatch(text) is None:
        raise NotAVers("The range is empty, or has blanks or other than ASCII letters.", "Write %20 for a blank.")
    match = _SCHEME.fullmatch(text)
    if match is None:
        raise NotAVers(f"{text[:80]!r} is not vers:type/constraints.", "Write such as vers:pypi/>=1.0|<2.0.")
    kind, whole = match.groups()
    order = order_of(kind)
    if whole == "*":
        return Vers(kind, order, ())
    parts = whole.split("|")
    if len(parts) > CONSTRAINTS_MAX:
        raise NotAVers(f"The range has {len(parts)} constraints; {CONSTRAINTS_MAX} are read.", "Split it.")
    constraints = tuple(_constraint(order, part) for part in parts)
    _require_valid(constraints)
    return Vers(kind, order, constraints)


def order_of(kind: str) -> Ecosystem:
    """The order of a type.

    Raises:
        NotAVers: None is known here.
    """
    order = registry.of_name("SemVer") if kind == _SEMVER else registry.of_purl_type(kind)
    if order is None:
        raise NotAVers(f"The order of {kind[:40]} versions is not known here.", "Give the versions one by one.")
    return order


def bounds(vers: Vers) -> Ranges:
    """The range as half-open bounds of keys, with equal versions that have no key as texts.

    Two exclusions need a bound each to begin just above them; ``introduced`` is then the excluded version.
    """
    found: list[Bound] = []
    texts = [one.version for one in vers.constraints if one.key is None and one.comparator == EQUAL]
    keyed = [(one, one.key) for one in vers.constraints if one.key is not None]
    spans = [(one, key) for one, key in keyed if one.comparator in _LOWER | _UPPER]
    begin = Bound(b"", None, _START)
    # Before an upper bound that comes first, and where nothing but exclusions stands, the range begins with all versions.
    begun = not vers.constraints or (spans[0][0].comparator in _UPPER if spans else not _has_equal(vers))
    for one, key in spans:
        if one.comparator in _LOWER:
            begin = Bound(key if one.comparator == ">=" else just_above(key), None, one.version)
            begun = True
            continue
        if begin.low < (high := just_above(key) if one.comparator == "<=" else key):
            fixed, last = (one.version, None) if one.comparator == "<" else (None, one.version)
            found.append(replace(begin, high=high, fixed=fixed, last_affected=last))
        begun = False
    if begun:
        found.append(begin)
    found = list(_without(found, [(one, key) for one, key in keyed if one.comparator == UNEQUAL]))
    found += [
        Bound(key, just_above(key), one.version, last_affected=one.version, listed=True)
        for one, key in keyed
        if one.comparator == EQUAL
    ]
    return Ranges(tuple(sorted(found, key=lambda bound: bound.low)), tuple(texts))


def contains(vers: Vers, version: str) -> bool:
    """Whether a version is in the range; one without a key only where the range names it."""
    key = vers.order.key(version)
    if isinstance(key, Unparsable):
        named = any(one.comparator == EQUAL and one.version == version.strip() for one in vers.constraints)
        return named or all(one.comparator == UNEQUAL for one in vers.constraints)
    return any(bound.low <= key and (bound.high is None or key < bound.high) for bound in bounds(vers).bounds)


def render(kind: str, ranges: Ranges) -> str:
    """The notation of what a package's ranges cover together, valid by the same rules.

    Raises:
        NotAVers: It covers nothing, or an end was widened, or is compared by other means than a key: that cannot be said.
    """
    order = order_of(kind)
    if any(bound.flag or bound.compared for bound in ranges.bounds):
        raise NotAVers("An end of the range has no place in the order.", "Publish the versions one by one.")
    spans = _united(ranges.bounds)
    if not spans and not ranges.texts:
        raise NotAVers("The range covers no version.", "Leave it out.")
    if spans and spans[0].low == b"" and spans[0].high is None:
        return f"vers:{kind}/*"
    constraints = list(_constraints(order, spans))
    constraints += [Constraint(EQUAL, text, None) for text in dict.fromkeys(ranges.texts)]
    made = Vers(kind, order, tuple(constraints))
    _require_valid(made.constraints)
    return str(made)


def _constraint(order: Ecosystem, part: str) -> Constraint:
    match = _COMPARATOR.fullmatch(part)
    if match is None or _RESERVED.search(match[2]):
        raise NotAVers(
            f"{part[:80]!r} is no constraint: one of >= <= != < > or nothing, then a version.",
            "Percent-encode > < = ! * | and % in a version; write nothing for equal.",
        )
    if _BROKEN_PERCENT.search(match[2]):
        raise NotAVers(f"{part[:80]!r} has a percent sign that encodes nothing.", "Write %25 for a percent sign.")
    comparator, version = match[1] or EQUAL, unquote(match[2])
    key = order.key(version)
    if not isinstance(key, Unparsable):
        return Constraint(comparator, version, key)
    if comparator != EQUAL:
        raise NotAVers(f"{version[:80]!r} cannot be compared: {key.why}.", "Name such a version alone, as equal.")
    return Constraint(comparator, version, None)


def _require_valid(constraints: tuple[Constraint, ...]) -> None:
    texts = [one.version for one in constraints if one.key is None]
    if len(set(texts)) < len(texts):
        raise NotAVers("A version stands there twice.", "Leave one out.")
    keyed = [(one, one.key) for one in constraints if one.key is not None]
    for (one, key), (other, next_key) in pairwise(keyed):
        if key == next_key:
            raise NotAVers(f"{one.version} and {other.version} are one version.", "Leave one out.")
        if key > next_key:
            raise NotAVers(f"{other.version} stands after {one.version}.", "Sort the constraints by their versions.")
    kept = [one for one, _ in keyed if one.comparator != UNEQUAL]
    for one, other in pairwise(kept):
        if one.comparator == EQUAL and other.comparator in _UPPER:
            raise NotAVers(f"{other.comparator}{other.version} covers {one.version} already.", "Leave that out.")
    ends = [one for one in kept if one.comparator != EQUAL]
    for one, other in pairwise(ends):
        if (one.comparator in _LOWER) == (other.comparator in _LOWER):
            raise NotAVers(
                f"{one.comparator}{one.version} is followed by {other.comparator}{other.version}.",
                "Let lower and upper bounds take turns.",
            )


def _has_equal(vers: Vers) -> bool:
    return any(one.comparator == EQUAL for one in vers.constraints)


def _without(found: list[Bound], holes: list[tuple[Constraint, bytes]]) -> Iterator[Bound]:
    """Bounds with single versions taken out; both are sorted."""
    position = 0
    for bound in found:
        rest: Bound | None = bound
        while position < len(holes) and (bound.high is None or holes[position][1] < bound.high):
            hole, key = holes[position]
            position += 1
            if rest is None or key < rest.low:
                continue
            if rest.low < key:
                yield replace(rest, high=key, fixed=hole.version, last_affected=None)
            above = just_above(key)
            rest = replace(rest, low=above, introduced=hole.version) if rest.high is None or above < rest.high else None
        if rest is not None:
            yield rest


def _united(found: tuple[Bound, ...]) -> list[Bound]:
    """Spans in order, those that overlap or touch made one."""
    result: list[Bound] = []
    for bound in sorted(found, key=lambda one: one.low):
        last = result[-1] if result else None
        if last is None or (last.high is not None and bound.low > last.high):
            result.append(bound)
        elif last.high is not None and (bound.high is None or bound.high > last.high):
            result[-1] = replace(
                last, high=bound.high, fixed=bound.fixed, last_affected=bound.last_affected, listed=False
            )
    return result


def _constraints(order: Ecosystem, spans: list[Bound]) -> Iterator[Constraint]:
    for number, span in enumerate(spans):
        before = spans[number - 1] if number else None
        hole = before is not None and before.high is not None and span.low == just_above(before.high)
        if _is_single(span) and not hole:
            yield Constraint(EQUAL, span.introduced, span.low)
            continue
        if not hole and span.low:
            yield _lower(order, span)
        if span.high is None:
            return
        after = spans[number + 1] if number + 1 < len(spans) else None
        if after is not None and after.low == just_above(span.high):
            yield Constraint(UNEQUAL, span.fixed or "", span.high)
        else:
            yield _upper(span, span.high)


def _is_single(span: Bound) -> bool:
    return span.high == just_above(span.low) and span.last_affected is not None


def _lower(order: Ecosystem, span: Bound) -> Constraint:
    # A bound that begins just above a version names that version.
    if order.key(span.introduced) == span.low:
        return Constraint(">=", span.introduced, span.low)
    return Constraint(">", span.introduced, span.low[:-1])


def _upper(span: Bound, high: bytes) -> Constraint:
    if span.fixed is not None:
        return Constraint("<", span.fixed, high)
    return Constraint("<=", span.last_affected or "", high[:-1])


def _written(one: Constraint) -> str:
    version = quote(one.version, safe="-._~:+")
    return version if one.comparator == EQUAL else f"{one.comparator}{version}"
