"""Reads of the log.

Leaves, proofs and tiles reach as far as the latest checkpoint and no further: the public sees the log
grow in the checkpoints' rhythm, never entry by entry. Openings are given by subject: the caller passes
the identifiers of what the actor may see, from its own ``visible_to`` query.
"""

from collections.abc import Iterable, Iterator

from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor
from seawall.foundation.platform.errors import NotFound
from seawall.foundation.transparency import leaves as content_of
from seawall.foundation.transparency import merkle, nodes, proofs, services
from seawall.foundation.transparency.errors import NotInLog
from seawall.foundation.transparency.models import LogCheckpoint, LogEntry, LogOpening
from seawall.foundation.transparency.types import (
    ConsistencyProof,
    InclusionProof,
    Leaf,
    OpenedEntry,
    SignedCheckpoint,
)

LEAVES_MAX = 1000
"""Leaves of one answer: about 200 kB as JSON."""
TILE_WIDTH = 256
TILE_HEIGHT = 8
TILE_LEVEL_MAX = 6
"""The highest tile level whose subtrees a tree of ``merkle.SIZE_MAX`` leaves can fill."""


def verifier_key(actor: Actor) -> str:
    """The log's public key as ``name+hash+base64``.

    Raises:
        LogUnavailable: The key cannot be used.
    """
    require(actor, "log.read")
    return str(services.log_signer().verifier)


def latest_checkpoint(actor: Actor) -> SignedCheckpoint:
    """What the log last signed.

    Raises:
        NotInLog: Nothing was signed yet.
    """
    require(actor, "log.read")
    row = LogCheckpoint.objects.order_by("-size").first()
    if row is None:
        raise NotInLog("The log has signed no checkpoint yet.", "Ask again after the next one.")
    return services.signed(row)


def checkpoints(actor: Actor) -> Iterator[SignedCheckpoint]:
    """Every checkpoint that was signed, oldest first."""
    require(actor, "log.read")
    for row in LogCheckpoint.objects.order_by("size").iterator():
        yield services.signed(row)


def entries(actor: Actor, *, start: int = 0, count: int = 100) -> tuple[Leaf, ...]:
    """Leaves from ``start`` on, at most ``count`` (1 to ``LEAVES_MAX``), as far as the latest checkpoint reaches.

    Raises:
        NotInLog: ``start`` is negative or behind the latest checkpoint, or the count is out of bounds.
    """
    size = latest_checkpoint(actor).size
    if not 0 <= start <= size or not 1 <= count <= LEAVES_MAX:
        raise NotInLog(
            f"The published log has entries 0 to {size - 1}; 1 to {LEAVES_MAX} can be asked for at once.", field="start"
        )
    rows = LogEntry.objects.filter(index__gte=start, index__lt=min(start + count, size)).order_by("index")
    return tuple(_leaf(row) for row in rows)


def inclusion_proof(actor: Actor, index: int, size: int | None = None) -> InclusionProof:
    """That entry ``index`` is in the tree of ``size`` entries (the latest checkpoint's where not given).

    Raises:
        NotInLog: No such entry, or the size is behind the latest checkpoint.
    """
    published = latest_checkpoint(actor).size
    size = published if size is None else size
    if not 0 <= index < size <= published:
        raise NotInLog(f"The published log has {published} entries; ask for 0 <= index < size <= {published}.")
    entry = LogEntry.objects.get(pk=index)
    return InclusionProof(
        index=index,
        size=size,
        leaf_hash=bytes(entry.leaf_hash),
        root=nodes.root_at(size),
        hashes=nodes.prove(merkle.inclusion_ranges(index, size)),
    )


def consistency_proof(actor: Actor, old: int, new: int | None = None) -> ConsistencyProof:
    """That the tree of ``new`` entries (the latest checkpoint's where not given) begins with that of ``old``.

    Raises:
        NotInLog: The sizes are in the wrong order or behind the latest checkpoint.
    """
    published = latest_checkpoint(actor).size
    new = published if new is None else new
    if not 0 <= old <= new <= published:
        raise NotInLog(f"The published log has {published} entries; ask for 0 <= from <= to <= {published}.")
    return ConsistencyProof(
        old_size=old,
        new_size=new,
        old_root=nodes.root_at(old),
        new_root=nodes.root_at(new),
        hashes=nodes.prove(merkle.consistency_ranges(old, new)),
    )


