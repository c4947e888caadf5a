"""Each oracle on made evidence: what it takes, and every cheat that it does not."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.clearinghouse.validation import crashes, drivers, manifests, notes, rules
from seawall.clearinghouse.validation.errors import Infrastructure
from seawall.clearinghouse.validation.notes import Notes
from seawall.clearinghouse.validation.oracles.interface import Baseline, Judgment, Scene, Stage
from seawall.clearinghouse.validation.oracles.kinds import ORACLES
from seawall.clearinghouse.validation.sandboxes.interface import Evidence
from seawall.clearinghouse.validation.types import Manifest, OracleKind, Run, Side, Verdict

from .conftest import Proof

MANIFEST: Manifest = manifests.read({name: text.encode() for name, text in Proof().files().items()})
QUIET = Evidence(0, None, None, b"", b"", 0.1, 0.1, 0.0, 2**20, "test/1")
ASAN = """=================================================================
==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000011 at pc 0x55 bp 0x7f sp 0x7f
WRITE of size 4 at 0x602000000011 thread T0
    #0 0x55e1 in __interceptor_memcpy /build/asan_interceptors.cpp:1
    #1 0x55e2 in expand_runs /src/gate.c:88
    #2 0x55e3 in main /driver.c:9

0x602000000011 is located 0 bytes to the right of 1-byte region
allocated by thread T0 here:
    #0 0x55e4 in malloc /build/asan_malloc.cpp:1
    #1 0x55e5 in other /src/gate.c:2
