"""Why do we have this? The ways from an inventory's root to its flawed components, as one tree. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

NODES_MAX = 2000
"""Nodes of a tree; a page of lines with ways of twelve steps has at most 1,200."""


@dataclass
class Node:
    """A component on some way."""

    label: str
    flaws: int = 0
    """Of itself, not of what it brings along."""
    below: dict[str, "Node"] = field(default_factory=dict)

    @property
    def children(self) -> list["Node"]:
        """What it brings along that leads to something flawed, by name."""
        return [self.below[label] for label in sorted(self.below)]


@dataclass(frozen=True)
class Row:
    """A node as a page shows it: in a list that is nested by opening and closing."""

    label: str
    flaws: int
    opens: bool
    """Whether a list of what is below it follows."""
    closes: range
    """How many lists end after it."""


def tree_of(ways: Iterable[tuple[Sequence[str], int]]) -> tuple[Row, ...]:
    """The tree of ways, in the order in which it is read.

    Args:
        ways: From the root to a component, both included, and how many flaws that one has. Without a way, or of one step,
            there is nothing to explain.
    """
    root = Node("")
    count = 0
    for way, flaws in ways:
        here = root
        if len(way) < 2 or count + len(way) > NODES_MAX:  # noqa: PLR2004 - a root and something below it
            continue
        for label in way:
            if label not in here.below:
                here.below[label] = Node(label)
                count += 1
            here = here.below[label]
        here.flaws = max(here.flaws, flaws)
    found: list[Row] = []
    # No recursion: how deep it goes, the document's sender decides.
    waiting: list[tuple[Node, int]] = _below(root, 0)
    while waiting:
        node, closing = waiting.pop()
        opens = bool(node.below)
        found.append(Row(node.label, node.flaws, opens, range(0 if opens else closing)))
        if opens:
            waiting += _below(node, closing + 1)
    return tuple(found)


def _below(node: Node, closing: int) -> list[tuple[Node, int]]:
    """The children, the first one last; the last child closes all lists that end with it."""
    children = node.children
    last = len(children) - 1
    return [(child, closing if place == last else 0) for place, child in reversed(list(enumerate(children)))]
