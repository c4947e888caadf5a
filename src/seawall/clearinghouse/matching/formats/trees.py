"""Why a component is there: the shortest way to it from the root of a dependency tree. Pure, without recursion.

Trees from outside may have cycles, islands and edges to nobody. Each node is visited once, so walking ends.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

Node = TypeVar("Node")

TREE_DEPTH_MAX = 12
"""Steps of the way from the root to a component that are kept; a longer way leaves out those before the last."""
EDGES_MAX = 1_000_000
"""Edges of a dependency tree that are followed; the largest lock files at hand have under 30,000."""


def ways(
    start: Node,
    labels: Mapping[Node, str],
    edges: Mapping[Node, Sequence[Node]],
    *,
    depth_max: int = TREE_DEPTH_MAX,
) -> dict[Node, tuple[str, ...]]:
    """Node -> labels of the shortest way from ``start`` to it, both included. Nodes without a label are not visited."""
    found: dict[Node, tuple[str, ...]] = {start: (labels[start],)}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        way = found[here]
        before = way if len(way) < depth_max else way[:-1]
        for target in edges.get(here, ()):
            if target not in found and target in labels:
                found[target] = (*before, labels[target])
                waiting.append(target)
    return found


def reached(starts: Iterable[Node], edges: Mapping[Node, Sequence[Node]]) -> set[Node]:
    """All nodes that can be reached from ``starts``, those included."""
    found = set(starts)
    waiting = list(found)
    while waiting:
        for target in edges.get(waiting.pop(), ()):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found
