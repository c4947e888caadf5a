"""Writes to the log.

``record`` belongs into the transaction of the change that it tells of: both are kept or neither is.
Indexes have no gaps, because every append locks the one head row first and an index is used only by
a transaction that commits. Call ``record`` late in the transaction: until it ends, others wait.

    with transaction.atomic():
        case.save()
        entry = record(actor, "case.opened", case.id, {"package": purl})

If the log cannot take the entry, the transaction that asked is marked for rollback, so the change
cannot be kept even by a caller that swallows the error.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.services import enqueue
from seawall.foundation.platform import clock
from seawall.foundation.transparency import keys, leaves, merkle, nodes, notes
from seawall.foundation.transparency.errors import LogUnavailable, NoteRejected, NotInTransaction, Unloggable
from seawall.foundation.transparency.models import LogCheckpoint, LogEntry, LogHead, LogNode, LogOpening
from seawall.foundation.transparency.types import Entry, SignedCheckpoint

PADDING = "log.padding"
"""Kind of the entries that only hide how many others there are."""
BATCH_MAX = 4096
"""Padding entries of one checkpoint at most; they are written while the log is locked."""
CHECKPOINT_JOB = "transparency.checkpoint"
SCHEDULE = timedelta(hours=1)
"""Rhythm of the scheduled checkpoints: entries become public at most this late."""
SCHEDULED_BATCH = 32
"""Entries by which the public size rises with each: 280,000 a year, about 300 MB, if nothing else happens."""


@dataclass(frozen=True, slots=True)
class _Sealed:
    """An entry that is ready to be appended."""

    content: leaves.Content
    recorded_at: datetime
    salt: bytes
    data: bytes
    """Canonical JSON of ``content``."""


def record(actor: Actor, kind: str, subject: str, payload: dict[str, Any]) -> Entry:
    """Append one entry in the caller's transaction.

    Args:
        actor: Who did it; only identifiers are logged.
        kind: What happened, such as ``report.received``.
        subject: Identifier of what it happened to; whoever may see that may see the entry.
        payload: JSON values (text, numbers, booleans, null, lists, objects), at most 64 KiB together.

    Returns:
        Index and leaf hash; both become public with the next checkpoint, and say nothing.

    Raises:
        NotInTransaction: No transaction is open.
        Unloggable: The content has no canonical form or is too large.
        LogUnavailable: The log cannot be written; the caller's transaction cannot be committed any more.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction(f"record({kind!r}) needs the transaction of the change that it tells of")
    try:
        return _append(_locked_frontier(), [_seal(actor, kind, subject, payload)])[0]
    except (Unloggable, LogUnavailable):
        transaction.set_rollback(True)
        raise
    except DatabaseError as error:
        transaction.set_rollback(True)
        raise LogUnavailable(
            "The transparency log cannot be written right now; nothing was changed.", "Try again in a moment."
        ) from error


