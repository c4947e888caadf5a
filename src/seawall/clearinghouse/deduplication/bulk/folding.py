"""Which results are the findings that are known. Pure; the order of both lists makes no difference.

Each step takes what the steps before left over, and pairs one finding with one result at most:

1. same rule, path, function and code (or, where the tool shows no code, the same words); equals within a file by their exact
   place, then by the tool's fingerprints, then in their order with the least drift of lines;
2. an equal fingerprint of the tool, if no more than a few share it, and the file, the function or the code agrees as well;
3. same rule, path and code in a function of another name;
4. same rule and function with other code, or same line and words with other code;
5. same rule and code in another file: files that went and came are held against each other (here two fingerprints of the tool
   do as well), then code that there is once.

What is open is paired first, then what was gone (it is reopened). Where the evidence is thin, a result is new rather than a
known one: a judgment must not silence what nobody has looked at. So words alone reach ``DRIFT_MAX`` lines, and a tool's
fingerprint alone nowhere.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence

from seawall.clearinghouse.deduplication.bulk.types import Folding, How, Pair, Trace

DRIFT_MAX = 100
"""Lines that a result without code may have moved, unless two or more of its kind moved alike."""
SHARED_MAX = 8
"""Results or findings that may share a tool's fingerprint; what more share says nothing."""
ALIGNED_MAX = 10_000
"""Comparisons of one alignment of lines, finding by result; beyond it they are taken in their order."""
CANDIDATES_MAX = 20
"""Files that one file is held against when it is looked for under another name."""

Key = Callable[[Trace], Hashable]


def fold(known: Sequence[Trace], seen: Sequence[Trace], is_open: Sequence[bool]) -> Folding:
    """Hold a run's results against the known findings of its tool and project.

    Args:
        known: Findings, gone ones among them.
        seen: Results; equal ones (same ``content``) are given once.
        is_open: For each of ``known``, whether it was there in the last run.
    """
    work = _Work(known, seen)
    for wanted in (True, False):
        work.turn([place for place, state in enumerate(is_open) if state is wanted])
    paired = {pair.known for pair in work.pairs}
    return Folding(
        pairs=tuple(sorted(work.pairs, key=lambda pair: pair.known)),
        new=tuple(sorted(work.free)),
        missing=tuple(place for place in range(len(known)) if place not in paired),
    )


