"""The Merkle tree of RFC 6962, section 2.1: roots, proofs, and their verification. Pure.

A leaf is hashed as ``SHA-256(0x00 || leaf)``, an inner node as ``SHA-256(0x01 || left || right)``, so
neither can pass for the other. Only *complete* subtrees are ever stored: the subtree at ``(level,
position)`` covers the leaves ``position * 2**level`` up to ``(position + 1) * 2**level`` and never
changes once it is full. Whatever else is needed is folded from at most ``log2(n)`` of them:

- ``Frontier`` holds the complete subtrees that cover the log so far; one append hashes one node on
  average, and ``root()`` folds them.
- ``inclusion_ranges`` and ``consistency_ranges`` name the ranges of leaves whose subtree roots make up
  a proof; ``subtrees`` names the complete subtrees of a range; ``prove`` folds what was fetched.
- ``verify_inclusion`` and ``verify_consistency`` follow RFC 9162, sections 2.1.3.2 and 2.1.4.2.

    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf_hash(leaf))
    frontier.root()
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

HASH_BYTES = 32
SIZE_MAX = 2**62
"""Leaves of a tree at most, so that every ``Subtree.number`` fits a signed 64-bit column."""

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""Root of the tree without leaves."""

Range = tuple[int, int]
"""Leaves ``start`` up to, not including, ``end``."""


class Subtree(NamedTuple):
    """Name of a complete subtree."""

    level: int
    """Height: 0 is a leaf, ``n`` covers ``2**n`` leaves."""
    position: int
    """How many subtrees of this level lie to its left."""

    @property
    def number(self) -> int:
        """One integer for level and position: the place of the node in an in-order walk of the tree."""
        return (self.position << (self.level + 1)) + (1 << self.level) - 1


class Node(NamedTuple):
    """A complete subtree and its root."""

    subtree: Subtree
    hash: bytes


def leaf_hash(leaf: bytes) -> bytes:
    """Hash of a leaf, 32 bytes."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node from those of its children, 32 bytes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The complete subtrees that cover a growing tree, largest first: all that an append needs to know."""

    __slots__ = ("_roots", "size")

    def __init__(self) -> None:
        self.size = 0
        self._roots: list[bytes] = []

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> "Frontier":
        """Read back what ``to_bytes`` wrote.

        Raises:
            ValueError: A tree of this size has another number of subtrees.
        """
        if not 0 <= size < SIZE_MAX or len(data) != HASH_BYTES * size.bit_count():
            raise ValueError(f"{len(data)} bytes are no frontier of a tree with {size} leaves")
        frontier = cls()
        frontier.size = size
        frontier._roots = [data[start : start + HASH_BYTES] for start in range(0, len(data), HASH_BYTES)]
        return frontier

    def to_bytes(self) -> bytes:
        """The subtrees' roots, 32 bytes each, largest subtree first."""
        return b"".join(self._roots)

    def append(self, leaf: bytes) -> list[Node]:
        """Add the hash of one leaf; returns the inner nodes that it completed, lowest first."""
        completed: list[Node] = []
        position, value, level = self.size, leaf, 0
        while position & 1:
            value = node_hash(self._roots.pop(), value)
            position >>= 1
            level += 1
            completed.append(Node(Subtree(level, position), value))
        self._roots.append(value)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Root of the tree as it is now."""
        return fold(self._roots) if self._roots else EMPTY_ROOT


def fold(roots: Sequence[bytes]) -> bytes:
    """Root over neighboring complete subtrees, given largest first (at least one)."""
    value = roots[-1]
    for left in reversed(roots[:-1]):
        value = node_hash(left, value)
    return value


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """Root of the tree with these leaf hashes."""
    frontier = Frontier()
    for value in leaf_hashes:
        frontier.append(value)
    return frontier.root()


def subtrees(span: Range) -> tuple[Subtree, ...]:
    """The complete subtrees that cover a range which a proof names, left to right."""
    start, end = span
    found: list[Subtree] = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        found.append(Subtree(level, start >> level))
        start += 1 << level
    return tuple(found)


def inclusion_ranges(index: int, size: int) -> tuple[Range, ...]:
    """Ranges whose roots prove that leaf ``index`` is in the tree of ``size`` leaves, lowest first (RFC 6962, 2.1.1).

    Raises:
        ValueError: There is no such leaf in that tree.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    start, end = 0, size
    ranges: list[Range] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return tuple(reversed(ranges))


def consistency_ranges(old: int, new: int) -> tuple[Range, ...]:
    """Ranges whose roots prove that the tree of ``new`` leaves begins with that of ``old`` (RFC 6962, 2.1.2).

    Empty where ``old`` is 0 or equals ``new``: nothing needs to be shown.

    Raises:
        ValueError: ``old`` is negative or larger than ``new``.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves does not grow from one of {old}")
    if old == 0:
        return ()
    start, end, whole = 0, new, True
    ranges: list[Range] = []
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start, whole = middle, False
    if not whole:
        ranges.append((start, end))
    return tuple(reversed(ranges))


def prove(ranges: Iterable[Range], roots: Mapping[Subtree, bytes]) -> tuple[bytes, ...]:
    """The proof: the root of each range, folded from the complete subtrees in ``roots``.

    Raises:
        KeyError: A subtree that ``subtrees`` names is missing.
    """
    return tuple(fold([roots[subtree] for subtree in subtrees(span)]) for span in ranges)


def verify_inclusion(*, index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether ``proof`` shows that the leaf with hash ``leaf`` is entry ``index`` of the tree with this size and root."""
    if not 0 <= index < size or any(len(value) != HASH_BYTES for value in (leaf, *proof)):
        return False
    node, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            value = node_hash(sibling, value)
            node, last = _skip_levels_without_sibling(node, last)
        else:
            value = node_hash(value, sibling)
        node >>= 1
        last >>= 1
    return last == 0 and value == root


def verify_consistency(*, old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows that the tree (``new``, ``new_root``) begins with the tree (``old``, ``old_root``)."""
    if not 0 <= old <= new or any(len(value) != HASH_BYTES for value in proof):
        return False
    if old in {0, new}:
        return not proof and old_root == (EMPTY_ROOT if old == 0 else new_root)
    # A complete old tree is itself the first hash of the proof, and is left out of it.
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    node, last = old - 1, new - 1
    while node & 1:
        node >>= 1
        last >>= 1
    seen_old = seen_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            seen_old = node_hash(sibling, seen_old)
            seen_new = node_hash(sibling, seen_new)
            node, last = _skip_levels_without_sibling(node, last)
        else:
            seen_new = node_hash(seen_new, sibling)
        node >>= 1
        last >>= 1
    return last == 0 and seen_old == old_root and seen_new == new_root


def _skip_levels_without_sibling(node: int, last: int) -> tuple[int, int]:
    while node and not node & 1:
        node >>= 1
        last >>= 1
    return node, last


def _split(size: int) -> int:
    """The largest power of two below ``size`` (at least 2): how many leaves the left child covers."""
    return 1 << ((size - 1).bit_length() - 1)
