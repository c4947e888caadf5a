"""Precision, recall and F1 of links, pairwise and B-cubed over the clusters that the links make."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence


def scores(right: int, said: int, true: int) -> tuple[float, float, float]:
    """Precision, recall, F1."""
    precision = right / said if said else 1.0
    recall = right / true if true else 1.0
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def pairwise(
    said: Iterable[tuple[int, int]], pairs: Iterable[tuple[int, int]], truth: Sequence[str]
) -> tuple[float, float, float]:
    """Of pairs that were said to be one flaw, among all that were compared."""
    links = set(said)
    return scores(
        sum(1 for one, other in links if truth[one] == truth[other]),
        len(links),
        sum(1 for one, other in pairs if truth[one] == truth[other]),
    )


def b_cubed(said: Iterable[tuple[int, int]], truth: Sequence[str]) -> tuple[float, float, float]:
    """Bagga and Baldwin 1998, over the connected components of the links."""
    parent = list(range(len(truth)))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for one, other in said:
        parent[root(one)] = root(other)
    clusters: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for one, flaw in enumerate(truth):
        clusters[root(one)][flaw] += 1
    sizes = Counter(truth)
    precision = sum(count * count / cluster.total() for cluster in clusters.values() for count in cluster.values())
    recall = sum(count * count / sizes[flaw] for cluster in clusters.values() for flaw, count in cluster.items())
    precision, recall = precision / len(truth), recall / len(truth)
    return precision, recall, 2 * precision * recall / (precision + recall)
