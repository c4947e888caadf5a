import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seawall.clearinghouse.distribution import csaf
from seawall.clearinghouse.distribution.cwe import CWE_NAMES
from seawall.clearinghouse.distribution.types import Advisory, Publisher

Validate = Callable[[list[bytes]], list[Any]]

# What the validator may still say, and why the document cannot do better.
EXPECTED = {
    "optionalTest_6_2_3": "no CVSS 3 vector was given, and none is invented",
    "informativeTest_6_3_3": "no CVE is assigned",
    "informativeTest_6_3_4": "no weakness (known to the table) is named",
    "informativeTest_6_3_2": "the vector given is CVSS 3.0",
    "informativeTest_6_3_9": "ranges are product_version_range, which 6.3.9 does not count as a version",
    "informativeTest_6_3_10": "the affected versions are a range: that is what is known",
    "informativeTest_6_3_11": "Go's versions begin with v",
}


@pytest.mark.registry
def test_every_shape_passes_the_schema_and_all_mandatory_tests(
    validate_csaf: Validate, publisher: Publisher, shapes: dict[str, Advisory]
) -> None:
    verdicts = validate_csaf([csaf.render(advisory, publisher) for advisory in shapes.values()])
    for name, verdict in zip(shapes, verdicts, strict=True):
        assert verdict["valid"], (name, verdict["said"])
        assert verdict["tests"] > 60
        unexpected = [said for said in verdict["said"] if said[1] not in EXPECTED]
        assert not unexpected, (name, unexpected)


@pytest.mark.registry
def test_the_usual_advisory_passes_all_recommended_tests(
    validate_csaf: Validate, publisher: Publisher, make: Callable[..., Advisory]
) -> None:
    [verdict] = validate_csaf([csaf.render(make(), publisher)])
    assert {said[1] for said in verdict["said"]} <= {"informativeTest_6_3_9", "informativeTest_6_3_10"}


@pytest.mark.registry
def test_the_validator_would_notice(
    validate_csaf: Validate, publisher: Publisher, make: Callable[..., Advisory]
) -> None:
    document = csaf.document(make(), publisher)
    document["vulnerabilities"][0]["product_status"]["known_affected"] = ["CSAFPID-9999"]
    [verdict] = validate_csaf([json.dumps(document).encode()])
    assert not verdict["valid"]


@pytest.mark.registry
def test_weaknesses_are_named_as_the_catalogue_names_them(csaf_validator: Path) -> None:
    source = (csaf_validator / "lib" / "cwec" / "4.17.js").read_text(encoding="utf-8")
    for identifier, name in CWE_NAMES.items():
        quoted = name.replace("'", "\\'")
        assert f"id: '{identifier}'" in source
        assert quoted in source or name in source, (identifier, name)
