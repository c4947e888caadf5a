"""Advisories of other publishers come in from a snapshot, step by step.

Each step is one transaction of bounded size; the row says how far it is, so that whoever goes on after a crash repeats
nothing. Entries are told apart by a digest of their content: what has not changed is not touched. What is new or changed is
written first and matched then, against the versions of its packages that some inventory has. What a source has no more is
withdrawn, and its exposures end with that reason; more than a few at once are not believed without the keeper's word.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

from django.db import transaction

from seawall.clearinghouse.matching import exposing, services, snapshot_store
from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.lines import BATCH, batches, package_ids
from seawall.clearinghouse.matching.models import (
    OWN_SOURCE,
    AdvisoryIdentifier,
    AffectedAdvisory,
    AffectedRange,
    Exposure,
    LoadNotice,
    SnapshotLoad,
)
from seawall.clearinghouse.matching.settling import LINES_MAX, NOT_NAMED, Outcome, settle
from seawall.clearinghouse.matching.snapshot import folder as snapshots
from seawall.clearinghouse.matching.snapshot.errors import NotASnapshot
from seawall.clearinghouse.matching.snapshot.folder import Snapshot
from seawall.clearinghouse.matching.snapshot.reading import Whole, present, some
from seawall.clearinghouse.matching.types import ExposureState, LoadState
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.services import enqueue
from seawall.foundation.jobs.types import Priority
from seawall.foundation.platform import clock
from seawall.foundation.transparency.services import record

LOAD = "matching.load"
ENTRIES_MAX = 500
"""Advisories of one step: about a third of a second of SQLite's write lock."""
PENDING_MAX = 200
"""Advisories that are matched together."""
REMOVALS_MAX = 50
REMOVALS_SHARE = 0.02
"""A source that loses more at once than both of these is taken for damaged, until the keeper says otherwise."""
SOURCE_MAX = 60
INVENTORIES_MAX = 50
"""Inventories whose operators are told in one step."""
WITHDRAWN = "Its publisher has withdrawn the advisory, or has it no more."
_RUNNING = (LoadState.ADVISORIES, LoadState.VANISHED, LoadState.NOTICES)


@dataclass(frozen=True)
class Done:
    """How far a step brought it."""

    done: int
    total: int
    text: str


Step = Callable[[Actor], Done]


def begin(keeper: Actor, folder: Path, *, removals: int = 0) -> SnapshotLoad:
    """Keep a snapshot's files and queue its loading; no door but the keeper's own command calls this.

    A load that is under way is replaced, and one of the same snapshot goes on.

    Args:
        keeper: Who does it.
        folder: The snapshot, as ``seawall snapshot build`` makes it.
        removals: How many advisories may be gone from its sources, where that is more than a few.

    Raises:
        NotASnapshot: It is none, is damaged, or of other orders than this version's.
    """
    snapshot = snapshots.load(folder)
    snapshots.verify(snapshot)
    sources = [str(source["name"]) for source in snapshot.manifest["sources"]]
    for name in sources:
        if len(name) > SOURCE_MAX or name == OWN_SOURCE:
            raise NotASnapshot(
                f"A source of a server's has another name than {name[:80]!r}.",
                f"Build it with names of at most {SOURCE_MAX} characters; {OWN_SOURCE!r} is the server's own.",
            )
    snapshot_store.keep(snapshot)
    with transaction.atomic():
        row = SnapshotLoad.objects.select_for_update().filter(digest=snapshot.digest, state__in=_RUNNING).first()
        if row is None:
            row = SnapshotLoad.objects.create(
                digest=snapshot.digest,
                sources=sources,
                total=int(snapshot.manifest["advisories"]),
                state=LoadState.ADVISORIES,
                started_at=clock.now(),
            )
        row.removals = removals
        row.save(update_fields=["removals"])
        older = SnapshotLoad.objects.filter(state__in=_RUNNING).exclude(pk=row.pk)
        older.update(state=LoadState.REFUSED, error="A newer snapshot came.", finished_at=clock.now())
        record(keeper, "snapshot.received", row.pk, {"snapshot": snapshot.digest, "sources": sources})
        enqueue(LOAD, row.pk, priority=Priority.BULK, idempotency_key=f"{LOAD} {row.pk} {uuid4()}")
    return row


