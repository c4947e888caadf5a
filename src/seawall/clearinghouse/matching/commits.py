"""Whether a commit is affected by a range of commits (OSV's type GIT), by OSV's own algorithm on the history at hand. Pure.

A commit ``u`` is below ``v`` where it is an ancestor of it. Events are gone through in an order in which ancestors come first;
``introduced`` at or below ``v`` makes it affected, ``fixed`` at or below it, and ``last_affected`` below it, end that; with
``limit`` events, ``v`` must be below one of them. So every branch and merge counts; a fix that was cherry-picked has another
commit, and counts only where the record names that one.

Where neither of two events is below the other, the algorithm leaves their order open. A commit is then called affected if any
order says so, and the judgment tells it. What a shallow clone or a damaged repository hides is never guessed: ``unknown``.

    history = History(parents)                                   # parents: commit -> its parents, None where it is missing
    history.judge("9fceb02...", [("introduced", "0"), ("fixed", "1a410ef...")])
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

COMMITS_MAX = 3_000_000
"""Commits of one history that are walked; Linux has 1.4 million."""
PARENTS_MAX = 10_000
"""Parents of one commit; the largest known merge has 66."""
EVENTS_MAX = 2_000
"""Events of one range; OSS-Fuzz's records have up to 40."""

Parents = Callable[[str], Sequence[str] | None]
"""A commit's parents; None where the commit is not there."""
Event = tuple[str, str]
"""Kind and commit, in full."""

HIDDEN = "the history is cut off (a shallow clone, or missing commits), and what is hidden would decide"
_ROOT = "0"
_NO_LIMIT = "*"
_CLOSING = frozenset({"fixed", "last_affected"})
_CUT = 1
"""The bit of a history whose further ancestors are not known."""


class Verdict(StrEnum):
    """Whether a commit is affected."""

    AFFECTED = "affected"
    NOT_AFFECTED = "not affected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Judgment:
    """A verdict with its reason, a clause for people."""

    verdict: Verdict
    why: str
    sure: bool = True
    """False where only some orders of the events say so."""


class TooManyCommits(ValueError):
    """The history is longer than is walked."""


class History:
    """A history, walked as far as it is asked about; what was walked is kept."""

    def __init__(self, parents: Parents) -> None:
        self._parents = parents

    def judge(self, commit: str, events: Iterable[Event]) -> Judgment:
        """Judge one commit.

        Raises:
            TooManyCommits: Over ``COMMITS_MAX`` are above it.
            ValueError: There are over ``EVENTS_MAX`` events.
        """
        return self.judge_all([commit], events)[commit]

    def judge_all(self, commits: Iterable[str], events: Iterable[Event]) -> dict[str, Judgment]:
        """Judge commits in one walk; see ``judge``."""
        wanted = list(dict.fromkeys(commits))
        question = _Question.of(events)
        marks = self._marks([*wanted, *question.named], question.bits)
        present = {name for name in question.named if self._parents(name) is not None}
        if question.named and not present:
            why = "the repository has none of the commits that the record names"
            return dict.fromkeys(wanted, Judgment(Verdict.UNKNOWN, why))
        below = {name: marks[name] for name in question.named}
        allowed, cut = self._below_limits(question.limits)
        found: dict[str, Judgment] = {}
        for commit in wanted:
            if self._parents(commit) is None:
                found[commit] = Judgment(Verdict.UNKNOWN, "the repository does not have the commit")
            elif allowed is not None and commit not in allowed:
                verdict = Verdict.UNKNOWN if cut else Verdict.NOT_AFFECTED
                found[commit] = Judgment(verdict, HIDDEN if cut else "it is not below a limit of the range")
            else:
                found[commit] = _judged(commit, marks[commit], question, below)
        return found

    def _marks(self, starts: Sequence[str], bits: dict[str, int]) -> dict[str, int]:
        """Of each start: the bits of the commits that it is or has above it, and whether some of that is hidden."""
        marks: dict[str, int] = {}
        # Ancestors first, without recursion: a commit is opened, waits for its parents, and is then closed.
        waiting = list(starts)
        opened: dict[str, Sequence[str] | None] = {}
        while waiting:
            commit = waiting[-1]
            if commit in marks:
                waiting.pop()
                continue
            if commit not in opened:
                parents = self._parents(commit)
                opened[commit] = parents
                if len(opened) > COMMITS_MAX or (parents is not None and len(parents) > PARENTS_MAX):
                    raise TooManyCommits(f"over {COMMITS_MAX} commits, or over {PARENTS_MAX} parents of one")
                # A parent that is open already is its own ancestor, which no history of digests has: left out, it ends.
                waiting += [parent for parent in parents or () if parent not in marks and parent not in opened]
                continue
            mark = bits.get(commit, 0)
            known = opened[commit]
            if known is None:
                mark |= _CUT
            else:
                for parent in known:
                    mark |= marks.get(parent, 0)
            marks[commit] = mark
            waiting.pop()
        return marks

    def _below_limits(self, limits: frozenset[str]) -> tuple[set[str] | None, bool]:
        """Proper ancestors of the limits, None for all commits; and whether some of them are hidden."""
        if not limits or _NO_LIMIT in limits:
            return None, False
        found: set[str] = set()
        cut = False
        waiting = list(limits)
        while waiting:
            parents = self._parents(waiting.pop())
            if parents is None:
                cut = True
                continue
            new = [parent for parent in parents if parent not in found]
            found.update(new)
            waiting += new
            if len(found) > COMMITS_MAX:
                raise TooManyCommits(f"over {COMMITS_MAX} commits")
        return found, cut


