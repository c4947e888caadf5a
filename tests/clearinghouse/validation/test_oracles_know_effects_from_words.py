"""The oracles for foreign scripts, costs and guarded secrets, on made evidence: what they take, and the cheats that they do not."""

import math
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.clearinghouse.validation import manifests, rules
from seawall.clearinghouse.validation.errors import Infrastructure
from seawall.clearinghouse.validation.notes import Notes, went_through_package
from seawall.clearinghouse.validation.oracles.costs import GROWTH_CPU_S, MORE_SIZES, exponent, next_size
from seawall.clearinghouse.validation.oracles.interface import Baseline, Judgment, Scene, Stage
from seawall.clearinghouse.validation.oracles.kinds import ORACLES
from seawall.clearinghouse.validation.sandboxes.interface import Evidence
from seawall.clearinghouse.validation.types import Manifest, OracleKind, Run, Side, Verdict
from seawall.clearinghouse.validation.watching import Watcher, Witnessed

from .conftest import Proof

WITH_INPUT: Manifest = manifests.read({name: text.encode() for name, text in Proof().files().items()})
ALONE = replace(WITH_INPUT, input="", control=None)
QUIET = Evidence(0, None, None, b"", b"", 0.1, 0.1, 0.0, 2**20, "test/1")
APP = "/work/home/proof/app"
TMP = "/tmp"  # noqa: S108 - inside the sandbox


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    folders = {name: tmp_path / name for name in ("work", "canary_folder", "secret_folder", "report", "tmp")}
    for folder in folders.values():
        folder.mkdir()
    app = folders["work"] / "home" / "proof" / "app"
    app.mkdir(parents=True)
    return Stage(
        **folders,
        canary_name="0123456789abcdef",
        token="canary77",
        secret="s3cr3t",
        app=app,
        script="touch seen /tmp/shown",
    )


def asked(kind: OracleKind, stage: Stage, manifest: Manifest = ALONE, **looked: Any) -> Judgment:
    changes = {name: looked.pop(name) for name in ("inside", "budget_mib") if name in looked}
    scene = Scene(**{"stage": stage, "evidence": QUIET, "baseline": Baseline(cpu_s=0.1, memory_bytes=2**23), **looked})
    return ORACLES[kind].judge(replace(manifest, oracle=kind, **changes), scene)


FORGED = Notes(
    effects=(("exec", "touch seen", (("/node_modules/buoy/index.js", "hail"),)),),
    polluted=("canary78",),
    evaluated=("console.log",),
    requests=("GET /canary78",),
    seen="root:x:0:0 s3cr3",
)
"""What a liar inside could write, without doing it and without knowing any value of the run."""


@pytest.mark.parametrize("kind", [OracleKind.COMMAND_EXECUTED, OracleKind.CODE_EVALUATED])
def test_a_command_is_what_the_kernel_saw_or_a_file_that_the_script_names(kind: OracleKind, stage: Stage) -> None:
    forged = replace(FORGED, evaluated=())
    shouted = replace(QUIET, stdout=b"uid=0(root) seen")
    assert not asked(kind, stage, notes=forged, evidence=shouted).triggered
    assert asked(kind, stage, witnessed=Witnessed(opened=("touch",))).triggered
    assert asked(kind, stage, witnessed=Witnessed(made=(f"{APP}/seen",))).triggered, "it may be gone again"
    assert asked(kind, stage, witnessed=Witnessed(made=(f"{TMP}/shown",))).triggered
    assert not asked(kind, stage, witnessed=Witnessed(made=(f"{TMP}/npm-4711", f"{APP}/cache.db"))).triggered
    usual = Baseline(made=frozenset({f"{APP}/seen"}))
    assert not asked(kind, stage, baseline=usual, witnessed=Witnessed(made=(f"{APP}/seen",))).triggered, (
        "loading makes it"
    )
    assert not asked(kind, stage, baseline=None, witnessed=Witnessed(made=(f"{APP}/seen",))).triggered
    (stage.work / "home" / "proof" / "app" / "seen").symlink_to("/etc/passwd")
    assert not asked(kind, stage).triggered, "a link is no file"
    (stage.work / "home" / "seen").write_bytes(b"")
    assert asked(kind, stage).triggered