class _Work:
    def __init__(self, known: Sequence[Trace], seen: Sequence[Trace]) -> None:
        self.known = known
        self.seen = seen
        self.pairs: list[Pair] = []
        self.free = set(range(len(seen)))
        self.left: set[int] = set()
        self._hints_known = _shares(known)
        self._hints_seen = _shares(seen)
        self._codes_known = Counter((trace.rule, trace.code) for trace in known)
        self._codes_seen = Counter((trace.rule, trace.code) for trace in seen)

    def turn(self, places: Iterable[int]) -> None:
        """Pair some of what is known with what is free."""
        self.left = set(places)
        self._by_anchor()
        self._by_hint()
        self._alone(lambda trace: (trace.rule, trace.path, trace.code) if trace.code else None, How.RENAMED)
        self._alone(lambda trace: (trace.rule, trace.path, trace.logical) if trace.logical else None, How.EDITED)
        self._alone(lambda trace: (trace.rule, trace.path, trace.line, trace.said) if trace.line else None, How.EDITED)
        self._by_file()
        self._alone(self._only_one, How.MOVED)

    # --- within a file ---

    def _by_anchor(self) -> None:
        for olds, news in self._groups(lambda trace: (trace.rule, trace.path, trace.logical, trace.anchor)):
            self._within(olds, news, How.SAME)

    def _within(self, olds: list[int], news: list[int], how: How) -> None:
        """Pair equals of a file: exact places, the tool's fingerprints, then lines."""
        for key in (_exact, _place, self._telling):
            if not olds or not news:
                return
            olds, news = self._unique(olds, news, key, how)
        told = _grouped(self.known, olds, lambda trace: trace.said)
        new_told = _grouped(self.seen, news, lambda trace: trace.said)
        for said in sorted(told.keys() & new_told.keys(), key=str):
            self._aligned(told[said], new_told[said], how)
        olds, news = [one for one in olds if one in self.left], [one for one in news if one in self.free]
        self._aligned(olds, news, how)

    def _unique(self, olds: list[int], news: list[int], key: Key, how: How) -> tuple[list[int], list[int]]:
        """Pair those of a group that a key names alone on both sides."""
        by_old, by_new = _grouped(self.known, olds, key), _grouped(self.seen, news, key)
        for value, old in by_old.items():
            new = by_new.get(value, [])
            if value is not None and len(old) == len(new) == 1:
                self._pair(old[0], new[0], how)
        return [one for one in olds if one in self.left], [one for one in news if one in self.free]

    def _telling(self, trace: Trace) -> Hashable:
        """The tool's fingerprints that no more than a few share; None where there are none."""
        return tuple(hint for hint in trace.hints if self._tells((trace.rule, hint))) or None

    def _tells(self, key: tuple[str, str]) -> bool:
        return self._hints_seen.get(key, 0) <= SHARED_MAX and self._hints_known.get(key, 0) <= SHARED_MAX

    def _aligned(self, olds: list[int], news: list[int], how: How) -> None:
        """Pair in the order of lines, with the least drift."""
        if not olds or not news:
            return
        olds = sorted(olds, key=lambda place: _order(self.known[place]))
        news = sorted(news, key=lambda place: _order(self.seen[place]))
        lines = [self.known[place].line for place in olds], [self.seen[place].line for place in news]
        pairs = align(*lines)
        alike = len(pairs) > 1 and len({lines[1][new] - lines[0][old] for old, new in pairs}) == 1
        for old, new in pairs:
            drift = abs(lines[1][new] - lines[0][old])
            nowhere = not lines[0][old] or not lines[1][new]
            if self.seen[news[new]].code or alike or nowhere or drift <= DRIFT_MAX:
                self._pair(olds[old], news[new], how)

    # --- by what the tool says ---

    def _by_hint(self) -> None:
        by_hint: dict[tuple[str, str], list[int]] = {}
        for place in self.free:
            for hint in self.seen[place].hints:
                key = self.seen[place].rule, hint
                if key in self._hints_known and self._tells(key):
                    by_hint.setdefault(key, []).append(place)
        if not by_hint:
            return
        for old in sorted(self.left, key=lambda place: _whole(self.known[place])):
            trace = self.known[old]
            candidates = {
                new for hint in trace.hints for new in by_hint.get((trace.rule, hint), ()) if new in self.free
            }
            agreeing = [new for new in candidates if _agreement(trace, self.seen[new])]
            if agreeing:
                best = min(agreeing, key=lambda new: self._distance(trace, self.seen[new]))
                self._pair(old, best, How.HINT)

    @staticmethod
    def _distance(old: Trace, new: Trace) -> tuple[int, int, tuple[object, ...]]:
        return -_agreement(old, new), abs(old.line - new.line), _whole(new)

    # --- alone on both sides ---

    def _alone(self, key: Key, how: How) -> None:
        for olds, news in self._groups(key):
            if len(olds) == len(news) == 1:
                self._pair(olds[0], news[0], how)

    def _only_one(self, trace: Trace) -> Hashable:
        """Code that a rule meets in one place only, before and now; None for any other."""
        key = trace.rule, trace.code
        return key if trace.code and self._codes_known.get(key) == self._codes_seen.get(key) == 1 else None

    # --- under another name ---

    def _by_file(self) -> None:
        """Files that went and files that came, the most alike first."""
        were, are = {trace.path for trace in self.known}, {trace.path for trace in self.seen}
        gone = _grouped(self.known, (one for one in self.left if self.known[one].path not in are), _of_file)
        came = _grouped(self.seen, (one for one in self.free if self.seen[one].path not in were), _of_file)
        votes = self._votes(gone, came)
        taken: set[str] = set()
        for old, new in sorted(votes, key=lambda pair: (-votes[pair], -_shared_end(*pair), pair)):
            if old in taken or f">{new}" in taken:
                continue
            taken |= {old, f">{new}"}
            for olds, news in self._groups(
                lambda trace: (trace.rule, trace.logical, trace.anchor), gone[old], came[new]
            ):
                self._within(olds, news, How.MOVED)

    def _votes(self, gone: dict[Hashable, list[int]], came: dict[Hashable, list[int]]) -> dict[tuple[str, str], int]:
        """For two files, how many findings of the one are in the other; code counts twice.

        Words count only where the file kept its name, and a single fingerprint of the tool is not enough either.
        """
        holders: dict[Hashable, set[str]] = {}
        for path, places in came.items():
            for place in places:
                mark = self._mark(self.seen[place])
                holders.setdefault(mark, set()).add(str(path))
                holders.setdefault((mark, _name(str(path))), set()).add(str(path))
        votes: dict[tuple[str, str], int] = {}
        for old, places in gone.items():
            for trace in (self.known[place] for place in places):
                mark = self._mark(trace)
                chosen: set[str] = holders.get(mark, set()) if trace.code or self._telling(trace) else set()
                # Code that is everywhere says little, and would cost each file a look at each other one.
                if not 0 < len(chosen) <= CANDIDATES_MAX:
                    chosen = holders.get((mark, _name(str(old))), set())
                for path in chosen if len(chosen) <= CANDIDATES_MAX else ():
                    votes[str(old), path] = votes.get((str(old), path), 0) + 1 + bool(trace.code)
        return {pair: count for pair, count in votes.items() if count > 1 or _shared_end(*pair)}

    def _mark(self, trace: Trace) -> Hashable:
        return trace.rule, trace.code or self._telling(trace) or trace.anchor

    # --- the rest ---

    def _groups(
        self, key: Key, olds: Iterable[int] | None = None, news: Iterable[int] | None = None
    ) -> list[tuple[list[int], list[int]]]:
        """What a key brings together, of both sides; None as a key brings nothing together."""
        old = _grouped(self.known, self.left if olds is None else [one for one in olds if one in self.left], key)
        new = _grouped(self.seen, self.free if news is None else [one for one in news if one in self.free], key)
        return [(old[value], new[value]) for value in old if value is not None and value in new]

    def _pair(self, old: int, new: int, how: How) -> None:
        self.left.discard(old)
        self.free.discard(new)
        self.pairs.append(Pair(old, new, how))


