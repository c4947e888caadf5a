import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.matching import errors
from seawall.clearinghouse.matching.formats.cyclonedx.parser import VERSIONS, parse
from seawall.clearinghouse.matching.formats.interface import COMPONENTS_MAX, Listing, parser
from seawall.clearinghouse.matching.parsing import parse_confined
from seawall.clearinghouse.matching.types import Reach
from seawall.demo import world
from seawall.foundation.platform.errors import SeawallError


def bom(*components: Any, **more: Any) -> bytes:
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": components, **more}).encode()


def library(purl: str, **more: Any) -> dict[str, Any]:
    return {"type": "library", "name": "x", "purl": purl, "bom-ref": purl, **more}


def only(*components: Any, **more: Any) -> Listing:
    (listing,) = parse(bom(*components, **more)).listings
    return listing


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_that_is_promised_is_read(version: str) -> None:
    found = parse(bom(library("pkg:pypi/jinja2@3.1.4"), specVersion=version))
    assert [(item.ecosystem, item.package, item.version) for item in found.listings] == [("PyPI", "jinja2", "3.1.4")]


@pytest.mark.parametrize(
    ("data", "kind", "field"),
    [
        (b"", errors.NotAnInventory, None),
        (b"\xff\xfe{}", errors.NotAnInventory, None),
        (b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aaaa'>]><bom/>", errors.NotAnInventory, None),
        (b"[]", errors.NotAnInventory, "bomFormat"),
        (b'{"bomFormat":"SPDX"}', errors.NotAnInventory, "bomFormat"),
        (b'{"bomFormat":"CycloneDX","bomFormat":"CycloneDX"}', errors.NotAnInventory, None),
        (bom(specVersion="1.3"), errors.UnsupportedVersion, "specVersion"),
        (bom(specVersion=1.6), errors.UnsupportedVersion, "specVersion"),
        (bom(specVersion=["1.6"] * 1000), errors.UnsupportedVersion, "specVersion"),
        (bom("x"), errors.NotAnInventory, "components/0"),
        (bom({"name": 1}), errors.NotAnInventory, "components/0/name"),
        (bom({"name": "x", "purl": {}}), errors.NotAnInventory, "components/0/purl"),
        (bom({"name": "x", "components": {}}), errors.NotAnInventory, "components/0/components"),
        (bom(dependencies={}), errors.NotAnInventory, "dependencies"),
        (bom(dependencies=[{"ref": "a", "dependsOn": "b"}]), errors.NotAnInventory, "dependencies/0/dependsOn"),
        (bom(metadata=[]), errors.NotAnInventory, "metadata"),
        (b'{"bomFormat":"CycloneDX","specVersion":"1.6","components":' + b"[" * 5000, errors.NotAnInventory, None),
        (b'{"a":' * 3000 + b"1" + b"}" * 3000, errors.NotAnInventory, None),
    ],
)
def test_what_is_no_inventory_is_refused_with_its_place(
    data: bytes, kind: type[SeawallError], field: str | None
) -> None:
    with pytest.raises(kind) as caught:
        parse(data)
    assert caught.value.detail
    assert len(caught.value.detail) < 300
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("component", "why"),
    [
        ({"name": "x", "version": "1"}, "no package URL"),
        (library("pkg:pypi/jinja2@french-toast"), "not a PEP 440 version"),
        (library("pkg:pypi/jinja2"), "there is no version"),
        (library("pkg:conan/zlib@1.3"), "order of conan versions is not known"),
        (library("pkg:xyzzy/zlib@1.3"), "order of xyzzy versions is not known"),
        (library("jinja2"), "is no package URL"),
        (library("pkg:pypi/" + "a" * 65536 + "@1"), "characters"),
        (library("pkg:deb/debian/curl@7.88"), "which release of which distribution"),
        (library("pkg:deb/mint/curl@7.88?distro=mint-21"), "which release of which distribution"),
        (library("pkg:generic/openssl@1.1.1k"), "only its maker knows"),
        (library("pkg:pypi/jinja2@" + "1." * 400 + "1"), "characters"),
    ],
)
def test_what_cannot_be_matched_is_kept_with_the_reason(component: dict[str, Any], why: str) -> None:
    listing = only(component)
    assert why in listing.why_not
    assert listing.key is None
    assert len(listing.purl) <= 1000


