import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.matching.errors import InventoryTooLarge, NotAnInventory, UnsupportedVersion
from seawall.clearinghouse.matching.formats import documents
from seawall.clearinghouse.matching.formats.cyclonedx.parser import parse as parse_cyclonedx
from seawall.clearinghouse.matching.formats.interface import COMPONENTS_MAX
from seawall.clearinghouse.matching.formats.sniffing import sniff
from seawall.clearinghouse.matching.formats.spdx import yamls
from seawall.clearinghouse.matching.formats.spdx.parser import parse
from seawall.foundation.platform.errors import SeawallError

NS = 'xmlns="http://cyclonedx.org/schema/bom/1.6"'
BOMB = "".join(f'<!ENTITY x{level} "{f"&x{level - 1};" * 10}">' for level in range(1, 12))
DECLARED = (NotAnInventory, UnsupportedVersion, InventoryTooLarge)
THREE = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"


def xml(inside: str) -> bytes:
    return f"<bom {NS}>{inside}</bom>".encode()


def two(**more: Any) -> bytes:
    return json.dumps({"spdxVersion": "SPDX-2.3", **more}).encode()


def three(*graph: Any) -> bytes:
    return json.dumps({"@context": THREE, "@graph": graph}).encode()


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        (
            f'<!DOCTYPE b [<!ENTITY x0 "ha">{BOMB}]><bom {NS}><components>&x11;</components></bom>'.encode(),
            0,
            "DOCTYPE",
        ),
        (b'<!DOCTYPE bom SYSTEM "file:///etc/passwd"><bom/>', 0, "DOCTYPE"),
        (b'<!DOCTYPE b [<!ENTITY % p SYSTEM "http://127.0.0.1/x">%p;]><bom/>', 0, "DOCTYPE"),
        (xml("&x;"), 0, "undefined entity"),
        (xml("<components>" * 100_000), 0, "nested too deeply"),
        (xml("<other>" * 100_000), 0, "nested too deeply"),
        (xml("<components>"), 0, "mismatched tag"),
        (b"<bom/>", 0, "not a CycloneDX"),
        (b'<html xmlns="http://cyclonedx.org/schema/bom/1.6"/>', 0, "not a CycloneDX"),
        (b'<bom xmlns="http://cyclonedx.org/schema/bom/1.2"/>', 1, "'1.2' is not read"),
        (b'<bom xmlns="http://cyclonedx.org/schema/bom/"/>', 1, "is not read"),
        (
            "<bom " + NS + "><components><component><name>\ufffe</name></component></components></bom>",
            0,
            "not well-formed",
        ),
        (f"<bom {NS}/>".encode("utf-16"), 0, "Not XML|Byte 0"),
        (f"<bom {NS}><components><component><name>\xff".encode("latin-1"), 0, "not well-formed"),
        (b"<bom xmlns='http://cyclonedx.org/schema/bom/1.6' a='1' a='2'/>", 0, "duplicate attribute"),
        (xml("<components>" + "<component/>" * (COMPONENTS_MAX + 1) + "</components>"), 2, "over 200000 components"),
    ],
)
def test_hostile_xml_is_refused_at_once(data: bytes | str, kind: int, said: str) -> None:
    begun = time.process_time()
    with pytest.raises(DECLARED[kind], match=said):
        parse_cyclonedx(data if isinstance(data, bytes) else data.encode())
    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    ("data", "kind", "field"),
    [
        (b"", NotAnInventory, "spdxVersion"),
        (b"\xff\xfe", NotAnInventory, None),
        (b"{", NotAnInventory, None),
        (b"[]", NotAnInventory, "spdxVersion"),
        (b"<rdf:RDF/>", NotAnInventory, None),
        (b"PK\x03\x04", NotAnInventory, None),
        (b'{"spdxVersion": 2}', NotAnInventory, "spdxVersion"),
        (b'{"spdxVersion": "SPDX-2.1"}', UnsupportedVersion, "spdxVersion"),
        (b'{"spdxVersion": "SPDX-2.3", "spdxVersion": "SPDX-2.3"}', NotAnInventory, None),
        (two(packages={}), NotAnInventory, "packages"),
        (two(packages=[1]), NotAnInventory, "packages/0"),
        (two(packages=[{"name": []}]), NotAnInventory, "packages/0/name"),
        (two(packages=[{"externalRefs": "x"}]), NotAnInventory, "packages/0/externalRefs"),
        (two(packages=[{"externalRefs": [[]]}]), NotAnInventory, "packages/0/externalRefs/0"),
        (two(relationships=[None, 7]), NotAnInventory, "relationships/1"),
        (two(documentDescribes="x"), NotAnInventory, "documentDescribes"),
        (two(packages=[{}] * (COMPONENTS_MAX + 1)), InventoryTooLarge, "packages"),
        (b'{"@context": "https://example.com/"}', NotAnInventory, "@context"),
        (b'{"@context": {"a": "b"}}', NotAnInventory, "@context"),
        (b'{"@context": "https://spdx.org/rdf/4.0/c.jsonld"}', UnsupportedVersion, "@context"),
        (json.dumps({"@context": THREE, "@graph": {}}).encode(), NotAnInventory, "@graph"),
        (three("x"), NotAnInventory, "@graph/0"),
        (three({"type": ["software_Package"]}), NotAnInventory, "@graph/0/type"),
        (three({"type": "software_Package", "externalIdentifier": {}}), NotAnInventory, "@graph/0/externalIdentifier"),
        (three(*[{"type": "software_Package"}] * (COMPONENTS_MAX + 1)), InventoryTooLarge, f"@graph/{COMPONENTS_MAX}"),
        (b"SPDXVersion: SPDX-2.0", UnsupportedVersion, "spdxVersion"),
        (b"SPDXVersion: SPDX-2.3\nPackageComment: <text>no end", NotAnInventory, "PackageComment"),
        (b"SPDXVersion: SPDX-2.3" + b"\nPackageName: a" * (COMPONENTS_MAX + 1), InventoryTooLarge, "PackageName"),
        (b"a: &a [x]\nb: *a", NotAnInventory, None),
        (b"a: &a [x, *a]", NotAnInventory, None),
        (b"[" * 100_000, NotAnInventory, None),
        (b"- " * 100_000, NotAnInventory, None),
        (b"? [a]\n: b", NotAnInventory, None),
        (b"a: 1\na: 2", NotAnInventory, None),
        (b"a: !!python/object/apply:os.system [id]\nspdxVersion: x", UnsupportedVersion, "spdxVersion"),
        (b"a: 'x", NotAnInventory, None),
        (b"a: \x00", NotAnInventory, None),
    ],
)
def test_what_is_no_spdx_is_refused_with_its_place(data: bytes, kind: type[SeawallError], field: str | None) -> None:
    begun = time.process_time()
    with pytest.raises(kind) as caught:
        parse(data)
    assert caught.value.detail
    assert len(caught.value.detail) < 300
    assert caught.value.field == field
    assert time.process_time() - begun < 10


