"""The corpus of proofs for published flaws: its manifest, its verdicts, and controls that must never be confirmed.

A control is made from a case so that nothing of it can show the flaw: the proof against another package, an inert stub on the
flawed side, a proof that does nothing, prints what the oracle looks for, sleeps, throws, or has the effect by itself
without the package. Each is run once on each side, which makes it easier to be confirmed than the five times of a proof.
"""

import csv
import json
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seawall.clearinghouse.validation.errors import Infrastructure
from seawall.clearinghouse.validation.replay import RUNS, validate
from seawall.clearinghouse.validation.sandboxes.interface import Provider
from seawall.clearinghouse.validation.types import Side, ValidationResult

JOBS = 2
"""Validations at once. Budgets count processor time, so that a neighbor makes none guilty."""


@dataclass(frozen=True)
class Case:
    """A row of the manifest."""

    name: str
    """Folder below the corpus: ``npm/growl``."""
    package: str
    expected: str
    """Verdict."""
    sides: tuple[bool, bool]
    """Whether the flawed and the other side are expected to trigger."""
    note: str


@dataclass(frozen=True)
class Control:
    """Something that must not be confirmed."""

    name: str
    bundle: Path
    inert: frozenset[Side] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """What came of a case or a control."""

    name: str
    verdict: str
    """``not installed`` where the target could not be had."""
    summary: str
    sides: tuple[bool, bool] = (False, False)


