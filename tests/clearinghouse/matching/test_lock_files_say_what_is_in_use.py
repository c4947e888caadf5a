"""The contract of lock file formats: each format's folder has ``samples.toml``, written from the format's documentation.

A sample's ``packages`` are all that is read, in order: the package URL, the scope where there is one, and behind a ``!`` a part
of the reason why its version is not matched. ``?`` stands where the ecosystem's order decides, which is not the format's
affair. ``ways`` are some of the paths, ``notes`` parts of the notes.
"""

import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from seawall.clearinghouse.matching import errors, folders, formats
from seawall.clearinghouse.matching.formats.interface import FORMATS, Listing, Sbom
from seawall.clearinghouse.matching.formats.locks import purl_of

HERE = Path(formats.__file__).parent
NOT_LOCKS = ("cyclonedx", "spdx")
LOCKS = [name for name in FORMATS if name not in NOT_LOCKS]


def samples() -> Iterator[tuple[str, dict[str, Any]]]:
    for name in LOCKS:
        for sample in tomllib.loads((HERE / name / "samples.toml").read_text())["sample"]:
            yield name, sample


SAMPLES = [pytest.param(name, sample, id=f"{name}: {sample['says']}") for name, sample in samples()]


def read(name: str, sample: dict[str, Any], data: bytes) -> Sbom:
    module: Any = import_module(f"seawall.clearinghouse.matching.formats.{name}.parser")
    neighbors = {path: text.strip().encode() for path, text in sample.get("beside", {}).items()}
    found: Sbom = module.parse_beside(data, neighbors.get) if neighbors else module.parse(data)
    return found


def fits(listing: Listing, expected: str) -> bool:
    """Whether a listing is what a line of a sample says."""
    line, flagged, reason = expected.partition(" ! ")
    line, undecided = line.removesuffix(" ?"), line.endswith(" ?")
    purl, _, scope = line.partition(" ")
    if (listing.purl, listing.scope) != (purl, scope):
        return False
    if flagged:
        return listing.key is None and reason in listing.why_not
    return undecided or (listing.key is not None and not listing.why_not)


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_a_sample_is_read_as_its_tool_means_it(name: str, sample: dict[str, Any]) -> None:
    found = read(name, sample, sample["text"].encode())
    shown = [f"{item.purl} {item.scope} ! {item.why_not}" for item in found.listings]
    assert len(found.listings) == len(sample["packages"]), shown
    for listing, expected in zip(found.listings, sample["packages"], strict=True):
        assert fits(listing, expected), (expected, shown)
    ways = {listing.path for listing in found.listings}
    for way in sample.get("ways", ()):
        assert tuple(way) in ways
    for part in sample.get("notes", ()):
        assert any(part in note for note in found.notes), found.notes
    assert bool(found.notes) == ("notes" in sample)
    assert found.format == name
    assert found.subject


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
@pytest.mark.parametrize("kind", ["crlf", "bom"])
def test_line_ends_and_byte_order_marks_change_nothing(name: str, sample: dict[str, Any], kind: str) -> None:
    plain = sample["text"].encode()
    changed = plain.replace(b"\n", b"\r\n") if kind == "crlf" else b"\xef\xbb\xbf" + plain
    assert read(name, sample, changed) == read(name, sample, plain)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_requirements_from_windows_shells_are_read(encoding: str) -> None:
    text = "jinja2==3.1.2\r\nmarkupsafe==2.1.5\r\n"
    data = text.encode(encoding) if encoding == "utf-16" else f"\ufeff{text}".encode(encoding)
    found = read("requirements", {}, data)
    assert [(listing.package, listing.version) for listing in found.listings] == [
        ("jinja2", "3.1.2"),
        ("markupsafe", "2.1.5"),
    ]


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_a_name_belongs_to_one_format(name: str, sample: dict[str, Any]) -> None:
    claimed = [
        other
        for other in FORMATS
        if import_module(f"seawall.clearinghouse.matching.formats.{other}.parser").claims(sample["path"])
    ]
    assert claimed == [name]
    assert folders.format_of(sample["path"]) == name


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_a_way_begins_at_the_subject_and_ends_at_its_component(name: str, sample: dict[str, Any]) -> None:
    found = read(name, sample, sample["text"].encode())
    for listing in found.listings:
        if listing.path:
            assert listing.path[0] == found.subject
            assert listing.path[-1] == f"{listing.name} {listing.version}".strip()


@pytest.mark.parametrize("name", LOCKS)
def test_a_format_refuses_what_is_another_format(name: str) -> None:
    module: Any = import_module(f"seawall.clearinghouse.matching.formats.{name}.parser")
    strangers = [
        b"<html><body>not found</body></html>",
        b"<<<<<<< HEAD\n=======\n>>>>>>> main\n",
        b"\x00\x01\x02" * 50,
    ]
    for data in strangers:
        with pytest.raises((errors.NotAnInventory, errors.UnsupportedVersion)) as caught:
            module.parse(data)
        assert caught.value.action


@pytest.mark.parametrize(
    ("parts", "purl"),
    [
        (("npm", "core", "7.0.0", "@babel"), "pkg:npm/%40babel/core@7.0.0"),
        (
            ("golang", "toml", "v1.0.0+incompatible", "github.com/BurntSushi"),
            "pkg:golang/github.com/BurntSushi/toml@v1.0.0%2Bincompatible",
        ),
        (("pypi", "a b/c", "1?#@", ""), "pkg:pypi/a%20b%2Fc@1%3F%23%40"),
        (("npm", "\ud800", "1", ""), "pkg:npm/%3F@1"),
    ],
)
def test_package_urls_are_quoted(parts: tuple[str, str, str, str], purl: str) -> None:
    kind, name, version, namespace = parts
    assert purl_of(kind, name, version, namespace=namespace) == purl