def test_a_long_text_in_many_pieces_is_read_in_steps_of_its_length() -> None:
    inside = (
        "<component><properties><property name='x'>" + "a<!-- -->" * 300_000 + "</property></properties></component>"
    )
    begun = time.process_time()
    assert len(parse_cyclonedx(xml(f"<components>{inside}</components>")).listings) == 1
    assert time.process_time() - begun < 5


def test_yaml_of_too_many_values_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yamls, "VALUES_MAX", 100)
    with pytest.raises(InventoryTooLarge, match="over 100 values"):
        parse(b"- a\n" * 101)


def test_a_document_that_is_too_long_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "DOCUMENT_MAX", 2**20)
    for read in (parse, parse_cyclonedx):
        with pytest.raises(InventoryTooLarge, match="MiB"):
            read(b"[" * (2**20 + 1))


@pytest.mark.long
@pytest.mark.parametrize("form", ["cyclonedx json", "cyclonedx xml", "spdx json", "spdx tags"])
def test_a_million_components_are_reported_and_not_read(form: str) -> None:
    documents_of = {
        "cyclonedx json": b'{"bomFormat":"CycloneDX","specVersion":"1.6","components":['
        + b",".join(b'{"name":"p%d","purl":"pkg:pypi/p%d@1"}' % (number, number) for number in range(1_000_000))
        + b"]}",
        "cyclonedx xml": xml("<components>" + "<component><name>a</name></component>" * 1_000_000 + "</components>"),
        "spdx json": two(packages=[{"name": "a"}] * 1_000_000),
        "spdx tags": b"SPDXVersion: SPDX-2.3\n" + b"PackageName: a\n" * 1_000_000,
    }
    read = parse_cyclonedx if form.startswith("cyclonedx") else parse
    begun = time.process_time()
    with pytest.raises(InventoryTooLarge, match="over 200000 components"):
        read(documents_of[form])
    assert time.process_time() - begun < 30


