"""Proofs in the sandbox against bare processes: what a start costs, the contract, and each proof of the demonstration.

    python bench/validation.py --size 50
    python bench/validation.py --corpus corpus --cache targets

A run is a program that does nothing (/bin/true), so its time is the sandbox's alone. The limit is the same program as a
bare child of this process, measured in turns with it, because the machine's mood changes. Proofs are run as a worker
runs them, three times on each side, with their packages installed before; those whose registry, compiler or interpreter
is out of reach are left out and named.

With --corpus, proofs for published flaws are judged and held against corpus/manifest.csv, and controls that nothing can
confirm are made from them (bench/corpus.py); --size then also says how many cases at most. --cache keeps what was installed,
so that a second time needs no registry.

The last line is one JSON object:
    size, sandbox                        starts measured; provider and digest of its profile
    start_ms_p50, start_ms_p99           a run under the sandbox
    bare_ms_p50                          the limit: the same program as a bare child
    overhead_ms                          what the sandbox adds
    overhead_oci_ms                      what a container of an OCI runtime adds, where one works here
    overhead_sandlock_ms                 what sandlock adds, where it runs: not as root, and refused for proofs so far
    replays, replays_per_s               runs of a small target's proof, one validation a processor at a time
    cheats, cheats_scored                the red team's set, and those confirmed, which must be none
    contract_s, contract_checks          the whole contract, once after a boot
    replay_s                             seconds by proof; time budgets are waited out on purpose
    replay_runs                          runs behind each of those
    overhead_share                       share of the quick proofs' time that is not their own processor time
    left_out                             proofs that this machine cannot run, with the reason
    cases, installed                     with --corpus: cases taken, and those whose packages could be had
    right, wrong                         verdict and both sides as the manifest says, or not
    explained                            cases that are not plainly confirmed and have a note in the manifest that says why
    controls, controls_confirmed         controls that ran, and those confirmed, which must be none
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import as_file, files
from itertools import islice
from pathlib import Path

import corpus
from seawall.clearinghouse.validation import scratch
from seawall.clearinghouse.validation.errors import Infrastructure, SandboxUnavailable
from seawall.clearinghouse.validation.replay import RUNS, validate
from seawall.clearinghouse.validation.sandboxes.choose import choose
from seawall.clearinghouse.validation.sandboxes.contract import CHECKS, breaches
from seawall.clearinghouse.validation.sandboxes.interface import Provider, RunSpec
from seawall.clearinghouse.validation.sandboxes.oci import Oci
from seawall.clearinghouse.validation.sandboxes.sandlock import Sandlock

NOTHING = "/bin/true"
ROOT = Path(__file__).parent.parent
CHEATS = ROOT / "tests/clearinghouse/validation/test_cheats_score_nothing.py"
SMALL = "tqdm-option-eval"
REPLAYS_PER_START = 4


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, help="starts of the sandbox (50), and cases of the corpus (all)")
    parser.add_argument("--corpus", type=Path, help="folder with manifest.csv and the cases")
    parser.add_argument("--cache", type=Path, help="where installed packages are kept")
    arguments = parser.parse_args()
    if arguments.size is not None and arguments.size < 5:
        parser.error("--size is at least 5")
    starts = arguments.size or 50
    with scratch.folder() as folder:
        cache = arguments.cache or folder / "targets"
        try:
            provider = choose(cache)
        except SandboxUnavailable as error:
            sys.exit(f"nothing to measure: {error}")
        figures = {
            "size": starts,
            "sandbox": provider.profile,
            **measure_starts(provider, starts),
            **measure_contract(provider, folder),
            **measure_proofs(provider, cache),
            **measure_oci(starts),
            **measure_sandlock(starts),
            **measure_throughput(provider, cache, starts * REPLAYS_PER_START),
            **judge_cheats(folder),
        }
        if arguments.corpus:
            figures |= judge_corpus(arguments.corpus, arguments.size, provider, cache, folder)
    print(json.dumps(figures))


def judge_corpus(path: Path, size: int | None, provider: Provider, cache: Path, folder: Path) -> dict[str, int]:
    """Cases against the manifest, and controls."""
    chosen = corpus.cases(path)[:size]
    made = folder / "controls"
    made.mkdir()
    some = list(islice(corpus.controls(path, chosen, made), max(20, 3 * size) if size else None))
    return {
        **corpus.judge_cases(path, chosen, cache, provider),
        **corpus.judge_controls(some, cache, provider),
    }


def measure_starts(provider: Provider, size: int) -> dict[str, float]:
    """A program that does nothing, under the sandbox and bare, in turns."""

    def bare() -> None:
        subprocess.run([NOTHING], stdin=subprocess.PIPE, capture_output=True, check=True)

    def under() -> None:
        provider.run(RunSpec(argv=(NOTHING,), cwd="/tmp"))  # noqa: S108 - inside the sandbox

    bare()
    under()
    times: dict[Callable[[], None], list[float]] = {bare: [], under: []}
    for _ in range(size):
        for what, seen in times.items():
            begun = time.perf_counter()
            what()
            seen.append((time.perf_counter() - begun) * 1000)
    middle = {what: statistics.median(seen) for what, seen in times.items()}
    return {
        "start_ms_p50": round(middle[under], 2),
        "start_ms_p99": round(statistics.quantiles(times[under], n=100, method="inclusive")[98], 2),
        "bare_ms_p50": round(middle[bare], 2),
        "overhead_ms": round(middle[under] - middle[bare], 2),
    }


def measure_oci(size: int) -> dict[str, object]:
    """The same start in a container of an OCI runtime, where one works here."""
    runtime = Oci()
    if reason := runtime.probe():
        return {"overhead_oci_ms": None, "oci_left_out": reason}
    found = measure_starts(runtime, size)
    return {"overhead_oci_ms": found["overhead_ms"], "oci": runtime.profile}


def measure_sandlock(size: int) -> dict[str, object]:
    """The same start under sandlock, where one works here. Its ``missing`` is asked, not its ``probe``: a start is no proof."""
    sandlock = Sandlock()
    if reason := sandlock.missing():
        return {"overhead_sandlock_ms": None, "sandlock_left_out": reason}
    return {"overhead_sandlock_ms": measure_starts(sandlock, size)["overhead_ms"], "sandlock": sandlock.profile}


def measure_throughput(provider: Provider, cache: Path, size: int) -> dict[str, float]:
    """Runs of a small target's proof, one validation a processor at a time, as a fleet's workers make them."""
    workers = os.cpu_count() or 2
    with as_file(files("seawall.demo") / "proofs" / SMALL) as bundle:

        def replay(_: int) -> int:
            result = validate(bundle, cache=cache, sandbox=provider, runs=max(1, size // workers // 2))
            return len(result.runs)

        begun = time.perf_counter()
        with ThreadPoolExecutor(workers) as threads:
            runs = sum(threads.map(replay, range(workers)))
    return {"replays": runs, "replays_per_s": round(runs / (time.perf_counter() - begun), 1)}


def judge_cheats(folder: Path) -> dict[str, int]:
    """The red team's set: how many there are, and how many were confirmed."""
    report = folder / "cheats.xml"
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n0",
        "-m",
        "long or not long",
        f"--junit-xml={report}",
        str(CHEATS),
    ]
    subprocess.run(words, cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
    # Our own pytest wrote it a moment ago.
    cases = [case for case in ET.parse(report).iter("testcase") if "cheat" in case.get("name", "")]  # noqa: S314
    scored = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    return {"cheats": len(cases), "cheats_scored": len(scored)}


def measure_contract(provider: Provider, folder: Path) -> dict[str, float]:
    """Every hostile program once."""
    place = folder / "contract"
    place.mkdir(mode=0o755)
    begun = time.perf_counter()
    found = breaches(provider, place)
    if found:
        sys.exit(f"the sandbox does not hold: {found}")
    return {"contract_s": round(time.perf_counter() - begun, 2), "contract_checks": len(CHECKS)}


def measure_proofs(provider: Provider, cache: Path) -> dict[str, object]:
    """The demonstration's proofs, installed before they are timed."""
    replay_s: dict[str, float] = {}
    left_out: dict[str, str] = {}
    quick_wall = quick_cpu = 0.0
    runs = 0
    with as_file(files("seawall.demo") / "proofs") as proofs:
        for bundle in sorted(path for path in proofs.iterdir() if (path / "proof.toml").exists()):
            try:
                validate(bundle, cache=cache, sandbox=provider, runs=1)
            except Infrastructure as error:
                left_out[bundle.name] = error.detail[:120]
                continue
            begun = time.perf_counter()
            result = validate(bundle, cache=cache, sandbox=provider)
            replay_s[bundle.name] = round(time.perf_counter() - begun, 2)
            runs = len(result.runs)
            if result.oracle != "time-budget":
                quick_wall += replay_s[bundle.name]
                quick_cpu += sum(run.cpu_s or 0.0 for run in result.runs)
            print(f"{bundle.name}: {result.verdict.value} in {replay_s[bundle.name]} s")
    share = round(1 - quick_cpu / quick_wall, 3) if quick_wall else None
    return {
        "replay_s": replay_s,
        "replay_runs": runs or 2 * (1 + RUNS),
        "overhead_share": share,
        "left_out": left_out,
    }


if __name__ == "__main__":
    main()
