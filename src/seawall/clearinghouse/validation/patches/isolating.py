"""Takes the fix of one flaw out of a release: the fewest changes between two versions that stop the proof.

    found = isolate(Path("proof-of-A"), cache=cache)
    found.diff      # a unified diff against the flawed version, or None
    found.core      # the same, line by line and word by word
    found.minimal   # no hunk of it can be left out

A release fixes much at once, so that it stops a proof says little of why. What is left after every hunk was tried without
(delta debugging: A. Zeller, R. Hildebrandt, IEEE TSE 28, 2002) is the fix of this flaw alone, in the maintainer's own
lines, and can be asked whether it stops another proof (``judging.stopping``). Half a change stops proofs as well, by breaking the
program: so a candidate counts only where the control does all that it did, and the attack ends as it does where it is
refused (``endings.py``). It may still break what the control of another proof of the package needs; one that does not is looked for
with ``beside``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from seawall.clearinghouse.validation import preparing, scratch
from seawall.clearinghouse.validation.errors import BundleError, TargetError
from seawall.clearinghouse.validation.patches import doubting, endings, keeping, pieces, placing, running
from seawall.clearinghouse.validation.patches.errors import PatchDoesNotBuild, PatchRefused
from seawall.clearinghouse.validation.patches.pieces import Piece
from seawall.clearinghouse.validation.patches.placing import Layout
from seawall.clearinghouse.validation.patches.types import FileChange, Isolated
from seawall.clearinghouse.validation.sandboxes.interface import Provider
from seawall.clearinghouse.validation.types import Runtime, Side

TRIES = 150
"""Candidates that are built and run."""
RECIPE = "10"
"""Raise when another search would find another fix; what was found is kept by it."""
CORE_TRIES = 50
"""Of these for lines and words."""
RUNS = 3
"""Runs of what is left."""
FILE_MAX = 2_000_000
"""Bytes of a file that is compared; larger ones are made by a bundler."""
LINES_MAX = 60_000
CODE = (".py", ".js", ".cjs", ".mjs", ".json", ".c", ".h", ".cc", ".cpp", ".hpp", ".ts")
"""Endings of the files that are compared."""

Thing = TypeVar("Thing")


def isolate(
    bundle: Path,
    *,
    cache: Path,
    releases: tuple[str, str] | None = None,
    among: frozenset[tuple[str, int]] = frozenset(),
    beside: Path | None = None,
    sandbox: Provider | None = None,
    tries: int = TRIES,
    cancelled: Callable[[], bool] = lambda: False,
) -> Isolated:
    """Find the fewest hunks between the flawed and the fixed side that stop a proof, while its control still passes.

    Args:
        bundle: The proof, with a fixed version or a fixed tree.
        cache: Folder for built targets.
        releases: The flawed and the fixed version to compare in place of the bundle's.
        among: Lines of the flawed version, by path, in whose hunks it is looked for; empty for all.
        beside: Another proof of the package, whose control has to do all that it did too, and whose attack has to work, or to end
            as it does where it is refused.
        sandbox: As in ``replay.validate``.
        tries: Candidates at most.
        cancelled: Asked between and during runs.

    Raises:
        Infrastructure: Something of ours failed; try again.
        SandboxUnavailable: No sandbox works here.
        Cancelled: ``cancelled`` said so.
    """
    try:
        flawed, fixed = releases or (None, None)
        with preparing.prepared(
            bundle, cache=cache, sandbox=sandbox, vulnerable=flawed, fixed=fixed, cancelled=cancelled
        ) as prepared:
            return _isolated(prepared, _Asked(cache, sandbox, releases, among, beside, tries, cancelled))
    except (PatchRefused, BundleError, TargetError) as error:
        return Isolated(None, str(error))


@dataclass(frozen=True)
class _Asked:
    """What ``isolate`` was given."""

    cache: Path
    sandbox: Provider | None
    releases: tuple[str, str] | None
    among: frozenset[tuple[str, int]]
    beside: Path | None
    tries: int
    cancelled: Callable[[], bool]


def _isolated(prepared: preparing.Prepared, asked: _Asked) -> Isolated:
    manifest = prepared.bundle.manifest
    if not prepared.has_fix:
        return Isolated(None, "There is no fixed side to take a fix from.")
    if asked.releases is not None and not _works(prepared):
        return Isolated(None, f"The proof does not work on {manifest.vulnerable}.")
    old = placing.layout(prepared.bundle, prepared.replay.built[Side.VULNERABLE])
    before, found = _differences(old, _fixed(prepared, old))
    if asked.among:
        found = [piece for piece in found if pieces.places([piece]) & asked.among]
    if not found:
        return Isolated(None, "The two sides do not differ in code of the target.")
    if asked.beside is None:
        search = partial(_Search(prepared, before, asked.tries).result, found)
        key = (prepared.bundle.digest.rpartition(":")[2], RECIPE, str(asked.tries), *(asked.releases or ()))
        return search() if asked.among else keeping.kept(asked.cache, key, search)
    flawed, fixed = (manifest.vulnerable, manifest.fixed) if manifest.vulnerable_tree is None else (None, None)
    with preparing.prepared(
        asked.beside,
        cache=asked.cache,
        sandbox=asked.sandbox,
        vulnerable=flawed,
        fixed=fixed,
        cancelled=asked.cancelled,
    ) as other:
        return _Search(prepared, before, asked.tries, _Beside.of(other)).result(found)


def _works(prepared: preparing.Prepared) -> bool:
    attack = (prepared.bundle.folder / prepared.file).read_bytes()
    return running.tried(prepared, Side.VULNERABLE, attack, 1).always


def _fixed(prepared: preparing.Prepared, old: Layout) -> Layout:
    manifest = prepared.bundle.manifest
    if manifest.runtime is Runtime.NATIVE:
        tree = manifest.fixed_tree or ""
        bundle = replace(prepared.bundle, manifest=replace(manifest, vulnerable_tree=tree))
        return placing.layout(bundle, prepared.replay.built[Side.FIXED])
    return replace(placing.layout(prepared.bundle, prepared.replay.built[Side.FIXED]), flat=old.flat)


@dataclass(frozen=True)
class _Beside:
    """Another proof, which has to be left as it is or ended as its own release ends it."""

    prepared: preparing.Prepared
    attack: bytes
    ways: endings.Ways

    @classmethod
    def of(cls, prepared: preparing.Prepared) -> "_Beside":
        """With what its control and its attack do on the sides as they are."""
        attack = (prepared.bundle.folder / prepared.file).read_bytes()
        return cls(prepared, attack, endings.known(prepared, attack))

    def kept(self, changes: tuple[FileChange, ...], name: str) -> bool:
        """Whether its control does on a build with changes what it does without them, or in the release; and its attack too.

        A change that stops it otherwise than its release does is half of one: whole, it stops it rightly or not at all.
        """
        try:
            _candidate(self.prepared, changes, name, checked=False)
            if running.control_passes(self.prepared, Side.PATCHED):
                return False
            if running.tried(self.prepared, Side.PATCHED, self.attack, 1).hits:
                return not endings.control_ending(self.prepared, self.ways.control).why
            return not endings.ending(self.prepared, self.ways, self.attack).why
        finally:
            _taken_away(self.prepared, name)


class _Search:
    """One search under way."""

    def __init__(
        self, prepared: preparing.Prepared, before: Mapping[str, list[str]], tries: int, beside: _Beside | None = None
    ) -> None:
        self.prepared, self.before, self.tries, self.left, self.beside = prepared, before, tries, tries, beside
        self.attack = (prepared.bundle.folder / prepared.file).read_bytes()
        self.ways = endings.known(prepared, self.attack)
        self.control_kept = True

    def result(self, found: list[Piece]) -> Isolated:
        """Files first, then hunks, then lines and words."""
        enough = self._enough(found)
        if not enough:
            return Isolated(
                None, "What differs between the two sides' own code does not stop the proof by itself.", 0, len(found)
            )
        spared = min(CORE_TRIES, self.tries // 3)
        files = list(dict.fromkeys(piece.path for piece in enough))
        kept = fewest(
            files,
            lambda some: self._stops([piece for piece in enough if piece.path in set(some)]),
            lambda: self.left > (self.tries + spared) // 2,
        )
        final = fewest([piece for piece in enough if piece.path in set(kept)], self._stops, lambda: self.left > spared)
        minimal = self.left > spared
        if not self._stops(final, RUNS):
            return Isolated(None, "What was left did not stop the proof every time.", len(final), len(found))
        control_kept = self.control_kept
        self.left = min(self.left, spared)
        core = self._core(final)
        native = self.prepared.bundle.manifest.runtime is Runtime.NATIVE
        return Isolated(
            self._written(final),
            f"{len(final)} of {len(found)} hunks stop the proof"
            + ("; leaving out any one lets it work again." if minimal else "; not every one could be tried without."),
            len(final),
            len(found),
            version=None if native else self.prepared.bundle.manifest.vulnerable,
            until=None if native else self.prepared.bundle.manifest.fixed,
            minimal=minimal,
            core=self._written(core),
            places=pieces.places(core),
            touched=pieces.places(final),
            doubt=doubting.doubt(core, self.before),
            control_kept=control_kept,
        )

    def _enough(self, found: list[Piece]) -> list[Piece]:
        """Pieces that stop the proof together: all of them, or, where a release asks for more than its own code, few."""
        if self._stops(found):
            return found
        for some in _few(found):
            if self.left <= self.tries // 2:
                break
            if self._stops(some):
                return list(some)
        return []

    def _core(self, final: list[Piece]) -> list[Piece]:
        """Statements first, then lines and words: half a statement cannot be read."""
        found = pieces.statements(final, self.before)
        if not self._stops(found):
            return final
        enough = self.left // 3
        kept = fewest(found, self._stops, lambda: self.left > enough)
        kept = fewest(pieces.apart(kept), self._stops, lambda: self.left > 0)
        if doubting.doubt(kept, self.before) == doubting.TAKES_AWAY:
            kept = self._in_lines(found) or kept
        return kept if self._stops(kept, RUNS) else final

    def _in_lines(self, found: list[Piece]) -> list[Piece]:
        """Lines, where words are too small: what is left of a line may be less than the maintainer put in its place."""
        self.left = max(self.left, CORE_TRIES // 2)
        kept = fewest(pieces.whole_lines(found), self._stops, lambda: self.left > 0)
        return [] if doubting.doubt(kept, self.before) else kept

    def _stops(self, chosen: Sequence[Piece], runs: int = 1) -> bool:
        self.left -= 1
        prepared = self.prepared
        name = f"candidate-{self.left}"
        changes = pieces.put_together(chosen, self.before)
        try:
            # What cannot be read cannot be loaded: of the many that are tried, the control says so in one run.
            _candidate(prepared, changes, name, checked=runs > 1)
            # The attack first: most candidates leave it working.
            return (
                running.tried(prepared, Side.PATCHED, self.attack, runs).silent
                and not running.control_passes(prepared, Side.PATCHED)
                and self._ends_well()
                and (self.beside is None or self.beside.kept(changes, name))
            )
        except (PatchRefused, PatchDoesNotBuild):
            return False
        finally:
            _taken_away(prepared, name)

    def _ends_well(self) -> bool:
        found = endings.ending(self.prepared, self.ways, self.attack)
        self.control_kept = found.control_kept
        return not found.why

    def _written(self, chosen: Sequence[Piece]) -> bytes:
        return pieces.written(pieces.put_together(chosen, self.before))


def _candidate(prepared: preparing.Prepared, changes: tuple[FileChange, ...], name: str, *, checked: bool) -> None:
    """Build a candidate, with the packages that only the fixed side has."""
    running.apply_and_build(prepared, changes, name, checked=checked)
    running.lend(prepared, name)


def _taken_away(prepared: preparing.Prepared, name: str) -> None:
    if (place := prepared.replay.scratch / name).exists():
        scratch.remove(place)


def _few(found: list[Piece]) -> Iterator[Sequence[Piece]]:
    """Each file's pieces, each piece alone, and pieces that follow each other in a file."""
    files: dict[str, list[Piece]] = {}
    for piece in found:
        files.setdefault(piece.path, []).append(piece)
    for some in files.values():
        if len(files) > 1:
            yield some
        if len(some) > 1:
            yield from ([piece] for piece in some)
    for some in files.values():
        yield from (some[place : place + 2] for place in range(len(some) - 1) if len(some) > 2)  # noqa: PLR2004 - pairs


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