def steps(load_id: str) -> Iterator[Step]:
    """What is left of a load, one transaction after the other; what is read for a step is read before it."""
    row = SnapshotLoad.objects.filter(pk=load_id).first()
    if row is None or row.state not in _RUNNING:
        return
    snapshot = snapshots.load(snapshot_store.folder_of(row.digest))
    while _is(row, LoadState.ADVISORIES):
        # First what an earlier attempt, or the step before, has written and not matched.
        yield from _matching(row)
        if row.next >= row.total:
            break
        found = some(snapshot, row.next, ENTRIES_MAX)
        yield partial(_write, row.pk, row.next, found)
    if _is(row, LoadState.ADVISORIES):
        yield partial(_look_for_vanished, row.pk, _vanished(snapshot, row))
    while _is(row, LoadState.VANISHED):
        yield from _matching(row)
        gone = _next_vanished(snapshot, row)
        yield partial(_withdraw, row.pk, row.last_id, gone)
    while _is(row, LoadState.NOTICES):
        yield partial(_tell, row.pk)
    snapshot_store.forget_all_but(
        {row.digest, *SnapshotLoad.objects.filter(state__in=_RUNNING).values_list("digest", flat=True)}
    )


def _is(row: SnapshotLoad, state: LoadState) -> bool:
    row.refresh_from_db()
    return row.state == state


# --- new and changed -----------------------------------------------------------------------------


