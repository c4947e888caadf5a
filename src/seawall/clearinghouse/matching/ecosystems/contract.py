"""What every ecosystem must keep, as a check that anybody can run on an implementation of their own.

    for broken in violations(ECOSYSTEM, load_samples("pypi")):
        print(broken)

``samples.toml`` beside each order holds groups of versions from low to high (those in one group are equal), texts that
are no versions, and spellings of one name.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import combinations

from seawall.clearinghouse.matching.ecosystems.interface import VERSION_MAX, Ecosystem, Unparsable

_HIGHEST = b"\xff"
_NEVER_VERSIONS = ("", " ", "\n", "1\x00", "1.0\x7f", "１.０", "1.0é", "9" * (VERSION_MAX + 1))


@dataclass(frozen=True, slots=True)
class Samples:
    """Facts about an ecosystem, written down by hand from its own documentation and tools."""

    ascending: tuple[tuple[str, ...], ...]
    malformed: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]


def load_samples(folder: str) -> Samples:
    """The samples beside an order."""
    path = files(f"seawall.clearinghouse.matching.ecosystems.{folder}") / "samples.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Samples(
        ascending=tuple(tuple(group) for group in data["ascending"]),
        malformed=tuple(data["malformed"]),
        names=tuple(tuple(group) for group in data["names"]),
    )


def violations(ecosystem: Ecosystem, samples: Samples) -> Iterator[str]:
    """Every promise of ``interface.py`` that the ecosystem breaks on the samples, as sentences."""
    for group in samples.ascending:
        yield from _group_violations(ecosystem, group)
    firsts = [(group[0], ecosystem.key(group[0])) for group in samples.ascending]
    for (low, key), (high, other) in combinations(firsts, 2):
        if isinstance(key, bytes) and isinstance(other, bytes) and not key < other:
            yield f"{low!r} should stand before {high!r}"
    for text in (*samples.malformed, *_NEVER_VERSIONS):
        if not isinstance(ecosystem.key(text), Unparsable):
            yield f"{text[:40]!r} should have no key"
    for spellings in samples.names:
        found = {ecosystem.normalize_name(name) for name in spellings}
        if len(found) != 1 or {ecosystem.normalize_name(name) for name in found} != found:
            yield f"{spellings} should be one name"


def _group_violations(ecosystem: Ecosystem, group: tuple[str, ...]) -> Iterator[str]:
    keys: set[bytes] = set()
    for version in group:
        key = ecosystem.key(version)
        if isinstance(key, Unparsable):
            yield f"{version!r} has no key: {key.why}"
            continue
        keys.add(key)
        if not key or key >= _HIGHEST:
            yield f"the key of {version!r} is not between the ends"
        if ecosystem.key(f"  {version}\n") != key:
            yield f"blanks around {version!r} change its key"
    if len(keys) > 1:
        yield f"{group} should be equal"
