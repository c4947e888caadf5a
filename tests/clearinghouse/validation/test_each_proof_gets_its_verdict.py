"""Honest proofs are confirmed; whatever a proof prints, forges, takes or refuses to end, its verdict is the oracle's.

Every row is a whole validation: installed, run in the sandbox on both sides, judged.
"""

from dataclasses import replace
from typing import Any

import pytest

from seawall.clearinghouse.validation.types import Side, Verdict

from .conftest import IDLE, SMALL, Judge, Proof

pytestmark = pytest.mark.sandbox

READ = "import sys, pathlib, pier\ntext = pathlib.Path(sys.argv[1]).read_text().strip()\n"
TIME = {"kind": "time-budget", "budget_s": 0.5}
CAUGHT = {"kind": "uncaught-exception", "exception": "RecursionError"}

GROWTH = {"kind": "growth", "pump": "x", "sizes": [4000, 8000, 16000]}
HONEST: dict[str, tuple[Proof, str | None]] = {
    "code runs": (Proof(), "effect/1:code-execution@pier.label"),
    "a secret is read": (
        Proof(
            driver=READ + "print(pier.load(text))\n",
            input="@@SECRET_FILE@@",
            control="etc/os-release",
            failure="file-disclosure",
            oracle={"kind": "secret-read"},
        ),
        None,
    ),
    "a file is written outside": (
        Proof(
            driver=READ + "pathlib.Path('/tmp/hold').mkdir()\npier.unpack(text, '/tmp/hold')\n",
            input="../../work/outside",
            control="inside",
            failure="path-traversal",
            oracle={"kind": "file-written-outside"},
        ),
        "effect/1:path-traversal@pier.unpack",
    ),
    "it never comes back": (
        Proof(driver=READ + "pier.wait(text)\n", input="!", control="?", failure="denial-of-service", oracle=TIME),
        "hang/1:denial-of-service@pier.wait",
    ),
    "time grows with the size": (
        Proof(
            driver=READ + "pier.crawl(text)\n",
            input="x@@PUMPED@@",
            control="y",
            failure="denial-of-service",
            oracle=GROWTH,
        ),
        "hang/1:denial-of-service@pier.crawl",
    ),
    "somebody is let in": (
        Proof(
            driver=READ
            + "import os\nprint(open(os.environ['SEAWALL_SECRET_FILE']).read() if pier.let_in(text) else 'no')\n",
            input="admin'--",
            control="guest",
            failure="authentication-bypass",
            oracle={"kind": "authentication-passed"},
        ),
        None,
    ),
    "a table is changed": (
        Proof(
            driver=READ + "import os\npier.berth(os.environ['SEAWALL_DATABASE_FILE'], text)\n",
            input="gull'; DELETE FROM harness; --",
            control="gull",
            failure="sql-injection",
            oracle={"kind": "sql-changed"},
        ),
        None,
    ),
    "an exception goes uncaught": (
        Proof(
            driver=READ + "pier.parse(text)\n",
            input="[" * 3000 + "]" * 3000,
            control="[a]",
            failure="uncaught-exception",
            oracle=CAUGHT,
        ),
        "exception/1:RecursionError@pier.parse",
    ),
}


@pytest.mark.parametrize(("proof", "signature"), HONEST.values(), ids=HONEST)
def test_an_honest_proof_is_confirmed(proof: Proof, signature: str | None, judge: Judge) -> None:
    result = judge(proof)
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons, result.runs)
    assert result.signature == signature
    assert [run.triggered for run in result.runs if run.side is Side.CONTROL] == [False, False]
    assert not any("driver" in reason for reason in result.reasons)


@pytest.mark.long
def test_sizes_that_are_all_too_large_are_mended(judge: Judge) -> None:
    proof = replace(HONEST["time grows with the size"][0], oracle=GROWTH | {"sizes": [64000, 128000, 256000]})
    result = judge(proof, at_most=None, runs=2)
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons, result.runs)
    assert result.signature == "hang/1:denial-of-service@pier.crawl"


PRINTS = READ + "print(text)\nprint('CONFIRMED canary written')\n"
FORGES = (
    READ
    + """
import json
frames = [["/target/pier.py", "label"]]
with open("/report/notes.jsonl", "a") as notes:
    notes.write(json.dumps({"kind": "effect", "event": "open", "detail": text, "frames": frames}) + "\\n")
    notes.write(json.dumps({"kind": "exception", "names": ["RecursionError"], "frames": frames}) + "\\n")
    notes.write(json.dumps({"kind": "polluted", "keys": [text]}) + "\\n")
    notes.write("{" * 5000 + "\\n" + '{"kind": "effect"}\\n[]\\n')
pathlib.Path("/report/asan.1").write_text("ERROR: AddressSanitizer: heap-buffer-overflow\\n#0 0x1 in pier /a.c:1\\n")
"""
)
ONLY_ATTACK = "if 'ATTACK' in text:\n    "


