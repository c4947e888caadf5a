"""Reads stored subtree roots: the one place where proofs meet rows. Two queries a proof, whatever its length."""

from collections.abc import Iterable

from seawall.foundation.transparency.errors import LogUnavailable
from seawall.foundation.transparency.merkle import EMPTY_ROOT, Range, Subtree, fold, subtrees
from seawall.foundation.transparency.merkle import prove as prove_from
from seawall.foundation.transparency.models import LogEntry, LogNode


def fetch(wanted: Iterable[Subtree]) -> dict[Subtree, bytes]:
    """The roots of complete subtrees.

    Raises:
        LogUnavailable: One is missing: the log is damaged.
    """
    names = set(wanted)
    leaves = {subtree.position: subtree for subtree in names if subtree.level == 0}
    inner = {subtree.number: subtree for subtree in names if subtree.level > 0}
    found: dict[Subtree, bytes] = {}
    if leaves:
        rows = LogEntry.objects.filter(pk__in=leaves).values_list("index", "leaf_hash")
        found.update((leaves[index], bytes(value)) for index, value in rows)
    if inner:
        pairs = LogNode.objects.filter(pk__in=inner).values_list("number", "hash")
        found.update((inner[number], bytes(value)) for number, value in pairs)
    if len(found) != len(names):
        raise LogUnavailable(
            "Parts of the stored log are missing, so it cannot prove anything.", "Restore the database from a backup."
        )
    return found


def prove(ranges: tuple[Range, ...]) -> tuple[bytes, ...]:
    """The roots of ranges that a proof names, in their order.

    Raises:
        LogUnavailable: A part of the log is missing.
    """
    return prove_from(ranges, fetch(subtree for span in ranges for subtree in subtrees(span)))


def root_at(size: int) -> bytes:
    """Root of the log when it had ``size`` entries.

    Raises:
        LogUnavailable: A part of the log is missing.
    """
    names = subtrees((0, size))
    if not names:
        return EMPTY_ROOT
    found = fetch(names)
    return fold([found[name] for name in names])