def align(old: Sequence[int], new: Sequence[int]) -> list[tuple[int, int]]:
    """Places of two sorted lists of lines, paired in order with the least sum of drifts; the shorter one is used up.

    Equal counts are paired one by one. Where lists are too long to compare, too.
    """
    if len(old) > len(new):
        return [(left, right) for right, left in align(new, old)]
    if len(old) == len(new) or len(old) * len(new) > ALIGNED_MAX:
        return [(place, place) for place in range(len(old))]
    slack = len(new) - len(old)
    # costs[shift]: the least sum so far when the last line is paired with a shift of at most ``shift``.
    costs = [0] * (slack + 1)
    choices: list[list[int]] = []
    for place, line in enumerate(old):
        here: list[int] = []
        chosen: list[int] = []
        for shift in range(slack + 1):
            cost = costs[shift] + abs(new[place + shift] - line)
            if here and here[-1] <= cost:
                here.append(here[-1])
                chosen.append(chosen[-1])
            else:
                here.append(cost)
                chosen.append(shift)
        costs, choices = here, [*choices, chosen]
    pairs = []
    shift = slack
    for place in range(len(old) - 1, -1, -1):
        shift = choices[place][shift]
        pairs.append((place, place + shift))
    pairs.reverse()
    return pairs


def _grouped(traces: Sequence[Trace], places: Iterable[int], key: Key) -> dict[Hashable, list[int]]:
    found: dict[Hashable, list[int]] = {}
    for place in places:
        found.setdefault(key(traces[place]), []).append(place)
    return found


def _shares(traces: Sequence[Trace]) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    for trace in traces:
        for hint in trace.hints:
            counts[trace.rule, hint] = counts.get((trace.rule, hint), 0) + 1
    return counts


def _agreement(old: Trace, new: Trace) -> int:
    """How much besides the tool's fingerprint speaks for one finding; nothing where it is 0."""
    same_code = bool(old.code) and old.code == new.code
    same_function = bool(old.logical) and old.logical == new.logical
    return 4 * (old.path == new.path) + 2 * same_code + same_function


def _exact(trace: Trace) -> Hashable:
    return trace.content


def _place(trace: Trace) -> Hashable:
    return trace.line, trace.column, trace.said


def _of_file(trace: Trace) -> Hashable:
    return trace.path


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _shared_end(path: str, other: str) -> int:
    """How many of the last parts of two paths are the same."""
    count = 0
    for left, right in zip(reversed(path.split("/")), reversed(other.split("/")), strict=False):
        if left != right:
            break
        count += 1
    return count


def _order(trace: Trace) -> tuple[int, int, str]:
    return trace.line, trace.column, trace.content


def _whole(trace: Trace) -> tuple[object, ...]:
    return trace.rule, trace.path, trace.line, trace.column, trace.content