def cases(corpus: Path) -> list[Case]:
    """The manifest's rows, in its order."""
    with (corpus / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return [
            Case(
                name=row["case"],
                package=row["package"],
                expected=row["expected"],
                sides=(row["vulnerable_triggers"] == "yes", row["fixed_triggers"] == "yes"),
                note=row["note"],
            )
            for row in csv.DictReader(file)
        ]


def run_case(corpus: Path, case: Case, cache: Path, provider: Provider, runs: int = RUNS) -> Outcome:
    """Judge one case."""
    try:
        result = validate(corpus / case.name, cache=cache, sandbox=provider, runs=runs)
    except Infrastructure as error:
        return Outcome(case.name, "not installed", error.detail[:200])
    verdict = "not installed" if result.verdict.value == "errored" else result.verdict.value
    return Outcome(case.name, verdict, result.summary, _triggered(result))


def _triggered(result: ValidationResult) -> tuple[bool, bool]:
    sides = [[run.triggered for run in result.runs if run.side is side] for side in (Side.VULNERABLE, Side.FIXED)]
    return bool(sides[0]) and all(sides[0]), any(sides[1])


def is_right(case: Case, outcome: Outcome) -> bool:
    """Whether verdict and both sides are as the manifest says."""
    return (outcome.verdict, outcome.sides) == (case.expected, case.sides)


def judge_cases(corpus: Path, chosen: list[Case], cache: Path, provider: Provider) -> dict[str, int]:
    """Run cases and count; every one that is not a plain confirmation is printed with its note."""
    figures = {"cases": len(chosen), "installed": 0, "right": 0, "wrong": 0, "explained": 0}
    with ThreadPoolExecutor(JOBS) as pool:
        outcomes = list(pool.map(lambda case: run_case(corpus, case, cache, provider), chosen))
    for case, outcome in zip(chosen, outcomes, strict=True):
        right = is_right(case, outcome)
        figures["installed"] += outcome.verdict != "not installed"
        figures["right"] += right
        figures["wrong"] += not right and outcome.verdict != "not installed"
        word = "right" if right else "WRONG"
        if not right or case.expected != "confirmed":
            figures["explained"] += bool(case.note)
            print(f"{word} {case.name}: {outcome.verdict}, expected {case.expected}. {outcome.summary} ({case.note})")
        else:
            print(f"{word} {case.name}: {outcome.verdict}")
    return figures


def judge_controls(chosen: list[Control], cache: Path, provider: Provider) -> dict[str, int]:
    """Run controls and count those that are confirmed, which must be none."""
    with ThreadPoolExecutor(JOBS) as pool:
        outcomes = list(pool.map(lambda control: run_control(control, cache, provider), chosen))
    confirmed = [outcome for outcome in outcomes if outcome.verdict == "confirmed"]
    for outcome in confirmed:
        print(f"CONFIRMED CONTROL {outcome.name}: {outcome.summary}")
    return {
        "controls": sum(outcome.verdict != "not installed" for outcome in outcomes),
        "controls_confirmed": len(confirmed),
    }


def run_control(control: Control, cache: Path, provider: Provider) -> Outcome:
    """Judge one control, once on each side."""
    try:
        result = validate(control.bundle, cache=cache, sandbox=provider, runs=1, inert=control.inert)
    except Infrastructure as error:
        return Outcome(control.name, "not installed", error.detail[:200])
    if result.verdict.value in {"errored", "not_attempted"}:
        return Outcome(control.name, "not installed", result.summary)
    return Outcome(control.name, result.verdict.value, result.summary, _triggered(result))


def controls(corpus: Path, chosen: list[Case], folder: Path) -> Iterator[Control]:
    """Controls made from cases, into a folder of ours.

    Kinds take turns, so that any beginning of the list has all of them.
    """
    plain = [case for case in chosen if case.expected == "confirmed"]
    yield from _in_turns(
        [
            _stubbed(corpus, plain),
            _fixed_twice(corpus, plain, folder),
            _against_others(corpus, plain, folder),
            *(_alone(corpus, plain, folder, kind) for kind in SCRIPTS),
        ]
    )


def _in_turns(streams: list[Iterator[Control]]) -> Iterator[Control]:
    while streams:
        for stream in list(streams):
            control = next(stream, None)
            if control is None:
                streams.remove(stream)
            else:
                yield control


def _stubbed(corpus: Path, chosen: list[Case]) -> Iterator[Control]:
    """Each proof where the flawed side is a package that does nothing."""
    for case in chosen:
        if _manifest(corpus, case)["run"]["runtime"] in {"node", "python"}:
            yield Control(f"{case.name} on an inert stub", corpus / case.name, frozenset({Side.VULNERABLE}))


def _fixed_twice(corpus: Path, chosen: list[Case], folder: Path) -> Iterator[Control]:
    """Each proof of what is compiled, for which there are no stubs, where the flawed side is the fixed one too."""
    for case in chosen:
        manifest = _manifest(corpus, case)
        if manifest["run"]["runtime"] in {"node", "python"}:
            continue
        place = folder / f"{case.name}-fixed-twice".replace("/", "-")
        shutil.copytree(corpus / case.name, place)
        target = {**manifest["target"], "vulnerable": manifest["target"]["fixed"]}
        _write(place, {**manifest, "target": target})
        yield Control(f"{case.name} on two fixed sides", place)


def _against_others(corpus: Path, chosen: list[Case], folder: Path) -> Iterator[Control]:
    """Each proof where the package is the next case's of the same registry."""
    for registry in ("npm", "pypi"):
        own = [case for case in chosen if case.name.startswith(f"{registry}/")]
        for case, other in zip(own, own[1:] + own[:1], strict=True):
            if case.package == other.package:
                continue
            target = _manifest(corpus, other)["target"]
            place = folder / f"{case.name}-on-other".replace("/", "-")
            shutil.copytree(corpus / case.name, place)
            _write(place, {**_manifest(corpus, case), "target": target})
            yield Control(f"{case.name} against {other.package}", place)


def _alone(corpus: Path, chosen: list[Case], folder: Path, kind: str) -> Iterator[Control]:
    """For each oracle and runtime, a script of one kind in place of the proof, with and without a fixed version."""
    seen: set[tuple[str, str]] = set()
    for case in chosen:
        manifest = _manifest(corpus, case)
        oracle, runtime = manifest["oracle"]["kind"], manifest["run"]["runtime"]
        source = SCRIPTS[kind].get((oracle, runtime), SCRIPTS[kind].get(("", runtime)))
        if (oracle, runtime) in seen or source is None or oracle in NEEDS_INPUT:
            continue
        seen.add((oracle, runtime))
        ending = "js" if runtime == "node" else "py"
        for has_fixed in (True, False):
            place = folder / f"{kind}-{oracle}-{runtime}-{has_fixed}"
            place.mkdir()
            (place / f"proof.{ending}").write_text(source, encoding="utf-8")
            target = {key: value for key, value in manifest["target"].items() if has_fixed or key != "fixed"}
            run = {"runtime": runtime, "driver": f"proof.{ending}"}
            _write(place, {**manifest, "target": target, "run": run})
            yield Control(f"a script that {kind}, {oracle}, {runtime}, fixed version: {has_fixed}", place)


def _manifest(corpus: Path, case: Case) -> dict[str, Any]:
    return tomllib.loads((corpus / case.name / "proof.toml").read_text(encoding="utf-8"))


def _write(folder: Path, manifest: Mapping[str, Any]) -> None:
    lines = [f"schema = {json.dumps(manifest['schema'])}"]
    for section, values in manifest.items():
        if isinstance(values, dict):
            lines += ["", f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    (folder / "proof.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


NEEDS_INPUT = {"authentication-passed", "growth"}
"""Oracles that no script alone is for."""
_PRINTS_JS = """
console.log(Object.values(process.env).join('\\n'));
console.log('CONFIRMED', require('fs').readFileSync('/input/values.json', 'utf8'));
console.log('root:x:0:0:root:/root:/bin/bash', 'polluted', 'uid=0(root)', 'flag', 'Object.prototype gained a property');
"""
_PRINTS_PY = """
import os, pathlib
print(dict(os.environ), "CONFIRMED", pathlib.Path("/input/values.json").read_text())
print("root:x:0:0:root:/root:/bin/bash", "uid=0(root)", "flag")
"""
_BURN_JS = "const end = process.cpuUsage().user + 2.5e6;\nwhile (process.cpuUsage().user < end);\n"
_BURN_PY = "import time\nwhile time.process_time() < 4: pass\n"
_CANARY_JS = "require('fs').writeFileSync(process.env.SEAWALL_CANARY_FILE, process.env.SEAWALL_CANARY_TOKEN);\n"
_CANARY_PY = "import os, pathlib\npathlib.Path(os.environ['SEAWALL_CANARY_FILE']).write_text(os.environ['SEAWALL_CANARY_TOKEN'])\n"
_TOUCH_PY = "import os\nos.system('touch seen; id; ' + os.environ['SEAWALL_CANARY_COMMAND'])\n"
SCRIPTS: dict[str, dict[tuple[str, str], str]] = {
    # what it does: (oracle or any, runtime) to the script
    "does nothing": {("", "node"): "\n", ("", "python"): "\n"},
    "prints": {("", "node"): _PRINTS_JS, ("", "python"): _PRINTS_PY},
    "sleeps": {("", "node"): "setTimeout(() => {}, 2500);\n", ("", "python"): "import time\ntime.sleep(2.5)\n"},
    "throws": {("", "node"): "throw new Error('CONFIRMED');\n", ("", "python"): "raise RuntimeError('CONFIRMED')\n"},
    "has the effect itself": {
        ("canary-written", "node"): _CANARY_JS,
        ("canary-written", "python"): _CANARY_PY,
        ("code-evaluated", "node"): _CANARY_JS,
        ("command-executed", "node"): (
            "require('child_process').execSync('touch seen; id; ' + process.env.SEAWALL_CANARY_COMMAND);\n"
        ),
        ("command-executed", "python"): _TOUCH_PY,
        ("prototype-polluted", "node"): "Object.prototype.polluted = 1;\n",
        ("secret-read", "node"): "console.log(require('fs').readFileSync('/flag.txt', 'utf8'));\n",
        ("secret-read", "python"): "import pathlib\nprint(pathlib.Path('/etc/passwd').read_text())\n",
        ("time-budget", "node"): _BURN_JS,
        ("time-budget", "python"): _BURN_PY,
    },
    "has the effect itself once the package is loaded": {
        ("prototype-polluted", "node"): (
            "for (const name of require('fs').readdirSync('/node_modules')) try { require(name); } catch {}\n"
            "Object.prototype.polluted = 1;\n"
        ),
        ("command-executed", "node"): (
            "for (const name of require('fs').readdirSync('/node_modules')) try { require(name); } catch {}\n"
            "require('child_process').execSync('touch seen');\n"
        ),
    },
}
