"""The run decides: does the fix of one flaw stop the proof of the other, and the other way round? No Django.

    tried = try_pair(Path("proof-of-A"), Path("proof-of-B"), cache=cache)
    tried.zone      # Zone.SAME, Zone.DIFFERENT, or Zone.ASK where the runs do not settle it

Where a release that has the fix of one leaves the other proof working, the two are apart, and nothing else is asked. Where it does not,
that says only that both were fixed by then: the fix of each is taken out of its release (``validation.patches.isolating``),
in whole hunks and in the lines and words that are needed. Same root cause *and* same fix is what the field calls one
flaw; a fix that leaves the other proof working keeps the two apart, also where it was merely incomplete.

Nothing is merged where the hunks end both and their lines do not, where a fix is broad, only takes code away, or stops the other proof
in another way than that one's own fix.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seawall.clearinghouse.deduplication import fixes
from seawall.clearinghouse.deduplication.types import Zone
from seawall.clearinghouse.validation.affected.turning import turn
from seawall.clearinghouse.validation.errors import BundleError
from seawall.clearinghouse.validation.patches import judging
from seawall.clearinghouse.validation.patches.carrying import carried
from seawall.clearinghouse.validation.patches.isolating import isolate
from seawall.clearinghouse.validation.patches.judging import Stopped
from seawall.clearinghouse.validation.patches.types import Isolated
from seawall.clearinghouse.validation.sandboxes.interface import Provider

DIFF_SHOWN = 4_000
"""Characters of a fix kept for people."""

_TAKEN = "With it neither proof's control does what it did, so it may take away what both go through."

_BLIND = "Neither proof brings a benign control, so nothing tells a fix from a program that is broken."


@dataclass(frozen=True)
class Direction:
    """One fix against the other's proof."""

    answer: bool | None
    """Whether the fix stops the proof; None where it cannot be told."""
    why: str
    alone: bool
    """Whether nothing but the fix of that one flaw was in the build."""
    diff: str = ""
    needed: bool | None = None
    """The same of the lines and words of the fix that its own proof needs; None where it cannot be told or was not asked."""
    doubt: str = ""
    """Why the fix may end more than one flaw; empty where nothing says so."""

    @property
    def silent(self) -> bool:
        """Whether the fix could not be asked about the other proof."""
        return self.answer is None

    @property
    def open(self) -> bool:
        """Whether the other proof's control, or its end, kept the runs from an answer."""
        return self.silent or (self.answer is True and self.needed is None)


@dataclass(frozen=True)
class Tried:
    """What the runs of a pair say."""

    zone: Zone
    sentence: str
    forward: Direction
    """The fix of the first against the proof of the second."""
    backward: Direction

    def to_json(self) -> dict[str, Any]:
        """As kept beside the suggestion."""
        return {
            "zone": self.zone.value,
            "sentence": self.sentence,
            **{
                name: {
                    "answer": one.answer,
                    "why": one.why,
                    "alone": one.alone,
                    "diff": one.diff,
                    "needed": one.needed,
                    "doubt": one.doubt,
                }
                for name, one in (("forward", self.forward), ("backward", self.backward))
            },
        }