"""
PIER = (("/target/pier/core.py", "Loader.load"), ("/proof/driver.py", "main"))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    folders = {name: tmp_path / name for name in ("work", "canary_folder", "secret_folder", "report")}
    for folder in folders.values():
        folder.mkdir()
    return Stage(**folders, canary_name="0123456789abcdef", token="canary77", secret="s3cr3t")


def asked(
    kind: OracleKind, stage: Stage, evidence: Evidence = QUIET, said: Notes | None = None, **more: object
) -> Judgment:
    looked = {name: more.pop(name) for name in ("witnessed", "baseline", "curve") if name in more}
    manifest = replace(MANIFEST, **{"oracle": kind, "exception": "RecursionError", **more})  # type: ignore[arg-type]
    scene = Scene(stage, evidence, said or Notes(), baseline=Baseline(cpu_s=0.1))
    return ORACLES[kind].judge(manifest, replace(scene, **looked))  # type: ignore[arg-type]


def test_a_canary_needs_its_name_and_its_token(stage: Stage) -> None:
    kind = OracleKind.CANARY_WRITTEN
    shouted = replace(QUIET, stdout=b"canary77 0123456789abcdef", stderr=b"canary77")
    effect = Notes(effects=(("open", "'/canary/0123456789abcdef'", PIER),))
    assert not asked(kind, stage, shouted, effect).triggered
    (stage.canary_folder / "another").write_bytes(b"canary77")
    assert not asked(kind, stage).triggered
    (stage.canary_folder / stage.canary_name).write_bytes(b"canary78")
    assert asked(kind, stage).why == "The canary file appeared without its token."
    (stage.canary_folder / stage.canary_name).write_bytes(b"x" * 5000 + b"canary77")
    assert not asked(kind, stage).triggered
    (stage.canary_folder / stage.canary_name).write_bytes(b"say: canary77\n")
    found = asked(kind, stage, said=effect)
    assert found.triggered
    assert found.signature == "effect/1:code-execution@pier.core.load"


def test_a_secret_counts_wherever_it_comes_out(stage: Stage) -> None:
    kind = OracleKind.SECRET_READ
    assert not asked(kind, stage, replace(QUIET, stdout=b"/secret/0123456789abcdef s3cr3")).triggered
    assert asked(kind, stage, replace(QUIET, stdout=b"<p>s3cr3t</p>")).triggered
    assert asked(kind, stage, replace(QUIET, stderr=b"Error: s3cr3t")).triggered
    (stage.secret_folder / "f").write_bytes(b"s3cr3t")
    (stage.work / "link").symlink_to(stage.secret_folder / "f")
    assert not asked(kind, stage).triggered, "a link to the secret is not the secret"
    (stage.work / "page.html").write_bytes(b"s3cr3t")
    assert asked(kind, stage).triggered


def test_time_counts_where_the_processor_worked(stage: Stage) -> None:
    kind = OracleKind.TIME_BUDGET
    said = Notes(hang_frames=PIER)
    ended = replace(QUIET, exit_code=None, signal="SIGKILL")
    busy = replace(ended, killed_by="cpu-time", cpu_s=2.01, wall_s=2.1)
    assert asked(kind, stage, busy, said).signature == "hang/1:denial-of-service@pier.core.load".replace(
        "denial-of-service", MANIFEST.failure.value
    )
    assert not asked(kind, stage, busy, said, baseline=Baseline(cpu_s=0.5)).triggered, "not five times the control"
    assert not asked(kind, stage, replace(QUIET, cpu_s=1.9), said).triggered
    assert not asked(kind, stage, replace(QUIET, wall_s=8.0, cpu_s=None), said).triggered
    slept = replace(ended, killed_by="wall-time", cpu_s=0.1, wall_s=8.0, idle_share=0.98)
    assert "waited more than it worked" in asked(kind, stage, slept, said).why
    with pytest.raises(Infrastructure, match="too busy"):
        asked(kind, stage, replace(slept, idle_share=0.02, cpu_s=1.2), said)


def test_an_exception_needs_the_exit_code_the_class_and_the_package(stage: Stage) -> None:
    kind = OracleKind.UNCAUGHT_EXCEPTION
    said = Notes(exception=("RecursionError", "RuntimeError"), exception_frames=PIER)
    raised = replace(QUIET, exit_code=66)
    assert asked(kind, stage, raised, said).signature == "exception/1:RecursionError@pier.core.load"
    assert not asked(kind, stage, QUIET, said).triggered
    assert not asked(kind, stage, raised).triggered
    assert not asked(kind, stage, raised, replace(said, exception=("KeyError",))).triggered
    assert not asked(kind, stage, raised, replace(said, exception_frames=PIER[1:])).triggered


def test_a_polluted_prototype_carries_the_random_name(stage: Stage) -> None:
    kind = OracleKind.PROTOTYPE_POLLUTED
    assert asked(kind, stage, said=Notes(polluted=("canary77",))).triggered
    assert not asked(kind, stage, said=Notes(polluted=("polluted", "canary7"))).triggered


def test_a_sanitizer_writes_its_report_and_ends_the_process(stage: Stage) -> None:
    kind = OracleKind.SANITIZER
    found = asked(kind, stage, replace(QUIET, exit_code=86), Notes(sanitizer=ASAN))
    assert found.signature == "crash/2:heap-buffer-overflow-write@expand_runs"
    assert not asked(kind, stage, replace(QUIET, exit_code=86, stderr=ASAN.encode())).triggered
    assert not asked(kind, stage, replace(QUIET, exit_code=0), Notes(sanitizer=ASAN)).triggered
    assert not asked(kind, stage, replace(QUIET, exit_code=86), Notes(sanitizer="AddressSanitizer is fine")).triggered


def test_a_file_outside_is_a_file(stage: Stage) -> None:
    kind = OracleKind.FILE_WRITTEN_OUTSIDE
    (stage.work / "link").symlink_to("/etc/passwd")
    (stage.work / "folder").mkdir()
    assert not asked(kind, stage).triggered
    (stage.work / "folder" / "cargo").write_bytes(b"")
    assert asked(kind, stage).triggered


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (ASAN, "heap-buffer-overflow"),
        ("==1==ERROR: AddressSanitizer: SEGV on unknown address 0x0", "null-dereference"),
        ("/src/a.c:3:5: runtime error: index 9 out of bounds for type 'int [4]'", "index-out-of-bounds"),
        ("all is well", None),
        ("", None),
    ],
)
def test_sanitizer_reports_are_told_apart(text: str, kind: str | None) -> None:
    crash = crashes.parse(text)
    assert (crash.kind if crash else None) == kind


SAMPLE = 'Stack (most recent call first):\n  File "/target/pier.py", line {0} in {1}\n  File "/target/pier.py", line 9 in parse\n'


def test_a_hang_is_where_the_late_samples_agree(tmp_path: Path) -> None:
    early = 'Stack (most recent call first):\n  File "/target/pier.py", line 1 in <module>\n'
    late = "".join(SAMPLE.format(number, name) for number, name in enumerate(("skip", "match", "skip", "match")))
    (tmp_path / "hang.txt").write_text(early * 4 + late)
    assert notes.read(tmp_path).hang_frames == (("/target/pier.py", "parse"),)
    (tmp_path / "hang.txt").write_text(early + "".join(SAMPLE.format(n, "match") for n in range(9)))
    assert notes.read(tmp_path).hang_frames == (("/target/pier.py", "match"), ("/target/pier.py", "parse"))
    (tmp_path / "hang.txt").write_text("\0" * 99)
    assert notes.read(tmp_path).hang_frames == ()


@given(st.binary(max_size=300))
def test_notes_of_any_bytes_are_read(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("report")
    for name in ("notes.jsonl", "hang.txt", "asan.7"):
        (folder / name).write_bytes(data)
    notes.read(folder)


def run(side: Side, *, triggered: bool) -> Run:
    return Run(side, triggered, "why.", 0, None, None, 0.1, 0.1, 1, "")


@given(st.lists(st.booleans(), min_size=1, max_size=5), st.lists(st.booleans(), max_size=5))
def test_confirmed_is_every_time_here_and_never_there(flawed: list[bool], fixed: list[bool]) -> None:
    runs = [run(Side.VULNERABLE, triggered=hit) for hit in flawed] + [run(Side.FIXED, triggered=hit) for hit in fixed]
    verdict, summary, reasons = rules.judge(MANIFEST, runs, len(flawed))
    assert (verdict is Verdict.CONFIRMED) == (all(flawed) and bool(fixed) and not any(fixed))
    assert (verdict is Verdict.NOT_REPRODUCED) == (not any(flawed))
    assert (verdict is Verdict.FLAKY) == (any(flawed) and not all(flawed))
    assert summary
    assert reasons


def test_fewer_runs_than_planned_are_not_enough() -> None:
    runs = [run(Side.VULNERABLE, triggered=True), run(Side.FIXED, triggered=False)]
    assert rules.judge(MANIFEST, runs, 3)[0] is Verdict.FLAKY
    with pytest.raises(ValueError, match="at least one run"):
        rules.judge(MANIFEST, runs[1:], 1)


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("import pier\npier.label(open(sys.argv[1]).read())", 0),
        ("open('/secret/x')", 1),
        ("import importlib.metadata", 1),
        ("base64.b64decode(x)", 1),
        ("new Function(text)()", 1),
        ("model.eval()\nre.compile('canary')\npath = '/proof/secret'", 0),
    ],
)
def test_hints_about_a_driver(source: str, count: int) -> None:
    assert len(drivers.doubts(source)) == count