def test_with_an_input_only_the_random_program_and_canary_count(stage: Stage) -> None:
    made = Witnessed(made=(f"{APP}/seen", f"{TMP}/shown"))
    for kind in (OracleKind.COMMAND_EXECUTED, OracleKind.CODE_EVALUATED):
        assert not asked(kind, stage, WITH_INPUT, witnessed=made, notes=FORGED).triggered
    found = asked(
        OracleKind.COMMAND_EXECUTED, stage, WITH_INPUT, witnessed=Witnessed(opened=(stage.command,)), notes=FORGED
    )
    assert found.triggered
    assert stage.command not in found.why, "the name is of one run, and says nothing to a person"
    assert found.signature == "effect/1:code-execution@buoy.index.hail"
    (stage.canary_folder / stage.canary_name).write_bytes(b"canary78")
    assert not asked(OracleKind.CODE_EVALUATED, stage, WITH_INPUT).triggered
    (stage.canary_folder / stage.canary_name).write_bytes(b"canary77")
    assert asked(OracleKind.CODE_EVALUATED, stage, WITH_INPUT).triggered


def test_a_secret_counts_where_only_reading_it_can_have_put_it(stage: Stage) -> None:
    kind = OracleKind.SECRET_READ
    assert not asked(kind, stage, notes=FORGED).triggered
    assert asked(kind, stage, notes=Notes(wire="HTTP/1.1 200 OK\r\n\r\ns3cr3t")).triggered
    assert asked(kind, stage, notes=Notes(seen="s3cr3t")).triggered
    assert asked(kind, stage, witnessed=Witnessed(read=("/flag",))).triggered
    own = Notes(seen="s3cr3t", own_read=True)
    assert not asked(kind, stage, notes=own, witnessed=Witnessed(read=("/flag",))).triggered, (
        "it compares with what it read"
    )
    assert asked(kind, stage, notes=replace(own, wire="s3cr3t")).triggered
    assert not asked(
        kind, stage, WITH_INPUT, notes=Notes(seen="s3cr3t"), witnessed=Witnessed(read=("/flag",))
    ).triggered
    flag = stage.work / "flag"
    flag.write_bytes(b"s3cr3t")
    assert not asked(kind, replace(stage, flags={flag: "/work/flag"})).triggered, "the harness put it there"
    assert asked(kind, stage).triggered


def test_a_prototype_gains_what_loading_does_not_bring(stage: Stage) -> None:
    kind = OracleKind.PROTOTYPE_POLLUTED
    usual = Baseline(polluted=frozenset({"String.prototype.padLeft"}))
    assert not asked(kind, stage, notes=Notes(polluted=("String.prototype.padLeft",)), baseline=usual).triggered
    assert asked(kind, stage, notes=Notes(polluted=("String.prototype.padLeft", "isAdmin")), baseline=usual).triggered
    assert not asked(kind, stage, notes=Notes(polluted=("isAdmin",)), baseline=None).triggered
    assert not asked(kind, stage, WITH_INPUT, notes=Notes(polluted=("isAdmin",))).triggered
    assert asked(kind, stage, WITH_INPUT, notes=Notes(polluted=("canary77",))).triggered


@pytest.mark.parametrize(
    ("made", "inside", "triggered"),
    [
        ("/work/home/evil", (), True),
        ("/work/evil", (), True),
        ("/canary/evil", (), True),
        (f"{APP}/evil", (), False),
        (f"{APP}/evil", ("out",), True),
        (f"{APP}/out/fine", ("out",), False),
        (f"{APP}/outside", ("out",), True),
        (f"{TMP}/shown", (), True),
        (f"{TMP}/unnamed", (), False),
        (f"{TMP}/made/shown", (), False),
    ],
)
def test_outside_is_above_or_beside(made: str, inside: tuple[str, ...], *, triggered: bool, stage: Stage) -> None:
    found = asked(OracleKind.FILE_WRITTEN_OUTSIDE, stage, inside=inside, witnessed=Witnessed(made=(made,)))
    assert found.triggered is triggered