@transaction.atomic
def checkpoint(actor: Actor, *, batch: int = 1) -> SignedCheckpoint:
    """Sign the log's current size and root, and publish it: readers see leaves up to the latest checkpoint.

    Nothing is signed that does not continue the checkpoint before it. Where nothing was added since
    (and ``batch`` is 1), that one is returned.

    Args:
        actor: Who asks, such as the schedule; no door calls this.
        batch: Above 1, padding entries bring the size to the next multiple that is larger than the last
            checkpoint's, so that the public size rises by the same step whether little or nothing happened.

    Raises:
        LogUnavailable: The key, the origin or the stored log does not fit the checkpoint before.
    """
    if not 1 <= batch <= BATCH_MAX:
        raise ValueError(f"a batch has 1 to {BATCH_MAX} entries")
    signer = log_signer()
    frontier = _locked_frontier()
    previous = LogCheckpoint.objects.order_by("-size").first()
    if previous is not None:
        _check_continues(previous, frontier, signer)
    if batch > 1:
        floor = max(frontier.size, previous.size + 1 if previous else 1)
        missing = -(-floor // batch) * batch - frontier.size
        if missing:
            _append(frontier, [_seal(actor, PADDING, PADDING, {}) for _ in range(missing)])
    if previous is not None and previous.size == frontier.size:
        return signed(previous)
    said = notes.Checkpoint(signer.name, frontier.size, frontier.root())
    row = LogCheckpoint.objects.create(
        size=said.size,
        origin=said.origin,
        root=said.root,
        note=signer.sign(said.text()),
        signed_at=clock.now(),
    )
    return signed(row)


@transaction.atomic
def schedule_checkpoint(actor: Actor) -> str:  # noqa: ARG001 - services take the actor first
    """Queue the checkpoint of the next full hour; once, however often and wherever this is called.

    The job queues its successor; a server calls this when it starts, so that the rhythm begins, or goes on.

    Returns:
        The job's identifier.
    """
    now = clock.now()
    due = now.replace(minute=0, second=0, microsecond=0) + SCHEDULE
    key = f"{CHECKPOINT_JOB} {leaves.stamp(due)}"
    return enqueue(CHECKPOINT_JOB, "log", idempotency_key=key, run_after=due)


def log_signer() -> notes.Signer:
    """This server's log key, made on first use.

    Raises:
        LogUnavailable: The key file or the origin cannot be used.
    """
    return keys.load_or_create(settings.SEAWALL.data_dir, settings.SEAWALL.log_origin)


def _seal(actor: Actor, kind: str, subject: str, payload: dict[str, Any]) -> _Sealed:
    now = clock.now()
    who = leaves.LoggedActor(actor.id, actor.kind.value, actor.organization_id)
    content = leaves.Content(kind, subject, who, leaves.stamp(now), payload)
    return _Sealed(content, now, leaves.new_salt(), content.canonical())


def _append(frontier: merkle.Frontier, sealed: Sequence[_Sealed]) -> list[Entry]:
    """Add entries behind the locked frontier, which moves on with them."""
    entries: list[Entry] = []
    rows: list[LogEntry] = []
    openings: list[LogOpening] = []
    inner: list[LogNode] = []
    for item in sealed:
        leaf = leaves.seal(item.salt, item.data)
        row = LogEntry(index=frontier.size, leaf=leaf, leaf_hash=merkle.leaf_hash(leaf))
        rows.append(row)
        entries.append(Entry(row.index, bytes(row.leaf_hash)))
        openings.append(
            LogOpening(
                entry=row,
                kind=item.content.kind,
                subject=item.content.subject,
                actor_id=item.content.actor.id,
                recorded_at=item.recorded_at,
                salt=item.salt,
                content=item.data,
            )
        )
        completed = frontier.append(entries[-1].leaf_hash)
        inner.extend(LogNode(number=node.subtree.number, hash=node.hash) for node in completed)
    LogEntry.objects.bulk_create(rows)
    LogOpening.objects.bulk_create(openings)
    LogNode.objects.bulk_create(inner)
    LogHead.objects.filter(pk=LogHead.SINGLE).update(size=frontier.size, frontier=frontier.to_bytes())
    return entries


def _locked_frontier() -> merkle.Frontier:
    head = LogHead.locked()
    if head is None:
        # A new database. Of two first writers, the second waits for the first one's row and then finds it.
        LogHead.objects.bulk_create([LogHead(id=LogHead.SINGLE)], ignore_conflicts=True)
        head = LogHead.locked()
        if head is None or (head.size == 0 and LogEntry.objects.exists()):
            raise LogUnavailable(
                "The log has entries but has lost its head row; it takes no more until that is repaired.",
                "Restore the database from a backup.",
            )
    try:
        return merkle.Frontier.from_bytes(head.size, bytes(head.frontier))
    except ValueError as error:
        raise LogUnavailable(
            "The log's head row is damaged; it takes no more entries until that is repaired.",
            "Restore the database from a backup.",
        ) from error


def _check_continues(previous: LogCheckpoint, frontier: merkle.Frontier, signer: notes.Signer) -> None:
    """Refuse to sign a second history: by another key or name, or from rows that were tampered with."""
    try:
        notes.open_checkpoint(previous.note, signer.verifier)
    except NoteRejected as error:
        raise LogUnavailable(
            f"The last checkpoint, over {previous.size} entries, is not of this key and origin.",
            "Restore keys/log.pem and the setting log_origin; a log never changes them.",
        ) from error
    root = bytes(previous.root)
    proof = nodes.prove(merkle.consistency_ranges(min(previous.size, frontier.size), frontier.size))
    if previous.size > frontier.size or not merkle.verify_consistency(
        old=previous.size, old_root=root, new=frontier.size, new_root=frontier.root(), proof=proof
    ):
        raise LogUnavailable(
            f"The stored log does not continue the checkpoint over {previous.size} entries: rows were changed or lost.",
            "Nothing was signed. Restore the database from a backup and compare with 'seawall log verify'.",
        )


def signed(row: LogCheckpoint) -> SignedCheckpoint:
    """A checkpoint's row as a frozen value."""
    return SignedCheckpoint(row.origin, row.size, bytes(row.root), row.note, row.signed_at)
