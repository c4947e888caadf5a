"""Who is affected: building a snapshot, checking one inventory, matching a whole estate.

    python bench/matching.py --size 1000000

Advisories and components are made up, always the same: 20,000 packages of eight ecosystems with 148,000 ranges, and ``size``
components, of which half are of packages that no advisory names, the rest spread so that a few versions are everywhere and
most are rare. Each part runs in a process of its own, whose memory is what the kernel says it was at most.

Held against, in the same run and on the same rows:
  (a) a loop over the components, each compared with each range of its package by the ecosystem's own library (packaging,
      semantic-version; univers where a language has none for Python), on ``loop_rows`` of them, because it is slow;
  (b) the same by univers alone;
  (c) the limit: DuckDB joins the same components with the answers, known beforehand, and writes the same rows.

The last line is one JSON object:
    size, rows                    components; pairs of a component and an advisory
    distinct                      package versions among them that an advisory's package has
    build_s, build_mb             148,000 ranges from an OSV archive to a snapshot
    snapshot_mb                   of Parquet
    match_s, peak_mb              the estate, opening the engine included
    open_s, keys_s                of which opening it; making keys in Python and finding what covers them
    limit_s, ratio_limit          (c); ours / (c)
    loop_rows, loop_s             (a) on so many components
    ratio_loop                    (a) / ours, both per component
    univers_s, ratio_univers      (b) likewise
    same                          whether (a) and ours found the same pairs on the looped components
    check_1k_s, check_1k_mb       ``seawall check`` of 1,000 components, the whole process, median of 5
    start_s                       ``seawall check --help``, median of 5
"""

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PACKAGES = 20_000
LOOP_ROWS = 4_000
ECOSYSTEMS = ("PyPI", "npm", "Go", "crates.io", "RubyGems", "NuGet", "Maven", "Debian:12")
_SEMVER = {"npm", "Go", "crates.io", "NuGet", "Maven", "RubyGems"}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=100_000, help="components")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.part:
        print(json.dumps(PARTS[arguments.part](arguments.folder, arguments.size)))
        return
    if arguments.size < 1_000:
        parser.error("--size is at least 1000")
    with tempfile.TemporaryDirectory(prefix="seawall-bench-") as folder:
        print(json.dumps(run(Path(folder), arguments.size)))


def run(folder: Path, size: int) -> dict[str, Any]:
    """All parts, and what they say together."""
    write_advisories(folder / "osv.zip")
    said = {name: part(name, folder, size) for name in ("build", "components", "match", "limit", "loop", "univers")}
    checked = [part("check", folder, size) for _ in range(5)]
    started = [timed([seawall(), "check", "--help"]) for _ in range(5)]
    match, loop, univers = said["match"], said["loop"], said["univers"]
    per_row = match["s"] / size
    return {
        "size": size,
        "rows": match["rows"],
        "distinct": match["distinct"],
        "build_s": round(said["build"]["s"], 2),
        "build_mb": said["build"]["mb"],
        "snapshot_mb": said["build"]["snapshot_mb"],
        "ranges": said["build"]["ranges"],
        "match_s": round(match["s"], 2),
        "peak_mb": match["mb"],
        "open_s": round(match["open_s"], 2),
        "keys_s": round(match["keys_s"], 2),
        "limit_s": round(said["limit"]["s"], 2),
        "ratio_limit": round(match["s"] / said["limit"]["s"], 2),
        "loop_rows": loop["rows"],
        "loop_s": round(loop["s"], 2),
        "ratio_loop": round(loop["s"] / loop["rows"] / per_row, 1),
        "univers_s": round(univers["s"], 2),
        "ratio_univers": round(univers["s"] / univers["rows"] / per_row, 1),
        "same": loop["same"],
        "check_1k_s": round(statistics.median(one["s"] for one in checked), 3),
        "check_1k_mb": round(statistics.median(one["mb"] for one in checked)),
        "start_s": round(statistics.median(started), 3),
    }


def part(name: str, folder: Path, size: int) -> dict[str, Any]:
    """One part in a process of its own."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    words = [sys.executable, __file__, "--part", name, "--folder", str(folder), "--size", str(size)]
    done = subprocess.run(words, stdout=subprocess.PIPE, check=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def peak_mb(who: int = resource.RUSAGE_SELF) -> int:
    """Most memory at one time, MB."""
    return resource.getrusage(who).ru_maxrss // 1024


def timed(words: list[str]) -> float:
    """Seconds that a command takes."""
    began = time.perf_counter()
    subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - began


def seawall() -> str:
    """The command beside this interpreter."""
    return str(Path(sys.executable).parent / "seawall")


# --- what is made up ------------------------------------------------------------------------------


def package_name(ecosystem: str, number: int) -> str:
    """A name in its ecosystem's manner."""
    return {"Go": f"example.org/m{number}", "Maven": f"org.example:m{number}"}.get(ecosystem, f"m{number}")


