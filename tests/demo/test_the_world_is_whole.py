"""The demonstration's data agree with each other, with the formats they are in, and with what was published."""

import csv
import json
import lzma
import tarfile
import tomllib
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.version import Version

from seawall.clearinghouse.deconfliction import rules as deconfliction
from seawall.clearinghouse.deconfliction.types import HeldGround, Scope, Technique
from seawall.clearinghouse.intake.formats.sarif import parser as sarif
from seawall.clearinghouse.intake.formats.seawall import parser as seawall_report
from seawall.clearinghouse.intake.types import FailureClass, Report
from seawall.demo import world
from seawall.demo.world import FiledReport, Organization
from seawall.foundation.access.types import OrganizationKind, Role

ORGANIZATIONS = {organization.key: organization for organization in world.organizations()}
OPERATORS = [organization for organization in world.organizations() if organization.kind == OrganizationKind.OPERATOR]
REPORTS = {report.key: report for report in world.reports()}
PROOFS = files("seawall.demo") / "proofs"
PROOF_NAMES = sorted(entry.name for entry in PROOFS.iterdir() if (entry / "proof.toml").is_file())
SHARED = Path(__file__).parents[3] / "shared"

every_report = pytest.mark.parametrize("filed", world.reports(), ids=lambda report: report.key)
every_operator = pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.key)


def parsed(filed: FiledReport) -> Report:
    (report,) = (sarif.parse if filed.format == "sarif" else seawall_report.parse)(filed.body)
    return report


def bundle_of(name: str) -> dict[str, Any]:
    return tomllib.loads((PROOFS / name / "proof.toml").read_text(encoding="utf-8"))


def inventory(operator: Organization) -> dict[str, Any]:
    assert operator.inventory
    document: dict[str, Any] = json.loads(world.inventory(operator.inventory))
    return document


def tag(bom: dict[str, Any], component: dict[str, Any], name: str) -> str:
    for holder in (component, bom["metadata"]["component"]):
        for item in holder.get("properties", ()):
            if item["name"] == name:
                return str(item["value"])
    return "unknown"


def test_every_organization_is_of_a_known_kind_and_has_somebody() -> None:
    assert len(ORGANIZATIONS) == len(world.organizations())
    for organization in world.organizations():
        assert organization.people
        for person in organization.people:
            assert Role(person["role"])
            assert person["email"].endswith(".example"), "nobody real may ever be written to"


def test_there_are_two_finders_one_coordinator_and_three_operators_of_different_sectors() -> None:
    kinds = [organization.kind for organization in world.organizations()]
    wanted = (OrganizationKind.FINDER, OrganizationKind.COORDINATOR, OrganizationKind.OPERATOR)
    assert [kinds.count(kind) for kind in wanted] == [2, 1, 3]
    assert len({operator.sector for operator in OPERATORS}) == 3


@every_report
def test_each_report_is_read_by_its_parser_and_names_what_the_story_says(filed: FiledReport) -> None:
    report = parsed(filed)
    told = next(entry for entry in world.table("story.toml")["report"] if entry["key"] == filed.key)
    assert report.package == told["package"]
    assert report.failure == FailureClass(told["failure"])
    assert ORGANIZATIONS[filed.finder].kind == OrganizationKind.FINDER


@every_report
def test_each_report_claims_what_its_proof_claims(filed: FiledReport) -> None:
    if filed.proof is None:
        assert filed.expected == "not_attempted"
        return
    bundle = bundle_of(filed.proof)
    report = parsed(filed)
    assert bundle["target"]["package"] == report.package
    assert bundle["claim"]["failure"] == report.failure
    assert bundle["run"]["runtime"] == filed.runtime
    assert report.versions == (bundle["target"]["vulnerable"],)


def test_one_proved_report_comes_as_sarif_with_a_weakness_a_symbol_and_a_fingerprint() -> None:
    (filed,) = [report for report in world.reports() if report.format == "sarif"]
    report = parsed(filed)
    assert filed.proof
    assert filed.expected == "confirmed"
    assert "CWE-95" in report.weaknesses
    assert report.symbols == ("tqdm.cli.cast",)
    assert report.fingerprints


