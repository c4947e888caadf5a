"""Each format's own rules, from a file to "is this version affected": through the snapshot's builder and the matcher."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seawall.clearinghouse.matching import purls
from seawall.clearinghouse.matching.advisories.sources import read
from seawall.clearinghouse.matching.advisories.types import Record, Unread
from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.ecosystems.interface import Unparsable
from seawall.clearinghouse.matching.matcher import Finding, Index
from seawall.clearinghouse.matching.snapshot import builder
from seawall.clearinghouse.matching.types import Confidence, Package
from support import advisories as made

Asked = Callable[[str], tuple[Finding, ...]]


def written(folder: Path, files: list[tuple[str, bytes]]) -> Path:
    for name, data in files:
        path = folder / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder / "source"


def asked(folder: Path, files: list[tuple[str, bytes]], format_name: str = "") -> Asked:
    content = builder.build([builder.Source(written(folder, files), format=format_name)])
    index = Index(content.intervals, content.listed)

    def ask(what: str) -> tuple[Finding, ...]:
        if what.startswith("pkg:"):
            found = purls.identify(what)
            assert isinstance(found, purls.Identified)
            assert found.order is not None
            package, version, order = found.package, found.version, found.order
        else:
            ecosystem, name, version = what.split("|")
            named = registry.of_name(ecosystem)
            assert named is not None
            package, order = Package(ecosystem, name), named
        key = order.key(version)
        return index.find(package, version, None if isinstance(key, Unparsable) else key)

    return ask


def records(folder: Path, files: list[tuple[str, bytes]]) -> tuple[list[Record], list[Unread]]:
    unread: list[Unread] = []
    return list(read(written(folder, files), report=unread.append)), unread


MEANT = [
    ("rubysec", "pkg:gem/tidegate@1.9.9", False, "unaffected: < 1.10"),
    ("rubysec", "pkg:gem/tidegate@1.10", True, "neither fixed nor unaffected"),
    ("rubysec", "pkg:gem/tidegate@1.10.a", False, "a pre-release of 1.10 is below 1.10"),
    ("rubysec", "pkg:gem/tidegate@1.12.2", True, "before ~> 1.12.3"),
    ("rubysec", "pkg:gem/tidegate@1.12.3", False, "~> 1.12.3"),
    ("rubysec", "pkg:gem/tidegate@1.12.99", False, "~> 1.12.3 goes up to 1.13"),
    ("rubysec", "pkg:gem/tidegate@1.13.0.beta1", True, "~> 1.12.3 looks at the release: 1.13 is out with its betas"),
    ("rubysec", "pkg:gem/tidegate@1.13", True, ""),
    ("rubysec", "pkg:gem/tidegate@2.0.1", False, ""),
    ("rubysec", "pkg:gem/tidegate@2.0.5", True, "!= 2.0.5"),
    ("rubysec", "pkg:gem/tidegate@2.0.5.0", True, "equal to 2.0.5"),
    ("rubysec", "pkg:gem/tidegate@2.0.6", False, ""),
    ("nodejs", "pkg:npm/tidegate@1.3.6", True, ""),
    ("nodejs", "pkg:npm/tidegate@1.3.7", False, "patched: ~1.3.7"),
    ("nodejs", "pkg:npm/tidegate@1.4.0", True, "~1.3.7 ends before 1.4"),
    ("nodejs", "pkg:npm/tidegate@1.4.2-beta.1", True, "a pre-release of the fix came before it"),
    ("nodejs", "pkg:npm/tidegate@1.4.2", False, ""),
    ("nodejs", "pkg:npm/tidegate@2.0.0", True, ""),
    ("nodejs", "pkg:npm/tidegate@2.1.99", True, "<=2.1.x is up to 2.2"),
    ("nodejs", "pkg:npm/tidegate@2.2.0-alpha", False, ""),
    ("nodejs", "pkg:npm/tidegate@3.0.0-rc.0", False, ""),
    ("nodejs", "pkg:npm/tidegate@3.0.0-rc.2", True, ""),
    ("nodejs", "pkg:npm/tidegate@3.0.1", False, ""),
    ("nodejs", "pkg:generic/node@14.20.0", True, ""),
    ("nodejs", "pkg:generic/node@14.20.1", False, ""),
    ("nodejs", "pkg:generic/node@15.0.0", False, ""),
    ("nodejs", "pkg:generic/node@16.0.0", True, ""),
    ("nodejs", "pkg:generic/node@18.0.0", False, ""),
    ("friendsofphp", "pkg:composer/harbor/tidegate@1.0.0-beta1", True, ">=1.0 begins at the lowest 1.0"),
    ("friendsofphp", "pkg:composer/harbor/tidegate@0.9", False, ""),
    ("friendsofphp", "pkg:composer/harbor/tidegate@1.4.1", True, ""),
    ("friendsofphp", "pkg:composer/harbor/tidegate@1.4.2-rc1", False, "<1.4.2 ends before the lowest 1.4.2"),
    ("friendsofphp", "pkg:composer/harbor/tidegate@1.4.2", False, ""),
    ("friendsofphp", "pkg:composer/harbor/tidegate@2.0.0", False, ">2.0.0"),
    ("friendsofphp", "pkg:composer/harbor/tidegate@2.0.0.1", True, ""),
    ("friendsofphp", "pkg:composer/harbor/tidegate@2.1.10", True, "<=2.1.10"),
    ("friendsofphp", "pkg:composer/harbor/tidegate@2.1.11", False, ""),
    ("debian", "pkg:deb/debian/openssl@3.0.11-1~deb12u1?distro=debian-12", True, ""),
    ("debian", "pkg:deb/debian/openssl@3.0.11-1~deb12u2?distro=debian-12", False, ""),
    ("debian", "pkg:deb/debian/openssl@99?distro=debian-11", True, "open: no version has the fix"),
    ("debian", "pkg:deb/debian/openssl@1?distro=debian-13", False, "fixed in 0: was never affected"),
    ("debian", "pkg:deb/debian/edk2@1?distro=debian-12", True, ""),
    ("alpine", "pkg:apk/alpine/openssl@3.1.4-r4?distro=3.20", True, "CVE-2026-2 was fixed twice: the later counts"),
    ("alpine", "pkg:apk/alpine/openssl@3.1.5-r0?distro=3.20", True, ""),
    ("alpine", "pkg:apk/alpine/openssl@3.1.6-r0?distro=3.20", False, ""),
    ("alpine", "pkg:apk/alpine/openssl@3.1.3-r0?distro=3.19", False, "another release"),
    ("osv", "pkg:pypi/tide-gate@1.2.2", True, ""),
    ("osv", "pkg:pypi/tide-gate@1.2.3", False, ""),
    ("osv", "pkg:pypi/tide-gate@2.0", True, "listed, outside the range"),
    ("osv", "pkg:npm/tidegate@1.9.0", True, "GHSA's last known affected version"),
    ("osv", "pkg:npm/tidegate@1.9.1", False, "GHSA's last known affected version"),
    ("osv", "pkg:golang/harbor.example/tidegate@v1.2.0", True, "events out of order"),
    ("osv", "pkg:golang/harbor.example/tidegate@v1.5.0", False, "events out of order"),
    ("csaf", "pkg:npm/tidegate@1.4.1", True, ""),
    ("csaf", "pkg:npm/tidegate@1.4.2", False, ""),
    ("csaf", "pkg:npm/tidegate@2.0.0", False, "> 2.0.0"),
    ("csaf", "pkg:npm/tidegate@2.1.0", True, "<= 2.1.0"),
    ("csaf", "pkg:npm/tidegate@3.0.0", True, "one version"),
    ("csaf", "pkg:npm/tidegate@3.0.1", False, ""),
    ("csaf", "CPE|a:harbor:tidegate|4.1", True, "a product with names only"),
    ("csaf", "CPE|a:harbor:tidegate|4.2", False, "a product with names only"),
    ("csaf", "CPE|o:harbor:router_firmware|1.9", True, "all versions, and 2.0 is fixed"),
    ("csaf", "CPE|o:harbor:router_firmware|2.0", False, ""),
    ("csaf", "pkg:rpm/redhat/openssl@1.1.1k-8.el8?epoch=1&distro=rhel-8.8", True, "a distribution's fix"),
    ("csaf", "pkg:rpm/redhat/openssl@1.1.1k-9.el8_8?epoch=1&distro=rhel-8.8", False, ""),
    ("csaf", "pkg:rpm/redhat/openssl@1.1.1k-8.el9?epoch=1&distro=rhel-9.1", False, "another release"),
]


@pytest.mark.parametrize(("name", "what", "affected", "why"), MEANT, ids=[f"{row[0]}-{row[1][:60]}" for row in MEANT])
def test_a_version_is_affected_as_its_publisher_means_it(
    tmp_path: Path, name: str, what: str, affected: bool, why: str
) -> None:
    assert bool(asked(tmp_path, made.SAMPLES[name])(what)) is affected, why


def test_what_was_never_affected_is_no_finding_of_any_kind(tmp_path: Path) -> None:
    found, _ = records(tmp_path, made.SAMPLES["alpine"])
    never = next(record for record in found if "CVE-2026-3" in record.aliases)
    assert never.affected == ()


def test_a_match_by_names_is_flagged_and_one_by_purl_is_not(tmp_path: Path) -> None:
    ask = asked(tmp_path, made.SAMPLES["csaf"])
    assert [hit.confidence for hit in ask("CPE|a:harbor:tidegate|4.1")] == [Confidence.FLAGGED]
    assert [hit.confidence for hit in ask("pkg:npm/tidegate@1.4.1")] == [Confidence.RANGE]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("debian", "not determined whether it is affected"),
        ("csaf", "Enterprise Linux 8: it is being investigated"),
    ],
)
def test_what_a_publisher_does_not_know_is_reported(tmp_path: Path, name: str, why: str) -> None:
    _, unread = records(tmp_path, made.SAMPLES[name])
    assert why in {item.why for item in unread}


def test_what_is_kept_beside_the_ranges(tmp_path: Path) -> None:
    ruby, _ = records(tmp_path / "1", made.SAMPLES["rubysec"])
    assert (ruby[0].id, ruby[0].aliases) == ("tidegate/CVE-2026-1", ("CVE-2026-1", "GHSA-aaaa-bbbb-cccc"))
    assert (ruby[0].severity, ruby[0].rating, ruby[0].published) == ("", "critical", "2026-01-01")
    osv, _ = records(tmp_path / "2", made.SAMPLES["osv"])
    assert (osv[0].weaknesses, osv[0].rating) == (("CWE-79",), "")
    csaf, _ = records(tmp_path / "3", made.SAMPLES["csaf"])
    assert [record.id for record in csaf] == ["HARBOR-2026-1/CVE-2026-1", "HARBOR-2026-1/CVE-2026-2"]
    assert [record.aliases for record in csaf] == [("CVE-2026-1",), ("CVE-2026-2",)], "no id that glues two flaws"
    assert (csaf[0].rating, csaf[0].weaknesses, csaf[1].severity[:8]) == ("important", ("CWE-79",), "CVSS:3.1")
    alpine, _ = records(tmp_path / "4", made.SAMPLES["alpine"])
    assert {name for record in alpine for name in record.aliases} == {
        "CVE-2026-1",
        "CVE-2026-2",
        "CVE-2026-3",
        "GHSA-aaaa-bbbb-cccc",
    }


def changed(document: dict[str, Any], **fields: Any) -> bytes:
    return json.dumps({**document, **fields}).encode()


@pytest.mark.parametrize(
    ("name", "files", "what"),
    [
        ("nodejs", [("npm/1.json", changed(made.NODEJS, vulnerable_versions="<= one"))], "pkg:npm/tidegate@1.0.0"),
        ("nodejs", [("npm/1.json", changed(made.NODEJS, patched_versions="next"))], "pkg:npm/tidegate@1.3.7"),
        ("rubysec", [("gems/a/1.yml", made.RUBYSEC.replace("~> 1.12.3", "soon").encode())], "pkg:gem/tidegate@1.12.3"),
        (
            "friendsofphp",
            [("a/b/1.yaml", made.FRIENDSOFPHP.replace("<1.4.2", "<dev-main").encode())],
            "pkg:composer/harbor/tidegate@1.9",
        ),
        (
            "csaf",
            [("1.json", json.dumps(made.CSAF).replace("vers:npm/>=1.0.0|<1.4.2|>2.0.0|<=2.1.0", "up to one").encode())],
            "pkg:npm/tidegate@1.9.0",
        ),
    ],
)
def test_a_range_that_is_none_is_careful_and_flagged(
    tmp_path: Path, name: str, files: list[tuple[str, bytes]], what: str
) -> None:
    hits = asked(tmp_path, files, name)(what)
    assert [hit.confidence for hit in hits] == [Confidence.FLAGGED]
    assert "Please check it" in hits[0].reason


def test_a_version_with_a_zero_at_its_end_stays_a_text(tmp_path: Path) -> None:
    text = "id: X-1\nmodified: 2026-01-01\naffected:\n- package: {ecosystem: PyPI, name: a}\n  ranges:\n"
    text += "  - {type: ECOSYSTEM, events: [{introduced: 1.10}, {fixed: 1.20}]}\n"
    ask = asked(tmp_path, [("x.yaml", text.encode())])
    assert ask("pkg:pypi/a@1.15")
    assert not ask("pkg:pypi/a@1.9"), "1.10 is not the number 1.1"


def test_a_withdrawn_document_holds_no_more(tmp_path: Path) -> None:
    document = {**made.CSAF, "document": {**made.CSAF["document"], "csaf_version": "2.1", "category": "csaf_withdrawn"}}
    assert not asked(tmp_path, [("x.json", json.dumps(document).encode())])("pkg:npm/tidegate@1.4.1")


def test_several_fixes_of_one_release_are_flagged(tmp_path: Path) -> None:
    text = json.dumps(made.CSAF).replace('"ROUTER2"]', '"ROUTER2", "ROUTER3"]')
    document = json.loads(text)
    document["product_tree"]["full_product_names"].append(
        {
            "product_id": "ROUTER3",
            "name": "Router 3.0",
            "product_identification_helper": {"cpe": "cpe:2.3:o:harbor:router_firmware:3.0:*:*:*:*:*:*:*"},
        }
    )
    ask = asked(tmp_path, [("x.json", json.dumps(document).encode())])
    assert [hit.confidence for hit in ask("CPE|o:harbor:router_firmware|2.5")] == [Confidence.FLAGGED]
    assert not ask("CPE|o:harbor:router_firmware|3.0")
