"""Which changed places a run reaches, on a build of the patched target that tells.

Python: the changed files with a mark at each changed place, put there by our own program in the sandbox. JavaScript: V8's own
coverage (``NODE_V8_COVERAGE``). C: gcov. Runs for coverage are never judged, and what is reached could be forged by the patched
code itself, as everything that a program says of itself: it only ever adds to what the runs have shown.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from seawall.clearinghouse.validation import interpreters, plainfiles
from seawall.clearinghouse.validation.patches import building
from seawall.clearinghouse.validation.patches.building import INSIDE, PatchedBuild
from seawall.clearinghouse.validation.patches.types import Applied, ChangedFile, Place
from seawall.clearinghouse.validation.sandboxes.interface import Mount, Provider, RunLimits, RunSpec
from seawall.clearinghouse.validation.targets.interface import Built
from seawall.clearinghouse.validation.types import Runtime

REPORT_MAX = 32 * 2**20
"""Bytes of what one run says of its coverage."""
PLACES_MAX = 2_000
_LIMITS = RunLimits(wall_s=30.0, cpu_s=20.0)
_GCOV = RunLimits(wall_s=30.0, cpu_s=20.0, memory_bytes=2**30)

Reached = Callable[[Path], frozenset[int]]


@dataclass(frozen=True)
class Tracked:
    """A build that tells which changed places are reached."""

    built: Built
    places: tuple[tuple[str, Place], ...]
    """Those that code can be reached at, numbered by their order; comments and blank lines are none."""
    env: dict[str, str] = field(default_factory=dict)
    """More for a run's environment."""
    read: Reached = lambda _report: frozenset()
    """The places that one run reached, from its folder for reports."""


def tracked(done: PatchedBuild, applied: Applied, scratch: Path, sandbox: Provider) -> Tracked | None:
    """A tracking build of a patched target; None where nothing in it can be tracked.

    Args:
        done: The patched target.
        applied: What was changed.
        scratch: A folder that is not there yet, of which the caller takes care.
        sandbox: Where our own tools run.
    """
    runtime = done.bundle.manifest.runtime
    places = tuple((file.path, place) for file in applied.files for place in _code_places(file, runtime))[:PLACES_MAX]
    if not places:
        return None
    if runtime is Runtime.PYTHON:
        return _python(done, places, scratch, sandbox)
    if runtime is Runtime.NODE:
        return _node(done, applied, places)
    return _native(done, places, scratch, sandbox) if runtime is Runtime.NATIVE else None


def _code_places(file: ChangedFile, runtime: Runtime) -> list[Place]:
    """Places of a file whose new lines hold more than comments; seams are kept."""
    ending = {Runtime.PYTHON: (".py",), Runtime.NODE: (".js", ".cjs", ".mjs")}.get(runtime, (".c", ".h"))
    if file.after is None or not file.path.endswith(ending):
        return []
    lines = file.after.decode("utf-8", "replace").split("\n")
    marks = ("#",) if runtime is Runtime.PYTHON else ("//", "/*", "*", "#", "}", "{")
    return [
        place
        for place in file.places
        if place.last < place.first
        or any(line.strip() and not line.strip().startswith(marks) for line in lines[place.first - 1 : place.last])
    ]


def _python(
    done: PatchedBuild, places: tuple[tuple[str, Place], ...], scratch: Path, sandbox: Provider
) -> Tracked | None:
    shutil.copytree(done.built.folder, scratch, symlinks=True, copy_function=building.link)
    root = scratch / done.root.relative_to(done.built.folder)
    program, mounts = interpreters.python()
    order: list[int] = []
    for path in dict.fromkeys(path for path, _ in places):
        mine = [number for number, (other, _) in enumerate(places) if other == path]
        spans = ",".join(f"{places[number][1].first}-{places[number][1].last}" for number in mine)
        out = scratch / f"marked-{len(order)}"
        out.mkdir()
        evidence = sandbox.run(
            RunSpec(
                argv=(
                    program, "-I", "-S", "/inside/look.py", "probe", f"/patched/{path}", "/out/marked.py", spans, str(len(order)),
                ),
                mounts=(*mounts, Mount(done.root, "/patched"), Mount(INSIDE, "/inside"), Mount(out, "/out", writable=True)),
                cwd="/out",
                env=building.python_env(program),
                limits=_LIMITS,
            )
        )  # fmt: skip
        text = plainfiles.read(out / "marked.py", REPORT_MAX)
        if evidence.exit_code != 0 or text is None:
            return None
        (root / path).unlink()
        (root / path).write_bytes(text)
        order += mine

    def read(report: Path) -> frozenset[int]:
        said = plainfiles.read(report / "reached", REPORT_MAX) or b""
        marks = {int(word) for word in said.split()[: 10 * PLACES_MAX] if word.isdigit() and len(word) < 8}  # noqa: PLR2004 - digits of a place
        return frozenset(order[mark] for mark in marks if mark < len(order))

    return Tracked(Built(scratch, done.built.facts), places, read=read)


