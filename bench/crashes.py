"""How well and how fast crash reports are understood: one JSON line.

    python bench/crashes.py --size 64

``right`` and ``total`` count states against ClusterFuzz's own expectations (../shared/data/crash-stacks.tar.xz);
``per_s`` and ``mb`` are reports a second and megabytes a second over them; ``big_s`` is the time of one report of
``--size`` MiB, a million frames long where it fits.
"""

import argparse
import json
import re
import sys
import tarfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from seawall.clearinghouse.validation.understanding.parser import parse

ARCHIVE = Path(__file__).parents[2] / "shared" / "data" / "crash-stacks.tar.xz"
ONLY_IF_ASKED = {
    "out-of-memory": "REPORT_OOMS_AND_HANGS", "timeout": "REPORT_OOMS_AND_HANGS", "runtime-assert": "DETECT_V8_RUNTIME_ERRORS"
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=16, help="MiB of the one big report")
    size = parser.parse_args().size
    figures: dict[str, float | int | str] = {}
    if ARCHIVE.is_file():
        figures |= agreement()
    head = "==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x602 at pc 0x1\nREAD of size 4 at 0x602 thread T0\n"
    frame = "    #{0} 0x{0:x} in pier::f{0}<int>(int) /src/pier.cc:{0}:3\n"
    count = min(1_000_000, size * 2**20 // 70)
    big = (head + "".join(frame.format(number) for number in range(count))).encode().ljust(size * 2**20, b"\n")
    start = time.perf_counter()
    crash = parse(big)
    figures |= {"big_s": round(time.perf_counter() - start, 2), "big_mib": size, "big_frames": count}
    figures["big_kind"] = crash.kind if crash else ""
    print(json.dumps(figures))


def agreement() -> dict[str, float | int | str]:
    with tarfile.open(ARCHIVE) as archive:
        reports = {
            Path(member.name).name: file.read()
            for member in archive
            if member.isfile() and (file := archive.extractfile(member)) is not None
        }
    right = total = size = 0
    spent = 0.0
    for entry in json.loads(reports["expected.json"]):
        wanted = entry.get("expected_state")
        if wanted is None:
            continue
        environment = dict(re.findall(r"os\.environ\['(\w+)'\] = '(.*?)'", " ".join(entry["environ"])))
        if environment.get("TASK_NAME") == "analyze":
            environment["DETECT_V8_RUNTIME_ERRORS"] = "True"
        start = time.perf_counter()
        crash = parse(reports[entry["file"]], target=environment.get("FUZZ_TARGET", ""))
        spent += time.perf_counter() - start
        asked = crash is not None and (crash.kind not in ONLY_IF_ASKED or ONLY_IF_ASKED[crash.kind] in environment)
        right += (list(crash.state) if crash and asked else []) == [line for line in wanted.split("\n") if line]
        total += 1
        size += len(reports[entry["file"]])
    return {"right": right, "total": total, "per_s": round(total / spent), "mb": round(size / spent / 1e6, 1)}


if __name__ == "__main__":
    main()