def _write(load_id: str, start: int, found: Sequence[Whole], system: Actor) -> Done:
    """Write what is new or has changed among some advisories."""
    row = SnapshotLoad.objects.select_for_update().get(pk=load_id)
    if row.state != LoadState.ADVISORIES or row.next != start:
        return _done(row)
    now = clock.now()
    said = {whole.entry.id: (whole, whole.digest) for whole in found}
    known = {
        one.pk: one
        for batch in batches(sorted(said), BATCH)
        for one in AffectedAdvisory.objects.filter(pk__in=batch).defer("affected", "dropped")
    }
    written = [key for key, (_, digest) in said.items() if key not in known or known[key].digest != digest]
    fresh = [key for key in written if key not in known]
    moved = [key for key in written if key in known and known[key].extent != said[key][0].extent]
    reworded = [key for key in written if key in known and key not in set(moved)]
    pending = {*fresh, *moved}
    rows = {key: _row(known.get(key), *said[key], now, matched=key not in pending) for key in written}
    for batch in batches([rows[key] for key in fresh], BATCH):
        AffectedAdvisory.objects.bulk_create(batch)
    AffectedAdvisory.objects.bulk_update([rows[key] for key in (*moved, *reworded)], _FIELDS, batch_size=BATCH // 4)
    _write_extent([said[key][0] for key in (*fresh, *moved)], moved)
    row.next += len(found)
    row.new += len(fresh)
    row.changed += len(moved)
    row.reworded += len(reworded)
    if not found:
        row.next = row.total  # fewer than the manifest says; what is there was read
    row.save(update_fields=["next", "new", "changed", "reworded"])
    if written:
        digests = "\n".join(f"{key} {said[key][1]}" for key in sorted(written))
        payload = {
            "from": start,
            "read": len(found),
            "new": len(fresh),
            "changed": len(moved),
            "reworded": len(reworded),
            "content": f"sha256:{hashlib.sha256(digests.encode()).hexdigest()}",
        }
        record(system, "advisories.loaded", load_id, payload)
    return _done(row)


_FIELDS = (
    "title",
    "severity",
    "identifiers",
    "references",
    "digest",
    "extent",
    "published",
    "modified",
    "matched_at",
    "withdrawn_at",
    "withdrawn_reason",
)


def _row(
    known: AffectedAdvisory | None, whole: Whole, digest: str, now: datetime, *, matched: bool
) -> AffectedAdvisory:
    entry = whole.entry
    row = known or AffectedAdvisory(pk=entry.id, source=entry.source, registered_at=now, published_at=now)
    row.name = entry.identifier[:200]
    row.title, row.severity = entry.title[:300], entry.severity[:200]
    row.identifiers, row.references = list(entry.aliases), list(entry.references)
    row.published, row.modified = entry.published[:40], entry.modified[:40]
    row.digest, row.extent = digest, whole.extent
    row.withdrawn_at, row.withdrawn_reason = None, ""
    if not matched:
        row.matched_at = None
    return row


def _write_extent(written: Sequence[Whole], moved: Collection[str]) -> None:
    for batch in batches(sorted(moved), BATCH):
        # What was one flaw with them may not be any more: it is settled anew too.
        names = AdvisoryIdentifier.objects.filter(advisory_id__in=batch).values("identifier")
        kin = AdvisoryIdentifier.objects.filter(identifier__in=names).values("advisory_id")
        AffectedAdvisory.objects.filter(pk__in=kin).exclude(source=OWN_SOURCE).update(matched_at=None)
        AffectedRange.objects.filter(advisory_id__in=batch).delete()
        AdvisoryIdentifier.objects.filter(advisory_id__in=batch).delete()
    packages = package_ids(package for whole in written for package, _ in (*whole.bounds, *whole.texts))
    schemes = {package: order.scheme for package in packages if (order := registry.of_name(package.ecosystem))}
    exposing.insert(
        row
        for whole in written
        for package in dict.fromkeys(package for package, _ in (*whole.bounds, *whole.texts))
        for row in exposing.range_rows(
            whole.entry.id,
            packages[package],
            schemes.get(package, ""),
            [bound for one, bound in whole.bounds if one == package],
            [text for one, text in whole.texts if one == package],
        )
    )
    exposing.write_names((whole.entry.id, [whole.entry.identifier, *whole.entry.aliases]) for whole in written)


# --- matching ------------------------------------------------------------------------------------


def _matching(row: SnapshotLoad) -> Iterator[Step]:
    pending = AffectedAdvisory.objects.filter(matched_at=None, published_at__isnull=False).exclude(source=OWN_SOURCE)
    for why, some_pending in (
        (NOT_NAMED, pending.filter(withdrawn_at=None)),
        (WITHDRAWN, pending.filter(withdrawn_at__isnull=False)),
    ):
        while ids := list(some_pending.order_by("pk").values_list("pk", flat=True)[:PENDING_MAX]):
            name = hashlib.sha256("\n".join(ids).encode()).hexdigest()
            row.refresh_from_db()
            # A step that was settled before a crash is not settled again, so that however often it is stopped, it ends.
            after = tuple(row.settled[1:]) if row.settled and row.settled[0] == name else ("", 0)
            waiting = [place for place in exposing.concerned(ids) if place > after]
            yield from (
                partial(_settle, row.pk, ids, [name, *batch[-1]], batch, why) for batch in batches(waiting, LINES_MAX)
            )
            yield partial(_matched, row.pk, ids)


def _settle(
    load_id: str,
    advisory_ids: Sequence[str],
    settled: list[str | int],
    places: Sequence[tuple[str, int]],
    why: str,
    system: Actor,
) -> Done:
    row = SnapshotLoad.objects.select_for_update().get(pk=load_id)
    outcome = settle(system, [line for _, line in places], clock.now(), advisory_ids=advisory_ids, why_gone=why)
    row.shown += len(outcome.shown)
    row.closed += len(outcome.closed)
    row.settled = settled
    row.save(update_fields=["shown", "closed", "settled"])
    told = {exposure.component.inventory_id for exposure in outcome.shown}
    LoadNotice.objects.bulk_create(
        [LoadNotice(load=row, inventory_id=inventory) for inventory in sorted(told)], ignore_conflicts=True
    )
    log_settled(system, load_id, outcome)
    return _done(row)


def log_settled(system: Actor, subject: str, outcome: Outcome) -> None:
    """One entry for what a step opened and closed: its digest fixes each, and says nothing of whose they are."""
    if outcome.opened or outcome.closed:
        ids = " ".join(["opened", *sorted(outcome.opened), "closed", *sorted(outcome.closed)])
        payload = {
            "opened": len(outcome.opened),
            "closed": len(outcome.closed),
            "exposures": f"sha256:{hashlib.sha256(ids.encode()).hexdigest()}",
        }
        record(system, "exposures.settled", subject, payload)


def _matched(load_id: str, advisory_ids: Sequence[str], _system: Actor) -> Done:
    rows = AffectedAdvisory.objects.filter(pk__in=advisory_ids)
    AdvisoryIdentifier.objects.filter(advisory__in=rows.filter(withdrawn_at__isnull=False)).delete()
    rows.update(matched_at=clock.now())
    return _done(SnapshotLoad.objects.get(pk=load_id))


# --- vanished ------------------------------------------------------------------------------------


def _of_sources(row: SnapshotLoad, after: str) -> list[str]:
    rows = AffectedAdvisory.objects.filter(source__in=row.sources, withdrawn_at=None, pk__gt=after)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:ENTRIES_MAX])