def test_every_proof_is_filed_once_and_every_file_of_it_exists() -> None:
    assert sorted(report.proof for report in world.reports() if report.proof) == PROOF_NAMES
    for name in PROOF_NAMES:
        folder, bundle = PROOFS / name, bundle_of(name)
        named = ["README.md", *(bundle["run"][key] for key in ("driver", "input", "control"))]
        trees = [bundle["target"][key] for key in ("vulnerable_tree", "fixed_tree") if key in bundle["target"]]
        assert all((folder / path).is_file() for path in named), name
        assert all((folder / tree).is_dir() for tree in trees), name


def test_no_driver_holds_a_part_of_the_attack() -> None:
    for name in PROOF_NAMES:
        assert b"@@" not in (PROOFS / name / bundle_of(name)["run"]["driver"]).read_bytes(), name


def test_every_text_and_inventory_is_used() -> None:
    folder = files("seawall.demo") / "world"
    used = {report.get("text", report.get("sarif")) for report in world.table("story.toml")["report"]}
    assert {entry.name for entry in (folder / "reports").iterdir()} == used
    inventories = {entry.name for entry in folder.iterdir() if entry.name.endswith(".cdx.json")}
    assert inventories == {operator.inventory for operator in OPERATORS}


def test_the_duplicate_is_of_the_same_flaw_by_the_other_finder_in_other_words() -> None:
    (second,) = [report for report in world.reports() if report.duplicate_of]
    first = REPORTS[second.duplicate_of or ""]
    assert first.flaw == second.flaw
    assert first.finder != second.finder
    assert world.reports().index(first) < world.reports().index(second)
    one, other = (set(parsed(report).description.lower().split()) for report in (first, second))
    assert len(one & other) / len(one | other) < 0.2


def test_the_second_lease_request_gets_the_free_part_only() -> None:
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert len({request["finder"] for request in world.leases()}) == 2
    held: list[HeldGround] = []
    for request in world.leases():
        scope = Scope(
            request["target"], tuple(request["paths"]), tuple(Technique(name) for name in request["techniques"])
        )
        decision = deconfliction.decide(scope, exclusive=request["exclusive"], held=held, now=now)
        assert decision.outcome == request["expected"]
        assert {path for granted in decision.granted for path in granted.paths} == set(request["free"])
        assert {part.path for part in decision.taken} == set(request["taken"])
        held.append(HeldGround(scope, now + timedelta(hours=request["hours"]), request["exclusive"]))


@every_operator
def test_each_inventory_is_valid_cyclonedx_with_real_purls_and_a_closed_tree(operator: Organization) -> None:
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(inventory(operator)))
    assert error is None, error
    bom = inventory(operator)
    libraries = [component for component in bom["components"] if "purl" in component]
    assert 40 <= len(libraries) <= 120
    for library in libraries:
        purl = PackageURL.from_string(library["purl"])
        assert (purl.name, purl.version) == (library["name"], library["version"])
    references = {component["bom-ref"] for component in bom["components"]} | {bom["metadata"]["component"]["bom-ref"]}
    tree = {entry["ref"]: entry.get("dependsOn", []) for entry in bom["dependencies"]}
    assert set(tree) == references
    reached, waiting = set[str](), [bom["metadata"]["component"]["bom-ref"]]
    while waiting:
        reference = waiting.pop()
        if reference not in reached:
            reached.add(reference)
            waiting.extend(tree[reference])
    assert reached == references


@every_operator
def test_the_story_names_exactly_the_flawed_components_of_each_inventory(operator: Organization) -> None:
    bom = inventory(operator)
    found = {
        (flaw["id"], component["version"], tag(bom, component, "seawall:exposure"))
        for flaw in world.flaws()
        for component in bom["components"]
        if component.get("purl", "").rpartition("@")[0] == flaw["package"]
        for span in flaw["affected"]
        if Version(span["introduced"]) <= Version(component["version"]) < Version(span["fixed"])
    }
    told = {
        (flaw["id"], exposure["version"], exposure["exposure"])
        for flaw in world.flaws()
        for exposure in flaw["exposed"]
        if exposure["operator"] == operator.key
    }
    assert found == told
    packages = {component.get("purl", "").rpartition("@")[0] for component in bom["components"]}
    flawed = {flaw["package"] for flaw in world.flaws() if flaw["id"] in {identifier for identifier, _, _ in told}}
    mended = packages & ({flaw["package"] for flaw in world.flaws()} - flawed)
    assert mended, "some packages of the story must be here in a mended version"


