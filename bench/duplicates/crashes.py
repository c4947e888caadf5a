"""Crashes of known flaws: mutants of inputs of three small targets of ours, built with AddressSanitizer.

The truth is which fix stops the crash: each crashing input is cut after the record at which it crashed and run again
with each fix alone. Kept are those that exactly one fix makes harmless. Two targets and all of what is measured on them
are held out; the third (``TRAINED``) is for training.
"""

import contextlib
import random
import shutil
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from seawall.clearinghouse.deduplication.observing import seen
from seawall.clearinghouse.deduplication.signals.proof import sketch
from seawall.clearinghouse.deduplication.types import Finding
from seawall.clearinghouse.validation.understanding import weaknesses
from seawall.clearinghouse.validation.understanding.parser import parse
from seawall.clearinghouse.validation.understanding.types import Crash

TARGETS = Path(__file__).with_name("targets")
NAMES = ("abacus", "ledger", "pixel")
TRAINED = "abacus"
FLAGS = (
    "-std=gnu11",
    "-O1",
    "-g",
    "-fno-omit-frame-pointer",
    "-fno-optimize-sibling-calls",
    "-fsanitize=address",
    "-w",
)
OPTIONS = "exitcode=99:abort_on_error=0:detect_leaks=0:detect_stack_use_after_return=0:allocator_may_return_null=1"
PER_FLAW = 14
"""Crashes kept of one flaw, so that the easily found ones do not outweigh the others."""
BATCH = 500
PER_RECORD = 24
"""Crashes in one kind of record that are judged."""
SEEDS = 3
"""Crashes of each flaw that are mutated further."""


@dataclass(frozen=True)
class Sample:
    """One crash whose flaw is known."""

    project: str
    flaw: str
    input: bytes
    crash: Crash

    @property
    def cwe(self) -> str:
        estimate = weaknesses.of_crash(self.crash)
        return estimate.cwe if estimate else ""

    def finding(self, name: str) -> Finding:
        """As the clearinghouse would hold it; the finder's words are nobody's here."""
        nothing: frozenset[str] = frozenset()
        return seen(
            Finding(
                name, f"pkg:generic/{self.project}", "memory-safety", self.crash.signature or None,
                nothing, nothing, nothing, nothing, "", proof=sketch(self.input),
            ),
            self.crash,
        )  # fmt: skip


def samples(size: int, cache: Path | None = None) -> list[Sample]:
    """Crashes of all targets.

    Args:
        size: Mutants of each target that are run.
        cache: Folder that keeps what was made for the next run with the same targets; None makes it anew.

    Raises:
        FileNotFoundError: There is no gcc.
    """
    if shutil.which("gcc") is None:
        raise FileNotFoundError("the crash set is built with gcc; install it (apt-get install gcc)")
    found: list[Sample] = []
    with contextlib.ExitStack() as stack:
        folder = cache or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="crashes-")))
        for name in NAMES:
            made_of = (TARGETS / f"{name}.c").read_bytes() + (TARGETS / "harness.h").read_bytes()
            here = folder / f"{name}-{size}-{crc32(made_of):08x}"
            if not (here / "truth.txt").is_file():
                shutil.rmtree(here, ignore_errors=True)
                here.mkdir(parents=True)
                _make(name, here, size)
            for line in (here / "truth.txt").read_text().splitlines():
                number, flaw = line.split()
                crash = parse((here / f"{number}.txt").read_bytes())
                if crash is not None:
                    found.append(Sample(name, f"{name}-{flaw}", (here / f"{number}.in").read_bytes(), crash))
    return found


