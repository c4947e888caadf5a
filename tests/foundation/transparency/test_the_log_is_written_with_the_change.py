"""A change and its entry are kept together or not at all; indexes have no gaps, whoever races whom."""

import random
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from seawall.foundation.access.types import Actor
from seawall.foundation.platform import clock
from seawall.foundation.platform.models import IdempotencyRecord
from seawall.foundation.transparency import leaves, merkle, services
from seawall.foundation.transparency.errors import LogUnavailable, NotInTransaction, Unloggable
from seawall.foundation.transparency.models import LogEntry, LogHead, LogNode, LogOpening

ACTOR = Actor.system("test")


class Deliberate(Exception):
    pass


def change(name: str) -> None:
    """Some row of another folder, as a service writes one beside its log entry."""
    IdempotencyRecord.objects.create(
        organization_id="org", key=name, operation="test", fingerprint="", response={}, created_at=clock.now()
    )


def changes() -> list[str]:
    return list(IdempotencyRecord.objects.order_by("key").values_list("key", flat=True))


def record(**payload: Any) -> int:
    return services.record(ACTOR, "test.step", "case_x", payload).index


def assert_sound() -> None:
    """Indexes without gaps; hashes, inner nodes and head as the leaves give them."""
    rows = list(LogEntry.objects.order_by("index"))
    assert [row.index for row in rows] == list(range(len(rows)))
    frontier, inner = merkle.Frontier(), {}
    for row in rows:
        assert bytes(row.leaf_hash) == merkle.leaf_hash(bytes(row.leaf))
        inner.update({node.subtree.number: node.hash for node in frontier.append(bytes(row.leaf_hash))})
    assert {row.number: bytes(row.hash) for row in LogNode.objects.all()} == inner
    head = LogHead.objects.get()
    assert (head.size, bytes(head.frontier)) == (len(rows), frontier.to_bytes())
    for opening in LogOpening.objects.select_related("entry"):
        assert leaves.seal(bytes(opening.salt), bytes(opening.content)) == bytes(opening.entry.leaf)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_recorded() -> None:
    with pytest.raises(NotInTransaction, match=r"test\.step"):
        record()
    assert not LogEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_leaves_no_entry_and_no_gap() -> None:
    with transaction.atomic():
        assert record(n=1) == 0
    with pytest.raises(Deliberate), transaction.atomic():  # noqa: PT012 - the last line raises
        change("lost")
        assert record(n=2) == 1
        raise Deliberate
    with transaction.atomic():
        change("kept")
        assert record(n=3) == 1
    assert changes() == ["kept"]
    assert_sound()


@pytest.mark.django_db
def test_a_savepoint_that_is_rolled_back_leaves_no_gap() -> None:
    record(n=1)
    with pytest.raises(Deliberate), transaction.atomic():  # noqa: PT012 - the last line raises
        record(n=2)
        raise Deliberate
    record(n=3)
    assert [opening.content for opening in LogOpening.objects.filter(content__contains=b'{"n":2}')] == []
    assert_sound()


@pytest.mark.django_db
def test_an_entry_holds_who_what_when(later: Callable[..., None]) -> None:
    later(hours=5)
    before = clock.now()
    entry = services.record(ACTOR, "case.opened", "case_x", {"package": "pkg:pypi/jinja2", "score": 0.5})
    opening = LogOpening.objects.get()
    said = leaves.Content.parse(bytes(opening.content))
    assert (said.kind, said.subject, said.payload) == (
        "case.opened",
        "case_x",
        {"package": "pkg:pypi/jinja2", "score": 0.5},
    )
    assert said.actor == leaves.LoggedActor("system:test", "system", None)
    assert said.time == leaves.stamp(opening.recorded_at)
    assert timedelta(0) <= opening.recorded_at - before < timedelta(minutes=1)
    assert LogEntry.objects.get().leaf_hash == entry.leaf_hash