def test_a_request_is_one_that_reached_the_listener(stage: Stage) -> None:
    kind = OracleKind.OUTBOUND_REQUEST
    assert not asked(kind, stage, evidence=replace(QUIET, stdout=b"GET /canary77")).triggered
    assert asked(kind, stage, notes=Notes(requests=("GET /latest/meta-data",))).triggered
    assert not asked(kind, stage, WITH_INPUT, notes=FORGED).triggered
    assert asked(kind, stage, WITH_INPUT, notes=Notes(requests=("GET /canary77 HTTP/1.1",))).triggered


@pytest.mark.parametrize("kind", [OracleKind.AUTHENTICATION_PASSED, OracleKind.PRIVILEGE_GAINED])
def test_a_guarded_secret_is_given_away_or_not(kind: OracleKind, stage: Stage) -> None:
    assert not asked(kind, stage, WITH_INPUT, evidence=replace(QUIET, stdout=b"welcome, admin")).triggered
    assert asked(kind, stage, WITH_INPUT, evidence=replace(QUIET, stdout=b"s3cr3t\n")).triggered


def database(stage: Stage) -> sqlite3.Connection:
    return sqlite3.connect(stage.canary_folder / f"{stage.canary_name}.db")


@pytest.mark.parametrize(
    ("statement", "triggered"),
    [
        ("SELECT 1", False),
        ("INSERT INTO boats VALUES ('gull')", False),
        ("UPDATE harness SET token = 'x'", True),
        ("DELETE FROM harness", True),
        ("INSERT INTO harness VALUES ('x')", True),
        ("DROP TABLE harness", True),
    ],
)
def test_a_table_is_as_it_was_or_not(statement: str, *, triggered: bool, stage: Stage) -> None:
    with database(stage) as made:
        made.execute("CREATE TABLE harness (token TEXT)")
        made.execute("CREATE TABLE boats (name TEXT)")
        made.execute("INSERT INTO harness VALUES ('canary77')")
        made.execute(statement)
    made.close()
    assert asked(OracleKind.SQL_CHANGED, stage, WITH_INPUT).triggered is triggered