def version(ecosystem: str, chance: random.Random) -> str:
    """A version in its ecosystem's manner."""
    text = f"{chance.randrange(12)}.{chance.randrange(20)}.{chance.randrange(20)}"
    if ecosystem == "Debian:12":
        return f"{text}-{chance.randrange(1, 6)}+deb12u{chance.randrange(1, 9)}"
    if ecosystem == "PyPI" and chance.random() < 0.05:
        return f"{text}rc{chance.randrange(1, 4)}"
    if ecosystem in {"npm", "crates.io"} and chance.random() < 0.05:
        return f"{text}-rc.{chance.randrange(1, 4)}"
    return text


def write_advisories(path: Path) -> None:
    """An OSV archive with about 148,000 ranges."""
    chance = random.Random(7)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(PACKAGES):
            ecosystem = ECOSYSTEMS[number % len(ECOSYSTEMS)]
            name = package_name(ecosystem, number)
            for advisory in range(chance.choice((1, 1, 2, 3, 4, 6))):
                events: list[list[dict[str, str]]] = []
                for _ in range(chance.choice((1, 1, 2, 3, 6))):
                    low, high = version(ecosystem, chance), version(ecosystem, chance)
                    start = "0" if chance.random() < 0.5 else low
                    events.append([{"introduced": start}, {"fixed": high}])
                record = {
                    "id": f"BENCH-{number}-{advisory}",
                    "modified": "2026-01-01T00:00:00Z",
                    "summary": f"Made up for a benchmark, number {number}",
                    "affected": [
                        {
                            "package": {"ecosystem": ecosystem, "name": name},
                            "ranges": [{"type": "ECOSYSTEM", "events": pair} for pair in events],
                        }
                    ],
                }
                archive.writestr(f"{record['id']}.json", json.dumps(record))


def versions_of(chance: random.Random) -> Iterator[tuple[str, str, str]]:
    """300,000 package versions, half of them of packages that no advisory names."""
    for number in range(2 * PACKAGES):
        ecosystem = ECOSYSTEMS[number % len(ECOSYSTEMS)]
        for text in sorted({version(ecosystem, chance) for _ in range(chance.choice((2, 5, 8, 15)))}):
            yield ecosystem, package_name(ecosystem, number), text


# --- the parts ------------------------------------------------------------------------------------


def build(folder: Path, _size: int) -> dict[str, Any]:
    from seawall.clearinghouse.matching.snapshot import builder, files, lookup

    began = time.perf_counter()
    made = files.write(builder.build([builder.Source(folder / "osv.zip")]), folder / "snapshot")
    lookup.make(made, made.folder / lookup.INDEX)
    spent = time.perf_counter() - began
    size = sum(path.stat().st_size for path in made.folder.glob("*.parquet"))
    return {"s": spent, "mb": peak_mb(), "snapshot_mb": round(size / 2**20, 1), "ranges": made.manifest["ranges"]}


def components(folder: Path, size: int) -> dict[str, Any]:
    """``size`` components as Parquet: which version one has follows a power law."""
    import duckdb

    rows = list(versions_of(random.Random(11)))
    random.Random(13).shuffle(rows)
    path = folder / "versions.csv"
    path.write_text("".join(f"{number},{','.join(row)}\n" for number, row in enumerate(rows)), encoding="utf-8")
    connection = duckdb.connect(config={"threads": 2})
    connection.execute(
        f"CREATE TABLE versions AS FROM read_csv('{path}', header = false,"
        " columns = {number: 'INTEGER', ecosystem: 'VARCHAR', package: 'VARCHAR', version: 'VARCHAR'})"
    )
    # A third of all components are of the first hundredth of the versions; the hash makes the same choice in every run.
    connection.execute(
        f"COPY (SELECT id, ecosystem, package, version FROM (SELECT range AS id,"
        f" floor(power((hash(range) % 1000000007) / 1000000007.0, 4) * {len(rows)})::INTEGER AS number"
        f" FROM range({size})) JOIN versions USING (number)) TO '{folder / 'components.parquet'}' (FORMAT parquet)"
    )
    return {"versions": len(rows)}


def match(folder: Path, _size: int) -> dict[str, Any]:
    from seawall.clearinghouse.matching.engines.columnar import Columnar
    from seawall.clearinghouse.matching.snapshot.folder import load

    began = time.perf_counter()
    with Columnar(load(folder / "snapshot"), shared=folder) as engine:
        opened = time.perf_counter() - began
        swept = engine.sweep(folder / "components.parquet", folder / "findings.parquet")
    spent = time.perf_counter() - began
    return {
        "s": spent,
        "mb": peak_mb(),
        "rows": swept.findings,
        "distinct": swept.distinct,
        "open_s": opened,
        "keys_s": swept.keys_s,
    }