@pytest.mark.parametrize(
    ("purl", "ecosystem", "name"),
    [
        ("pkg:pypi/Foo.Bar@1", "PyPI", "foo-bar"),
        ("pkg:npm/%40Babel/core@7.0.0", "npm", "@babel/core"),
        ("pkg:maven/org.apache/log4j@1.2", "Maven", "org.apache:log4j"),
        ("pkg:golang/github.com/BurntSushi/toml@v1.0.0", "Go", "github.com/burntsushi/toml"),
        ("pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12.4", "Debian:12", "curl"),
        ("pkg:deb/debian/curl@7.88.1-10?distro=bookworm", "Debian:12", "curl"),
        ("pkg:deb/ubuntu/curl@7.81.0-1?distro=ubuntu-22.04", "Ubuntu:22.04", "curl"),
        ("pkg:apk/alpine/busybox@1.36.1-r2?distro=alpine-3.18.4", "Alpine:v3.18", "busybox"),
        ("pkg:apk/wolfi/busybox@1.36.1-r2", "Wolfi", "busybox"),
        ("pkg:rpm/redhat/openssl@3.0.7-1.el9?distro=rhel-9.3&epoch=1", "Red Hat:9", "openssl"),
        ("pkg:cargo/serde-json@1.0.0", "crates.io", "serde_json"),
        ("pkg:generic/Tidegate@1.4.2", "generic", "tidegate"),
    ],
)
def test_package_urls_lead_to_one_identity(purl: str, ecosystem: str, name: str) -> None:
    listing = only(library(purl))
    assert (listing.ecosystem, listing.package, listing.why_not) == (ecosystem, name, "")
    assert listing.key
    if "epoch" in purl:
        assert listing.version == "1:3.0.7-1.el9"


def test_a_components_own_tags_stand_before_those_of_the_whole() -> None:
    def tags(**values: str) -> dict[str, Any]:
        return {
            "properties": [
                {"name": f"seawall:{name.replace('_', '-')}", "value": value} for name, value in values.items()
            ]
        }

    whole = {"component": {"name": "site", **tags(exposure="public", environment="production", asset_type="server")}}
    own = only(library("pkg:pypi/a@1", **tags(exposure="internal")), metadata=whole)
    assert (own.reach, own.environment, own.asset_type) == (Reach.INTERNAL, "production", "server")
    assert only(library("pkg:pypi/a@1"), metadata=whole).reach is Reach.PUBLIC
    assert only(library("pkg:pypi/a@1")).reach is Reach.UNKNOWN
    odd = parse(bom(library("pkg:pypi/a@1", **tags(exposure="perhaps"))))
    assert odd.listings[0].reach is Reach.UNKNOWN
    assert "perhaps" in odd.notes[0]


def test_nested_components_are_listed_and_cycles_in_the_tree_end() -> None:
    names = [f"pkg:pypi/p{number}@1" for number in range(50)]
    components = [library(name, name=f"p{number}") for number, name in enumerate(names)]
    nested = {"name": "outer", "components": [{"name": "middle", "components": components}]}
    edges = [{"ref": "root", "dependsOn": [names[0], "nobody", "root", 7]}]
    edges += [{"ref": names[number], "dependsOn": [names[(number + 1) % 50], names[0]]} for number in range(50)]
    found = parse(bom(nested, dependencies=edges, metadata={"component": {"name": "app", "bom-ref": "root"}}))
    assert len(found.listings) == 52
    ways = {item.name: item.path for item in found.listings}
    assert ways["p2"] == ("app", "p0", "p1", "p2")
    assert len(ways["p40"]) <= 12
    assert ways["p40"][-1] == "p40"
    assert ways["outer"] == ()


def test_too_many_components_are_refused() -> None:
    part = b'{"name":"a"},' * COMPONENTS_MAX
    with pytest.raises(errors.InventoryTooLarge, match=str(COMPONENTS_MAX)):
        parse(b'{"bomFormat":"CycloneDX","specVersion":"1.6","components":[' + part + b'{"name":"a"}]}')


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(["pkg:pypi/a@1", "1.6"]),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "components",
                        "name",
                        "version",
                        "purl",
                        "bom-ref",
                        "dependencies",
                        "ref",
                        "dependsOn",
                        "properties",
                        "value",
                        "metadata",
                        "component",
                        "services",
                    ]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=30,
    )
)
def test_only_the_declared_errors_escape(value: Any) -> None:
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        **(value if isinstance(value, dict) else {"components": value}),
    }
    try:
        found = parse(json.dumps(document).encode())
    except (errors.NotAnInventory, errors.UnsupportedVersion, errors.InventoryTooLarge):
        return
    assert all(item.key or item.why_not for item in found.listings)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises((errors.NotAnInventory, errors.UnsupportedVersion)):
        parse(data)


def test_the_child_says_the_same_as_the_parser() -> None:
    data = world.inventory("tidewater-valley-water.cdx.json")
    assert parse_confined("cyclonedx", data) == parse(data)


def test_a_childs_refusal_keeps_its_kind_and_field() -> None:
    with pytest.raises(errors.UnsupportedVersion) as caught:
        parse_confined("cyclonedx", bom(specVersion="2.0"))
    assert caught.value.field == "specVersion"
    with pytest.raises(errors.NotAnInventory, match="not known"):
        parser("xyzzy")


def test_a_document_that_needs_too_much_ends_the_child_and_nothing_else() -> None:
    begun = time.monotonic()
    with pytest.raises(errors.InventoryTooLarge):
        parse_confined("cyclonedx", b'{"bomFormat":"CycloneDX","x":[' + b'{"a":1},' * 6_000_000 + b"{}]}")
    assert time.monotonic() - begun < 60
