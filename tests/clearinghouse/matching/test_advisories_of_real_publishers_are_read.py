"""The real archives: each is told, read in full and in seconds, and agrees with its publisher's own tools."""

import json
import random
import re
import shutil
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from seawall.clearinghouse.matching.advisories.constraints import composer, gem, npm
from seawall.clearinghouse.matching.advisories.errors import NotASource
from seawall.clearinghouse.matching.advisories.sources import members as members_of
from seawall.clearinghouse.matching.advisories.sources import read, told
from seawall.clearinghouse.matching.advisories.spans import Spans, Unplaced
from seawall.clearinghouse.matching.advisories.types import Affected, Record, Unread
from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.ecosystems.interface import Ecosystem, Unparsable
from seawall.clearinghouse.matching.ranges import ranges_of_events

DATA = Path(__file__).parents[4] / "shared" / "data"
ARCHIVES = [
    ("pypa", "osv", 2_600, 1, 0),
    ("go-vulndb", "osv", 4_200, 0, 0),
    ("rustsec", "osv", 1_200, 0, 0),
    ("oss-fuzz-vulns", "osv", 4_000, 0, 5),
    ("rubysec", "rubysec", 1_380, 0, 0),
    ("nodejs-security-wg", "nodejs", 638, 0, 0),
]
"""File, format, records at least; at most: files that are no records, identifiers that come twice."""
NEAR = ("", "-rc.1", "-alpha", ".1", ".pre", ".rc1", ".0", "-0")


def archive(name: str) -> Path:
    path = DATA / f"{name}.tar.xz"
    if not path.is_file():
        pytest.skip(f"{path} is absent: the real records cannot be read")
    return path


def records(name: str) -> tuple[list[Record], list[Unread]]:
    unread: list[Unread] = []
    return list(read(archive(name), report=unread.append)), unread


@pytest.mark.parametrize(
    ("name", "format_name", "least", "unread_most", "repeated"), ARCHIVES, ids=[row[0] for row in ARCHIVES]
)
def test_an_archive_is_told_and_read_in_full(
    name: str, format_name: str, least: int, unread_most: int, repeated: int
) -> None:
    began = time.process_time()
    assert told(archive(name)) == format_name
    found, unread = records(name)
    assert len(found) >= least
    assert len(unread) <= unread_most
    assert len(found) - len({record.id for record in found}) <= repeated
    assert time.process_time() - began < 20, "all of them together are to take well under a minute"


def test_catalogs_of_other_things_are_no_source_of_advisories() -> None:
    with pytest.raises(NotASource):
        told(archive("kev"))


def around(texts: set[str]) -> list[str]:
    """The versions, and the ones a step beside each, with and without letters."""
    found: set[str] = set()
    for text in texts:
        numbers = re.match(r"v?(\d+(?:\.\d+)*)", text)
        if numbers is None:
            continue
        *front, last = numbers[1].split(".")
        for step in (-1, 0, 1):
            if int(last) + step >= 0:
                near = ".".join([*front, str(int(last) + step)])
                found |= {near + suffix for suffix in NEAR}
        found.add(text)
    return sorted(found)


def covered(order: Ecosystem, affected: Affected, version: str) -> bool | None:
    key = order.key(version)
    if isinstance(key, Unparsable):
        return None
    bounds = [
        b for events in affected.ranges for b in ranges_of_events(order, [{kind: text} for kind, text in events]).bounds
    ]
    return any(bound.low <= key and (bound.high is None or key < bound.high) for bound in bounds)


def answered(command: list[str], given: Any, folder: Path | None = None) -> Any:
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, cwd=folder, check=True)
    return json.loads(done.stdout)


RUBY = """require 'json'
puts JSON.generate(JSON.parse($stdin.read).map { |safe, versions|
  requirements = safe.map { |text| Gem::Requirement.new(*text.split(/,\\s*/)) }
  versions.map { |v| Gem::Version.correct?(v) ? !requirements.any? { |r| r === Gem::Version.new(v) } : nil } })"""


