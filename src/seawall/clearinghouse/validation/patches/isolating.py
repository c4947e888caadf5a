"""Takes the fix of one flaw out of a release: the fewest changes between two versions that stop the proof.

    found = isolate(Path("proof-of-A"), cache=cache)
    found.diff      # a unified diff against the flawed version, or None
    found.minimal   # no hunk of it can be left out

A release fixes much at once, so that it stops a proof says little of why. What is left after every hunk was tried without
(delta debugging: A. Zeller, R. Hildebrandt, IEEE TSE 28, 2002) is the fix of this flaw alone, in the maintainer's own
lines, and can be asked whether it stops another proof (``judging.stopping``).
"""

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from seawall.clearinghouse.validation import preparing, scratch
from seawall.clearinghouse.validation.errors import BundleError, TargetError
from seawall.clearinghouse.validation.patches import placing, running
from seawall.clearinghouse.validation.patches.errors import PatchDoesNotBuild, PatchRefused
from seawall.clearinghouse.validation.patches.placing import Layout
from seawall.clearinghouse.validation.patches.types import FileChange, Hunk
from seawall.clearinghouse.validation.sandboxes.interface import Provider
from seawall.clearinghouse.validation.types import Runtime, Side

TRIES = 120
"""Candidates that are built and run."""
RUNS = 3
"""Runs of what is left."""
FILE_MAX = 400_000
"""Bytes of a file that is compared; larger ones are made by a bundler."""
LINES_MAX = 12_000
CONTEXT = 1
"""Lines around a change."""
_CODE = (".py", ".js", ".cjs", ".mjs", ".json", ".c", ".h", ".cc", ".cpp", ".hpp", ".ts")

Thing = TypeVar("Thing")
Unit = tuple[str, Hunk | None]
"""A file's path and one of its hunks; None for a file that is new as a whole."""


@dataclass(frozen=True)
class Isolated:
    """The fix of one flaw, as far as it could be told from the rest of its release."""

    diff: bytes | None
    """Against the flawed version; None where none was found."""
    why: str
    hunks: int = 0
    of: int = 0
    """Hunks between the two versions."""
    version: str | None = None
    """Released version that the diff is against; None where the bundle brings its own tree."""
    minimal: bool = False
    """Whether leaving out any one hunk of it lets the proof work again."""


def isolate(
    bundle: Path,
    *,
    cache: Path,
    sandbox: Provider | None = None,
    tries: int = TRIES,
    cancelled: Callable[[], bool] = lambda: False,
) -> Isolated:
    """Find the fewest hunks between the flawed and the fixed side that stop a proof, while its control still passes.

    Args:
        bundle: The proof, with a fixed version or a fixed tree.
        cache: Folder for built targets.
        sandbox: As in ``replay.validate``.
        tries: Candidates at most.
        cancelled: Asked between and during runs.

    Raises:
        Infrastructure: Something of ours failed; try again.
        SandboxUnavailable: No sandbox works here.
        Cancelled: ``cancelled`` said so.
    """
    try:
        with preparing.prepared(bundle, cache=cache, sandbox=sandbox, cancelled=cancelled) as prepared:
            if not prepared.has_fix:
                return Isolated(None, "There is no fixed side to take a fix from.")
            old = placing.layout(prepared.bundle, prepared.replay.built[Side.VULNERABLE])
            units = _units(old, _fixed(prepared, old))
            if not units:
                return Isolated(None, "The two sides do not differ in code of the target.")
            return _search(prepared, old, units, tries)
    except (PatchRefused, BundleError, TargetError) as error:
        return Isolated(None, str(error))


def _fixed(prepared: preparing.Prepared, old: Layout) -> Layout:
    manifest = prepared.bundle.manifest
    if manifest.runtime is Runtime.NATIVE:
        tree = manifest.fixed_tree or ""
        bundle = replace(prepared.bundle, manifest=replace(manifest, vulnerable_tree=tree))
        return placing.layout(bundle, prepared.replay.built[Side.FIXED])
    return replace(placing.layout(prepared.bundle, prepared.replay.built[Side.FIXED]), flat=old.flat)


def _search(prepared: preparing.Prepared, old: Layout, units: list[Unit], tries: int) -> Isolated:
    content = (prepared.bundle.folder / prepared.file).read_bytes()
    left = tries

    def stops(chosen: Sequence[Unit], runs: int = 1) -> bool:
        nonlocal left
        left -= 1
        name = f"candidate-{left}"
        try:
            running.apply_and_build(prepared, _changes(chosen, old), name)
            if running.control_passes(prepared, Side.PATCHED):
                return False
            return running.tried(prepared, Side.PATCHED, content, runs).silent
        except (PatchRefused, PatchDoesNotBuild):
            return False
        finally:
            if (place := prepared.replay.scratch / name).exists():
                scratch.remove(place)

    if not stops(units):
        return Isolated(
            None, "What differs between the two sides' own code does not stop the proof by itself.", 0, len(units)
        )
    # Files first: most of a release has nothing to do with one flaw.
    files = list(dict.fromkeys(path for path, _ in units))
    kept = fewest(
        files, lambda some: stops([unit for unit in units if unit[0] in set(some)]), lambda: left > tries // 3
    )
    few = [unit for unit in units if unit[0] in set(kept)]
    final = fewest(few, stops, lambda: left > 0)
    minimal = left > 0
    if not stops(final, RUNS):
        return Isolated(None, "What was left did not stop the proof every time.", len(final), len(units))
    return Isolated(
        written(_changes(final, old)),
        f"{len(final)} of {len(units)} hunks stop the proof"
        + ("; leaving out any one lets it work again." if minimal else "; not every one could be tried without."),
        len(final),
        len(units),
        version=None if prepared.bundle.manifest.runtime is Runtime.NATIVE else prepared.bundle.manifest.vulnerable,
        minimal=minimal,
    )


