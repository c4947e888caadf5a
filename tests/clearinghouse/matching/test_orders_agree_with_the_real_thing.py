"""Byte order against what is at hand everywhere, in seconds; ``test_orders_agree_on_a_million_pairs.py`` asks all of them."""

import itertools
import random
import shutil
import subprocess
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from packaging.version import InvalidVersion, Version

from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.ecosystems.interface import Unparsable

FRAGMENTS = [
    *"01.-~^+_abc!",
    "00",
    "10",
    ".0",
    ".1",
    "-0",
    "-1",
    "rc",
    "RC1",
    "dev",
    "alpha",
    "beta",
    "post",
    "pre",
    "1:",
    "v",
]
FRAGMENTS += ["-SNAPSHOT", ".Final", "sp", "jre", "m1", "+local.1", ".post", "-rc.1", "-alpha", "-9007199254740993"]


def versions(folder: str, count: int, real: Iterable[str] = ()) -> list[tuple[str, bytes]]:
    """Versions with their keys: the real ones, and made-up neighbors of each other."""
    chance = random.Random(f"{folder} {count}")  # noqa: S311 - the same versions in every run
    order = registry.ecosystem_of_folder(folder)
    found: dict[str, bytes] = {}
    for text in real:
        key = order.key(text)
        if isinstance(key, bytes):
            found[text.strip()] = key
    while len(found) < count:
        base = ".".join(str(chance.choice([0, 0, 1, 2, 10])) for _ in range(chance.randint(1, 4)))
        text = base + "".join(chance.choice(FRAGMENTS) for _ in range(chance.randint(0, 3)))
        key = order.key(text)
        if isinstance(key, bytes):
            found[text] = key
    return list(found.items())


def pairs(known: list[tuple[str, bytes]], count: int) -> tuple[list[tuple[str, str]], list[int]]:
    """Neighbors in the order, where mistakes show, and pairs by chance; with the answer of the keys."""
    chance = random.Random(count)  # noqa: S311 - the same pairs in every run
    ranked = sorted(known, key=lambda item: item[1])
    chosen = list(itertools.pairwise(ranked))
    chosen += [(second, first) for first, second in zip(ranked, ranked[2:], strict=False)]
    chosen = chosen[:count] + [(chance.choice(known), chance.choice(known)) for _ in range(count)]
    return [(a[0], b[0]) for a, b in chosen], [(a[1] > b[1]) - (a[1] < b[1]) for a, b in chosen]


def differences(asked: list[tuple[str, str]], ours: list[int], theirs: list[int]) -> list[tuple[str, str, int, int]]:
    assert len(asked) == len(ours) == len(theirs)
    return [(a, b, mine, other) for (a, b), mine, other in zip(asked, ours, theirs, strict=True) if mine != other]


def test_pypi_agrees_with_packaging(pypi_records: list[dict[str, Any]]) -> None:
    real = {version for record in pypi_records for entry in record["affected"] for version in entry.get("versions", ())}
    assert len(real) > 10_000
    asked, ours = pairs(versions("pypi", 40_000, real), 60_000)
    parsed = {text: Version(text) for pair in asked for text in pair}
    theirs = [(parsed[a] > parsed[b]) - (parsed[a] < parsed[b]) for a, b in asked]
    assert differences(asked, ours, theirs) == []


def test_what_packaging_refuses_has_no_key_and_what_it_takes_has_one() -> None:
    chance = random.Random(11)  # noqa: S311 - the same texts in every run
    order = registry.ecosystem_of_folder("pypi")
    taken = 0
    for _ in range(20_000):
        text = "1." + "".join(chance.choice(FRAGMENTS) for _ in range(chance.randint(1, 5)))
        try:
            Version(text)
        except InvalidVersion:
            assert isinstance(order.key(text), Unparsable), text
        else:
            taken += 1
            assert isinstance(order.key(text), bytes), text
    assert taken > 500


@pytest.mark.registry
def test_npm_agrees_with_node_semver(node_semver: Callable[[list[tuple[str, str]]], list[int]]) -> None:
    asked, ours = pairs(versions("npm", 3_000), 20_000)
    assert differences(asked, ours, node_semver(asked)) == []


@pytest.mark.registry
def test_go_and_crates_io_agree_with_node_semver_where_both_speak_semver(
    node_semver: Callable[[list[tuple[str, str]]], list[int]],
    go_records: list[dict[str, Any]],
    rust_records: list[dict[str, Any]],
) -> None:
    for folder, records in (("golang", go_records), ("cargo", rust_records)):
        real = {
            text
            for record in records
            for entry in record["affected"]
            for span in entry.get("ranges", ())
            for event in span["events"]
            for text in event.values()
            if text.count(".") >= 2
        }
        asked, ours = pairs([item for item in versions(folder, 0, real) if item[0].count(".") >= 2], 10_000)
        theirs = node_semver(asked)
        known = [index for index, answer in enumerate(theirs) if answer is not None]
        assert len(known) > 10_000
        picked = [[rows[index] for index in known] for rows in (asked, ours, theirs)]
        assert differences(*picked) == []  # type: ignore[arg-type]  # three lists of the shapes above


def test_debian_agrees_with_dpkg() -> None:
    dpkg = shutil.which("dpkg")
    if dpkg is None:
        pytest.skip("dpkg is not installed: Debian's own comparison cannot be asked")
    asked, ours = pairs(versions("debian", 400), 350)
    theirs = []
    for a, b in asked:
        lower = subprocess.run([dpkg, "--compare-versions", a, "lt", b], check=False).returncode == 0
        higher = subprocess.run([dpkg, "--compare-versions", a, "gt", b], check=False).returncode == 0
        theirs.append(higher - lower)
    assert differences(asked, ours, theirs) == []
