import json
import lzma
import random
import time
from pathlib import Path
from typing import Any

import pytest

from seawall.clearinghouse.matching.advisories.errors import NotAnAdvisory
from seawall.clearinghouse.matching.advisories.formats.cve5 import configurations, parser, products, statuses
from seawall.clearinghouse.matching.advisories.sources import read, told
from seawall.clearinghouse.matching.advisories.types import Affected, Record, Unread
from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.ranges import bounds_of_versions, ranges_of_events

RECORDS = Path(__file__).parents[4] / "shared" / "data" / "vulnrichment.jsonl.xz"
ORDER = registry.ecosystem_of_folder("cpe")


def document(**containers: Any) -> dict[str, Any]:
    return {
        "dataType": "CVE_RECORD",
        "dataVersion": "5.1",
        "cveMetadata": {"cveId": "CVE-2026-0001", "state": "PUBLISHED", "dateUpdated": "2026-01-02T00:00:00Z"},
        "containers": containers,
    }


def record(**containers: Any) -> Record:
    (found,) = parser.parse("CVE-2026-0001.json", json.dumps(document(**containers)).encode())
    return found


def product(versions: list[dict[str, Any]], default: str | None = None, **more: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {"vendor": "acme", "product": "tool", "versions": versions, **more}
    return entry if default is None else {**entry, "defaultStatus": default}


def says(said: statuses.Said, version: str) -> bool:
    """Whether a version is affected, by the reader that the snapshot uses."""
    key = ORDER.key(version)
    assert isinstance(key, bytes)
    bounds = [
        bound
        for events in said.ranges
        for bound in ranges_of_events(ORDER, [{kind: text} for kind, text in events]).bounds
    ]
    bounds += bounds_of_versions(ORDER, said.versions).bounds
    return any(bound.low <= key and (bound.high is None or key < bound.high) for bound in bounds)


def one(text: str) -> dict[str, Any]:
    """``+1.0<2.0`` is affected from 1.0 before 2.0, ``-1.0<=2.0`` unaffected, ``+1.0`` one version, ``@`` a change."""
    status = {"+": "affected", "-": "unaffected", "?": "unknown"}[text[0]]
    body, *changes = text[1:].split("@")
    made: dict[str, Any] = {"status": status, "version": body}
    for sign, name in (("<=", "lessThanOrEqual"), ("<", "lessThan")):
        if sign in body:
            made["version"], made[name] = body.split(sign)
            made["versionType"] = "semver"
            break
    if changes:
        made["changes"] = [
            {"at": item[1:], "status": "affected" if item[0] == "+" else "unaffected"} for item in changes
        ]
    return made


@pytest.mark.parametrize(
    ("versions", "default", "inside", "outside"),
    [
        ("+1.0<2.0", None, "1.0 1.9.9", "0.9 2.0 2.0.1"),
        ("+1.0<=2.0", "unaffected", "1.0 2.0", "0.9 2.0.1"),
        ("+0<=*", None, "0 0.1 999", ""),
        ("+0<2.*", None, "0 2.9.9 2:rc1", "3 3:rc1"),
        ("+1.0 +1.5", None, "1.0 1.5", "1.2 1.5.1"),
        ("+*", None, "0 1 99", ""),
        ("+2.0.0<2.*@-2.5.2", None, "2.0.0 2.5.1", "2.5.2 2.9 3"),
        ("+2.0.0<2.*@-2.5.2@+2.6.0@-2.6.3", None, "2.0.0 2.5.1 2.6.0 2.6.2", "2.5.2 2.5.9 2.6.3 2.9"),
        ("+5.1.x", None, "5.1 5.1.9", "5.0.9 5.2"),
        ("-2.5.2<2.*", "affected", "2.5.1 1 3", "2.5.2 2.9"),
        ("-2.5.2<*", "affected", "0 2.5.1", "2.5.2 9"),
        (
            "+5.10 -0<5.10 -6.1.90<=6.1.* -6.6.30<=6.6.* -6.9<=*",
            "affected",
            "5.10 5.15.2 6.1.89 6.2 6.2:rc1 6.6.29 6.7 6.8.12",
            "5.9 6.1.90 6.1.999 6.6.30 6.6.31 6.9 7",
        ),
        ("-1.9.8 +0<2.0", None, "1.9.7 1.9.9 1.9.8:sp1", "1.9.8 2.0"),
        ("+0<2.0 -1.9.8", None, "1.9.7 1.9.8", "2.0"),
        ("?1.0<1.5 +0<2.0", None, "0.9 1.5 1.9", "1.0 1.4 2.0"),
        ("-1.0<2.0", None, "", "0.9 1.0 2.0"),
        ("+1.0<2.0@-1.0.0@+1.5", None, "1.5 1.9", "1.0 1.4 2.0"),
        ("-1.0<2.0@+1.5", None, "1.5 1.9.9", "1.0 1.4 2.0"),
    ],
)
def test_a_status_follows_the_records_own_algorithm(
    versions: str, default: str | None, inside: str, outside: str
) -> None:
    said = statuses.said(product([one(text) for text in versions.split()], default), ORDER)
    assert [version for version in inside.split() if not says(said, version)] == []
    assert [version for version in outside.split() if says(said, version)] == []
    assert not said.flag


@pytest.mark.parametrize(
    ("versions", "default", "inside", "outside", "flag"),
    [
        ("+0<=24.2", "affected", "0 24.2", "24.3", statuses.ONLY_LISTED),
        ("+1.0<unspecified", "unknown", "1.0 99", "0.9", statuses.NO_END),
        ("+earlier<2.0", "affected", "0 1.9", "2.0", statuses.ONLY_LISTED),
        ("+73.0.3683.75<73.0.3683.75", "unknown", "0 73.0.3683.74", "73.0.3683.75 74", statuses.EMPTY),
        ("-9.1.0", "affected", "0 9.0.9", "9.1.0 9.1.1", statuses.LAST_UNAFFECTED),
        ("-9.0.5 -9.1.0", "affected", "0 9.0.4 9.0.6", "9.0.5 9.1.0 9.1.1", statuses.LAST_UNAFFECTED),
        ("-UNEM-R16B<=UNEM-R17", "affected", "0 1 99", "", statuses.NO_PLACE),
    ],
)
def test_less_than_was_written_is_taken_and_flagged(
    versions: str, default: str, inside: str, outside: str, flag: str
) -> None:
    said = statuses.said(product([one(text) for text in versions.split()], default), ORDER)
    assert [version for version in inside.split() if not says(said, version)] == []
    assert [version for version in outside.split() if says(said, version)] == []
    assert said.flag == flag


@pytest.mark.parametrize(
    ("text", "inside", "outside", "flagged"),
    [
        (">= 3.1.0, < 3.1.1", "3.1.0", "3.0 3.1.1", False),
        ("< 3.5.19", "0 3.5.18", "3.5.19", False),
        ("<= 3.5.19", "3.5.19", "3.5.20", False),
        ("> 1.0, <= 2.0", "1.0.1 2.0", "1.0 2.1", False),
        ("= 1.2.3", "1.2.3", "1.2.4", False),
        ("5.7.29 and prior", "5.7.29 5.6", "5.7.30", True),
        ("before 2.4", "2.3", "2.4", True),
        ("Versions 1.0 through 1.3", "1.0 1.3", "0.9 1.4", True),
        ("12.2.3-12.2.8", "12.2.3 12.2.8", "12.2.2 12.2.9", True),
        ("7.6-27", "", "7.6 8 27", False),
        ("13.1-37.176", "", "13.1 14 37.176", False),
    ],
)
def test_ranges_in_the_place_of_a_version_are_read(text: str, inside: str, outside: str, flagged: bool) -> None:
    said = statuses.said(product([{"version": text, "status": "affected"}]), ORDER)
    assert [version for version in inside.split() if not says(said, version)] == []
    assert [version for version in outside.split() if says(said, version)] == []
    assert (said.flag == statuses.READ_PROSE) == flagged


@pytest.mark.parametrize("text", ["n/a", "N/A", "unspecified", "-", "", "unknown"])
def test_words_that_name_no_version_are_dropped_and_said(text: str) -> None:
    said = statuses.said(product([{"version": text, "status": "affected"}]), ORDER)
    assert not said
    assert [why for _, why in said.unread] == [statuses.NO_VERSION]


@pytest.mark.parametrize(
    "text", ["firmware versions of May", "Snapdragon 425 Mobile", "8u121; Java SE Embedded: 8u121"]
)
def test_other_prose_is_dropped_and_said(text: str) -> None:
    said = statuses.said(product([{"version": text, "status": "affected"}]), ORDER)
    assert not said
    assert said.unread == [(text, statuses.PROSE)]


def test_commits_stay_commits() -> None:
    found = record(
        cna={
            "affected": [
                product(
                    [
                        {
                            "version": "1da177e4c3f4",
                            "lessThan": "fb824a99e148",
                            "status": "affected",
                            "versionType": "git",
                        },
                        {"version": "0", "lessThan": "970709067696", "status": "affected", "versionType": "git"},
                    ],
                    "unaffected",
                    repo="https://git.example/tool.git",
                )
            ]
        }
    )
    (affected,) = found.affected
    assert affected.ranges == affected.versions == ()
    assert [(item.repository, item.events) for item in affected.commits] == [
        ("https://git.example/tool.git", (("introduced", "1da177e4c3f4"), ("fixed", "fb824a99e148"))),
        ("https://git.example/tool.git", (("introduced", "0"), ("fixed", "970709067696"))),
    ]


CPE = "cpe:2.3:a:acme:tool:*:*:*:*:*:*:*:*"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"packageURL": "pkg:pypi/Acme_Tool"}, [("PyPI", "acme-tool", "")]),
        ({"packageURL": "pkg:pypi/acme-tool", "cpes": [CPE]}, [("PyPI", "acme-tool", ""), ("CPE", "a:acme:tool", "")]),
        ({"collectionURL": "https://registry.npmjs.org", "packageName": "@acme/Tool"}, [("npm", "@acme/tool", "")]),
        ({"collectionURL": "https://pypi.org/project/pip", "packageName": "pip"}, [("PyPI", "pip", "")]),
        (
            {"collectionURL": "https://repo.maven.apache.org/maven2/", "packageName": "org.acme:tool"},
            [("Maven", "org.acme:tool", "")],
        ),
        (
            {"collectionURL": "https://evil.example/pypi.org", "packageName": "pip"},
            [("CPE", "a:acme:tool", products.MADE)],
        ),
        ({"cpes": [CPE, CPE.replace("tool:*", "tool:1.0"), "cpe:/a:acme:tool:2.0"]}, [("CPE", "a:acme:tool", "")]),
        (
            {"cpes": ["cpe:2.3:o:acme:box_firmware:*:*:*:*:*:*:*:*", "cpe:2.3:h:acme:box:-:*:*:*:*:*:*:*"]},
            [("CPE", "o:acme:box_firmware", "")],
        ),
        ({"cpes": ["cpe:2.3:h:acme:box:-:*:*:*:*:*:*:*"]}, [("CPE", "h:acme:box", "")]),
        (
            {"cpes": ["cpe:2.3:a:acme:form:*:*:*:*:*:wordpress:*:*"]},
            [("CPE", "a:acme:form", "only of target_sw wordpress, which is not compared")],
        ),
        ({"vendor": "Acme, Inc.", "product": "My Tool®"}, [("CPE", r"a:acme\,_inc.:my_tool", products.MADE)]),
        ({"vendor": "Linux", "product": "Linux"}, [("CPE", "o:linux:linux_kernel", "")]),
        (
            {
                "collectionURL": "https://access.redhat.com/downloads/content/package-browser/",
                "packageName": "nodejs:18/nodejs",
                "cpes": ["cpe:/a:redhat:enterprise_linux:9::appstream", "cpe:/o:redhat:enterprise_linux_ai:1"],
            },
            [("Red Hat:9", "nodejs", "")],
        ),
        ({"vendor": "n/a", "product": "n/a"}, []),
        ({"collectionURL": "https://catalog.redhat.com/software/containers/", "packageName": "x", "cpes": [CPE]}, []),
        ({"cpes": ["cpe:2.3:a:acme:tool"], "vendor": "n/a"}, []),
    ],
)
def test_a_product_is_named_by_the_surest_name_it_has(
    more: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    found = record(cna={"affected": [product([one("+1.0<2.0")], **more)]})
    assert [(item.ecosystem, item.name, item.flag) for item in found.affected] == expected
    assert bool(found.unread) == (not expected or ("h:" in str(more.get("cpes")) and len(expected) < len(more["cpes"])))


def test_what_the_authority_and_others_say_stands_side_by_side() -> None:
    found = record(
        cna={"affected": [product([one("+1.0<2.0")], vendor="Acme", product="Tool")]},
        adp=[{"affected": [product([one("+1.0<=2.1")], cpes=[CPE])]}],
    )
    assert [item.ranges for item in found.affected] == [((("introduced", "1.0"), ("last_affected", "2.1")),)]
    other = record(
        cna={"affected": [product([one("+1.0<2.0")], vendor="Acme", product="Another")]},
        adp=[{"affected": [product([one("+1.0<=2.1")], cpes=[CPE])]}],
    )
    assert [item.name for item in other.affected] == ["a:acme:another", "a:acme:tool"]


def nodes(*matches: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"operator": "OR", "negate": False, "cpeMatch": list(matches), **more}


def test_configurations_are_ranges_of_their_vulnerable_names() -> None:
    match = {"vulnerable": True, "criteria": CPE}
    hardware = {"vulnerable": False, "criteria": "cpe:2.3:h:acme:box:-:*:*:*:*:*:*:*"}
    given = [
        {"nodes": [nodes({**match, "versionStartIncluding": "1.0", "versionEndExcluding": "2.0"})]},
        {"nodes": [nodes({**match, "versionStartExcluding": "3.0", "versionEndIncluding": "3.5"})]},
        {"nodes": [nodes({**match, "criteria": CPE.replace("tool:*", "tool:4.2")})]},
        {"nodes": [nodes({**match, "criteria": CPE.replace("tool:*", "tool:5.*")})]},
        {"operator": "AND", "nodes": [nodes({**match, "versionEndExcluding": "9"}), nodes(hardware)]},
        {"negate": True, "nodes": [nodes(match)]},
        {"nodes": [nodes({**match, "criteria": CPE.replace("tool:*", "tool:-")})]},
        {"nodes": [nodes({**match, "criteria": "cpe:nothing"})]},
        {"nodes": [nodes(match)]},
    ]
    found = list(configurations.read(given))
    affected = [item for item in found if isinstance(item, Affected)]
    assert [item.ranges or item.versions for item in affected] == [
        ((("introduced", "1.0"), ("fixed", "2.0")),),
        ((("introduced_after", "3.0"), ("last_affected", "3.5")),),
        ("4.2",),
        ((("introduced", "5"), ("last_affected", "5.*")),),
        ((("introduced", "0"), ("fixed", "9")),),
        ((("introduced", "0"),),),
    ]
    assert [bool(item.flag) for item in affected] == [False, False, False, False, True, False]
    assert [item.why for item in found if isinstance(item, products.NoIdentity)] == [
        configurations.NEGATED,
        configurations.NO_VERSION,
        "its CPE name cannot be used: 'cpe:nothing' begins neither with cpe:2.3: nor with cpe:/",
    ]
    assert record(cna={"cpeApplicability": given}).affected == tuple(affected)


def test_the_rest_of_a_record_is_kept() -> None:
    made = document(
        cna={
            "descriptions": [{"lang": "de", "value": "nein"}, {"lang": "en-US", "value": "A  flaw\nin it."}],
            "references": [{"url": "https://a.example"}, {"url": "https://a.example"}, {}],
            "metrics": [{"cvssV3_1": {"vectorString": "CVSS:3.1/AV:N", "baseSeverity": "HIGH"}}, {"other": {}}],
            "problemTypes": [{"descriptions": [{"cweId": "CWE-79"}, {"cweId": "n/a"}]}],
            "source": {"advisory": "GHSA-2222-3333-4444"},
        },
        adp=[{"metrics": [{"cvssV4_0": {"vectorString": "CVSS:4.0/AV:N", "baseSeverity": "CRITICAL"}}]}],
    )
    made["cveMetadata"]["datePublished"] = "2026-01-01T00:00:00Z"
    (found,) = parser.parse("x.jsonl/000001.json", json.dumps(made).encode())
    assert found.title == "A flaw in it."
    assert found.severity == "CVSS:4.0/AV:N"
    assert found.rating == "critical"
    assert found.references == ("https://a.example",)
    assert found.weaknesses == ("CWE-79",)
    assert found.aliases == ("GHSA-2222-3333-4444",)
    assert (found.published, found.modified) == ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
    made["cveMetadata"]["state"] = "REJECTED"
    (rejected,) = parser.parse("CVE-2026-0001.json", json.dumps(made).encode())
    assert rejected.withdrawn
    assert rejected.affected == ()


@pytest.mark.parametrize(
    "change",
    [
        {"dataType": "OTHER"},
        {"dataVersion": "4.0"},
        {"cveMetadata": []},
        {"cveMetadata": {"cveId": "CVE-1", "state": "PUBLISHED"}},
        {"cveMetadata": {"cveId": "CVE-2026-0001", "state": "RESERVED"}},
    ],
)
def test_what_is_no_record_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(NotAnAdvisory):
        parser.parse("CVE-2026-0001.json", json.dumps({**document(), **change}).encode())


def test_damaged_records_cost_only_themselves() -> None:
    chance = random.Random(5)  # noqa: S311 - a fixed order of damage
    whole = json.dumps(
        document(
            cna={
                "affected": [product([one("+1.0<2.0@-1.5")], "affected", cpes=[CPE], packageURL="pkg:pypi/a")],
                "cpeApplicability": [{"nodes": [nodes({"vulnerable": True, "criteria": CPE})]}],
                "metrics": [{"cvssV3_1": {"vectorString": "x"}}],
                "references": [{"url": "u"}],
                "problemTypes": [{"descriptions": [{"cweId": "CWE-1"}]}],
            }
        )
    )
    values = ["null", "[]", "{}", "1e999", '"x"', "[[]]", '[{"a": null}]', "-0", '"\\ud800"', '"' + "9" * 400 + '"']
    read_count = 0
    for _ in range(3000):
        text = whole
        for _ in range(chance.randint(1, 3)):
            colon = chance.choice([index for index, letter in enumerate(text) if letter == ":"])
            end = min((text.find(mark, colon) for mark in ",}" if text.find(mark, colon) > 0), default=colon)
            text = text[: colon + 1] + chance.choice(values) + text[end:]
        try:
            read_count += len(list(parser.parse("CVE-2026-0001.json", text.encode("utf-8", "surrogatepass"))))
        except NotAnAdvisory:
            continue
    assert read_count > 300


def test_a_record_with_a_hundred_thousand_versions_is_bounded() -> None:
    versions = [one(f"+{number}.0<{number}.5") for number in range(50_000)]
    versions += [one(f"-{number}.2<{number}.3") for number in range(50_000)]
    begun = time.process_time()
    (affected,) = record(cna={"affected": [product(versions, "affected", cpes=[CPE])]}).affected
    assert time.process_time() - begun < 10
    assert len(affected.ranges) <= statuses.ENTRIES_MAX


@pytest.mark.long
def test_the_real_records_are_read_in_time_and_each_is_accounted_for() -> None:
    if not RECORDS.is_file():
        pytest.skip(f"{RECORDS} is absent: the real records cannot be read")
    assert told(RECORDS) == "cve5"
    unread: list[Unread] = []
    begun = time.process_time()
    found = list(read(RECORDS, report=unread.append))
    assert time.process_time() - begun < 40  # about 8 s on an idle core
    assert len(found) == 44_130
    assert sum(bool(item.withdrawn) for item in found) == 104
    assert sum(bool(item.affected) for item in found) > 38_000
    said = {item.where.split()[0] for item in unread}
    silent = [item.id for item in found if not item.affected and not item.withdrawn and item.id not in said]
    assert silent == []


def test_real_kernel_records_say_what_the_kernels_own_algorithm_says() -> None:
    """An oracle of a few lines: the first entry that covers a version decides, by plain tuples of numbers."""
    if not RECORDS.is_file():
        pytest.skip(f"{RECORDS} is absent: the real records cannot be read")
    tried = 0
    with lzma.open(RECORDS) as file:
        for line in file:
            if b'"affected"' not in line or b'"Linux"' not in line:
                continue
            for entry in json.loads(line)["containers"]["cna"].get("affected", ()):
                given = [item for item in entry.get("versions", ()) if item.get("versionType") != "git"]
                if entry.get("product") != "Linux" or not given or "-rc" in json.dumps(given):
                    continue
                said = statuses.said({**entry, "versions": given}, ORDER)
                for version in ("4.19.1", "5.10.100", "5.15.60", "6.1.50", "6.1.200", "6.6.1", "6.8.2", "6.9", "6.12"):
                    status = _kernel_status(given, entry.get("defaultStatus", "unknown"), version)
                    assert says(said, version) == (status == "affected"), (entry, version)
                    tried += 1
            if tried > 9_000:
                break
    assert tried > 9_000


def _kernel_status(given: list[dict[str, Any]], default: str, version: str) -> str:
    here = tuple(map(int, version.split(".")))
    for item in given:
        low = tuple(map(int, item["version"].split(".")))
        if "lessThan" in item:
            high = (10**9,) if item["lessThan"] == "*" else tuple(map(int, item["lessThan"].split(".")))
            hit = low <= here < high
        elif "lessThanOrEqual" in item:
            high = tuple(10**9 if part == "*" else int(part) for part in item["lessThanOrEqual"].split("."))
            hit = low <= here <= high
        else:
            hit = low == here
        if hit:
            return str(item["status"])
    return default