@pytest.mark.long
def test_rubysec_agrees_with_gem_requirement_on_every_record() -> None:
    ruby = shutil.which("ruby")
    if ruby is None:
        pytest.skip("ruby is not installed: Gem::Requirement cannot be asked (apt-get install ruby)")
    order = registry.ecosystem_of_folder("rubygems")
    given = [yaml.safe_load(data) for data in members("rubysec", r"/gems/[^/]+/[^/]+\.yml$")]
    said = {record.id: record.affected[0] for record in records("rubysec")[0]}
    asked: list[tuple[list[str], list[str]]] = []
    ours: list[Affected] = []
    for item in given:
        identifier = (
            f"CVE-{item['cve']}"
            if item.get("cve")
            else f"GHSA-{item['ghsa']}"
            if item.get("ghsa")
            else f"OSVDB-{item['osvdb']}"
        )
        safe = [str(text) for key in ("patched_versions", "unaffected_versions") for text in item.get(key) or []]
        asked.append((safe, around({version for text in safe for version in re.findall(r"[0-9][0-9A-Za-z.-]*", text)})))
        ours.append(said[f"{item['gem']}/{identifier}"])
    theirs = answered([ruby, "-e", RUBY], asked)
    compared = 0
    for (safe, versions), affected, answers in zip(asked, ours, theirs, strict=True):
        for version, answer in zip(versions, answers, strict=True):
            mine = covered(order, affected, version)
            if mine is not None and answer is not None:
                compared += 1
                assert mine is answer, (affected.name, safe, version)
    assert compared > 50_000


NODE = """const s = require('semver'), g = JSON.parse(require('fs').readFileSync(0)), o = {includePrerelease: true}
console.log(JSON.stringify(g.map(([v, p, list]) => list.map(x => s.valid(x) === null ? null :
  [[o, o], [{}, {}]].map(([a, b]) => s.satisfies(x, v, a) && !(p !== null && s.satisfies(x, p, b)))))))"""


@pytest.mark.long
@pytest.mark.registry
@pytest.mark.usefixtures("node_semver")
def test_the_node_group_agrees_with_node_semver_on_every_record(pytestconfig: pytest.Config) -> None:
    # With includePrerelease, as npm's audit asks: everywhere. Without it: for every release.
    order = registry.ecosystem_of_folder("npm")
    said = {record.id: record.affected[0] for record in records("nodejs-security-wg")[0]}
    asked: list[tuple[str, str | None, list[str]]] = []
    ours: list[Affected] = []
    for data in members("nodejs-security-wg", r"/npm/[0-9]+\.json$"):
        item = json.loads(data)
        vulnerable, patched = item["vulnerable_versions"], item.get("patched_versions")
        near = set(re.findall(r"[0-9][0-9A-Za-z.-]*", f"{vulnerable} {patched}"))
        asked.append((vulnerable, patched, [v for v in around(near) if v.count(".") >= 2]))
        ours.append(said[f"NSWG-ECO-{item['id']}"])
    theirs = answered(["node", "-e", NODE], asked, pytestconfig.cache.mkdir("node-semver"))
    compared = only_with_pre = 0
    for (vulnerable, patched, versions), affected, answers in zip(asked, ours, theirs, strict=True):
        for version, answer in zip(versions, answers, strict=True):
            mine = covered(order, affected, version)
            if mine is None or answer is None:
                continue
            compared += 1
            assert mine is answer[0], (affected.name, vulnerable, patched, version)
            if mine is not answer[1]:
                assert "-" in version, (vulnerable, patched, version)
                only_with_pre += mine
    assert compared > 10_000
    assert only_with_pre > 100, "pre-releases that the other reading would not find"


PHP = r"""require '/usr/share/php/Composer/Semver/autoload.php';
[$sets, $versions] = json_decode(file_get_contents('php://stdin'));
$parser = new Composer\Semver\VersionParser();
$parsed = array_map(fn($v) => new Composer\Semver\Constraint\Constraint('==', $parser->normalize($v)), $versions);
echo json_encode(array_map(function ($set) use ($parser, $parsed) {
    $constraint = $parser->parseConstraints(implode(',', $set));
    return array_map(fn($v) => $constraint->matches($v), $parsed);
}, $sets));"""


@pytest.mark.long
def test_comparisons_agree_with_composer() -> None:
    php = shutil.which("php")
    if php is None or not Path("/usr/share/php/Composer/Semver/autoload.php").is_file():
        pytest.skip("php and composer/semver are not installed (apt-get install php-cli php-composer-semver)")
    chance = random.Random(5)  # noqa: S311 - chance that repeats
    tails = ("", "", "", "-rc1", "-beta2", "-alpha", "-dev", "-patch1", "-RC3")

    def version() -> str:
        return ".".join(str(chance.choice((0, 1, 2, 10))) for _ in range(chance.choice((1, 2, 3, 4)))) + chance.choice(
            tails
        )

    sets = [[chance.choice(("<", "<=", ">", ">=", "!=", "")) + version() for _ in range(2)] for _ in range(2000)]
    versions = sorted({version() for _ in range(600)})
    assert_same("packagist", sets, versions, answered([php, "-r", PHP], (sets, versions)), composer.all_of)