def _differences(old: Layout, new: Layout) -> tuple[dict[str, list[str]], list[Piece]]:
    """Lines of the flawed version's files that changed, and what changed."""
    before: dict[str, list[str]] = {}
    found: list[Piece] = []
    for path in sorted(old.files | new.files):
        if not path.endswith(CODE):
            continue
        theirs = code_lines(new.root / path) if path in new.files else None
        if path not in old.files:
            if theirs:
                whole = tuple(theirs[:-1] if theirs[-1] == "" else theirs)
                found.append(Piece(path, (pieces.Edit(0, 0, 0, whole),), new=True))
            continue
        ours = code_lines(old.root / path)
        if ours is None or theirs is None or ours == theirs:
            continue  # not text, or gone: a fix that only deletes a file is not looked for
        before[path] = ours
        found += pieces.hunks(path, ours, theirs)
    return before, found


def code_lines(path: Path) -> list[str] | None:
    """The lines of a file of the target; None for one that is no text, or too long."""
    data = path.read_bytes()
    if len(data) > FILE_MAX or b"\0" in data:
        return None
    # Line ends are left out: a release that changed them all changed nothing, and a patch keeps those of the file.
    lines = [line.removesuffix("\r") for line in data.decode("utf-8", "surrogateescape").split("\n")]
    return lines if len(lines) <= LINES_MAX else None