def test_each_flaw_has_a_vendor_facts_and_a_proof() -> None:
    assert {entry["flaw"] for entry in world.facts()} == {flaw["id"] for flaw in world.flaws()}
    for flaw in world.flaws():
        assert flaw["package"] in ORGANIZATIONS[flaw["vendor"]].packages
        assert any(report.flaw == flaw["id"] and report.proof for report in world.reports())


def test_unknown_facts_have_no_source_and_known_ones_have_one() -> None:
    for entry in world.facts():
        for name in ("kev", "automatable", "technical_impact", "exploitation"):
            point = entry[name]
            if point["value"] == "unknown":
                assert set(point) == {"value"}, (entry["flaw"], name)
            else:
                assert point["source"] in world.fact_sources(), (entry["flaw"], name)
                assert point["date"], (entry["flaw"], name)


def test_each_due_date_is_the_row_of_the_directive() -> None:
    table = SHARED / "facts" / "bod-26-04.csv"
    if not table.is_file():
        pytest.skip(f"{table} is absent: the directive's table cannot be compared")
    with table.open(newline="", encoding="utf-8") as handle:
        rows = {row["row"]: row for row in csv.DictReader(handle)}
    facts = {
        entry["flaw"]: tuple(entry[name]["value"] for name in ("kev", "automatable", "technical_impact"))
        for entry in world.facts()
    }
    for flaw in world.flaws():
        for exposure in flaw["exposed"]:
            if exposure["rule"] == "flat":
                assert facts[flaw["id"]] == ("no", "unknown", "unknown")
                assert exposure["days"] == 60
                continue
            row = rows[exposure["rule"]]
            assert row["publicly_exposed"] == ("no" if exposure["exposure"] == "internal" else "yes")
            assert (row["in_kev"], row["automatable"], row["technical_impact"]) == facts[flaw["id"]]
            assert row["deadline_days"] == str(exposure.get("days", "fix_on_system_upgrade"))


def test_facts_are_those_of_the_published_records() -> None:
    vulnrichment, catalog = SHARED / "data" / "vulnrichment.jsonl.xz", SHARED / "data" / "kev.tar.xz"
    if not vulnrichment.is_file() or not catalog.is_file():
        pytest.skip(f"{SHARED / 'data'} is absent: the facts cannot be compared with CISA's records")
    with tarfile.open(catalog) as archive:
        member = archive.extractfile("kev/known_exploited_vulnerabilities.json")
        assert member is not None
        listed = {entry["cveID"] for entry in json.load(member)["vulnerabilities"]}
    published: dict[str, dict[str, str]] = {}
    with lzma.open(vulnrichment, "rt", encoding="utf-8") as lines:
        for line in lines:
            if any(f'"{entry["flaw"]}"' in line for entry in world.facts()):
                record = json.loads(line)
                published[record["cveMetadata"]["cveId"]] = ssvc(record)
    for entry in world.facts():
        assert entry["kev"]["value"] == ("yes" if entry["flaw"] in listed else "no")
        record = published.get(entry["flaw"], {})
        for name, theirs in (
            ("automatable", "Automatable"),
            ("technical_impact", "Technical Impact"),
            ("exploitation", "Exploitation"),
        ):
            assert entry[name]["value"] == record.get(theirs, "unknown"), (entry["flaw"], name)
            assert str(entry[name].get("date", "")) == record.get("timestamp", "")[:10], (entry["flaw"], name)


def ssvc(record: dict[str, Any]) -> dict[str, str]:
    for container in record["containers"].get("adp", ()):
        for metric in container.get("metrics", ()):
            content = metric.get("other", {}).get("content", {})
            if "options" in content:
                answers = {key: value for option in content["options"] for key, value in option.items()}
                return {**answers, "timestamp": content["timestamp"]}
    return {}