def tile(actor: Actor, level: int, number: int, width: int = TILE_WIDTH) -> bytes:
    """Tile ``<level>/<number>`` of c2sp.org/tlog-tiles: ``width`` hashes of 32 bytes.

    Raises:
        NotInLog: The published log does not fill that tile to that width.
    """
    published = latest_checkpoint(actor).size
    if not 0 <= level <= TILE_LEVEL_MAX or number < 0 or not 1 <= width <= TILE_WIDTH:
        raise NotInLog(f"Tiles have levels 0 to {TILE_LEVEL_MAX} and widths 1 to {TILE_WIDTH}.")
    height = level * TILE_HEIGHT
    first = number * TILE_WIDTH
    if (first + width) << height > published:
        raise NotInLog(f"The published log has {published} entries and does not fill this tile.")
    names = [merkle.Subtree(height, first + offset) for offset in range(width)]
    found = nodes.fetch(names)
    return b"".join(found[name] for name in names)


def entry_bundle(actor: Actor, number: int, width: int = TILE_WIDTH) -> bytes:
    """Entry bundle ``entries/<number>`` of c2sp.org/tlog-tiles: each leaf behind its length (two bytes, big-endian).

    Raises:
        NotInLog: The published log does not fill that bundle to that width.
    """
    if number < 0 or not 1 <= width <= TILE_WIDTH:
        raise NotInLog(f"Entry bundles have widths 1 to {TILE_WIDTH}.")
    found = entries(actor, start=number * TILE_WIDTH, count=width)
    if len(found) < width:
        raise NotInLog("The published log does not fill this bundle.")
    return b"".join(len(leaf.leaf).to_bytes(2, "big") + leaf.leaf for leaf in found)


def openings(actor: Actor, subjects: Iterable[str], *, after: int = -1, limit: int = 200) -> tuple[OpenedEntry, ...]:
    """What the log says about these subjects, oldest first, checkpointed or not.

    Args:
        actor: Who asks.
        subjects: Identifiers that the actor may see; the caller vouches for that.
        after: Only entries behind this index (keyset paging).
        limit: Entries at most.
    """
    require(actor, "log.read")
    rows = LogOpening.objects.filter(subject__in=list(subjects), entry_id__gt=after).order_by("entry_id")[:limit]
    return tuple(opened(row) for row in rows)


def tlog_proof(actor: Actor, index: int, subjects: Iterable[str] = ()) -> str:
    """A file that proves one entry offline (c2sp.org/tlog-proof), for ``seawall log verify``.

    It carries the entry's opening where its subject is among ``subjects``, else only the leaf.

    Raises:
        NotInLog: The latest checkpoint does not reach that entry yet.
    """
    checkpoint = latest_checkpoint(actor)
    proof = inclusion_proof(actor, index, checkpoint.size)
    row = LogOpening.objects.filter(entry_id=index, subject__in=list(subjects)).first()
    if row is None:
        evidence = proofs.Evidence(leaf=bytes(LogEntry.objects.get(pk=index).leaf))
    else:
        evidence = proofs.Evidence.opened(bytes(row.salt), bytes(row.content))
    return proofs.Proof(index, proof.hashes, checkpoint.note, evidence).text()


def receipt(actor: Actor, index: int, subjects: Iterable[str]) -> OpenedEntry:
    """One entry with its opening.

    Raises:
        NotFound: There is none, or its subject is not among ``subjects``; the answer is the same.
    """
    require(actor, "log.read")
    row = LogOpening.objects.filter(entry_id=index, subject__in=list(subjects)).first()
    if row is None:
        raise NotFound("There is nothing here that you may see.", "Check the index and who you are signed in as.")
    return opened(row)


def subject_of(actor: Actor, index: int) -> tuple[str, ...]:
    """The subject of an entry, for the server's keeper, who may see all; no door calls this.

    Raises:
        NotFound: There is no such entry.
    """
    require(actor, "log.read")
    found = LogOpening.objects.filter(entry_id=index).values_list("subject", flat=True).first()
    if found is None:
        raise NotFound(f"The log has no entry {index}.")
    return (found,)


def opened(row: LogOpening) -> OpenedEntry:
    """An opening's row as a frozen value."""
    content = bytes(row.content)
    return OpenedEntry(
        index=row.entry_id,
        kind=row.kind,
        subject=row.subject,
        actor_id=row.actor_id,
        recorded_at=row.recorded_at,
        payload=content_of.Content.parse(content).payload,
        salt=bytes(row.salt),
        content=content,
    )


def _leaf(row: LogEntry) -> Leaf:
    return Leaf(row.index, bytes(row.leaf), bytes(row.leaf_hash))