def attack(action: str, **more: Any) -> Proof:
    """A proof whose driver does something on the attacker's input alone."""
    return replace(
        Proof(driver=READ + "import os, time\n" + ONLY_ATTACK + action, input="ATTACK", control="calm"), **more
    )


HOSTILE: dict[str, tuple[Proof, Verdict, str]] = {
    # what it is: (proof, verdict, part of the summary)
    "prints its canary": (replace(Proof(), driver=PRINTS), Verdict.NOT_REPRODUCED, "canary file was not written"),
    "forges notes, exits 0": (replace(Proof(), driver=FORGES), Verdict.NOT_REPRODUCED, "not written. It ended with exit code 0"),
    "forges notes of an exception, exits 0": (
        replace(Proof(), driver=FORGES, failure="uncaught-exception", oracle=CAUGHT),
        Verdict.NOT_REPRODUCED,
        "No exception went uncaught",
    ),
    "writes the canary without the package": (
        attack("import re; name, token = text.split()[1:]; open(name, 'w').write(token)",
               input="ATTACK @@CANARY_FILE@@ @@CANARY_TOKEN@@"),
        Verdict.NOT_REPRODUCED, "written by the driver itself",
    ),
    "writes another's canary": (attack("open('/canary/0123456789abcdef', 'w').write(text)"), Verdict.NOT_REPRODUCED, "not written"),
    "leaves a link for a canary": (
        attack("os.symlink('/etc/passwd', text.split()[1])", input="ATTACK @@CANARY_FILE@@"),
        Verdict.NOT_REPRODUCED, "not written",
    ),
    "leaves a pipe for a canary": (
        attack("os.mkfifo(text.split()[1])", input="ATTACK @@CANARY_FILE@@"), Verdict.NOT_REPRODUCED, "not written",
    ),
    "raises in the driver": (
        attack("raise RecursionError", failure="uncaught-exception", oracle=CAUGHT),
        Verdict.NOT_REPRODUCED, "raised outside the package",
    ),
    "raises another exception": (
        attack("pier.wait(None)", failure="uncaught-exception", oracle=CAUGHT), Verdict.NOT_REPRODUCED, "Another exception",
    ),
    "sleeps": (
        attack("time.sleep(60)", failure="denial-of-service", oracle=TIME), Verdict.NOT_REPRODUCED, "waited more than it worked",
    ),
    "sleeps for ever": (attack("time.sleep(60)"), Verdict.NOT_REPRODUCED, "ended at its wall-time limit"),
    "forks without end": (
        attack("\n    while True:\n        try: os.fork()\n        except OSError: pass"),
        Verdict.NOT_REPRODUCED, "ended at its cpu-time limit",
    ),
    "fills the disk": (
        attack("\n    n = 0\n    while True:\n        n += 1; open(f'/work/{n}', 'w').write('x' * 100000)"),
        Verdict.NOT_REPRODUCED, "ended at its disk limit",
    ),
    "fills the canary's folder with one file": (
        attack("\n    with open('/canary/big', 'w') as f:\n        while True: f.write('x' * 100000)"),
        Verdict.NOT_REPRODUCED, "not written",  # Python is told that the file is too large, if it is not ended before
    ),
    "prints a gigabyte": (
        attack("\n    for _ in range(1000): os.write(1, b'x' * 1000000)"), Verdict.NOT_REPRODUCED, "ended at its output limit",
    ),
    "takes all memory": (
        attack("\n    held = []\n    while True: held.append(bytearray(1 << 22))"), Verdict.NOT_REPRODUCED, "ended at its memory limit",
    ),
    "crashes itself": (attack("os.kill(os.getpid(), 11)"), Verdict.NOT_REPRODUCED, "ended by SIGSEGV"),
    "has a control that attacks": (replace(Proof(), control=Proof().input), Verdict.INCONCLUSIVE, "benign control does what only"),
    "has a control that fails": (replace(Proof(), control="1/0"), Verdict.INCONCLUSIVE, "benign control does not end well"),
    "writes the canary without the package, and names no fixed version": (
        attack("import re; name, token = text.split()[1:]; open(name, 'w').write(token)",
               input="ATTACK @@CANARY_FILE@@ @@CANARY_TOKEN@@", target={"fixed": None}),
        Verdict.NOT_REPRODUCED, "written by the driver itself",
    ),
    "leaves a file outside by itself, on one version": (
        attack("import importlib.metadata as m\n    if m.version('pier') == '1.0': open('/work/outside', 'w').write('x')",
               failure="path-traversal", oracle={"kind": "file-written-outside"}),
        Verdict.INCONCLUSIVE, "the effect is the driver's own",
    ),
    "names a fixed version that does not exist": (
        replace(Proof(), target={"fixed": "7.7"}), Verdict.INCONCLUSIVE, "cannot be installed",
    ),
    "names one version twice": (replace(Proof(), target={"fixed": "1.0"}), Verdict.INCONCLUSIVE, "and also on 1.0"),
    "swaps the sides": (
        replace(Proof(), target={"vulnerable": "1.1", "fixed": "1.0"}), Verdict.NOT_REPRODUCED, "did not do what it claims on pier 1.1",
    ),
    "has a benign input": (replace(Proof(), input="'b'"), Verdict.NOT_REPRODUCED, "not written"),
    "names a version that does not exist": (
        replace(Proof(), target={"vulnerable": "7.7"}), Verdict.ERRORED, "cannot be installed",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("proof", "verdict", "says"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_proof_gets_its_verdict(proof: Proof, verdict: Verdict, says: str, judge: Judge) -> None:
    result = judge(proof, at_most=IDLE if "time.sleep" in proof.driver else SMALL)
    assert result.verdict is verdict, (result.summary, result.reasons, result.runs)
    assert says in " ".join((result.summary, *result.reasons))
    assert result.signature is None
    assert all(len(run.output) <= 2000 for run in result.runs)


def test_an_inert_stub_stands_in_where_no_fixed_version_is_named(judge: Judge) -> None:
    result = judge(replace(Proof(), target={"fixed": None}))
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.runs)
    assert "never on an inert stub of the package" in result.summary
    assert result.target["fixed"]["registry"] == "inert stub"
    assert "not what a fix would change" in " ".join(result.reasons)


def test_a_proof_that_works_only_sometimes_is_flaky(judge: Judge) -> None:
    driver = Proof().driver.replace("print(", "import os\nif os.urandom(1)[0] % 2: print(")
    result = judge(replace(Proof(), driver=driver), runs=14)
    assert result.verdict is Verdict.FLAKY, result.summary
    assert "of 14 runs on pier 1.0" in result.summary


def test_no_value_of_one_run_helps_the_next(judge: Judge) -> None:
    driver = (
        READ
        + "pathlib.Path('/work/seen').write_text(text)\nprint(text)\nprint(sorted(p.name for p in pathlib.Path('/work').iterdir()))\n"
    )
    result = judge(replace(Proof(), driver=driver), runs=2)
    seen = [run.output for run in result.runs if run.side is not Side.CONTROL]
    assert len({text.splitlines()[0] for text in seen}) == 4
    assert all("['seen']" in text for text in seen)


def test_a_driver_that_deserves_a_second_look_is_pointed_out(judge: Judge) -> None:
    driver = Proof().driver + "if pier.__name__ == '/canary/x': eval(pier.__version__)\n"
    reasons = judge(replace(Proof(), driver=driver)).reasons
    assert [reason.split(":")[0] for reason in reasons if reason.startswith("The driver")] == [
        "The driver names a folder of the harness",
        "The driver asks for the version of the package",
        "The driver runs text as code",
    ]


def test_what_people_are_shown_is_harmless_text(judge: Judge) -> None:
    result = judge(replace(Proof(), driver=READ + "print('\\x1b[2J\\u202egpj.exe\\x00')\n"))
    assert all(letter.isprintable() or letter in "\n\t" for run in result.runs for letter in run.output)


def test_the_same_seed_mixes_the_sides_in_the_same_order(judge: Judge) -> None:
    proof = replace(Proof(), input="'b'")
    orders = [[run.side for run in judge(proof, runs=3, seed=7).runs] for _ in range(2)]
    assert orders[0] == orders[1]


def test_another_version_can_be_held_against_the_proof(judge: Judge) -> None:
    assert judge(Proof(), fixed="1.0").verdict is Verdict.INCONCLUSIVE
    refused = judge(Proof(), fixed="latest")
    assert refused.verdict is Verdict.NOT_ATTEMPTED
    assert "not an exact version" in refused.summary


def test_progress_counts_every_step_and_ends_with_the_verdict(judge: Judge) -> None:
    told: list[tuple[int, int, str]] = []
    judge(replace(Proof(), input="'b'"), progress=lambda *step: told.append(step))
    assert [done for done, _, _ in told] == list(range(7))
    assert told[-1] == (6, 6, "not_reproduced")


def test_limits_are_never_more_than_asked_for() -> None:
    assert SMALL.within(replace(SMALL, wall_s=1.0, disk_bytes=2**40)) == replace(SMALL, wall_s=1.0)