def limit(folder: Path, _size: int) -> dict[str, Any]:
    """The same rows by one hash join with the answers known beforehand."""
    import duckdb

    connection = duckdb.connect(config={"threads": 2, "preserve_insertion_order": False})
    connection.execute(
        f"CREATE TABLE answers AS SELECT DISTINCT ecosystem, package, version, advisory"
        f" FROM '{folder / 'components.parquet'}' JOIN '{folder / 'findings.parquet'}' USING (id)"
    )
    began = time.perf_counter()
    connection.execute(
        f"COPY (SELECT id, advisory FROM '{folder / 'components.parquet'}' JOIN answers"
        f" USING (ecosystem, package, version)) TO '{folder / 'limit.parquet'}' (FORMAT parquet)"
    )
    spent = time.perf_counter() - began
    counts = [
        connection.execute(f"SELECT count(*) FROM '{folder / name}.parquet'").fetchone()
        for name in ("limit", "findings")
    ]
    if counts[0] != counts[1]:
        raise SystemExit(f"the limit has {counts[0]} rows and ours {counts[1]}")
    return {"s": spent}


def _sample(folder: Path) -> tuple[list[tuple[int, str, str, str]], dict[tuple[str, str], list[tuple[int, Any]]]]:
    """Components for the loops, and every package's ranges with their advisories."""
    import duckdb

    from seawall.clearinghouse.matching.snapshot.files import ranges_of
    from seawall.clearinghouse.matching.snapshot.folder import load

    ranges: dict[tuple[str, str], list[tuple[int, Any]]] = defaultdict(list)
    for _, package, advisory, bound in ranges_of(load(folder / "snapshot")):
        ranges[package.ecosystem, package.name].append((advisory, bound))
    rows = (
        duckdb.connect()
        .execute(
            f"SELECT id, ecosystem, package, version FROM '{folder / 'components.parquet'}' WHERE id < {LOOP_ROWS}"
        )
        .fetchall()
    )
    return rows, ranges


def _looped(folder: Path, parse: Callable[[str], Callable[[str], Any]]) -> dict[str, Any]:
    """Each component with each range of its package, the way peers do it: parse, compare, next."""
    import duckdb

    rows, ranges = _sample(folder)
    found: set[tuple[int, int]] = set()
    began = time.perf_counter()
    for number, ecosystem, package, text in rows:
        kind = parse(ecosystem)
        for advisory, bound in ranges.get((ecosystem, package), ()):
            here = kind(text)
            if bound.introduced != "0" and here < kind(bound.introduced):
                continue
            if bound.fixed is None or here < kind(bound.fixed):
                found.add((number, advisory))
    spent = time.perf_counter() - began
    ours = set(
        duckdb.connect()
        .execute(f"SELECT id, advisory FROM '{folder / 'findings.parquet'}' WHERE id < {LOOP_ROWS}")
        .fetchall()
    )
    return {"s": spent, "rows": len(rows), "same": found == ours}


def loop(folder: Path, _size: int) -> dict[str, Any]:
    import semantic_version
    from packaging.version import Version

    kinds = _univers_kinds()
    kinds["PyPI"] = Version
    for name in ("npm", "Go", "crates.io"):
        kinds[name] = semantic_version.Version
    return _looped(folder, kinds.__getitem__)


def univers(folder: Path, _size: int) -> dict[str, Any]:
    return _looped(folder, _univers_kinds().__getitem__)


def _univers_kinds() -> dict[str, Callable[[str], Any]]:
    from univers import versions

    return {
        "PyPI": versions.PypiVersion,
        "npm": versions.SemverVersion,
        "Go": versions.GolangVersion,
        "crates.io": versions.SemverVersion,
        "RubyGems": versions.RubygemsVersion,
        "NuGet": versions.NugetVersion,
        "Maven": versions.MavenVersion,
        "Debian:12": versions.DebianVersion,
    }


def check(folder: Path, _size: int) -> dict[str, Any]:
    """``seawall check`` of 1,000 components, half of them of packages with advisories."""
    purls = {"PyPI": "pypi", "npm": "npm", "Go": "golang", "crates.io": "cargo", "RubyGems": "gem", "NuGet": "nuget"}
    chosen = [row for row in versions_of(random.Random(11)) if row[0] in purls]
    random.Random(17).shuffle(chosen)
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "components": [
            {"type": "library", "name": package, "version": text, "purl": f"pkg:{purls[ecosystem]}/{package}@{text}"}
            for ecosystem, package, text in chosen[:1000]
        ],
    }
    path = folder / "thousand.cdx.json"
    path.write_text(json.dumps(bom), encoding="utf-8")
    words = [seawall(), "check", str(path), "--snapshot", str(folder / "snapshot"), "--fail-on", "never"]
    began = time.perf_counter()
    subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
    return {"s": time.perf_counter() - began, "mb": peak_mb(resource.RUSAGE_CHILDREN)}


PARTS: dict[str, Callable[[Path, int], dict[str, Any]]] = {
    "build": build,
    "components": components,
    "match": match,
    "limit": limit,
    "loop": loop,
    "univers": univers,
    "check": check,
}


if __name__ == "__main__":
    main()
