"""Each decision table equals CERT/CC's own, row by row: the directive's and both of SSVC.

Their package asks for Python 3.12 and a documentation tool chain, so it is unpacked and its tables are read as text;
nothing of it is run.
"""

import ast
import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from seawall.clearinghouse.directives.library import directive
from seawall.clearinghouse.prioritization.selections import OUTCOMES as SELECTED
from seawall.clearinghouse.prioritization.selections import POINTS, SCHEMA_VERSION
from seawall.clearinghouse.prioritization.tables import TABLES, Table, table

REFERENCE = "certcc-ssvc==2026.10.0"
YES = {"Y": "yes", "N": "no"}
IMPACT = {"T": "total", "P": "partial"}
ANSWERS: dict[str, tuple[str, dict[str, str]]] = {
    # CERT/CC's input -> ours, with its answers
    "cisa:PE:1.0.0": ("publicly_exposed", YES),
    "cisa:KEV:1.0.0": ("in_kev", YES),
    "ssvc:A:2.0.0": ("automatable", YES),
    "ssvc:TI:1.0.0": ("technical_impact", IMPACT),
    "ssvc:E:1.1.0": ("exploitation", {"N": "none", "P": "poc", "A": "active"}),
    "ssvc:EXP:1.0.1": ("system_exposure", {"S": "small", "C": "controlled", "O": "open"}),
    "ssvc:MWI:1.0.0": ("mission_wellbeing", {"L": "low", "M": "medium", "H": "high"}),
    "ssvc:RP:1.0.0": ("report_public", YES),
    "ssvc:SCON:1.0.0": ("supplier_contacted", YES),
    "ssvc:RC:1.0.0": ("report_credibility", {"NC": "not_credible", "C": "credible"}),
    "ssvc:SC:1.0.0": ("supplier_cardinality", {"O": "one", "M": "multiple"}),
    "ssvc:SE:1.0.0": ("supplier_engagement", {"A": "active", "U": "unresponsive"}),
    "ssvc:U:1.0.1": ("utility", {"L": "laborious", "E": "efficient", "S": "super_effective"}),
    "ssvc:PSI:2.0.1": ("public_safety_impact", {"M": "minimal", "S": "significant"}),
    "ssvc:SINV:1.0.0": (
        "supplier_involvement",
        {"FR": "fix_ready", "C": "cooperative", "UU": "uncooperative_unresponsive"},
    ),
    "ssvc:PVA:1.0.0": ("public_value_added", {"L": "limited", "A": "ampliative", "P": "precedence"}),
    "ssvc:HI:2.0.2": ("human_impact", {"L": "low", "M": "medium", "H": "high", "VH": "very_high"}),
}
OUTCOMES: dict[str, tuple[str, str, dict[str, str]]] = {
    # our table -> CERT/CC's module, its outcome, and the outcome's values
    "ssvc-cisa-coordinator": (
        "cisa/cisa_coordinate_dt.py",
        "cisa:CISA:1.1.0",
        {"T": "track", "T*": "track_star", "AT": "attend", "AC": "act"},
    ),
    "ssvc-deployer": (
        "ssvc/deployer_dt.py",
        "ssvc:DSOI:1.0.0",
        {"D": "defer", "S": "scheduled", "O": "out_of_cycle", "I": "immediate"},
    ),
}
OUTCOMES |= {
    "ssvc-coordinator-triage": (
        "ssvc/coord_triage.py",
        "ssvc:COORDINATE:1.0.1",
        {"D": "decline", "T": "track", "C": "coordinate"},
    ),
    "ssvc-coordinator-publication": (
        "ssvc/coord_pub_dt.py",
        "ssvc:PUBLISH:1.0.0",
        {"N": "do_not_publish", "P": "publish"},
    ),
}
DUE: dict[str, tuple[int | None, bool]] = {
    "3DF": (3, True),
    "3D": (3, False),
    "14D": (14, False),
    "60D": (60, False),
    "FSU": (None, False),
}


