import json
import lzma
from pathlib import Path

import cpe as reference
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.clearinghouse.matching import cpes
from seawall.clearinghouse.matching.cpes import Cpe, NotACpe
from seawall.clearinghouse.matching.formats.interface import parser
from seawall.clearinghouse.matching.formats.listings import listing
from seawall.clearinghouse.matching.matcher import Index, match
from seawall.clearinghouse.matching.ranges import range_of_pair
from seawall.clearinghouse.matching.types import Component, Interval, Package

RECORDS = Path(__file__).parents[4] / "shared" / "data" / "vulnrichment.jsonl.xz"
OPENSSL = "cpe:2.3:a:openssl:openssl:1.1.1k:*:*:*:*:*:*:*"


@pytest.mark.parametrize(
    ("text", "package", "version", "unsaid"),
    [
        (OPENSSL, "a:openssl:openssl", "1.1.1k", ""),
        (OPENSSL.replace("openssl:openssl", "OpenSSL:OpenSSL"), "a:openssl:openssl", "1.1.1k", ""),
        ("cpe:/a:openssl:openssl:1.1.1k", "a:openssl:openssl", "1.1.1k", ""),
        ("cpe:/a:microsoft:sql_server:2008:sp1", "a:microsoft:sql_server", "2008:sp1", ""),
        ("cpe:/o:redhat:enterprise_linux:9::baseos", "o:redhat:enterprise_linux", "9", "only of edition baseos"),
        ("cpe:/a:hp:insight:7.4.0.1570::~~online~win2003~x64~", "a:hp:insight", "7.4.0.1570", "sw_edition online, "),
        ("cpe:/a:foo%5cbar:big%24money_2010:1", r"a:foo\\bar:big\$money_2010", "1", ""),
        ("cpe:/a:foo~bar:baz:1", r"a:foo\~bar:baz", "1", ""),
        (r"cpe:2.3:a:acme:7-zip\+:9\.2\-1:*:*:*:*:*:*:*", r"a:acme:7-zip\+", "9.2-1", ""),
        (r"cpe:2.3:a:acme:x\:y:1:*:*:*:*:*:*:*", r"a:acme:x\:y", "1", ""),
        ("cpe:2.3:h:dlink:dir-605:-:*:*:*:*:*:*:*", "h:dlink:dir-605", "", ""),
        ("cpe:2.3:a:acme:form:4.*:*:*:*:*:wordpress:*:*", "a:acme:form", "", "only of target_sw wordpress"),
        ("cpe:/a:acme:tool:%02", "a:acme:tool", "", ""),
    ],
)
def test_both_bindings_name_one_product(text: str, package: str, version: str, unsaid: str) -> None:
    named = cpes.identify(text)
    assert isinstance(named, cpes.Named), named
    assert named.package == Package("CPE", package)
    assert named.version == version
    assert unsaid in cpes.unsaid(named.cpe)
    assert bool(unsaid) == bool(cpes.unsaid(named.cpe))
    assert cpes.parse(str(named.cpe)) == named.cpe


@pytest.mark.parametrize(
    "text",
    [
        "",
        "openssl",
        "cpe:2.3:a:openssl:openssl",
        "cpe:2.3:a:ibm:sterling_connect:direct:6.2.0.0:*:*:*:*:unix:*:*",
        "cpe:2.3:x:openssl:openssl:1:*:*:*:*:*:*:*",
        "cpe:2.3:a:open ssl:openssl:1:*:*:*:*:*:*:*",
        "cpe:2.3:a:open*ssl:openssl:1:*:*:*:*:*:*:*",
        "cpe:2.3:a:openssl:openssl+:1:*:*:*:*:*:*:*",
        "cpe:2.3:a:openssl::1:*:*:*:*:*:*:*",
        "cpe:2.3:a:*:openssl:1:*:*:*:*:*:*:*",
        "cpe:2.3:a:openssl:-:1:*:*:*:*:*:*:*",
        "cpe:2.3:*:openssl:openssl:1:*:*:*:*:*:*:*",
        "cpe:2.3:a:openssl:openssl:1:*:*:*:*:*:*:\\",
        "cpe:/a:open ssl:openssl",
        "cpe:/a:opens%00sl:openssl",
        "cpe:/a:openssl:openssl:1:2:3:4:5:6",
        "cpe:/a:openssl:openssl:1::~a~b",
        "cpe:2.3:a:" + "x" * 500 + ":openssl:1:*:*:*:*:*:*:*",
        "cpe:2.3:a:" + "x" * 5000,
        "cpe:2.3:a:" + "x" * 200 + ":" + "y" * 200 + ":1:*:*:*:*:*:*:*",
        "cpe:2.3:a:\x00:openssl:1:*:*:*:*:*:*:*",
        "cpe:2.3:a:é:openssl:1:*:*:*:*:*:*:*",
    ],
)
def test_what_names_no_product_says_why(text: str) -> None:
    found = cpes.identify(text)
    assert isinstance(found, NotACpe)
    assert found.why


@given(st.text(max_size=60).map("cpe:2.3:a:".__add__) | st.text(max_size=60).map("cpe:/a:".__add__) | st.text())
def test_any_text_is_a_name_or_a_reason(text: str) -> None:
    found = cpes.identify(text)
    assert isinstance(found, cpes.Named) or found.why