@dataclass(frozen=True, slots=True)
class _Question:
    """A range's events, taken apart."""

    introduced: tuple[str, ...]
    closing: tuple[tuple[str, bool], ...]
    """Commit, and whether it is itself affected."""
    limits: frozenset[str]
    bits: dict[str, int]

    @property
    def named(self) -> list[str]:
        return list(self.bits)

    @classmethod
    def of(cls, events: Iterable[Event]) -> "_Question":
        given = list(dict.fromkeys(events))
        if len(given) > EVENTS_MAX:
            raise ValueError(f"{len(given)} events; {EVENTS_MAX} are read")
        introduced = tuple(commit for kind, commit in given if kind == "introduced")
        closing = tuple((commit, kind == "last_affected") for kind, commit in given if kind in _CLOSING)
        named = dict.fromkeys([commit for commit in introduced if commit != _ROOT] + [commit for commit, _ in closing])
        return cls(
            introduced,
            closing,
            frozenset(commit for kind, commit in given if kind == "limit"),
            {commit: 2 << number for number, commit in enumerate(named)},
        )


def _judged(commit: str, mark: int, question: _Question, below: dict[str, int]) -> Judgment:
    bits, cut = question.bits, bool(mark & _CUT)
    begun = [one for one in question.introduced if one == _ROOT or mark & bits[one]]
    ended = [one for one, inclusive in question.closing if mark & bits[one] and not (inclusive and one == commit)]
    still_open = [one for one in begun if not _is_ended(one, ended, question, below)]
    if still_open:
        hidden = [one for one, _ in question.closing if one != commit and not mark & bits[one]] if cut else []
        for one in still_open:
            if not any(_may_be_below(one, end, question, below) for end in (*ended, *hidden)):
                return _affected(one, still_open, ended, question, below)
        return Judgment(Verdict.UNKNOWN, HIDDEN)
    if cut and any(one not in begun and not _is_ended(one, ended, question, below) for one in question.introduced):
        return Judgment(Verdict.UNKNOWN, HIDDEN)
    if begun:
        return Judgment(Verdict.NOT_AFFECTED, f"it contains {ended[-1][:12]}, which ends the range")
    return Judgment(Verdict.NOT_AFFECTED, "it does not contain what introduced the flaw")


def _affected(
    begin: str, still_open: list[str], ended: list[str], question: _Question, below: dict[str, int]
) -> Judgment:
    since = "from the first commit on" if begin == _ROOT else f"it contains {begin[:12]}"
    # An end with no beginning above it would come last in some order.
    beside = [end for end in ended if not any(_at_or_below(end, one, question, below) for one in still_open)]
    if not beside:
        return Judgment(Verdict.AFFECTED, f"{since}, and no fix of that")
    why = f"{since} and {beside[0][:12]}, and the history does not say which of the two comes last"
    return Judgment(Verdict.AFFECTED, why, sure=False)


def _is_ended(one: str, ended: list[str], question: _Question, below: dict[str, int]) -> bool:
    return any(_at_or_below(one, end, question, below) for end in ended)


def _at_or_below(one: str, other: str, question: _Question, below: dict[str, int]) -> bool:
    if one in {_ROOT, other}:
        return True
    return other != _ROOT and bool(below[other] & question.bits[one])


def _may_be_below(one: str, other: str, question: _Question, below: dict[str, int]) -> bool:
    return _at_or_below(one, other, question, below) or bool(below[other] & _CUT)