@pytest.fixture(scope="session")
def reference(pytestconfig: pytest.Config) -> Path:
    """Folder of CERT/CC's decision tables; skips where no registry is reached."""
    folder = pytestconfig.cache.mkdir("certcc-ssvc")
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            uv = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--no-deps"]
            options = ["--python-version", "3.12", "--only-binary", ":all:", "--target", str(folder / "unpacked")]
            try:
                done = subprocess.run(
                    [*uv, *options, REFERENCE], capture_output=True, text=True, timeout=180, check=False
                )
            except (subprocess.TimeoutExpired, FileNotFoundError) as error:
                pytest.skip(f"{REFERENCE} was not fetched: {error}")
            if done.returncode:
                pytest.skip(f"{REFERENCE} could not be fetched (no package registry?): {done.stderr.strip()[-200:]}")
            (folder / "done").touch()
    return folder / "unpacked" / "ssvc" / "decision_tables"


def rows(module: Path) -> list[dict[str, str]]:
    """The argument ``mapping`` of the module's one table."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    [found] = [node.value for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "mapping"]
    value: list[dict[str, str]] = ast.literal_eval(found)
    return value


def answers(row: dict[str, str], outcome: str) -> dict[str, str]:
    return {ANSWERS[key][0]: ANSWERS[key][1][value] for key, value in row.items() if key != outcome}


@pytest.mark.registry
@pytest.mark.parametrize("name", OUTCOMES)
def test_each_ssvc_table(reference: Path, name: str) -> None:
    module, outcome, values = OUTCOMES[name]
    theirs = rows(reference / module)
    assert len(theirs) == len(table(name).rows)
    for row in theirs:
        decision = table(name).decide(answers(row, outcome))
        assert (decision.outcome, decision.unknown) == (values[row[outcome]], ()), row


@pytest.mark.registry
def test_a_selection_names_points_and_values_as_certcc_does(reference: Path) -> None:
    known = {
        key: ANSWERS[key]
        for name in OUTCOMES
        for row in rows(reference / OUTCOMES[name][0])
        for key in row
        if key in ANSWERS
    }
    for identifier, (name, values) in known.items():
        if name in POINTS:
            key, version, letters = POINTS[name]
            assert identifier == f"ssvc:{key}:{version}"
            assert {letter: value for value, letter in letters.items()} == values
    for table_name, (key, version, letters) in SELECTED.items():
        assert OUTCOMES[table_name][1] == f"ssvc:{key}:{version}"
        assert {letter: value for value, letter in letters.items()} == OUTCOMES[table_name][2]
    tree = ast.parse((reference.parent / "selection.py").read_text(encoding="utf-8"))
    constants = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SCHEMA_VERSION"
    ]
    assert [ast.literal_eval(one) for one in constants] == [SCHEMA_VERSION]


@pytest.mark.registry
def test_the_directives_table(reference: Path) -> None:
    outcome = "cisa:BOD2604:1.0.0"
    theirs = rows(reference / "cisa" / "bod_2604_dt.py")
    assert len(theirs) == len(directive().rows) == 16
    for row in theirs:
        said = answers(row, outcome)
        ours = directive().rows[tuple(said[name] for name in directive().inputs)]
        assert (ours.days, ours.triage) == DUE[row[outcome]], row


@pytest.mark.parametrize("name", TABLES)
def test_what_is_unknown_takes_the_most_urgent_decision_it_leaves_possible(name: str) -> None:
    found = table(name)
    whole = found.decide({})
    assert whole.outcome == found.decisions[-1]
    assert whole.unknown == tuple(found.inputs)
    for key, values in found.inputs.items():
        rest = {other: found.inputs[other][0] for other in found.inputs if other != key}
        each = [found.decide({**rest, key: value}).outcome for value in values]
        assert found.decide(rest).outcome == max(each, key=found.decisions.index)
        assert found.decide({**rest, key: None}).unknown == (key,)


@pytest.mark.parametrize("answers", [{"exploitation": "maybe"}, {"weather": "fair"}, {"automatable": ""}])
def test_an_answer_that_the_table_does_not_have_is_no_answer(answers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="is not in the table"):
        table("ssvc-deployer").decide(answers)


def test_a_table_with_a_gap_cannot_be_built() -> None:
    whole = table("ssvc-deployer")
    some = dict(list(whole.rows.items())[1:])
    with pytest.raises(ValueError, match="71 rows do not cover 72"):
        Table(whole.name, whole.title, whole.version, whole.inputs, whole.decisions, some)