@pytest.mark.django_db
def test_the_public_row_names_nothing_of_the_content() -> None:
    services.record(ACTOR, "case.opened", "case_secret", {"package": "pkg:pypi/secret"})
    row = LogEntry.objects.values().get()
    text = repr({name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()})
    for word in ("secret", "case", "pkg", "system", str(clock.now().year)):
        assert word not in text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("payload", [{"x": float("inf")}, {"x": 2.0**53}, {"x": object()}, {"x": "y" * 70_000}])
def test_what_cannot_be_logged_cannot_happen(payload: dict[str, Any]) -> None:
    with transaction.atomic():
        change("lost")
        with pytest.raises(Unloggable):  # swallowed, as a careless caller would
            record(**payload)
    assert changes() == []
    assert not LogEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["loghead", "logentry", "logopening", "lognode"])
def test_while_the_log_is_down_writes_are_refused(table: str) -> None:
    with transaction.atomic():
        record(n=1)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE transparency_{table} RENAME TO gone")
    try:
        with transaction.atomic():
            change("lost")
            with pytest.raises(LogUnavailable, match="nothing was changed"):  # noqa: PT012
                record(n=2)
                if table == "lognode":
                    record(n=3)  # the second entry completes a subtree
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE gone RENAME TO transparency_{table}")
    assert changes() == []
    with transaction.atomic():
        assert record(n=2) == 1
    assert_sound()


@pytest.mark.usefixtures("triggers_lifted")
def test_a_log_that_lost_its_head_takes_nothing() -> None:
    with transaction.atomic():
        record(n=1)
    LogHead.objects.all()._raw_delete(using="default")
    with transaction.atomic():
        change("lost")
        with pytest.raises(LogUnavailable, match="head row"):
            record(n=2)
    assert changes() == []
    assert not LogHead.objects.exists()


@pytest.mark.usefixtures("triggers_lifted")
@pytest.mark.parametrize("damage", [{"frontier": b"x"}, {"size": 3}, {"size": -1, "frontier": b""}])
def test_a_damaged_head_takes_nothing(damage: dict[str, Any]) -> None:
    with transaction.atomic():
        record(n=1)
    LogHead.objects.update(**damage)
    with pytest.raises(LogUnavailable, match="damaged"), transaction.atomic():
        record(n=2)
    assert LogEntry.objects.count() == 1


@pytest.mark.usefixtures("triggers_lifted")
def test_a_head_that_was_set_back_takes_nothing() -> None:
    with transaction.atomic():
        record(n=1)
        record(n=2)
    first = merkle.Frontier()
    first.append(bytes(LogEntry.objects.get(pk=0).leaf_hash))
    LogHead.objects.update(size=1, frontier=first.to_bytes())
    with pytest.raises(LogUnavailable) as refused, transaction.atomic():
        record(n=3)
    assert isinstance(refused.value.__cause__, IntegrityError)
    assert LogEntry.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_racing_writers_leave_no_gap_and_lose_nothing() -> None:
    threads, steps = 8, 20
    kept: list[str] = []
    failures: list[BaseException] = []
    start = threading.Barrier(threads)

    def work(number: int) -> None:
        chance = random.Random(number)  # noqa: S311 - chance that repeats
        try:
            start.wait()
            for step in range(steps):
                name = f"{number}-{step}"
                fails = chance.random() < 0.3
                try:
                    with transaction.atomic():
                        change(name)
                        for _ in range(chance.randint(1, 3)):
                            record(name=name)
                        if fails:
                            raise Deliberate  # noqa: TRY301 - what a failing service does
                except Deliberate:
                    continue
                kept.append(name)
        except BaseException as error:  # noqa: BLE001 - shown below by the main thread
            failures.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert sorted(kept) == changes()
    named = {leaves.Content.parse(bytes(row.content)).payload["name"] for row in LogOpening.objects.all()}
    assert named == set(kept)
    assert 0 < len(kept) < threads * steps
    assert_sound()


@pytest.mark.django_db(transaction=True)
def test_two_first_writers_of_a_new_database_agree_on_one_head() -> None:
    start = threading.Barrier(2)
    indexes: list[int] = []

    def work() -> None:
        try:
            start.wait()
            with transaction.atomic():
                indexes.append(record())
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(indexes) == [0, 1]
    assert_sound()
