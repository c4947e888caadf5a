"""A million pairs of real versions and their near neighbors an ecosystem: the keys' order is the ecosystem's own.

Each test closes with a line that says what was asked; docs/ecosystems.md has the figures of one run.
"""

import random
import re
from collections.abc import Callable
from pathlib import Path

import packaging
import pytest
from packaging.version import InvalidVersion, Version

from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.ecosystems.interface import Malformed
from seawall.clearinghouse.matching.ecosystems.maven.comparing import compare
from support.orders import readings, references, versions
from support.orders.references import Missing, Pairs, Reference

pytestmark = pytest.mark.long

PAIRS = 1_000_000
VERSIONS = 250_000

Build = Callable[[Path], Reference]
Say = Callable[[str, object], None]


def packaging_version(_folder: Path) -> Reference:
    """What pip uses."""

    def read(text: str) -> Version | None:
        try:
            return Version(text)
        except InvalidVersion:
            return None

    def order(one: object, other: object) -> int:
        assert isinstance(one, Version)
        assert isinstance(other, Version)
        return (one > other) - (one < other)

    return readings.reading(f"packaging {packaging.__version__}", read, order)


def read_as(build: Build, change: Callable[[str], str]) -> Build:
    """A reference that is asked about changed texts, because it is of another ecosystem with the same order."""

    def built(folder: Path) -> Reference:
        found = build(folder)

        def ask(asked: Pairs) -> str:
            return found.ask((change(a), change(b)) for a, b in asked)

        return Reference(found.name, ask)

    return built


def without_v(text: str) -> str:
    return text.removeprefix("v")


def filled(text: str) -> str:
    """v4 and 4.*.* as 4.0.0."""
    text = without_v(text)
    if re.fullmatch(r"[0-9]+(\.([0-9]+|\*))?(\.\*)?", text):
        return ".".join([*text.replace("*", "0").split("."), "0", "0"][:3])
    return text


_TOOLCHAIN = re.compile(r"go.*|[0-9]+\.[0-9]+(\.[0-9]+)?(beta|rc)[0-9]+")


def a_module(text: str) -> bool:
    """Go's releases have an order of their own, which Debian's Go is too old to know."""
    return not _TOOLCHAIN.fullmatch(text)


registry_needed = pytest.mark.registry
CASES = [
    pytest.param("alpine", lambda _: readings.APK, id="alpine"),
    pytest.param("bitnami", lambda _: readings.BITNAMI, id="bitnami"),
    pytest.param("cargo", references.crates, id="cargo"),
    pytest.param("cran", references.r, id="cran"),
    pytest.param("debian", references.dpkg, id="debian"),
    pytest.param("generic", lambda _: readings.DOTTED, id="generic"),
    pytest.param("githubactions", read_as(references.elixir, filled), id="githubactions"),
    pytest.param("golang", references.go, id="golang"),
    pytest.param("hackage", lambda _: readings.HASKELL, id="hackage"),
    pytest.param("hex", references.elixir, id="hex"),
    pytest.param("maven", references.maven, id="maven"),
    pytest.param("npm", references.node_semver, id="npm", marks=registry_needed),
    pytest.param("nuget", references.nuget, id="nuget", marks=registry_needed),
    pytest.param("packagist", references.composer, id="packagist"),
    pytest.param("pub", lambda _: readings.PUB, id="pub"),
    pytest.param("pypi", packaging_version, id="pypi"),
    pytest.param("rpm", references.rpm, id="rpm"),
    pytest.param("rubygems", references.rubygems, id="rubygems"),
    pytest.param("semver", read_as(references.elixir, without_v), id="semver"),
]


def built(build: Build, folder: Path) -> Reference:
    if not versions.DATA.is_dir():
        pytest.skip(f"{versions.DATA} is absent: there are no real versions to compare")
    try:
        return build(folder)
    except Missing as missing:
        pytest.skip(f"the reference cannot be asked: {missing}")


def differing(asked: list[tuple[str, str]], ours: str, theirs: str) -> list[tuple[str, str, str, str]]:
    assert len(asked) == len(ours) == len(theirs)
    return [(a, b, mine, other) for (a, b), mine, other in zip(asked, ours, theirs, strict=True) if mine != other]


@pytest.mark.parametrize(("folder", "build"), CASES)
def test_a_million_pairs_agree(folder: str, build: Build, tmp_path: Path, record_property: Say) -> None:
    reference = built(build, tmp_path)
    found = versions.pool(folder, VERSIONS, a_module if folder == "golang" else None)
    asked, ours = versions.pairs(found, PAIRS)
    differences = differing(asked, ours, reference.ask(asked))
    keyed = [text for text, _ in found.keyed]
    refused = [text for text, said in zip(keyed, reference.ask((v, v) for v in keyed), strict=True) if said != "="]
    taken = reference.ask((text, text) for text in found.unkeyed).count("=")
    record_property(
        "said",
        f"{folder}: {len(asked):,} pairs of {len(keyed):,} versions against {reference.name}, {len(differences)} differ; "
        f"it refuses {len(refused)} that have keys and takes {taken:,} of {len(found.unkeyed):,} that have none",
    )
    assert len(asked) == PAIRS
    assert differences[:20] == []
    assert refused[:20] == []


def test_a_million_pairs_without_keys_compare_as_maven_does(tmp_path: Path, record_property: Say) -> None:
    reference = built(references.maven, tmp_path)
    found = versions.pool("maven", VERSIONS)
    chance = random.Random(3)  # noqa: S311 - the same pairs in every run
    everything = [text for text, _ in found.keyed] + found.unkeyed
    fragments = versions.FRAGMENTS["maven"] + versions.FRAGMENTS["every"]
    asked: list[tuple[str, str]] = []
    while len(asked) < PAIRS:
        text = chance.choice(found.unkeyed)
        asked.append((text, chance.choice(everything)))
        asked.append((text, versions.neighbor(chance, text, found.unkeyed, fragments).strip() or text))
    answers = []
    for pair in asked:
        try:
            answers.append(versions.sign(compare(*pair)))
        except Malformed:
            answers.append("!")
    known = [at for at, answer in enumerate(answers) if answer != "!"]
    theirs = reference.ask(asked)
    differences = [(asked[at], answers[at], theirs[at]) for at in known if answers[at] != theirs[at]]
    record_property(
        "said",
        f"maven, compared in pairs: {len(known):,} pairs against {reference.name}, {len(differences)} differ; "
        f"{len(asked) - len(known):,} more have a text that is refused",
    )
    assert len(known) > PAIRS * 0.99
    assert differences[:20] == []


def test_pairs_with_keys_compare_as_their_keys_do() -> None:
    if not versions.DATA.is_dir():
        pytest.skip(f"{versions.DATA} is absent: there are no real versions to compare")
    asked, ours = versions.pairs(versions.pool("maven", VERSIONS), PAIRS)
    assert differing(asked, ours, "".join(versions.sign(compare(a, b)) for a, b in asked))[:20] == []


def test_every_order_is_asked() -> None:
    same_order_as_npm = {"vscode"}
    asked_elsewhere = {"cpe"}
    assert {str(case.values[0]) for case in CASES} | same_order_as_npm | asked_elsewhere == set(registry.FOLDERS)