def test_a_database_that_cannot_be_read_shows_nothing(stage: Stage) -> None:
    (stage.canary_folder / f"{stage.canary_name}.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 500)
    assert not asked(OracleKind.SQL_CHANGED, stage, WITH_INPUT).triggered


LINEAR = ((1000, 0.05), (2000, 0.07), (4000, 0.11))
SQUARE = ((1000, 0.10), (2000, 0.30), (4000, 1.10))
FLAT = ((1000, 0.05), (2000, 0.05), (4000, 0.06))


@pytest.mark.parametrize(
    ("attack", "benign", "triggered"),
    [
        (SQUARE, FLAT, True),
        (((1000, 0.10), (2000, 4.0)), FLAT, True),
        (LINEAR, FLAT, False),
        (((1000, 0.5), (2000, 1.0), (4000, 2.0)), LINEAR, False),
        (SQUARE, SQUARE, False),
        (((1000, 4.0),), FLAT, False),
        (((1000, 0.05), (2000, 0.06), (4000, 0.20)), FLAT, False),
        ((), FLAT, False),
    ],
    ids=[
        "square",
        "cut off at the limit",
        "linear",
        "costly but linear",
        "so is the control",
        "no curve",
        "too little",
        "nothing",
    ],
)
def test_growth_is_of_the_attack_alone(attack: Any, benign: Any, *, triggered: bool, stage: Stage) -> None:
    found = asked(OracleKind.GROWTH, stage, WITH_INPUT, curve=attack, baseline=Baseline(curve=benign))
    assert found.triggered is triggered, found.why


COSTS: dict[str, tuple[Callable[[int], float], bool]] = {
    "a square": (lambda size: 1e-8 * size**2, True),
    "a cube": (lambda size: 1e-10 * size**3, True),
    "doubled by each character": (lambda size: 1e-7 * 2.0 ** min(size, 60), True),
    "linear": (lambda size: 3e-5 * size, False),
    "sorting": (lambda size: 2e-6 * size * math.log(size + 1), False),
}


@pytest.mark.parametrize("smallest", [20, 500, 5_000, 20_000, 100_000, 1_000_000])
@pytest.mark.parametrize(("cost", "superlinear"), COSTS.values(), ids=COSTS)
def test_sizes_that_the_author_chose_badly_are_mended(
    cost: Callable[[int], float], smallest: int, *, superlinear: bool, stage: Stage
) -> None:
    def measured(size: int) -> tuple[int, float]:
        return size, min(0.05 + cost(size), GROWTH_CPU_S)

    curve: tuple[tuple[int, float], ...] = ()
    for size in (smallest, smallest * 2, smallest * 4):
        curve = (*curve, measured(size))
        if curve[-1][1] >= GROWTH_CPU_S:
            break
    flat = Baseline(curve=((smallest, 0.05), (smallest * 2, 0.05), (smallest * 4, 0.05)))
    asked_for = 0
    while size := next_size(curve, flat, 32 * 2**20):
        asked_for += 1
        assert asked_for <= MORE_SIZES, curve
        assert size not in dict(curve)
        curve = tuple(sorted((*curve, measured(size))))
    found = asked(OracleKind.GROWTH, stage, WITH_INPUT, curve=curve, baseline=flat)
    felt = curve[-1][1] > 0.3
    assert found.triggered is (superlinear and felt), (curve, found.why)


def test_a_square_of_which_one_size_cost_more_on_a_busy_machine_is_still_one(stage: Stage) -> None:
    curve = ((15_000, 1.25), (30_000, 3.3), (60_000, GROWTH_CPU_S))  # the first would have cost 0.9 s
    flat = Baseline(curve=tuple((size, 0.05) for size, _ in curve))
    assert not asked(OracleKind.GROWTH, stage, WITH_INPUT, curve=curve, baseline=flat).triggered
    assert next_size(curve, flat, 2**20) == 7_500
    curve = ((7_500, 0.25), *curve)
    assert next_size(curve, flat, 2**20) is None
    assert asked(OracleKind.GROWTH, stage, WITH_INPUT, curve=curve, baseline=flat).triggered


def test_a_busy_machine_makes_no_growth(stage: Stage) -> None:
    starved = replace(QUIET, killed_by="wall-time", idle_share=0.01)
    with pytest.raises(Infrastructure, match="too busy"):
        asked(OracleKind.GROWTH, stage, WITH_INPUT, curve=SQUARE, evidence=starved)
    slept = replace(starved, idle_share=0.99)
    assert not asked(OracleKind.GROWTH, stage, WITH_INPUT, curve=SQUARE, evidence=slept).triggered


@given(st.floats(0.0, 0.03), st.floats(0.0, 0.03))
def test_noise_has_no_exponent(first: float, second: float) -> None:
    assert exponent(((1000, 0.05 + first), (2000, 0.05 + second)), 0.05) < 1.0


def test_memory_is_held_against_budget_and_control(stage: Stage) -> None:
    kind = OracleKind.MEMORY_BUDGET
    wide = replace(QUIET, peak_memory_bytes=300 * 2**20)
    assert asked(kind, stage, WITH_INPUT, budget_mib=256, evidence=wide).triggered
    assert not asked(kind, stage, WITH_INPUT, budget_mib=320, evidence=wide).triggered
    usual = Baseline(memory_bytes=100 * 2**20)
    assert not asked(kind, stage, WITH_INPUT, budget_mib=256, evidence=wide, baseline=usual).triggered
    assert asked(kind, stage, WITH_INPUT, budget_mib=256, evidence=replace(QUIET, killed_by="memory")).triggered
    with pytest.raises(Infrastructure, match="cannot be measured"):
        asked(kind, stage, WITH_INPUT, budget_mib=256, evidence=replace(QUIET, peak_memory_bytes=None))


def test_a_signal_is_not_a_limit_of_ours(stage: Stage) -> None:
    kind = OracleKind.SIGNAL
    assert asked(kind, stage, WITH_INPUT, evidence=replace(QUIET, exit_code=None, signal="SIGSEGV")).triggered
    for changes in ({"signal": "SIGKILL"}, {"signal": "SIGTERM"}, {"signal": "SIGABRT", "killed_by": "memory"}, {}):
        assert not asked(kind, stage, WITH_INPUT, evidence=replace(QUIET, **changes)).triggered  # type: ignore[arg-type]


def test_an_assertion_is_the_packages_own(stage: Stage) -> None:
    kind = OracleKind.ASSERTION
    raised = replace(QUIET, exit_code=66)
    own = Notes(exception=("AssertionError",), exception_frames=(("/target/pier.py", "load"),))
    assert asked(kind, stage, WITH_INPUT, evidence=raised, notes=own).triggered
    assert not asked(kind, stage, WITH_INPUT, notes=own).triggered
    drivers = replace(own, exception_frames=(("/proof/driver.py", "main"),))
    assert not asked(kind, stage, WITH_INPUT, evidence=raised, notes=drivers).triggered


def test_the_kernel_tells_what_is_gone_again(tmp_path: Path) -> None:
    (tmp_path / "program").write_text("#!/bin/sh\n")
    (tmp_path / "flag").write_text("s3cr3t")
    with Watcher() as watcher:
        watcher.made(tmp_path, "/work")
        watcher.opened(tmp_path / "program", "touch")
        watcher.read(tmp_path / "flag", "/flag")
        assert watcher.seen() == Witnessed()
        (tmp_path / "flag").stat()
        (tmp_path / "flag").open().close()
        (tmp_path / "folder").mkdir()
        assert watcher.seen() == Witnessed(), "asking about a file, opening it and a folder are nothing"
        (tmp_path / "seen").write_text("x")
        (tmp_path / "seen").unlink()
        (tmp_path / "flag").read_text()
        (tmp_path / "program").read_text()
        assert watcher.seen() == Witnessed(made=("/work/seen",), opened=("touch",), read=("/flag",))


@given(st.integers(1, 50).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_wilsons_interval_holds_the_rate(hits_of: tuple[int, int]) -> None:
    hits, of = hits_of
    low, high = rules.wilson(hits, of)
    assert 0 <= low <= hits / of + 1e-12
    assert hits / of - 1e-12 <= high <= 1
    assert low < high


def test_wilsons_interval_is_the_published_one() -> None:
    assert [round(value, 4) for value in rules.wilson(3, 5)] == [0.2307, 0.8824]
    assert [round(value, 4) for value in rules.wilson(0, 10)] == [0.0, 0.2775]


def loaded(code: int) -> Run:
    return Run(Side.CONTROL, False, "why.", code, None, None, 0.1, 0.1, 1, "Cannot find module 'x'")


@pytest.mark.parametrize(
    ("flawed", "fixed", "refused"), [(0, 0, False), (0, 68, True), (0, 67, True), (68, 68, False), (67, 0, False)]
)
def test_silence_of_a_package_that_does_not_load_says_nothing(flawed: int, fixed: int, *, refused: bool) -> None:
    found = rules.loads_differ([loaded(flawed), loaded(fixed)])
    assert (found is not None) is refused
    if found:
        assert found[0] is Verdict.INCONCLUSIVE
        assert "Cannot find module" in found[2][0]


@pytest.mark.parametrize(
    ("file", "passed"),
    [
        ("/node_modules/buoy/index.js", True),
        ("/target/pier.py", True),
        # A validator that the package compiled, and that the driver calls later.
        ("eval at line.toFunction (/node_modules/generate-function/index.js:172:21), <anonymous>", True),
        ("eval at a (eval at b (/node_modules/x/y.js:1:2), <anonymous>:3:4), <anonymous>", True),
        ("eval at go (/proof/driver.js:3:1), <anonymous>", False),
        ("eval at a (eval at (/node_modules/x.js:1:1) (/proof/driver.js:1:2), <anonymous>:3:4), <anonymous>", False),
        ("eval at (/node_modules/x) (/proof/driver.js:3:1), <anonymous>", False),
        ("/proof/node_modules/mine.js", False),
        ("/proof/eval at f (/node_modules/x.js:1:1)", False),
    ],
)
def test_what_a_package_made_of_a_text_is_the_package(file: str, passed: bool) -> None:
    assert went_through_package((("/proof/driver.js", "main"), (file, "run"))) is passed