def fewest(things: Sequence[Thing], holds: Callable[[Sequence[Thing]], bool], more: Callable[[], bool]) -> list[Thing]:
    """The things of which none can be left out, by halves, quarters and so on; ``holds`` is true for all of them.

    Args:
        things: What there is, in order.
        holds: Whether some of them are enough.
        more: Whether another may be tried; what is left when not may be too much.
    """
    kept, size = list(things), max(1, len(things) // 2)
    while more():
        shrunk = False
        place = 0
        while place < len(kept) and len(kept) > 1 and more():
            rest = kept[:place] + kept[place + size :]
            if rest and holds(rest):
                kept, shrunk = rest, True
            else:
                place += size
        if size == 1 and not shrunk:
            break
        size = max(1, min(size // 2, len(kept) // 2)) if not shrunk or size > 1 else 1
    return kept


def _units(old: Layout, new: Layout) -> list[Unit]:
    found: list[Unit] = []
    for path in sorted(old.files | new.files):
        if not path.endswith(_CODE):
            continue
        after = _lines(new.root / path) if path in new.files else None
        if path not in old.files:
            found += [(path, None)] if after else []
            continue
        before = _lines(old.root / path)
        if before is None or after is None or before == after:
            continue  # not text, or gone: a fix that only deletes a file is not looked for
        found += [(path, hunk) for hunk in _hunks(before, after)]
    news = {path: _lines(new.root / path) for path, hunk in found if hunk is None}
    return [
        (path, hunk or Hunk(0, tuple(("+", line) for line in news[path] or ()), bare_new=False)) for path, hunk in found
    ]


def _lines(path: Path) -> list[str] | None:
    data = path.read_bytes()
    if len(data) > FILE_MAX or b"\0" in data:
        return None
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    return lines if len(lines) <= LINES_MAX else None


def _hunks(before: list[str], after: list[str]) -> Iterable[Hunk]:
    for group in difflib.SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT):
        lines: list[tuple[str, str]] = []
        for kind, i1, i2, j1, j2 in group:
            if kind == "equal":
                lines += [(" ", line) for line in before[i1:i2]]
                continue
            lines += [("-", line) for line in before[i1:i2]]
            lines += [("+", line) for line in after[j1:j2]]
        start, ends_old, ends_new = group[0][1], group[-1][2] == len(before), group[-1][4] == len(after)
        yield _ended(lines, start + 1, ends_old=ends_old, ends_new=ends_new)


def _ended(lines: list[tuple[str, str]], start: int, *, ends_old: bool, ends_new: bool) -> Hunk:
    """A hunk whose empty last piece (what follows the last line feed) is no line."""
    bare_old = bare_new = False
    for kinds, at_end, old in (((" ", "-"), ends_old, True), ((" ", "+"), ends_new, False)):
        last = next((place for place in reversed(range(len(lines))) if lines[place][0] in kinds), None)
        if not at_end or last is None:
            continue
        kind, text = lines[last]
        if text:
            bare_old, bare_new = (True, bare_new) if old else (bare_old, True)
        elif kind == " ":
            lines[last] = ("", "")
        else:
            del lines[last]
    return Hunk(start, tuple(line for line in lines if line[0]), bare_old=bare_old, bare_new=bare_new)


def _changes(units: Sequence[Unit], old: Layout) -> tuple[FileChange, ...]:
    grouped: dict[str, list[Hunk]] = {}
    for path, hunk in units:
        grouped.setdefault(path, []).extend([hunk] if hunk else [])
    return tuple(FileChange(path if path in old.files else None, path, tuple(hunks)) for path, hunks in grouped.items())


def written(changes: Iterable[FileChange]) -> bytes:
    """The changes as a unified diff that ``reading.read`` and git take."""
    parts: list[str] = []
    for change in changes:
        parts += [f"--- {'a/' + change.old if change.old else '/dev/null'}", f"+++ b/{change.new}"]
        shift = 0
        for hunk in change.hunks:
            gone = sum(kind in " -" for kind, _ in hunk.lines)
            come = sum(kind in " +" for kind, _ in hunk.lines)
            parts.append(f"@@ -{hunk.start},{gone} +{max(hunk.start + shift, min(1, come))},{come} @@")
            shift += come - gone
            last = {
                side: max((i for i, (kind, _) in enumerate(hunk.lines) if kind in side), default=-1)
                for side in (" -", " +")
            }
            for place, (kind, text) in enumerate(hunk.lines):
                parts.append(f"{kind}{text}")
                if (hunk.bare_old and place == last[" -"]) or (hunk.bare_new and place == last[" +"]):
                    parts.append("\\ No newline at end of file")
    return ("\n".join(parts) + "\n").encode("utf-8", "surrogateescape")
