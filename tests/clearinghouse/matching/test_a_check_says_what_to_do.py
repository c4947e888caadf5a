"""``seawall check``: one flaw one finding, the lowest clear version, a due date with its rule, and nothing silenced by a slip."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from seawall.clearinghouse.matching.check import ignoring, reading
from seawall.clearinghouse.matching.check.checker import Settings, check
from seawall.clearinghouse.matching.check.errors import NotAnIgnoreFile, NothingToCheck
from seawall.clearinghouse.matching.check.outputs.document import document
from seawall.clearinghouse.matching.check.outputs.sarif import sarif
from seawall.clearinghouse.matching.check.outputs.vex import vex
from seawall.clearinghouse.matching.check.types import Item, Rating, Report
from seawall.clearinghouse.matching.formats.listings import listing
from seawall.clearinghouse.matching.snapshot import builder, files
from seawall.clearinghouse.matching.snapshot.folder import Snapshot
from seawall.clearinghouse.matching.snapshot.lookup import Lookup
from seawall.clearinghouse.matching.types import Confidence, Reach

DAY = date(2026, 11, 26)
HIGH = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


def advisory(
    name: str, aliases: list[str], package: str, *events: dict[str, str], ecosystem: str = "PyPI", **more: Any
) -> dict[str, Any]:
    spans = [{"type": "ECOSYSTEM", "events": list(events)}]
    return {
        "id": name,
        "modified": "2026-01-01T00:00:00Z",
        "aliases": aliases,
        "summary": f"about {name}",
        "affected": [{"package": {"ecosystem": ecosystem, "name": package}, "ranges": spans}],
        **more,
    }


ADVISORIES = [
    # One flaw from two publishers, who disagree on the fix: the second range begins where the first says it ends.
    advisory("GHSA-1", ["CVE-2026-1001"], "alpha", {"introduced": "0"}, {"fixed": "1.2"}, severity=[{"type": "CVSS_V3", "score": HIGH}]),
    advisory("PYSEC-1", ["CVE-2026-1001"], "alpha", {"introduced": "1.0"}, {"fixed": "1.3"}),
    # Another flaw of the package.
    advisory("GHSA-2", ["CVE-2026-1002"], "alpha", {"introduced": "1.1"}, {"fixed": "1.5"}),
    # Glues CVE-2026-1001 and CVE-2026-1002 together, but for another package: the two stay apart here.
    advisory("GHSA-3", ["CVE-2026-1001", "CVE-2026-1002"], "gamma", {"introduced": "0"}, {"fixed": "9"}),
    advisory("GHSA-4", ["CVE-2026-1004"], "beta", {"introduced": "0"}),
    advisory("GHSA-5", ["CVE-2026-1005"], "org.example:m", {"introduced": "0"}, {"fixed": "2.0"}, ecosystem="Maven"),
]  # fmt: skip
KEV = {
    "catalogVersion": "1",
    "dateReleased": "2026-11-20T00:00:00Z",
    "vulnerabilities": [
        {
            "cveID": "CVE-2026-1004",
            "dateAdded": "2026-11-20",
            "dueDate": "2026-12-11",
            "knownRansomwareCampaignUse": "Known",
        }
    ],
}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("advisories")
    for one in ADVISORIES:
        (folder / f"{one['id']}.json").write_text(json.dumps(one), encoding="utf-8")
    kev = tmp_path_factory.mktemp("catalog") / "known_exploited_vulnerabilities.json"
    kev.write_text(json.dumps(KEV), encoding="utf-8")
    content = builder.build([builder.Source(folder, name="made"), builder.Source(kev, name="kev")])
    return files.write(content, tmp_path_factory.mktemp("snapshot"))


@pytest.fixture
def checked(snapshot: Snapshot) -> Callable[..., Report]:
    def run(*purls: str, **settings: Any) -> Report:
        items = [Item("list", listing(purl)) for purl in purls]
        with Lookup(snapshot) as lookup:
            return check(items, lookup, Settings(DAY, **settings))

    return run


def test_one_flaw_under_several_advisories_is_one_finding(checked: Callable[..., Report]) -> None:
    report = checked("pkg:pypi/alpha@1.1")
    assert [finding.identifiers for finding in report.findings] == [
        ("CVE-2026-1001", "GHSA-1", "PYSEC-1"),
        ("CVE-2026-1002", "GHSA-2"),
    ]
    assert {one.advisory for one in report.findings[0].evidence} == {"GHSA-1", "PYSEC-1"}
    assert report.findings[0].rating is Rating.CRITICAL
    assert report.findings[0].score == 9.8


def test_the_fix_is_clear_of_every_advisory_of_the_flaw_and_the_step_of_every_finding(
    checked: Callable[..., Report],
) -> None:
    report = checked("pkg:pypi/alpha@1.1")
    first, second = report.findings
    assert (first.fixed, second.fixed) == ("1.3", "1.5")
    assert [(step.to, step.names) for step in report.upgrades] == [("1.5", ("CVE-2026-1001", "CVE-2026-1002"))]
    assert checked("pkg:pypi/beta@1").upgrades[0].to is None


@pytest.mark.parametrize(
    ("purl", "found"),
    [
        ("pkg:pypi/alpha@0.1", ["CVE-2026-1001"]),
        ("pkg:pypi/Alpha@1.2.9", ["CVE-2026-1001", "CVE-2026-1002"]),
        ("pkg:pypi/alpha@1.3", ["CVE-2026-1002"]),
        ("pkg:pypi/alpha@1.5rc1", ["CVE-2026-1002"]),
        ("pkg:pypi/alpha@1.5", []),
        ("pkg:npm/alpha@1.1.0", []),
        ("pkg:pypi/nobody@1", []),
        ("pkg:pypi/alpha", []),
        ("not a purl", []),
    ],
)
def test_a_version_is_matched_by_its_ecosystem(checked: Callable[..., Report], purl: str, found: list[str]) -> None:
    assert [finding.name for finding in checked(purl).findings] == found


def test_what_cannot_be_ordered_is_compared_and_flagged_or_said_to_be_unmatched(checked: Callable[..., Report]) -> None:
    report = checked("pkg:maven/org.example/m@foo-1-bar.2", "pkg:pypi/alpha@1.1-odd-one")
    flagged = [finding for finding in report.findings if finding.confidence is Confidence.FLAGGED]
    assert [finding.name for finding in flagged] == ["CVE-2026-1005"]
    assert "Please check it" in flagged[0].reason
    assert any("not a PEP 440 version" in item.listing.why_not for item in report.unmatched)


def test_the_due_date_is_the_directives_and_says_its_rule(checked: Callable[..., Report]) -> None:
    exploited = checked("pkg:pypi/beta@1").findings[0].due
    assert (exploited.due, exploited.triage) == (date(2026, 11, 23), True)
    assert exploited.started == date(2026, 11, 20)
    inside = checked("pkg:pypi/beta@1", reach=Reach.INTERNAL).findings[0].due
    assert inside.due is not None
    assert inside.rule != exploited.rule
    quiet = checked("pkg:pypi/alpha@1.1").findings[0].due
    assert (quiet.rule, quiet.days) == ("flat", 60)
    assert checked("pkg:pypi/alpha@1.1", "pkg:pypi/beta@1").findings[0].name == "CVE-2026-1004", "the most urgent first"


def ignore(tmp_path: Path, text: str) -> tuple[ignoring.Ignore, ...]:
    path = tmp_path / ignoring.FILE
    path.write_text(text, encoding="utf-8")
    return ignoring.read(path)


def test_an_ignore_silences_until_its_end_and_says_when_it_has_ended(
    checked: Callable[..., Report], tmp_path: Path
) -> None:
    entry = '[[ignore]]\nid = "GHSA-2"\npackage = "pkg:pypi/alpha"\nreason = "not reachable"\nuntil = '
    running = checked("pkg:pypi/alpha@1.1", ignores=ignore(tmp_path, entry + "2026-11-26"), ignore_file="f")
    assert [finding.name for finding in running.counting] == ["CVE-2026-1001"]
    assert running.upgrades[0].to == "1.3"
    assert not running.notes
    ended = checked("pkg:pypi/alpha@1.1", ignores=ignore(tmp_path, entry + "2026-11-25"), ignore_file="f")
    assert len(ended.counting) == 2
    assert ended.notes == ("The ignore of GHSA-2 ended on 2026-11-25; look at it again.",)
    unused = checked("pkg:pypi/beta@1", ignores=ignore(tmp_path, entry + "2027-01-01"), ignore_file="f")
    assert unused.notes == ("The ignore of GHSA-2 silences nothing; it can go.",)
    other = '[[ignore]]\nid = "CVE-2026-1002"\npackage = "pkg:pypi/alpha@1.2"\nreason = "x"\nuntil = 2027-01-01'
    assert len(checked("pkg:pypi/alpha@1.1", ignores=ignore(tmp_path, other)).counting) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ignore = 1", r"\[\[ignore\]\]"),
        ("[[ignores]]\nid = 'x'", "nothing else"),
        ("[[ignore]]\nid = 'CVE-1'\nuntil = 2027-01-01", "no reason"),
        ("[[ignore]]\nid = 'CVE-1'\nreason = 'x'", "no end"),
        ("[[ignore]]\nid = 'CVE-1'\nreason = 'x'\nuntil = '2027-01-01'", "no end"),
        ("[[ignore]]\nid = 'CVE-1'\nreason = 'x'\nuntil = 2027-01-01T00:00:00Z", "no end"),
        ("[[ignore]]\nid = 'CVE-1'\nreason = 'x'\nuntil = 2027-01-01\nexpires = 2028-01-01", "other keys"),
        ("[[ignore]]\nid = 'CVE-1'\npackage = 'jinja2'\nreason = 'x'\nuntil = 2027-01-01", "no package URL"),
        ("[[ignore]", "cannot be read"),
        ("\x00", "cannot be read"),
    ],
)
def test_an_ignore_file_with_a_slip_silences_nothing(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(NotAnIgnoreFile, match=said):
        ignore(tmp_path, text)


def openvex(tmp_path: Path, product: str, status: str = "not_affected") -> Path:
    statement = {
        "vulnerability": {"name": "CVE-2026-1001"},
        "products": [{"@id": product}],
        "status": status,
        "justification": "vulnerable_code_not_in_execute_path",
        "timestamp": "2026-11-01T00:00:00Z",
    }
    document = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.com/vex-1",
        "author": "Alpha project",
        "timestamp": "2026-11-01T00:00:00Z",
        "version": 1,
        "statements": [statement],
    }
    path = tmp_path / "alpha.openvex.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("product", "status", "silenced"),
    [
        ("pkg:pypi/alpha@1.1", "not_affected", True),
        ("pkg:pypi/alpha@1.1", "under_investigation", False),
        ("pkg:pypi/alpha@1.2", "not_affected", False),
        ("pkg:pypi/beta@1.1", "not_affected", False),
        ("pkg:npm/alpha@1.1", "not_affected", False),
    ],
)
def test_a_vendors_statement_silences_exactly_what_it_names(
    checked: Callable[..., Report], tmp_path: Path, product: str, status: str, silenced: bool
) -> None:
    chosen = reading.settings(
        [tmp_path],
        checked_on=DAY,
        reach=Reach.UNKNOWN,
        ignore_file=None,
        vex_files=[openvex(tmp_path, product, status)],
    )
    report = checked("pkg:pypi/alpha@1.1", silencers=chosen.silencers)
    quiet = [finding for finding in report.findings if finding.silence]
    assert [finding.name for finding in quiet] == (["CVE-2026-1001"] if silenced else [])
    if silenced:
        assert quiet[0].silence is not None
        assert "Alpha project says not_affected" in quiet[0].silence.reason
        analysis = vex(report)["vulnerabilities"][-1 if report.findings[-1].silence else 0]["analysis"]
        assert analysis["justification"] == "code_not_reachable"


def test_sarif_points_from_results_to_rules_and_keeps_its_fingerprints_over_updates(
    checked: Callable[..., Report],
) -> None:
    first, second = (sarif(checked(f"pkg:pypi/alpha@{version}")) for version in ("1.1", "1.2.1"))
    results = first["runs"][0]["results"]
    rules = first["runs"][0]["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in results] == [result["ruleId"] for result in results]
    assert [result["ruleId"] for result in results] == ["CVE-2026-1001", "CVE-2026-1002"]
    assert first["runs"][0]["tool"]["driver"]["rules"][0]["properties"]["security-severity"] == "9.8"
    fingerprints = [
        {result["ruleId"]: result["partialFingerprints"] for result in one["runs"][0]["results"]}
        for one in (first, second)
    ]
    assert fingerprints[0] == fingerprints[1]


def test_vex_passes_the_standards_own_schema(checked: Callable[..., Report], tmp_path: Path) -> None:
    from cyclonedx.schema import SchemaVersion  # noqa: PLC0415 - slow to load
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415

    text = '[[ignore]]\nid = "CVE-2026-1002"\nreason = "accepted"\nuntil = 2027-01-01'
    report = checked("pkg:pypi/alpha@1.1", "pkg:pypi/beta@1", ignores=ignore(tmp_path, text))
    made = vex(report)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(made)) is None
    states = {one["id"]: one["analysis"]["state"] for one in made["vulnerabilities"]}
    assert states == {"CVE-2026-1001": "in_triage", "CVE-2026-1002": "exploitable", "CVE-2026-1004": "in_triage"}
    assert vex(report) == made


def test_the_json_document_has_everything(checked: Callable[..., Report]) -> None:
    made = document(checked("pkg:pypi/alpha@1.1"))
    assert json.loads(json.dumps(made)) == made
    assert made["schema"] == "seawall.check/1"
    assert made["findings"][0]["evidence"][0]["reason"].startswith("1.1 is among the affected")
    assert made["upgrades"][0]["to"] == "1.5"


def test_a_folder_without_inventories_says_so(tmp_path: Path) -> None:
    with pytest.raises(NothingToCheck, match="No lock file"):
        reading.read([tmp_path])


COMMAND = shutil.which("seawall", path=str(Path(sys.executable).parent)) or "seawall"


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, "check", *words], capture_output=True, text=True, check=False)


@pytest.fixture
def bom(tmp_path: Path) -> Path:
    component = {"type": "library", "name": "alpha", "version": "1.1", "purl": "pkg:pypi/alpha@1.1"}
    path = tmp_path / "bom.json"
    path.write_text(
        json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [component]}), encoding="utf-8"
    )
    return path


def test_the_command_tells_by_its_exit_code(snapshot: Snapshot, bom: Path, tmp_path: Path) -> None:
    given = ("--snapshot", str(snapshot.folder))
    found = command(str(bom), *given)
    assert found.returncode == 1
    assert "alpha 1.1 → 1.5" in found.stdout
    assert command(str(bom), *given, "--fail-on", "never").returncode == 0
    assert command(str(bom), *given, "--fail-on", "critical").returncode == 1
    (tmp_path / "seawall-ignore.toml").write_text(
        '[[ignore]]\nid = "CVE-2026-1001"\nreason = "x"\nuntil = 2999-01-01\n[[ignore]]\nid = "CVE-2026-1002"\nreason = "x"\nuntil = 2999-01-01',
        encoding="utf-8",
    )
    silenced = command(str(bom), *given)
    assert silenced.returncode == 0
    assert "2 silenced" in silenced.stdout
    bom.write_text("{", encoding="utf-8")
    broken = command(str(bom), *given)
    assert broken.returncode == 2
    assert str(bom) in broken.stderr
    assert command(str(tmp_path), *given).returncode in {0, 2}
    assert command(str(bom), "--snapshot", str(tmp_path)).returncode == 2


def test_the_command_neither_loads_django_nor_a_columnar_engine(snapshot: Snapshot, bom: Path) -> None:
    with Lookup(snapshot):
        pass
    program = (
        "import sys\nfrom seawall.doors.cli.main import cli\n"
        f"try:\n    cli(['check', {str(bom)!r}, '--snapshot', {str(snapshot.folder)!r}])\n"
        "except SystemExit: pass\n"
        "print(*(name for name in ('django', 'duckdb', 'rich', 'ninja', 'cryptography') if name in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == ""
    assert "alpha 1.1 → 1.5" in done.stdout


def test_what_is_needed_for_development_alone_is_named_and_may_be_left_out(snapshot: Snapshot, tmp_path: Path) -> None:
    packages = {
        "": {"name": "app", "version": "1.0.0"},
        "node_modules/b": {"version": "1.0.0", "dev": True},
    }
    (tmp_path / "package-lock.json").write_text(
        json.dumps({"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": packages}), encoding="utf-8"
    )
    (tmp_path / "requirements.txt").write_text("alpha==1.1\n", encoding="utf-8")
    given = ("--snapshot", str(snapshot.folder), "--format", "json", "--fail-on", "never")
    assert json.loads(command(str(tmp_path), *given).stdout)["components"] == 2
    assert json.loads(command(str(tmp_path), *given, "--without", "dev").stdout)["components"] == 1
    assert [item.listing.scope for item in reading.read([tmp_path]).items] == ["dev", ""]


def test_text_of_strangers_cannot_move_the_terminal(snapshot: Snapshot, tmp_path: Path) -> None:
    component = {"type": "library", "name": "al\x1b[2Jpha", "version": "1.1", "purl": "pkg:pypi/alpha@1.1"}
    path = tmp_path / "bom.json"
    path.write_text(
        json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [component]}), encoding="utf-8"
    )
    for words in ((), ("--all",), ("--format", "json")):
        assert "\x1b[2J" not in command(str(path), "--snapshot", str(snapshot.folder), *words).stdout