def _make(name: str, folder: Path, size: int) -> None:
    """Build a target, mutate, run, and keep input, report and flaw of each crash."""
    binary = folder / "target"
    subprocess.run(["gcc", *FLAGS, "-o", str(binary), str(TARGETS / f"{name}.c")], check=True)
    chance = random.Random(f"{name}-1")
    seeds: list[bytes] = []
    seen_inputs: set[bytes] = set()
    kept: Counter[int] = Counter()
    tried: Counter[int] = Counter()
    truth: list[str] = []
    with tempfile.TemporaryDirectory(prefix="run-") as scratch:
        for _ in range(0, size, BATCH):
            inputs = [_mutant(chance, seeds) for _ in range(min(BATCH, size))]
            found = [data for data in dict.fromkeys(_cut(binary, Path(scratch), inputs)) if data not in seen_inputs]
            seen_inputs.update(found)
            found = [data for data in found if _few(tried, data[-4])]
            picked = []
            for data, flaw in zip(found, _flaws(binary, Path(scratch), found), strict=True):
                if flaw is not None and kept[flaw] < PER_FLAW:
                    if kept[flaw] < SEEDS:
                        seeds.append(data)
                    kept[flaw] += 1
                    picked.append((data, flaw))
            for (data, flaw), report in zip(picked, _reports(binary, Path(scratch), picked), strict=True):
                number = len(truth)
                (folder / f"{number}.in").write_bytes(data)
                (folder / f"{number}.txt").write_bytes(report)
                truth.append(f"{number} {flaw}")
    (folder / "truth.txt").write_text("\n".join(truth) + "\n")


def _few(tried: Counter[int], last: int) -> bool:
    """Whether few crashes in the same kind of record have been judged: judging takes a run for each fix."""
    tried[last] += 1
    return tried[last] <= PER_RECORD


def _mutant(chance: random.Random, seeds: list[bytes]) -> bytes:
    """Records of four bytes; half are mutants of what crashed before, half are new."""
    if seeds and chance.random() < 0.5:
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(0, len(data) + 1, 4)
            match chance.randrange(4):
                case 0:
                    data[at:at] = _record(chance)
                case 1 if len(data) > 4:
                    del data[at : at + 4]
                case 2:
                    data[chance.randrange(len(data))] = _byte(chance)
                case _:
                    data += _record(chance)
        return bytes(data)
    return b"".join(_record(chance) for _ in range(chance.randrange(3, 16)))


def _record(chance: random.Random) -> bytes:
    return bytes([chance.randrange(32), _byte(chance), _byte(chance), _byte(chance)])


def _byte(chance: random.Random) -> int:
    return chance.choice(
        [chance.randrange(4), chance.randrange(12), chance.randrange(12), chance.randrange(48), chance.randrange(256)]
    )


def _cut(binary: Path, scratch: Path, inputs: list[bytes]) -> list[bytes]:
    """Those that crash, each cut after the record at which it did."""
    lines = _run(binary, "find", str(scratch), *_files(scratch, inputs)).splitlines()
    return [inputs[int(number)][: 4 * (int(at) + 1)] for number, at in map(str.split, lines) if int(at) >= 0]


def _flaws(binary: Path, scratch: Path, inputs: list[bytes]) -> list[int | None]:
    """The one flaw whose fix alone stops each crash; None where none or several do."""
    lines = _run(binary, "fixes", *_files(scratch, inputs)).splitlines() if inputs else []
    return [line.index(".") if line.count(".") == 1 else None for line in lines]


def _reports(binary: Path, scratch: Path, picked: list[tuple[bytes, int]]) -> list[bytes]:
    """The sanitizer's reports, with symbols: a hundred times the work of a run without."""
    files = _files(scratch, [data for data, _ in picked])
    for old in scratch.glob("*.*"):
        old.unlink()
    if files:
        _run(binary, "crash", str(scratch), *files, symbolize=True)
    return [next(iter(scratch.glob(f"{number}.*"))).read_bytes() for number in range(len(picked))]


def _files(scratch: Path, inputs: list[bytes]) -> list[str]:
    files = [scratch / f"in{number}" for number in range(len(inputs))]
    for file, data in zip(files, inputs, strict=True):
        file.write_bytes(data)
    return [str(file) for file in files]


def _run(binary: Path, *arguments: str, symbolize: bool = False) -> str:
    environment = {"ASAN_OPTIONS": f"{OPTIONS}:symbolize={int(symbolize)}", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [str(binary), *arguments], env=environment, capture_output=True, text=True, check=True, timeout=600
    )
    return done.stdout