def _vanished(snapshot: Snapshot, row: SnapshotLoad) -> tuple[int, int]:
    """How many advisories of its sources the snapshot has no more, and how many there were."""
    gone = count = 0
    last = ""
    while ids := _of_sources(row, last):
        gone += len(set(ids) - present(snapshot, ids))
        count += len(ids)
        last = ids[-1]
    return gone, count


def _look_for_vanished(load_id: str, counted: tuple[int, int], system: Actor) -> Done:
    row = SnapshotLoad.objects.select_for_update().get(pk=load_id)
    gone, count = counted
    if row.state == LoadState.ADVISORIES and gone > max(REMOVALS_MAX, REMOVALS_SHARE * count, row.removals or 0):
        row.state, row.finished_at = LoadState.REFUSED, clock.now()
        row.error = (
            f"{gone} of {count} advisories are gone from its sources, more than is believed. What is new or has changed "
            f"was taken in; nothing was withdrawn. If it is right, load it again with --removals {gone}."
        )
        row.save(update_fields=["state", "finished_at", "error"])
        record(system, "snapshot.refused", load_id, {"snapshot": row.digest, "gone": gone, "of": count})
    elif row.state == LoadState.ADVISORIES:
        row.state = LoadState.VANISHED
        row.save(update_fields=["state"])
    return _done(row)


def _next_vanished(snapshot: Snapshot, row: SnapshotLoad) -> tuple[str, list[str]]:
    """Up to where was looked, and what of it is gone; the former is empty at the end."""
    last = row.last_id
    while ids := _of_sources(row, last):
        last = ids[-1]
        if gone := sorted(set(ids) - present(snapshot, ids)):
            return last, gone
    return "", []


def _withdraw(load_id: str, after: str, found: tuple[str, list[str]], system: Actor) -> Done:
    row = SnapshotLoad.objects.select_for_update().get(pk=load_id)
    last, gone = found
    if row.state != LoadState.VANISHED or row.last_id != after:
        return _done(row)
    if not last:
        row.state = LoadState.NOTICES
    else:
        AffectedRange.objects.filter(advisory_id__in=gone).delete()
        AffectedAdvisory.objects.filter(pk__in=gone).update(
            withdrawn_at=clock.now(), withdrawn_reason=WITHDRAWN, matched_at=None, digest="", extent=""
        )
        row.last_id = last
        row.withdrawn += len(gone)
        record(system, "advisories.withdrawn", load_id, {"count": len(gone), "advisories": gone[:_LOGGED]})
    row.save(update_fields=["state", "last_id", "withdrawn"])
    return _done(row)


_LOGGED = 300
"""Withdrawn advisories that an entry names; their publishers' identifiers are public."""


# --- telling -------------------------------------------------------------------------------------


def _tell(load_id: str, system: Actor) -> Done:
    """One notice per inventory for the whole load."""
    row = SnapshotLoad.objects.select_for_update().get(pk=load_id)
    waiting = list(LoadNotice.objects.filter(load=row).order_by("pk")[:INVENTORIES_MAX])
    for notice in waiting:
        shown = Exposure.objects.filter(
            component__inventory_id=notice.inventory_id,
            state=ExposureState.OPEN,
            judgment=None,
            published_at__gte=row.started_at,
            enumerated_on__gte=row.started_at.date(),
        ).exclude(advisory__source=OWN_SOURCE)
        services.tell(list(shown.select_related("component__inventory", "advisory").order_by("component_id", "pk")))
    LoadNotice.objects.filter(pk__in=[notice.pk for notice in waiting]).delete()
    if not waiting and row.state == LoadState.NOTICES:
        row.state, row.finished_at = LoadState.DONE, clock.now()
        row.save(update_fields=["state", "finished_at"])
        payload = {
            "snapshot": row.digest,
            "new": row.new,
            "changed": row.changed,
            "reworded": row.reworded,
            "withdrawn": row.withdrawn,
        }
        record(system, "snapshot.loaded", load_id, payload)
    return _done(row)


def _done(row: SnapshotLoad) -> Done:
    words = {
        LoadState.ADVISORIES: "new and changed advisories",
        LoadState.VANISHED: "what its sources have no more",
        LoadState.NOTICES: "notices",
    }
    return Done(row.next, row.total, words.get(LoadState(row.state), row.state))
