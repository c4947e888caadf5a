"""Real versions of an ecosystem, their near neighbors, and pairs of them in which mistakes show.

    found = pool("debian", 250_000)
    asked, ours = pairs(found, 1_000_000)   # [("1.0", "1.0-1"), ...] and "<..." as the keys say

Everything is drawn from a fixed seed: the same data gives the same pairs in every run.
"""

import itertools
import lzma
import random
import re
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from seawall.clearinghouse.matching.ecosystems import registry

DATA = Path(__file__).parents[3].parent / "shared" / "data"
ARCHIVES = {
    "pypi": "pypa.tar.xz",
    "golang": "go-vulndb.tar.xz",
    "cargo": "rustsec.tar.xz",
    "rubygems": "rubysec.tar.xz",
    "npm": "nodejs-security-wg.tar.xz",
}
"""What speaks of one ecosystem only; the others are seeded by what CVE records say of all kinds of software."""

_VERSION_LIKE = re.compile(rb"(?<![\w.+~-])v?[0-9]+(?:[.:+~_-][0-9A-Za-z.:+~_-]*)?[0-9A-Za-z]")
_CVE_VERSION = re.compile(rb'"(?:version|lessThan|lessThanOrEqual)": ?"([^"\\\t]{1,120})"')
_TOKEN = re.compile(r"[0-9]+|[A-Za-z]+|[^0-9A-Za-z]")
_LONGEST = 200

_OWN = """
every: 0 0 1 9 . - - _ ~ ^ + : ! 10 00 .0 .1 -0 -1 a b c rc RC1 alpha beta dev pre v x 2147483647 2147483648 9007199254740992
  99999999999999999999 .00 -rc.1 +b.1
alpine: ~8c0ffee ~0a _alpha _beta2 _pre _rc1 _p1 _git20240101 _cvs _svn _hg -r0 -r1 -r10 a
bitnami: -1 -2 -10 -0 -rc.1 +meta
cargo: -alpha -alpha.1 -beta.11 -0 -- +meta -a-b .0.0
cran: -1 .1 -0 .0 -10 1.0-
debian: ~rc1 -1 -1+deb12u1 +dfsg ~bpo12+1 1: 0: -0ubuntu1 .orig ~~ -0 +b1 +nmu1
githubactions: v .0 .1 -rc.1 -beta v1 .0.0
golang: v -rc.1 +incompatible -0.20210101000000-abcdefabcdef -0 go rc1 .0 -alpha.beta
hackage: .0 .1 .10 .0.0
hex: -dev -rc.0 -alpha.1 +build -0
maven: .Final -SNAPSHOT -jre -android .RELEASE .GA .redhat-00001 -redhat-2 .Final-redhat-1 -M1 -rc-1 -b01 .v20200101
  -20240101.120000-1 -alpha-1 .CR2 .SP1 -1 m2 .jre8 _ -1-2 .v1a2b sp ga final -beta1 alpha cr -v3-rev1 -hadoop2
npm: -alpha -alpha.1 -beta.11 -0 -- +meta -rc.1 .0.0 -canary-abc123.0 -next.9
nuget: -beta -BETA.1 -rc.2 +meta .0 -01 -0 -preview.1.2 -a.b --1 -1
packagist: -dev -beta2 alpha -RC1 .x-dev pl1 -patch -stable p1 b3 dev- @dev #a *
pub: -dev.1 +1 +2 -nullsafety.0 -0 +a.b -beta -0x1 --1 +01
pypi: .post1 .dev0 a1 rc2 1! +local.1 -1 post .rev2 -alpha_1 +ubuntu-1 preview
rpm: -1 .el8 ~rc1 ^git1 1: 0: -1.fc39 ~~ ^ ~ -1.el9_2.3 -0 ^20240101 _
rubygems: .pre .rc1 .beta.2 -java .0 .a -x86-mingw32 a1 .0.0.b -1 .00
semver: -alpha -alpha.1 -beta.11 -0 -- +meta -rc.1 .0.0
"""
FRAGMENTS = {
    name: words.split() for name, _, words in (line.partition(":") for line in re.split(r"\n(?! )", _OWN.strip()))
}
"""What stands in versions of one ecosystem, by its folder; ``every`` is for all of them."""


@dataclass(frozen=True)
class Pool:
    """Distinct versions of one ecosystem."""

    keyed: list[tuple[str, bytes]]
    unkeyed: list[str]
    kin: list[tuple[str, str]]
    """A version with a key and one that was made from it by one change, with a key too."""


