import copy
import json
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from packageurl import PackageURL

from seawall.clearinghouse.distribution import osv
from seawall.clearinghouse.distribution.types import Advisory, AffectedPackage, VersionRange


@pytest.mark.registry
def test_every_shape_passes_osv_s_own_schema(osv_schema: dict[str, Any], advisory: Advisory) -> None:
    with_our_prefix = copy.deepcopy(osv_schema)
    pattern = with_our_prefix["$defs"]["prefix"]["pattern"]
    with_our_prefix["$defs"]["prefix"]["pattern"] = pattern.replace("^(", "^(SEAWALL|", 1)
    validator = jsonschema_rs.validator_for(with_our_prefix, validate_formats=True)
    assert not [str(error) for error in validator.iter_errors(json.loads(osv.render(advisory)))]


@pytest.mark.registry
def test_the_unregistered_prefix_is_the_only_objection(
    osv_schema: dict[str, Any], make: Callable[..., Advisory]
) -> None:
    errors = list(jsonschema_rs.validator_for(osv_schema).iter_errors(json.loads(osv.render(make()))))
    assert [error.instance_path for error in errors] == [["id"]]


@pytest.mark.registry
def test_the_schema_would_notice(osv_schema: dict[str, Any], make: Callable[..., Advisory]) -> None:
    record = osv.record(make())
    record["affected"][0]["ranges"][0]["events"] = [{"fixed": "1"}]
    paths = [error.instance_path for error in jsonschema_rs.validator_for(osv_schema).iter_errors(record)]
    assert ["affected", 0, "ranges", 0, "events"] in paths


def test_purls_are_parsed_by_the_reference_library(advisory: Advisory) -> None:
    for affected, package in zip(osv.record(advisory)["affected"], advisory.affected, strict=True):
        purl = affected["package"]["purl"] if "package" in affected else affected["database_specific"]["purl"]
        assert PackageURL.from_string(purl).name == package.name


RANGES = [
    ("npm enforces SemVer", "pkg:npm/js-yaml", ("0", "3.13.1"), "SEMVER", ["0", "3.13.1"]),
    ("an end that is not SemVer", "pkg:npm/js-yaml", ("0", "3.13"), "ECOSYSTEM", ["0", "3.13"]),
    ("leading zeros are not SemVer", "pkg:npm/js-yaml", ("0", "3.013.1"), "ECOSYSTEM", ["0", "3.013.1"]),
    ("Go loses its v", "pkg:golang/example.org/m", ("v1.0.0", "v1.2.0"), "SEMVER", ["1.0.0", "1.2.0"]),
    ("PyPI has its own order", "pkg:pypi/jinja2", ("2.0.0", "3.1.6"), "ECOSYSTEM", ["2.0.0", "3.1.6"]),
]


@pytest.mark.parametrize(
    ("purl", "ends", "kind", "events"), [row[1:] for row in RANGES], ids=[row[0] for row in RANGES]
)
def test_the_range_type_is_claimed_only_where_it_holds(
    make: Callable[..., Advisory], purl: str, ends: tuple[str, str], kind: str, events: list[str]
) -> None:
    record = osv.record(make(affected=(AffectedPackage(purl, (VersionRange(*ends),)),)))
    [found] = record["affected"][0]["ranges"]
    assert found["type"] == kind
    assert [value for event in found["events"] for value in event.values()] == events


NAMES = [
    ("pkg:pypi/Jinja2_Time", "PyPI", "jinja2-time"),
    ("pkg:npm/%40scope/thing", "npm", "@scope/thing"),
    ("pkg:maven/org.example/core", "Maven", "org.example:core"),
    ("pkg:golang/golang.org/x/net", "Go", "golang.org/x/net"),
    ("pkg:cargo/serde", "crates.io", "serde"),
    ("pkg:deb/debian/curl?distro=bookworm", "Debian", "curl"),
    ("pkg:composer/symfony/http-kernel", "Packagist", "symfony/http-kernel"),
]


@pytest.mark.parametrize(("purl", "ecosystem", "name"), NAMES)
def test_packages_are_named_as_osv_names_them(
    make: Callable[..., Advisory], purl: str, ecosystem: str, name: str
) -> None:
    record = osv.record(make(affected=(AffectedPackage.of(purl, fixed="2.0.0"),)))
    assert record["affected"][0]["package"] == {"ecosystem": ecosystem, "name": name, "purl": purl}


def test_no_ecosystem_is_invented(make: Callable[..., Advisory]) -> None:
    record = osv.record(make(affected=(AffectedPackage.of("pkg:generic/tlv", fixed="1.1"),)))
    assert record["affected"] == [
        {
            "database_specific": {
                "purl": "pkg:generic/tlv",
                "ranges": [{"events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
            }
        }
    ]


def test_co_finders_keep_their_credit(make: Callable[..., Advisory]) -> None:
    record = osv.record(make())
    assert {"name": "Bo Second", "type": "FINDER"} in record["credits"]
    assert record["database_specific"]["co_finders"] == ["Bo Second"]
