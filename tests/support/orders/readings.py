"""Second readings, where an ecosystem's own tool cannot be had here: comparisons written from its source or its manual.

They share no code and no idea with the keys: versions are taken apart and compared piece by piece, as the tools do it. A
mistake in reading the source can be in both; a mistake in the bytes cannot.
"""

import re
from collections.abc import Callable

from support.orders.references import Pairs, Reference
from support.orders.versions import sign


def reading(name: str, read: Callable[[str], object | None], compare: Callable[[object, object], int]) -> Reference:
    """A reference that is a function; ``read`` says None of what the tool refuses."""

    def ask(asked: Pairs) -> str:
        known: dict[str, object | None] = {}
        answers = []
        for pair in asked:
            for text in pair:
                if text not in known:
                    known[text] = read(text)
            one, other = known[pair[0]], known[pair[1]]
            answers.append("!" if one is None or other is None else sign(compare(one, other)))
        return "".join(answers)

    return Reference(name, ask)


def by_tuples(one: object, other: object) -> int:
    """Python's order of tuples of whole numbers."""
    assert isinstance(one, tuple)
    assert isinstance(other, tuple)
    return int(one > other) - int(one < other)


# --- apk-tools 3: src/version.c ---

_APK_KINDS = ("initial", "digit", "letter", "suffix", "suffix number", "commit", "revision", "end")
_APK_SUFFIXES = ("alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p")
_APK_PIECE = re.compile(r"\.?([0-9]+)|([a-z])|_([a-z]+)|~([0-9A-Fa-f]+)|-r([0-9]+)")
_APK_AFTER = {
    "initial": {"digit", "letter", "suffix", "commit", "revision"},
    "digit": {"digit", "letter", "suffix", "commit", "revision"},
    "letter": {"suffix", "commit", "revision"},
    "suffix": {"suffix", "suffix number", "commit", "revision"},
    "suffix number": {"suffix", "commit", "revision"},
    "commit": {"revision"},
    "revision": set(),
}


def apk_read(version: str) -> list[tuple[str, str]] | None:
    """The tokens, with the one at the end."""
    begun = re.match(r"[0-9]+", version)
    if begun is None:
        return None
    tokens, at = [("initial", begun[0])], begun.end()
    while at < len(version):
        found = _APK_PIECE.match(version, at)
        if found is None:
            return None
        kind = ("digit", "letter", "suffix", "commit", "revision")[(found.lastindex or 1) - 1]
        if kind == "digit" and tokens[-1][0] == "suffix" and found[0][0] != ".":
            kind = "suffix number"
        text = str(found[found.lastindex or 1])
        if kind not in _APK_AFTER[tokens[-1][0]] or (kind == "suffix" and text not in _APK_SUFFIXES):
            return None
        tokens.append((kind, text))
        at = found.end()
    return [*tokens, ("end", "")]


def apk_compare(one: object, other: object) -> int:
    """Token by token; where the kinds differ, the earlier kind is the higher, but for suffixes before a release."""
    assert isinstance(one, list)
    assert isinstance(other, list)
    for (kind, text), (other_kind, other_text) in zip(one, other, strict=False):
        if kind != other_kind:
            if kind == "suffix" and _APK_SUFFIXES.index(text) < _APK_SUFFIXES.index(""):
                return -1
            if other_kind == "suffix" and _APK_SUFFIXES.index(other_text) < _APK_SUFFIXES.index(""):
                return 1
            return _APK_KINDS.index(other_kind) - _APK_KINDS.index(kind)
        if kind == "suffix":
            order = _APK_SUFFIXES.index(text) - _APK_SUFFIXES.index(other_text)
        elif kind in {"letter", "commit"} or (kind == "digit" and "0" in {text[0], other_text[0]}):
            order = (text > other_text) - (text < other_text)
        else:
            order = (int(text or 0) > int(other_text or 0)) - (int(text or 0) < int(other_text or 0))
        if order:
            return order
    return 0


# --- pub_semver: lib/src/version.dart, patterns.dart ---

_PUB = re.compile(r"([0-9]+)\.([0-9]+)\.([0-9]+)(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?")


def pub_read(version: str) -> tuple[list[int], list[int | str], list[int | str]] | None:
    """Numbers, pre-release and build."""
    match = _PUB.fullmatch(version)
    if match is None or any("" in (match[part] or "x").split(".") for part in (4, 5)):
        return None
    lists = [
        [int(item) if item.isdigit() else item for item in match[part].split(".")] if match[part] else []
        for part in (4, 5)
    ]
    return [int(match[part]) for part in (1, 2, 3)], lists[0], lists[1]


def pub_compare(one: object, other: object) -> int:
    """Numbers; then a pre-release before none; then no build before one."""
    assert isinstance(one, tuple)
    assert isinstance(other, tuple)
    if one[0] != other[0]:
        return 1 if one[0] > other[0] else -1
    if bool(one[1]) != bool(other[1]):
        return -1 if one[1] else 1
    order = _pub_items(one[1], other[1])
    if order or bool(one[2]) == bool(other[2]):
        return order or _pub_items(one[2], other[2])
    return 1 if one[2] else -1


def _pub_items(one: list[int | str], other: list[int | str]) -> int:
    for item, against in zip(one, other, strict=False):
        if item == against:
            continue
        if isinstance(item, int) and isinstance(against, int):
            return 1 if item > against else -1
        if isinstance(item, str) and isinstance(against, str):
            return 1 if item > against else -1
        return -1 if isinstance(item, int) else 1
    return len(one) - len(other)


# --- Bitnami's README of go-version; Cabal's Distribution.Version; numbers with dots ---


def bitnami_read(version: str) -> tuple[int, ...] | None:
    """Three numbers and the revision, which is one lower than none."""
    match = re.fullmatch(r"([0-9]+)\.([0-9]+)\.([0-9]+)(?:-([0-9]+))?(?:\+[0-9A-Za-z.-]+)?", version)
    return None if match is None else tuple(-1 if number is None else int(number) for number in match.groups())


def haskell_read(version: str) -> tuple[int, ...] | None:
    """Whole numbers."""
    parts = version.split(".")
    if not all(part.isdigit() and len(part) <= 9 and str(int(part)) == part for part in parts):
        return None
    return tuple(map(int, parts))


def dotted_read(version: str) -> tuple[int, ...] | None:
    """Whole numbers, without the zeros at the end."""
    parts = version.removeprefix("v").split(".")
    if not all(part.isascii() and part.isdigit() for part in parts):
        return None
    numbers = [int(part) for part in parts]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


APK = reading("a reading of apk-tools 3", apk_read, apk_compare)
PUB = reading("a reading of pub_semver 2", pub_read, pub_compare)
BITNAMI = reading("a reading of go-version", bitnami_read, by_tuples)
HASKELL = reading("a reading of Cabal", haskell_read, by_tuples)
DOTTED = reading("numbers with dots", dotted_read, by_tuples)