def assert_same(
    folder: str, sets: list[Any], versions: list[str], theirs: list[list[bool]], ours: Callable[[Any], Spans]
) -> None:
    keys = [registry.ecosystem_of_folder(folder).key(version) for version in versions]
    for given, answers in zip(sets, theirs, strict=True):
        spans = ours(given)
        mine = [key in spans if isinstance(key, bytes) else answer for key, answer in zip(keys, answers, strict=True)]
        assert mine == answers, given


MADE_NODE = """const s = require('semver'), [r, v] = JSON.parse(require('fs').readFileSync(0))
console.log(JSON.stringify(r.map(x => { try { const q = new s.Range(x, {includePrerelease: true}); return v.map(y => q.test(y)) }
  catch (e) { return null } })))"""


@pytest.mark.long
@pytest.mark.registry
@pytest.mark.usefixtures("node_semver")
def test_made_up_ranges_agree_with_node_semver(pytestconfig: pytest.Config) -> None:
    chance = random.Random(11)  # noqa: S311 - chance that repeats
    order = registry.ecosystem_of_folder("npm")

    def number() -> str:
        return str(chance.choice((0, 0, 1, 2, 3, 10)))

    def version() -> str:
        return f"{number()}.{number()}.{number()}{chance.choice(('', '', '', '-0', '-alpha', '-beta.1', '-rc.2'))}"

    def partial() -> str:
        return chance.choice((version(), version(), f"{number()}.{number()}", f"{number()}.x", number(), "*", ""))

    def comparator() -> str:
        return chance.choice(("", "=", ">", "<", ">=", "<=", "^", "~", "> ", "^ ", ">=v")) + partial()

    def one() -> str:
        return (
            f"{version()} - {partial() or '2'}" if chance.random() < 0.2 else " ".join(comparator() for _ in range(2))
        )

    ranges = [" || ".join(one() for _ in range(chance.choice((1, 2)))) for _ in range(3000)]
    versions = sorted({version() for _ in range(500)})
    keys = [order.key(text) for text in versions]
    theirs = answered(["node", "-e", MADE_NODE], (ranges, versions), pytestconfig.cache.mkdir("node-semver"))
    read_ = 0
    for text, answers in zip(ranges, theirs, strict=True):
        try:
            spans = npm.range_(text)
        except Unplaced:
            continue
        if answers is not None:
            read_ += 1
            assert [key in spans for key in keys if isinstance(key, bytes)] == answers, text
    assert read_ > 2900


@pytest.mark.long
def test_made_up_requirements_agree_with_rubygems() -> None:
    ruby = shutil.which("ruby")
    if ruby is None:
        pytest.skip("ruby is not installed: Gem::Requirement cannot be asked (apt-get install ruby)")
    chance = random.Random(13)  # noqa: S311 - chance that repeats

    def version() -> str:
        text = ".".join(str(chance.choice((0, 1, 2, 10))) for _ in range(chance.choice((1, 2, 3, 4))))
        return text + chance.choice(("", "", "", ".rc1", ".beta.2", ".a", "-rc1", "rc1"))

    sets = [
        ", ".join(f"{chance.choice(('=', '>=', '>', '<', '<=', '~>', '~>', '!='))} {version()}" for _ in range(2))
        for _ in range(3000)
    ]
    versions = sorted({version() for _ in range(500)})
    theirs = answered([ruby, "-e", RUBY], [([text], versions) for text in sets])
    safe = [[not answer for answer in answers] for answers in theirs]
    assert_same("rubygems", sets, versions, safe, gem.requirement)


def members(name: str, pattern: str) -> Iterator[bytes]:
    return (data for path, data in members_of(archive(name)) if re.search(pattern, path))


def test_events_out_of_order_are_as_many_as_are_known() -> None:
    """PyPA has some; each is read with its ends in the order of versions, and none is lost."""
    order = registry.ecosystem_of_folder("pypi")
    out = lost = 0
    reasons: dict[str, int] = defaultdict(int)
    for record in records("pypa")[0]:
        for affected in record.affected:
            for events in affected.ranges:
                keys = [key for kind, text in events if isinstance(key := order.key(text), bytes) and text != "0"]
                out += keys != sorted(keys)
                said = ranges_of_events(order, [{kind: text} for kind, text in events])
                lost += not said.bounds
                for item in said.dropped:
                    reasons[item.why] += 1
    assert out >= 60
    assert lost == 0
    assert dict(reasons) == {"nothing begins before it": 1}
