"""Hostile lock files: bombs, damage, absurd sizes and mutations of the good samples."""

import json
import re
import time
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.matching import formats
from seawall.clearinghouse.matching.errors import InventoryTooLarge, NotAnInventory, UnsupportedVersion
from seawall.clearinghouse.matching.formats import locks, reading
from seawall.clearinghouse.matching.formats.interface import COMPONENTS_MAX, FORMATS, Listing, Sbom, nothing_beside
from seawall.clearinghouse.matching.parsing import parse_confined

HERE = Path(formats.__file__).parent
LOCKS = [name for name in FORMATS if name not in {"cyclonedx", "spdx"}]
DECLARED = (NotAnInventory, UnsupportedVersion, InventoryTooLarge)
TEXTS = {
    name: [sample["text"] for sample in tomllib.loads((HERE / name / "samples.toml").read_text())["sample"]]
    for name in LOCKS
}
JSON = [name for name in LOCKS if TEXTS[name][0].lstrip().startswith("{") and name != "bun"]
TOML = ["cargo", "pdm", "poetry", "pylock", "uv"]
YAML = ["actions", "pnpm", "pubspec"]
XML = ["gradle_verification", "nuget_config", "nuget_props", "pom"]


def parse(name: str, data: bytes) -> Sbom:
    module: Any = import_module(f"seawall.clearinghouse.matching.formats.{name}.parser")
    found: Sbom = module.parse(data)
    return found


def bounded(name: str, data: bytes, *, seconds: float) -> None:
    """Read or refused with a declared error, in time, and with nothing odd in what is said."""
    begun = time.process_time()
    said: list[str] = []
    listings: tuple[Listing, ...] = ()
    try:
        found = parse(name, data)
    except DECLARED as error:
        said.append(error.detail)
    else:
        listings = found.listings
        said += found.notes
    assert time.process_time() - begun < seconds
    assert all(text.isprintable() and len(text) < 600 for text in said)
    for listing in listings:
        assert listing.key or listing.why_not
        assert len(listing.name) <= 300
        assert listing.name.isprintable()
        assert all(part.isprintable() and len(part) < 100 for part in listing.path)
        assert len(listing.path) <= 12