def _node(done: PatchedBuild, applied: Applied, places: tuple[tuple[str, Place], ...]) -> Tracked:
    texts = {file.path: (file.after or b"").decode("utf-8", "replace") for file in applied.files}
    inside = f"/node_modules/{done.bundle.manifest.package_name}/"

    def read(report: Path) -> frozenset[int]:
        found: set[int] = set()
        for path in plainfiles.walk(report / "coverage"):
            for entry in _entries(plainfiles.read(path, REPORT_MAX)):
                # A package's own tests ask for it by its place beside them.
                name = str(entry.get("url", "")).removeprefix("file://").removeprefix(inside).removeprefix("/app/")
                if name in texts:
                    ranges = _ranges(entry)
                    mine = [(number, place) for number, (other, place) in enumerate(places) if other == name]
                    found |= {number for number, place in mine if _counted(texts[name], place, ranges)}
        return frozenset(found)

    return Tracked(done.built, places, {"NODE_V8_COVERAGE": "/report/coverage"}, read)


def _entries(raw: bytes | None) -> list[dict[str, object]]:
    try:
        said = json.loads(raw or b"{}")
    except (ValueError, RecursionError):
        return []
    entries = said.get("result") if isinstance(said, dict) else None
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _ranges(entry: dict[str, object]) -> list[tuple[int, int, int]]:
    """Start, end and count of a script's blocks."""
    found = []
    functions = entry.get("functions")
    for function in functions if isinstance(functions, list) else []:
        for one in function.get("ranges", []) if isinstance(function, dict) else []:
            values = [one.get(key) for key in ("startOffset", "endOffset", "count")] if isinstance(one, dict) else []
            start, end, count = (value if isinstance(value, int) else 0 for value in values or (0, 0, 0))
            found.append((start, end, count))
    return found


def _counted(text: str, place: Place, ranges: list[tuple[int, int, int]]) -> bool:
    lines = text.split("\n")
    numbers = range(place.first, place.last + 1) if place.last >= place.first else (place.last, place.first)
    for number in numbers:
        if not 1 <= number <= len(lines) or not lines[number - 1].strip(" \t\r{};)"):
            continue
        line = lines[number - 1]
        at = sum(len(before) + 1 for before in lines[: number - 1]) + len(line) - len(line.lstrip())
        around = [(end - start, count) for start, end, count in ranges if start <= at < end]
        if around and min(around)[1] > 0:
            return True
    return False


def _native(
    done: PatchedBuild, places: tuple[tuple[str, Place], ...], scratch: Path, sandbox: Provider
) -> Tracked | None:
    (scratch / "tree").mkdir(parents=True)
    flags = ("-g", "-O0", "--coverage")
    if not building.compile_flavor(done.bundle, flags, scratch / "tree", sandbox).ok:
        return None
    notes = [path.name for path in (scratch / "tree").glob("*.gcno")]

    def read(report: Path) -> frozenset[int]:
        data = scratch / "data"
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir()
        for name in notes:
            counted = plainfiles.read(report / "target" / name.replace(".gcno", ".gcda"), REPORT_MAX)
            shutil.copy(scratch / "tree" / name, data / name)
            if counted is not None:
                (data / name.replace(".gcno", ".gcda")).write_bytes(counted)
        evidence = sandbox.run(
            RunSpec(
                argv=("/usr/bin/gcov", "--json-format", "--stdout", *(f"/data/{name}" for name in notes)),
                mounts=(Mount(data, "/data"), Mount(done.root, "/src")),
                cwd="/tmp",  # noqa: S108 - the run's own
                limits=_GCOV,
            )
        )
        counts = _gcov(evidence.stdout)
        return frozenset(
            number
            for number, (path, place) in enumerate(places)
            if _lines_of(place) & counts.get(f"/src/{path}", frozenset())
        )

    return Tracked(
        Built(scratch, done.built.facts), places, {"GCOV_PREFIX": "/report/target", "GCOV_PREFIX_STRIP": "1"}, read
    )


def _lines_of(place: Place) -> frozenset[int]:
    return frozenset(range(min(place.first, place.last), max(place.first, place.last) + 1))


def _gcov(said: bytes) -> dict[str, frozenset[int]]:
    """Lines that were run, by file; one JSON document on each line."""
    found: dict[str, set[int]] = {}
    for line in said.splitlines():
        try:
            document = json.loads(line)
        except (ValueError, RecursionError):
            continue
        for file in document.get("files", []) if isinstance(document, dict) else []:
            lines = {entry["line_number"] for entry in file.get("lines", []) if entry.get("count", 0) > 0}
            found.setdefault(str(file.get("file")), set()).update(lines)
    return {name: frozenset(lines) for name, lines in found.items()}