@given(
    st.lists(
        st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=20), min_size=4, max_size=4
    )
)
def test_any_product_and_version_can_be_written_and_read_again(texts: list[str]) -> None:
    vendor, product, version, update = texts
    written = str(Cpe("a", *(cpes.quoted(text) for text in (vendor, product, version, update))))
    named = cpes.identify(written)
    assert isinstance(named, cpes.Named)
    assert named.version == f"{version}:{update}".lower()
    if ":" not in version:
        assert cpes.identify(cpes.cpe_of(named.package, named.version)) == named


def test_names_of_the_real_records_are_read_as_the_reference_library_reads_them() -> None:
    if not RECORDS.is_file():
        pytest.skip(f"{RECORDS} is absent: the real records cannot be read")
    names: set[str] = set()
    with lzma.open(RECORDS) as file:
        for line in file:
            containers = json.loads(line)["containers"]
            for container in (containers["cna"], *containers.get("adp", ())):
                for entry in container.get("affected", ()):
                    names.update(entry.get("cpes", ()))
    refused = [name for name in names if isinstance(cpes.parse(name), NotACpe)]
    assert len(names) > 20_000
    assert len(refused) < 20
    for name in sorted(names)[::25]:
        ours = cpes.parse(name)
        if isinstance(ours, NotACpe):
            with pytest.raises(NotImplementedError):
                reference.CPE(name)
        else:
            assert str(ours) == reference.CPE(name).as_fs().lower()


@pytest.mark.parametrize(
    ("purl", "cpe", "version", "ecosystem", "package", "keyed"),
    [
        ("", OPENSSL, "", "CPE", "a:openssl:openssl", True),
        ("not a purl", OPENSSL, "", "CPE", "a:openssl:openssl", True),
        ("pkg:generic/openssl@1.1.1k", OPENSSL, "", "CPE", "a:openssl:openssl", True),
        ("pkg:generic/openssl@1.1.1", "cpe:/a:openssl:openssl:12.2(33)", "", "generic", "openssl", True),
        ("pkg:conan/openssl@1.1.1k", OPENSSL, "", "CPE", "a:openssl:openssl", True),
        ("pkg:pypi/django@5.2", "cpe:2.3:a:djangoproject:django:5.2:*:*:*:*:*:*:*", "", "PyPI", "django", True),
        ("", "cpe:2.3:a:openssl:openssl:*:*:*:*:*:*:*:*", "3.0.2", "CPE", "a:openssl:openssl", True),
        ("", "cpe:/o:cisco:ios:12.2%2833%29sxi4", "", "CPE", "o:cisco:ios", False),
        ("", "cpe:nothing", "3.0.2", "", "", False),
        ("pkg:pypi/django@master", "cpe:nothing", "", "PyPI", "django", False),
    ],
)
def test_a_cpe_stands_in_where_no_purl_can_be_used(
    purl: str, cpe: str, version: str, ecosystem: str, package: str, keyed: bool
) -> None:
    found = listing(purl, cpe=cpe, version=version)
    assert (found.ecosystem, found.package, found.key is not None) == (ecosystem, package, keyed)
    assert bool(found.why_not) != keyed


def test_a_component_with_a_cpe_is_found_by_an_advisory_of_the_product() -> None:
    found = listing("", cpe=OPENSSL)
    order = cpes.identify(OPENSSL)
    assert isinstance(order, cpes.Named)
    package = Package("CPE", "a:openssl:openssl")
    bounds = range_of_pair(order.order, "1.1.1", "1.1.1l").bounds
    index = Index([Interval(package, "CVE-2021-3711", bound) for bound in bounds])
    lines = [
        Component(text, package, text, key)
        for text in ("1.1.1", "1.1.1k", "1.1.1l", "1.1.0l", "1.1.1:rc1")
        if isinstance(key := order.order.key(text), bytes)
    ]
    assert [item.component.version for item in match(lines, index)] == ["1.1.1", "1.1.1k"]
    assert Package(found.ecosystem, found.package) == package
    assert found.key == order.order.key("1.1.1k")


CYCLONEDX = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "components": [{"type": "library", "name": "libssl", "cpe": OPENSSL}],
}
SPDX_2 = {
    "spdxVersion": "SPDX-2.3",
    "SPDXID": "SPDXRef-DOCUMENT",
    "name": "x",
    "packages": [
        {
            "SPDXID": "SPDXRef-1",
            "name": "libssl",
            "externalRefs": [
                {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": OPENSSL},
                {
                    "referenceCategory": "SECURITY",
                    "referenceType": "cpe23Type",
                    "referenceLocator": "cpe:/a:other:one:1",
                },
            ],
        }
    ],
}
SPDX_3 = {
    "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
    "@graph": [
        {"type": "SpdxDocument", "spdxId": "urn:d", "creationInfo": "_:c"},
        {
            "type": "software_Package",
            "spdxId": "urn:1",
            "creationInfo": "_:c",
            "name": "libssl",
            "externalIdentifier": [
                {"type": "ExternalIdentifier", "externalIdentifierType": "cpe23", "identifier": OPENSSL}
            ],
        },
        {"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1", "created": "2026-01-01T00:00:00Z"},
    ],
}


@pytest.mark.parametrize(
    ("format_name", "document"),
    [("cyclonedx", CYCLONEDX), ("spdx", SPDX_2), ("spdx", SPDX_3)],
    ids=["cdx", "spdx2", "spdx3"],
)
def test_sboms_of_every_kind_say_their_cpe(format_name: str, document: dict[str, object]) -> None:
    (found,) = parser(format_name).parse(json.dumps(document).encode()).listings
    assert (found.ecosystem, found.package, found.version) == ("CPE", "a:openssl:openssl", "1.1.1k")
    assert found.key is not None