def test_cycles_and_islands_end() -> None:
    ids = [f"SPDXRef-{number}" for number in range(100)]
    relationships = [
        {"spdxElementId": here, "relatedSpdxElement": there, "relationshipType": "DEPENDS_ON"}
        for here, there in zip(ids, [*ids[1:], ids[0]], strict=True)
    ]
    relationships += [{"spdxElementId": ids[0], "relatedSpdxElement": ids[0], "relationshipType": "DEPENDS_ON"}]
    packages = [{"SPDXID": ref, "name": ref} for ref in [*ids, "SPDXRef-island"]]
    found = parse(two(packages=packages, relationships=relationships, documentDescribes=[ids[0], ids[0], "nobody"]))
    ways = {item.name: item.path for item in found.listings}
    assert ways[ids[2]] == tuple(ids[:3])
    assert len(ways[ids[99]]) == 12
    assert ways["SPDXRef-island"] == ()


def test_long_purls_and_zeros_are_kept_short_and_readable() -> None:
    locator = {"referenceType": "purl", "referenceLocator": "pkg:pypi/" + "a" * 65536}
    (only,) = parse(two(packages=[{"name": "a\x00b", "externalRefs": [locator]}])).listings
    assert "characters" in only.why_not
    assert len(only.purl) <= 1000
    assert only.name == "a\N{REPLACEMENT CHARACTER}b"


_KEYS = st.sampled_from(
    [
        "SPDXID",
        "name",
        "versionInfo",
        "externalRefs",
        "referenceType",
        "referenceLocator",
        "packages",
        "relationships",
        "spdxElementId",
        "relatedSpdxElement",
        "relationshipType",
        "documentDescribes",
        "type",
        "spdxId",
        "from",
        "to",
        "rootElement",
        "externalIdentifier",
        "externalIdentifierType",
        "identifier",
        "software_packageUrl",
        "software_packageVersion",
        "@graph",
    ]
)
_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=10)
_WORDS = st.sampled_from(["purl", "pkg:pypi/a@1", "DEPENDS_ON", "x", "software_Package", "SpdxDocument", "dependsOn"])
_VALUES = st.recursive(
    _LEAVES | _WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=30,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([{"spdxVersion": "SPDX-2.3"}, {"@context": THREE}]), st.dictionaries(_KEYS, _VALUES, max_size=5))
def test_only_the_declared_errors_escape(begin: dict[str, str], values: dict[str, Any]) -> None:
    try:
        found = parse(json.dumps({**begin, **values}).encode())
    except DECLARED:
        return
    assert all(item.key or item.why_not for item in found.listings)


_LINES = st.sampled_from(
    ["SPDXVersion: SPDX-2.3", "PackageName: a", "ExternalRef: X purl pkg:pypi/a@1", "Relationship: a CONTAINS b"]
) | st.text(max_size=20)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.lists(_LINES, max_size=8).map(lambda lines: "\n".join(lines).encode()))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert sniff(data) in {"", "cyclonedx", "spdx"}
    with suppress(*DECLARED):
        parse(data)


_TAGS = [
    "components",
    "component",
    "name",
    "purl",
    "properties",
    "property",
    "dependencies",
    "dependency",
    "metadata",
    "services",
]


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.text(alphabet="ab &<", max_size=5),
        lambda inner: st.tuples(st.sampled_from(_TAGS), st.lists(inner, max_size=3)).map(
            lambda pair: f"<{pair[0]} ref='r' name='seawall:exposure'>{''.join(pair[1])}</{pair[0]}>"
        ),
        max_leaves=20,
    )
)
def test_xml_of_any_shape_is_read_or_refused(inside: str) -> None:
    with suppress(*DECLARED):
        parse_cyclonedx(xml(inside))