def try_pair(
    first: Path,
    second: Path,
    *,
    cache: Path,
    sandbox: Provider | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Tried:
    """Take the fix of each proof out of its release and hold it against the other proof.

    Args:
        first: A proof: folder, ZIP or .tar.gz.
        second: The other.
        cache: Folder for built targets.
        sandbox: As in ``replay.validate``.
        cancelled: Asked between and during runs.

    Raises:
        Infrastructure: Something of ours failed; try again.
        SandboxUnavailable: No sandbox works here.
        Cancelled: ``cancelled`` said so.
    """
    court = _Court(cache, sandbox, cancelled)
    released = court.released(first, second), court.released(second, first)
    if any(one.answer is False for one in released):
        return _tried(*released, apart=False)
    known = court.fixes_of(first, second)
    found: list[Tried] = []
    for one, other in court.grounds(first, second, *known):
        found.append(_on_ground(court, first, second, one, other))
        if found[-1].zone is not Zone.ASK:
            return found[-1]
    if not (found[0].forward.silent or found[0].backward.silent):
        return found[0]
    over = _tried(*court.carried(first, second, *known), apart=False)
    return over if over.zone is Zone.SAME else found[0]


def _on_ground(court: "_Court", first: Path, second: Path, one: Isolated, other: Isolated) -> Tried:
    """What two fixes say, as they are, and made whole where that says nothing."""
    comparable = one.version == other.version  # else the same line is another one
    apart = comparable and not one.places & other.places
    tried = _tried(court.against(one, first, second), court.against(other, second, first), apart=apart)
    shared = comparable and _files(one) & _files(other)
    if tried.zone is not Zone.ASK or not shared or not (tried.forward.open or tried.backward.open):
        return tried
    # What ends the one by itself may be half of a change and break what the other needs, or end it otherwise: the whole of it is
    # asked for.
    whole = court.whole(one, first, second), court.whole(other, second, first)
    again = _tried(court.against(whole[0], first, second), court.against(whole[1], second, first), apart=False)
    return tried if again.zone is Zone.ASK else again


def _tried(forward: Direction, backward: Direction, *, apart: bool) -> Tried:
    zone, sentence = decided(forward, backward, apart=apart)
    return Tried(zone, sentence, forward, backward)


@dataclass(frozen=True)
class _Court:
    """Where the proofs of one pair are run."""

    cache: Path
    sandbox: Provider | None
    cancelled: Callable[[], bool]
    turns: dict[Path, tuple[str, str] | None] = field(default_factory=dict)

    def released(self, fixed: Path, proof: Path) -> Direction:
        """Whether a release that has one fix leaves the other proof working; never a yes.

        The first release that has it says most: in one that was made years later the other flaw may be mended too.
        """
        turns = list(dict.fromkeys((None, self.turn(fixed))))
        for releases in turns:
            version = judging.works_where_fixed(
                fixed, proof, cache=self.cache, releases=releases, sandbox=self.sandbox, cancelled=self.cancelled
            )
            if version:
                return Direction(False, f"The proof works on {version}, which has the fix of the other.", alone=False)
        package, mine, theirs = judging.package_of(proof), judging.version_of(fixed), judging.version_of(proof)
        if (
            mine is not None
            and theirs is not None
            and fixes.later(package, theirs, mine)
            and judging.over_on(
                fixed,
                proof,
                cache=self.cache,
                strictly=not self._has(package, theirs, fixed),
                sandbox=self.sandbox,
                cancelled=self.cancelled,
            )
        ):
            why = f"The proof works on {theirs}, a later version, on which the other is over."
            return Direction(False, why, alone=False)
        return Direction(None, "It was not asked: the other direction settles it.", alone=False)

    def _has(self, package: str, version: str, fixed: Path) -> bool:
        releases = judging.releases_of(fixed)
        return releases is not None and fixes.of_one_line(package, version, releases[1])

    def turn(self, proof: Path) -> tuple[str, str] | None:
        """The two neighboring releases between which a proof stops working, where those that it names lie further apart."""
        if proof not in self.turns:
            try:
                order = fixes.order(judging.package_of(proof))
                self.turns[proof] = order and turn(
                    proof, cache=self.cache, key=order, sandbox=self.sandbox, cancelled=self.cancelled
                )
            except BundleError:
                self.turns[proof] = None
        return self.turns[proof]

    def fixes_of(self, first: Path, second: Path) -> tuple[Isolated, Isolated]:
        """The fix of each; where only one could be told from the rest, the other is looked for in its hunks.

        A fix that stops the other proof too holds that one's, whatever else in the release keeps its runs from an end.
        """
        one, other = self._fix_of(first, second), self._fix_of(second, first)
        if one.diff is not None and other.diff is None:
            return one, self._within(one, second, other)
        if other.diff is not None and one.diff is None:
            return self._within(other, first, one), other
        return one, other

    def grounds(self, first: Path, second: Path, one: Isolated, other: Isolated) -> Iterator[tuple[Isolated, Isolated]]:
        """The fix of each; then, where they are of two lines of releases, both out of the one, and both out of the other.

        A fix of one line may not fit the other, and a proof may not work there for a reason of its own. Only a fix that was written in
        the same words in both lines counts there: else the later line may have mended what the older one's fix ends by chance.
        """
        yield one, other
        if one.version == other.version:
            return
        if _words(one) and _words(there := self._there(second, one)) == _words(other):
            yield one, there
        if _words(other) and _words(there := self._there(first, other)) == _words(one):
            yield there, other

    def carried(self, first: Path, second: Path, one: Isolated, other: Isolated) -> tuple[Direction, Direction]:
        """The fix of each, carried over to the other's line of releases; never a no.

        For proofs of which neither runs on the other's line, because the interface is another one.
        """
        if None in {one.version, other.version} or one.version == other.version:
            nothing = Direction(None, "Both fixes are of one line of releases.", alone=False)
            return nothing, nothing
        return self._carried(one, first, other, second), self._carried(other, second, one, first)

    def _carried(self, fix: Isolated, own: Path, other: Isolated, proof: Path) -> Direction:
        where: dict[str, Any] = {"cache": self.cache, "sandbox": self.sandbox, "cancelled": self.cancelled}
        for diff in carried(fix, own, other, proof, **where):
            stopped = self._on([diff], proof, other.version)[-1]
            if stopped.answer:
                return Direction(
                    True,
                    f"Carried over to {other.version} it lies where the other's fix does. {stopped.why}",
                    alone=fix.minimal,
                    diff=diff.decode("utf-8", "replace")[:DIFF_SHOWN],
                    needed=True,
                    doubt=_doubt(fix, own, stopped, proof),
                )
        return Direction(None, "It does not fit where the other's fix lies.", alone=False)

    def _there(self, proof: Path, fix: Isolated) -> Isolated:
        """The fix of a proof out of the releases that another's is from."""
        if (releases := _releases(fix)) is None:
            return Isolated(None, "It is from no release.")
        return isolate(proof, cache=self.cache, releases=releases, sandbox=self.sandbox, cancelled=self.cancelled)

    def _within(self, fix: Isolated, proof: Path, unknown: Isolated) -> Isolated:
        """The fix of a proof among the hunks of another's; what is known of it already where it is not there."""
        found = isolate(
            proof,
            cache=self.cache,
            releases=_releases(fix),
            among=fix.touched,
            sandbox=self.sandbox,
            cancelled=self.cancelled,
        )
        return unknown if found.diff is None else found

    def _fix_of(self, proof: Path, other: Path) -> Isolated:
        """The fix of a proof, taken out of its release, or else, where more comes with it, out of the other's.

        Whoever names versions that lie far apart leaves much between them that is not the fix.
        """
        own, found = judging.releases_of(proof), list[Isolated]()
        ways = (self.turn(proof) or own, own, self.turn(other), judging.releases_of(other))
        for releases in dict.fromkeys(way for way in ways if way is not None or way is own):
            given = None if releases == own else releases
            found.append(
                isolate(proof, cache=self.cache, releases=given, sandbox=self.sandbox, cancelled=self.cancelled)
            )
            if found[-1].clean:
                break
        return next((one for one in reversed(found) if one.clean), next((one for one in found if one.diff), found[0]))

    def whole(self, fix: Isolated, proof: Path, other: Path) -> Isolated:
        """A fix of a proof that keeps what the other does too, or ends it well, out of the releases that the given one is from."""
        return isolate(
            proof,
            cache=self.cache,
            releases=_releases(fix),
            beside=other,
            sandbox=self.sandbox,
            cancelled=self.cancelled,
        )

    def against(self, fix: Isolated, own: Path, proof: Path) -> Direction:
        """A fix against the other proof, in whole hunks and in what is needed of it."""
        if fix.diff is None:
            return Direction(None, f"Its fix could not be told from the rest of the release: {fix.why}", alone=False)
        shown = fix.diff.decode("utf-8", "replace")[:DIFF_SHOWN]
        diffs = list(dict.fromkeys((fix.diff, fix.core or fix.diff)))
        stopped = self._stopping(diffs, fix.version, own, proof)
        return Direction(
            stopped[0].answer,
            stopped[0].why,
            alone=fix.minimal,
            diff=shown,
            needed=stopped[-1].answer if stopped[0].answer else None,
            doubt=_doubt(fix, own, stopped[0], proof),
        )

    def _stopping(self, diffs: list[bytes], onto: str | None, own: Path, proof: Path) -> list[Stopped]:
        """Whether diffs stop the other proof on the version they were made for, or else on that proof's own.

        There it is asked only if they stop the proof that they were made for there too.
        """
        first = self._on(diffs, proof, onto)
        version = judging.version_of(proof)
        if first[0].answer is not None or onto is None or version in {None, onto}:
            return first
        if all(one.answer for one in self._on(diffs, own, version)):
            there = self._on(diffs, proof, version)
            return first if there[0].answer is None else there
        return first

    def _on(self, diffs: list[bytes], proof: Path, onto: str | None) -> list[Stopped]:
        return judging.stopping_strictly(
            diffs, proof, cache=self.cache, onto=onto, sandbox=self.sandbox, cancelled=self.cancelled
        )


def _doubt(fix: Isolated, own: Path, stopped: Stopped, proof: Path) -> str:
    return (
        fix.doubt
        or ("" if fix.control_kept or stopped.control_kept else _TAKEN)
        or ("" if judging.has_control(own) or judging.has_control(proof) else _BLIND)
    )


def _files(fix: Isolated) -> set[str]:
    return {path for path, _ in fix.touched}


def _words(fix: Isolated) -> frozenset[str]:
    """The lines that a fix puts in, without their blanks' number; none where there is no fix."""
    lines = (fix.core or fix.diff or b"").decode("utf-8", "replace").split("\n")
    return frozenset(
        " ".join(line[1:].split()) for line in lines if line.startswith("+") and not line.startswith("+++")
    )


def _releases(fix: Isolated) -> tuple[str, str] | None:
    """The versions between which a fix was found; None for a bundle's own trees."""
    return (fix.version, fix.until) if fix.version is not None and fix.until is not None else None


def decided(forward: Direction, backward: Direction, *, apart: bool = False) -> tuple[Zone, str]:
    """What two answers say together.

    Args:
        forward: The first fix against the second proof.
        backward: The other way round.
        apart: Whether the lines that the two fixes need have nothing in common.
    """
    answers = (forward.answer, backward.answer)
    if answers == (False, False):
        return Zone.DIFFERENT, "Neither fix stops the other proof: two flaws."
    if False in answers:
        return Zone.DIFFERENT, "One of the two fixes leaves the other proof working, so one fix does not end both."
    if answers != (True, True):
        return Zone.ASK, "The runs do not settle it."
    return _both_stop(forward, backward, apart=apart)


def _both_stop(forward: Direction, backward: Direction, *, apart: bool) -> tuple[Zone, str]:
    needed = (forward.needed, backward.needed)
    if needed == (False, False) and apart:
        return Zone.DIFFERENT, "The two were mended side by side, and neither's lines stop the other proof: two flaws."
    if needed != (True, True):
        return Zone.ASK, "One change of the release stops both proofs, but the lines that each of them needs differ."
    if not (forward.alone and backward.alone):
        return Zone.ASK, "Each fix stops the other proof, but more than the fix may have been in the build."
    if doubt := forward.doubt or backward.doubt:
        return Zone.ASK, f"Each fix stops the other proof, but it may end more than one flaw. {doubt}"
    return Zone.SAME, "Each fix alone stops the other proof as well: one root cause, and one fix ends both."