DEEP = 100_000
BOMBS: list[tuple[str, list[str], bytes]] = [
    ("lists in lists", [*JSON, *TOML, *YAML, "bun", "mix"], b"[" * DEEP),
    ("mappings in mappings", [*JSON, "bun"], b'{"a":' * DEEP),
    ("tables in tables", TOML, b"a = " + b"{a = " * DEEP),
    ("a key of a hundred thousand parts", TOML, b"a" + b".a" * DEEP + b" = 1"),
    ("a table of a hundred thousand parts", TOML, b"[ 'a'" + b' . "b"' * DEEP + b"]"),
    ("a key inside of braces", TOML, b"x = {y = 1, a" + b".a" * DEEP + b" = 1}"),
    ("flow mappings", YAML, b"{a: " * DEEP),
    ("block sequences", YAML, b"- " * DEEP),
    ("indentation", YAML, b"\n".join(b" " * depth + b"a:" for depth in range(2_000))),
    (
        "aliases of aliases",
        YAML,
        b"a: &a [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(
            b"%c: &%c [%s]\n" % (name, name, b",".join([b"*%c" % (name - 1)] * 9)) for name in range(ord("b"), ord("z"))
        )
        + b"jobs: {a: *y}\npackages: *y\nlockfileVersion: '9.0'\n",
    ),
    (
        "merged aliases",
        YAML,
        b"a: &a {x: 1}\n" + b"".join(b"%c: &%c {<<: [%s]}\n" % (n, n, b",".join([b"*%c" % (n - 1)] * 9)) for n in range(98, 122)),
    ),
    ("an alias of itself", YAML, b"jobs: &a {b: *a}\npackages: &p {x: *p}\nlockfileVersion: '9.0'\n"),
    (
        "entities of entities",
        XML,
        b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
        + b"".join(b'<!ENTITY %c "%s">' % (name, b"&%c;" % (name - 1) * 10) for name in range(98, 118))
        + b"]><project><artifactId>&t;</artifactId></project>",
    ),
    ("an outside entity", XML, b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><packages>&x;</packages>'),
    ("an outside document type", XML, b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><packages>&x;</packages>'),
    ("a parameter entity", XML, b'<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><Project/>'),
    ("elements in elements", XML, b"<a>" * DEEP),
    ("a wrong encoding", XML, b'<?xml version="1.0" encoding="utf-7"?><project/>'),
    ("an endless number", JSON, b'{"lockfileVersion":' + b"9" * 100_000 + b"}"),
    ("a lone surrogate", JSON, b'{"lockfileVersion":3,"packages":{"node_modules/\\ud800":{"version":"\\udfff"}},"_meta":{},"default":{"\\ud800":{"version":"==\\ud800"}}}'),
    ("quotes without an end", ["bun", "mix", "yarn", "gomod"], b"# yarn lockfile v1\nmodule x\n" + b'"\\' * DEEP),
    ("blanks", ["mix", "requirements", "gemfile", "gomod", "gosum", "yarn", "gradle"], b" " * 1_000_000 + b"\n" + b"\t" * 1_000_000),
    ("comments", ["mix", "requirements", "yarn", "bun"], b"#" * 300_000 + b"\n" + b"/*" * 300_000),
    ("brackets", ["requirements"], b"a" + b"[" * DEEP + b"\n" + b"a" + b"=" * DEEP + b"\n" + b"a (" + b"=1," * DEEP),
    ("long lines", ["requirements", "gemfile", "gradle", "gosum", "gomod", "yarn"], (b"a-" * 500_000 + b"\n") * 3),
    ("one continued line", ["requirements"], b"a==1 \\\n" * DEEP),
    ("nothing", LOCKS, b""),
    ("NUL", LOCKS, b"a\x00b" * 1000),
    ("no UTF-8", LOCKS, b"\xff\xfa\x80" * 1000),
    ("half of UTF-16", LOCKS, b"\xff\xfea"),
    ("an empty object", LOCKS, b"{}"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data"), [pytest.param(name, data, id=f"{what}: {name}") for what, names, data in BOMBS for name in names]
)
def test_a_bomb_is_refused_in_time(name: str, data: bytes) -> None:
    bounded(name, data, seconds=5)


@pytest.mark.parametrize("name", LOCKS)
def test_names_of_64_kib_are_cut_and_kept_with_the_reason(name: str) -> None:
    for text in TEXTS[name]:
        long = re.sub(r"left|jinja2|serde|nokogiri|cowboy|http|cowlib|zlib|tide", lambda match: match[0] * 16_384, text)
        bounded(name, long.encode(), seconds=5)


@pytest.mark.parametrize("name", LOCKS)
def test_a_file_that_breaks_off_is_read_or_refused(name: str) -> None:
    for text in TEXTS[name]:
        data = text.encode()
        for end in range(0, len(data), max(1, len(data) // 40)):
            bounded(name, data[:end], seconds=2)


@pytest.mark.parametrize("name", LOCKS)
def test_a_file_over_the_limit_is_refused_before_it_is_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BYTES_MAX", 1000)
    with pytest.raises(InventoryTooLarge):
        parse(name, b" " * 1001)


def cycle(count: int) -> dict[str, bytes]:
    """Lock files in which each package needs the next, and the last the first."""
    packages = {
        f"node_modules/p{n}": {"version": "1.0.0", "dependencies": {f"p{(n + 1) % count}": "*"}} for n in range(count)
    }
    cargo = "".join(
        f'[[package]]\nname = "p{n}"\nversion = "1.0.0"\nsource = "sparse+https://index.crates.io/"\n'
        f'dependencies = ["p{(n + 1) % count}"]\n'
        for n in range(count)
    )
    own = '[[package]]\nname = "app"\nversion = "0.1.0"\ndependencies = ["p0"]\n'
    gems = "".join(f"    p{n} (1.0.0)\n      p{(n + 1) % count}\n" for n in range(count))
    return {
        "npm": json.dumps({"lockfileVersion": 3, "packages": {"": {"dependencies": {"p0": "*"}}, **packages}}).encode(),
        "cargo": f"version = 3\n{own}{cargo}".encode(),
        "gemfile": f"GEM\n  remote: x\n  specs:\n{gems}\nDEPENDENCIES\n  p0\n".encode(),
    }


@pytest.mark.parametrize("name", ["npm", "cargo", "gemfile"])
def test_cycles_in_the_tree_end_and_ways_stay_short(name: str) -> None:
    found = parse(name, cycle(500)[name])
    ways = {listing.name: listing.path for listing in found.listings}
    assert len(ways) == 500
    assert ways["p2"][1:] == ("p0 1.0.0", "p1 1.0.0", "p2 1.0.0")
    assert len(ways["p499"]) == 12
    assert ways["p499"][-1] == "p499 1.0.0"


def test_a_package_in_many_places_is_listed_once_with_its_shortest_way_and_strongest_scope() -> None:
    lock = locks.Lock("npm", "app")
    for place, scope in (("far", "dev"), ("near", ""), ("nearest", "dev")):
        lock.package(place, "npm", "a", "1.0.0", scope=scope)
    lock.package("between", "npm", "b", "1.0.0")
    lock.needs("between", ["far", "near"])
    lock.root("between")
    lock.root("nearest", "dev")
    found = {listing.name: listing for listing in lock.sbom().listings}
    assert (found["a"].scope, found["a"].path) == ("", ("app", "a 1.0.0"))


def test_more_packages_or_edges_than_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InventoryTooLarge, match="200,000"):
        parse("requirements", b"".join(b"p%d==1\n" % n for n in range(COMPONENTS_MAX + 1)))
    monkeypatch.setattr(locks.trees, "EDGES_MAX", 100)
    with pytest.raises(InventoryTooLarge, match="edges"):
        parse("npm", cycle(200)["npm"])


@pytest.mark.long
@pytest.mark.parametrize("name", ["npm", "cargo", "gemfile", "requirements", "pnpm", "mix", "gradle_verification"])
def test_two_hundred_thousand_packages_are_read_in_bounded_time_and_memory(name: str) -> None:
    data = cycle(COMPONENTS_MAX).get(name) or many(name, COMPONENTS_MAX)
    # In the service's child process, which is ended at 1 GiB or 60 seconds of processor time.
    found = parse_confined(name, data)
    assert len(found.listings) == COMPONENTS_MAX
    assert all(listing.key for listing in found.listings)


def many(name: str, count: int) -> bytes:
    lines = {
        "requirements": ("", "p{0}==1.0.{0}\n", ""),
        "pnpm": ("lockfileVersion: '6.0'\npackages:\n", "  /p{0}@1.0.{0}: {{dev: true}}\n", ""),
        "mix": ("%{{\n", '  "p{0}": {{:hex, :p{0}, "1.0.{0}", "00", [:mix], [], "hexpm", "00"}},\n', "}}\n"),
        "gradle_verification": (
            "<verification-metadata><components>",
            '<component group="g" name="p{0}" version="1.0.{0}"/>',
            "</components></verification-metadata>",
        ),
    }
    begin, line, end = lines[name]
    return "".join([begin.format(), *(line.format(n) for n in range(count)), end.format()]).encode()


ODD = ["", "1", "[]", "{}", "null", "true", '"x"', "[[]]", '{"a": 1}', "- -", "%{", "@", "npm:", "\x1b[31m", "\N{SNOWMAN}", "<a/>", "99999999999999999999", "'", '"', "\n", "=", "=>"]  # fmt: skip
TOKENS = re.compile(r'"[^"\n]*"|[\w.@/-]+|[\[\]{}():,=<>]')


@st.composite
def damaged(draw: st.DrawFn, name: str) -> bytes:
    """A good sample with a few of its tokens lost, doubled or put in the place of others."""
    text = draw(st.sampled_from(TEXTS[name]))
    for _ in range(draw(st.integers(1, 4))):
        places = [match.span() for match in TOKENS.finditer(text)]
        if not places:
            break
        begin, end = draw(st.sampled_from(places))
        other = draw(st.sampled_from(places))
        piece = draw(
            st.sampled_from([*ODD, text[other[0] : other[1]], text[begin:end] * 2, text[begin : end + 200] * 2])
        )
        text = text[:begin] + piece + text[end:]
    return text.encode()


@pytest.mark.parametrize("name", LOCKS)
def test_only_the_declared_errors_escape_from_damage(name: str) -> None:
    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(damaged(name))
    def read(data: bytes) -> None:
        bounded(name, data, seconds=5)

    read()


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=10)
    | st.sampled_from(["1.0.0", "npm:a@1", "git+x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def reshaped(draw: st.DrawFn, name: str) -> bytes:
    """A good JSON sample with one of its values, anywhere, of another shape."""
    value = json.loads(draw(st.sampled_from(TEXTS[name])))
    container, key = [value], 0
    for _ in range(draw(st.integers(1, 6))):
        inner: Any = container[key]
        if not isinstance(inner, (dict, list)) or not inner:
            break
        container = inner
        key = draw(st.sampled_from(sorted(inner) if isinstance(inner, dict) else range(len(inner))))
    container[key] = draw(VALUES)
    return json.dumps(value).encode()


@pytest.mark.parametrize("name", JSON)
def test_only_the_declared_errors_escape_from_values_of_other_shapes(name: str) -> None:
    @settings(max_examples=100, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(reshaped(name))
    def read(data: bytes) -> None:
        bounded(name, data, seconds=5)

    read()


@pytest.mark.parametrize("name", LOCKS)
def test_any_bytes_are_read_or_refused(name: str) -> None:
    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
    @example(b"\xef\xbb\xbf")
    def read(data: bytes) -> None:
        bounded(name, data, seconds=5)

    read()


@pytest.mark.parametrize(
    ("name", "begin", "line", "end", "use"),
    [
        ("pom", "<project><artifactId>a</artifactId><properties>", "<p{0}>{1}</p{0}>", "</properties><dependencies>{0}</dependencies></project>", "${{p{0}}}"),
        ("nuget_props", "<Project><PropertyGroup>", "<p{0}>{1}</p{0}>", "</PropertyGroup><ItemGroup>{0}</ItemGroup></Project>", "$(p{0})"),
    ],
)  # fmt: skip
def test_properties_of_properties_do_not_multiply(name: str, begin: str, line: str, end: str, use: str) -> None:
    count = 300
    properties = "".join(line.format(n, use.format(n + 1) * 60) for n in range(count)) + line.format(count, "1.0.0")
    one = (
        "<dependency><groupId>g</groupId><artifactId>a{0}</artifactId><version>{1}</version></dependency>"
        if name == "pom"
        else '<PackageVersion Include="a{0}" Version="{1}"/>'
    )
    needs = "".join(one.format(n, use.format(n % count)) for n in range(2_000))
    bounded(name, f"{begin}{properties}{end.format(needs)}".encode(), seconds=5)
    known = f"{begin}{line.format(0, use.format(1))}{line.format(1, '1.2.3')}{end.format(one.format(0, use.format(0)))}"
    assert [listing.version for listing in parse(name, known.encode()).listings] == ["1.2.3"]


def test_terminal_sequences_do_not_come_through() -> None:
    found = parse("requirements", b"a==1\x1b[31m\nb\x1b]0;x\x07 @ https://x\nc>=\x1b[0m1\n")
    shown = [*found.notes, *(f"{item.name} {item.version} {item.why_not} {item.ref}" for item in found.listings)]
    assert all(text.isprintable() for text in shown)


def test_credentials_in_addresses_do_not_come_through() -> None:
    secret = "s3cr3t"
    documents = {
        "requirements": f"a @ git+https://me:{secret}@git.example/a.git@v1\n-e https://{secret}@x.example/y\n",
        "yarn": f'# yarn lockfile v1\n\na@https://{secret}:x-oauth@x.example/a.tgz:\n  version "1.0.0"\n',
        "npm": f'{{"lockfileVersion": 1, "dependencies": {{"a": {{"version": "git+https://u:{secret}@x.example/a.git#abc"}}}}}}',
        "pnpm": f"lockfileVersion: '9.0'\npackages:\n  a@https://u:p@{secret}@x.example/a.tgz: {{}}\n",
        "gemfile": f"GIT\n  remote: https://{secret}@x.example/a.git\n  revision: abc\n  specs:\n    a (1.0)\n",
        "composer": f'{{"packages": [{{"name": "a/b", "version": "1", "dist": {{"type": "path", "url": "//{secret}@x/"}}}}]}}',
    }
    for name, text in documents.items():
        found = parse(name, text.encode())
        assert found.listings
        assert secret not in repr(found), found


def test_a_document_alone_has_nothing_beside_it() -> None:
    assert nothing_beside("package.json") is None
