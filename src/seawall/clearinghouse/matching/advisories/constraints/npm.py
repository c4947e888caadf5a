"""node-semver's ranges (``>=1.2 <2 || ^3.0.1``), read as npm's own audit reads them: with ``includePrerelease``.

node-semver otherwise leaves pre-releases out of ranges that do not name one of the same release. That is a rule for
choosing what to install; as an answer to "is 1.5.0-beta affected by ``<2``" it would be wrong, and no span could say it.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from seawall.clearinghouse.matching.advisories.spans import ALL, COMPARATORS, NONE, Spans, Unplaced, common, united
from seawall.clearinghouse.matching.ecosystems.npm.order import ECOSYSTEM

LENGTH_MAX = 1_000_000
"""Characters of a range; the longest real one has 150."""
_NUMBER = r"(?:0|[1-9][0-9]*|[xX*])"
_IDENTIFIER = r"(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
_PLAIN = (
    rf"[v=\s]*({_NUMBER})(?:\.({_NUMBER})(?:\.({_NUMBER})"
    rf"(?:-({_IDENTIFIER}(?:\.{_IDENTIFIER})*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)?)?"
)
_COMPARATOR = re.compile(rf"(\^|~>?|[<>]?=?){_PLAIN}")
_ENDS = re.compile(rf"{_PLAIN}\s+-\s+{_PLAIN}")
_GAP = re.compile(r"(\^|~>?|[<>]=?|=|\bv)\s+")
LOWEST = "-0"
"""After a release: the lowest of its pre-releases."""


class _Partial(NamedTuple):
    """A version of which the last numbers may be left open (-1)."""

    major: int
    minor: int
    patch: int
    pre: str

    def lowest(self, suffix: str = "") -> str:
        """The version with zeros for what is open."""
        text = f"{self.major}.{max(self.minor, 0)}.{max(self.patch, 0)}"
        return f"{text}-{self.pre}" if self.pre else text + suffix

    def open_at_patch(self) -> bool:
        return self.patch < 0

    def after(self) -> str:
        """The lowest version after all that the open numbers can be."""
        if self.minor < 0:
            return f"{self.major + 1}.0.0{LOWEST}"
        return f"{self.major}.{self.minor + 1}.0{LOWEST}"


def range_(text: str) -> Spans:
    """Versions in a range.

    Raises:
        Unplaced: It is none.
    """
    if len(text) > LENGTH_MAX:
        raise Unplaced(f"a range of over {LENGTH_MAX} characters")
    return united(_all_of(part.strip()) for part in text.split("||"))


def _all_of(text: str) -> Spans:
    ends = _ENDS.fullmatch(text)
    if ends is not None:
        return common(_between(_partial(*ends.groups()[:4]), _partial(*ends.groups()[4:])))
    return common(_comparator(part) for part in _GAP.sub(r"\1", text).split())


def _between(low: _Partial, high: _Partial) -> Iterator[Spans]:
    if low.major >= 0:
        yield _is(">=", low.lowest(LOWEST))
    if high.major < 0:
        return
    if high.open_at_patch():
        yield _is("<", high.after())
    elif high.pre:
        yield _is("<=", high.lowest())
    else:
        yield _is("<", f"{high.major}.{high.minor}.{high.patch + 1}{LOWEST}")


def _comparator(text: str) -> Spans:
    found = _COMPARATOR.fullmatch(text)
    if found is None:
        raise Unplaced(f"{text[:80]!r} is no range of npm")
    operator, version = found[1], _partial(*found.groups()[1:])
    if operator == "^":
        return _caret(version)
    if operator.startswith("~"):
        return ALL if version.major < 0 else _is(">=", version.lowest()) & _is("<", _tilde_end(version))
    return _plain(operator, version)


def _plain(operator: str, version: _Partial) -> Spans:
    if version.major < 0:
        return NONE if operator in {"<", ">"} else ALL
    if not version.open_at_patch():
        return _is(operator or "=", version.lowest())
    if operator in {"", "="}:
        return _is(">=", version.lowest(LOWEST)) & _is("<", version.after())
    if operator in {">", "<="}:
        return _is(">=" if operator == ">" else "<", version.after())
    return _is(operator, version.lowest(LOWEST))


def _caret(version: _Partial) -> Spans:
    if version.major < 0:
        return ALL
    if version.major > 0 or version.minor < 0:
        end = f"{version.major + 1}.0.0{LOWEST}"
    elif version.minor > 0 or version.patch < 0:
        end = f"0.{version.minor + 1}.0{LOWEST}"
    else:
        end = f"0.0.{version.patch + 1}{LOWEST}"
    # As node-semver has it: pre-releases of the version itself are in where it is open or below 1.
    suffix = LOWEST if version.open_at_patch() or version.major == 0 else ""
    return _is(">=", version.lowest(suffix)) & _is("<", end)


def _tilde_end(version: _Partial) -> str:
    return f"{version.major + 1}.0.0{LOWEST}" if version.minor < 0 else f"{version.major}.{version.minor + 1}.0{LOWEST}"


def _is(operator: str, version: str) -> Spans:
    return COMPARATORS[operator](ECOSYSTEM, version)


def _partial(major: str, minor: str | None, patch: str | None, pre: str | None) -> _Partial:
    numbers = [-1 if text is None or text in "xX*" else _number(text) for text in (major, minor, patch)]
    if numbers[0] < 0:
        numbers[1] = -1
    if numbers[1] < 0:
        numbers[2] = -1
    return _Partial(numbers[0], numbers[1], numbers[2], pre if pre and numbers[2] >= 0 else "")


def _number(text: str) -> int:
    if len(text) > 16:  # noqa: PLR2004 - 2**53 has sixteen digits, and npm takes no larger number
        raise Unplaced(f"{text[:80]!r} is over 2**53 - 1")
    return int(text)