def pool(folder: str, count: int, only: Callable[[str], bool] | None = None) -> Pool:
    """At least ``count`` versions with keys, real ones and near neighbors of real ones, and what has none."""
    chance = random.Random(f"seawall {folder}")  # noqa: S311 - the same versions in every run
    key_of: dict[str, bytes | None] = {}
    key = registry.ecosystem_of_folder(folder).key

    def known(text: str) -> bool:
        if text not in key_of:
            found = key(text)
            key_of[text] = found if isinstance(found, bytes) else None
        return key_of[text] is not None

    seeds = [text for text in real(folder) if only is None or only(text)]
    keyed = [text for text in seeds if known(text)]
    assert len(keyed) > 1_000, f"too few real versions for {folder}"
    chance.shuffle(keyed)
    if len(keyed) > count // 2:
        keyed = keyed[: count // 2]
    parents, kin = list(keyed), []
    fragments = FRAGMENTS.get(folder, []) * 2 + FRAGMENTS["every"]
    for _ in range(count * 20):
        if len(keyed) >= count:
            break
        parent = chance.choice(parents)
        text = neighbor(chance, parent, parents, fragments)
        if text in key_of or not _speakable(text) or (only is not None and not only(text)):
            continue
        if known(text):
            keyed.append(text)
            kin.append((parent, text))
            if chance.random() < 0.3:
                parents.append(text)
    return Pool(
        keyed=[(text, value) for text in keyed if (value := key_of[text]) is not None],
        unkeyed=[text for text, value in key_of.items() if value is None],
        kin=kin,
    )


def pairs(found: Pool, count: int) -> tuple[list[tuple[str, str]], str]:
    """Neighbors in the order, kin, and pairs by chance; with the keys' answers as a text of ``<``, ``=`` and ``>``."""
    chance = random.Random(count)  # noqa: S311 - the same pairs in every run
    key_of = dict(found.keyed)
    ranked = sorted(key_of, key=lambda text: (key_of[text], text))
    chosen = list(itertools.pairwise(ranked))
    chosen += zip(ranked[2:], ranked, strict=False)
    chosen += found.kin
    chance.shuffle(chosen)
    chosen = chosen[: count * 4 // 5]
    chosen += [(chance.choice(ranked), chance.choice(ranked)) for _ in range(count - len(chosen))]
    return chosen, "".join(sign((key_of[a] > key_of[b]) - (key_of[a] < key_of[b])) for a, b in chosen)


def sign(order: int) -> str:
    """One letter for an answer."""
    return "<=>"[(order > 0) - (order < 0) + 1]


def neighbor(chance: random.Random, text: str, others: list[str], fragments: list[str]) -> str:
    """The text with one small change."""
    tokens = _TOKEN.findall(text) or [""]
    place = chance.randrange(len(tokens))
    kind = chance.randrange(7)
    if kind == 0:
        tokens[place] = chance.choice(fragments)
    elif kind == 1:
        tokens.insert(place, chance.choice(fragments))
    elif kind == 2:
        del tokens[place]
    elif kind == 3:
        other = _TOKEN.findall(chance.choice(others))
        tokens = tokens[:place] + other[chance.randrange(len(other)) :]
    elif kind == 4 and (numbers := [at for at, token in enumerate(tokens) if _is_number(token)]):
        at = chance.choice(numbers)
        changes: list[Callable[[str], str]] = [
            lambda token: str(int(token) + 1),
            lambda token: str(max(int(token) - 1, 0)),
            lambda token: "0" + token,
            lambda token: token + "0",
            lambda _: "0",
        ]
        tokens[at] = chance.choice(changes)(tokens[at])
    elif kind == 5:
        tokens[place] = tokens[place].swapcase()
    else:
        tokens.append(chance.choice(fragments))
    return "".join(tokens)


def _is_number(token: str) -> bool:
    return token.isascii() and token.isdigit() and len(token) <= _LONGEST


def _speakable(text: str) -> bool:
    """A version that the programs' line of text can carry, and that a key could be given to."""
    return bool(text) and text == text.strip() and len(text) <= _LONGEST and text.isascii() and text.isprintable()


@cache
def real(folder: str) -> list[str]:
    """Versions that are in use, from the records at hand, sorted; many of other ecosystems, which are then refused."""
    found = set(_cve_versions())
    if folder in ARCHIVES:
        found.update(_archive_versions(ARCHIVES[folder]))
    if folder == "debian":
        found.update(_debian_versions())
    if folder in {"githubactions", "semver", "hex", "pub", "bitnami", "nuget", "packagist", "maven", "cran", "hackage"}:
        found.update(_archive_versions(ARCHIVES["npm"]), _archive_versions(ARCHIVES["cargo"]))
    return sorted(filter(_speakable, found))


@cache
def _cve_versions() -> frozenset[str]:
    with lzma.open(DATA / "vulnrichment.jsonl.xz") as lines:
        return frozenset(
            text.decode("ascii", "replace").strip() for line in lines for text in _CVE_VERSION.findall(line)
        )


@cache
def _archive_versions(name: str) -> frozenset[str]:
    def texts() -> Iterator[bytes]:
        with tarfile.open(DATA / name) as archive:
            for member in archive:
                if member.isfile() and (file := archive.extractfile(member)) is not None:
                    yield file.read()

    return frozenset(found.decode("ascii") for text in texts() for found in _VERSION_LIKE.findall(text))


def _debian_versions() -> set[str]:
    """What this system's package lists name; none where it is not Debian's."""
    try:
        said = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return set()
    return {line.removeprefix("Version: ").strip() for line in said.splitlines() if line.startswith("Version: ")}
