"""What others do, on the same crashes: file and weakness, three frames, ClusterFuzz's published rule."""

from duplicates.crashes import Sample


def file_and_weakness(left: Sample, right: Sample) -> bool:
    """A hash of file and CWE, as several scanners' servers keep it."""
    return (_file(left), left.cwe) == (_file(right), right.cwe)


def _file(sample: Sample) -> str:
    return next((frame.file.rpartition("/")[2] for frame in sample.crash.frames if frame.file), "")


def three_frames(left: Sample, right: Sample) -> bool:
    """The three innermost functions."""
    ours, theirs = (tuple(frame.function for frame in one.crash.frames[:3]) for one in (left, right))
    return ours == theirs


def clusterfuzz_exact(left: Sample, right: Sample) -> bool:
    """Type and state of a crash are equal."""
    ours, theirs = ((one.crash.kind, one.crash.access, one.crash.state) for one in (left, right))
    return ours == theirs


def clusterfuzz(left: Sample, right: Sample) -> bool:
    """Its similarity of states: two lines in common, in order, or lines that agree by more than 0.8 on average.

    Source: crash_analysis/crash_comparer.py of google/clusterfuzz, retold; it also keeps security flaws and others apart.
    """
    ours, theirs = left.crash.state, right.crash.state
    if left.crash.security.relevant != right.crash.security.relevant:
        return False
    if ours == theirs or _common(ours, theirs) >= 2:
        return True
    ratios = [_ratio(one, other) for one, other in zip(ours, theirs, strict=False)]
    return bool(ratios) and sum(ratios) / len(ratios) > 0.8


def _common(ours: tuple[str, ...], theirs: tuple[str, ...]) -> int:
    row = [0] * (len(theirs) + 1)
    for one in ours:
        diagonal = 0
        for at, other in enumerate(theirs):
            above = row[at + 1]
            row[at + 1] = diagonal + 1 if one == other else max(above, row[at])
            diagonal = above
    return row[-1]


def _ratio(left: str, right: str) -> float:
    row = list(range(len(right) + 1))
    for number, letter in enumerate(left, 1):
        diagonal, row[0] = row[0], number
        for at, other in enumerate(right):
            above = row[at + 1]
            row[at + 1] = min(above + 1, row[at] + 1, diagonal + (letter != other))
            diagonal = above
    total = len(left) + len(right)
    return (total - row[-1]) / total if total else 1.0
