"""What the doors serve: proofs that verify, tiles as C2SP lays them out, nothing behind the latest checkpoint."""

import base64
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.runner import drain
from seawall.foundation.platform.errors import NotFound
from seawall.foundation.transparency import leaves, merkle, notes, proofs, queries, services
from seawall.foundation.transparency.errors import LogUnavailable, NotInLog
from seawall.foundation.transparency.models import LogCheckpoint, LogEntry, LogHead, LogNode
from seawall.foundation.transparency.verify import verify_proof

ANYBODY = Actor.anonymous()
SYSTEM = Actor.system("test")
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_key")]


def record(count: int, subject: str = "case_x") -> None:
    for number in range(count):
        services.record(SYSTEM, "test.step", subject, {"n": number})


def test_without_a_checkpoint_there_is_nothing_to_read() -> None:
    record(1)
    for read in (
        lambda: queries.latest_checkpoint(ANYBODY),
        lambda: queries.entries(ANYBODY),
        lambda: queries.inclusion_proof(ANYBODY, 0),
        lambda: queries.consistency_proof(ANYBODY, 0),
        lambda: queries.tile(ANYBODY, 0, 0, 1),
        lambda: queries.tlog_proof(ANYBODY, 0),
    ):
        with pytest.raises(NotInLog):
            read()


def test_entries_behind_the_checkpoint_show_nowhere() -> None:
    record(5)
    services.checkpoint(SYSTEM)
    record(5)
    assert [leaf.index for leaf in queries.entries(ANYBODY)] == [0, 1, 2, 3, 4]
    assert queries.entries(ANYBODY, start=5) == ()
    for read in (
        lambda: queries.entries(ANYBODY, start=6),
        lambda: queries.inclusion_proof(ANYBODY, 5),
        lambda: queries.inclusion_proof(ANYBODY, 0, 6),
        lambda: queries.consistency_proof(ANYBODY, 3, 6),
        lambda: queries.tile(ANYBODY, 0, 0, 6),
        lambda: queries.entry_bundle(ANYBODY, 0, 6),
    ):
        with pytest.raises(NotInLog):
            read()


def test_every_proof_verifies_against_the_signed_root() -> None:
    roots = {}
    for _ in range(13):
        record(1)
        signed = services.checkpoint(SYSTEM)
        roots[signed.size] = signed.root
    for size, root in roots.items():
        for index in range(size):
            proof = queries.inclusion_proof(ANYBODY, index, size)
            assert proof.root == root
            assert merkle.verify_inclusion(index=index, size=size, leaf=proof.leaf_hash, proof=proof.hashes, root=root)
        for old, old_root in roots.items():
            if old <= size:
                grown = queries.consistency_proof(ANYBODY, old, size)
                assert (grown.old_root, grown.new_root) == (old_root, root)
                assert merkle.verify_consistency(
                    old=old, old_root=old_root, new=size, new_root=root, proof=grown.hashes
                )


def test_a_proof_takes_the_same_few_queries_whatever_the_size(django_assert_max_num_queries: Any) -> None:
    record(150)
    services.checkpoint(SYSTEM)
    with django_assert_max_num_queries(6):
        queries.inclusion_proof(ANYBODY, 77)
    with django_assert_max_num_queries(7):
        queries.consistency_proof(ANYBODY, 77)


def test_the_checkpoint_is_signed_by_the_key_that_is_served() -> None:
    record(3)
    signed = services.checkpoint(SYSTEM)
    key = notes.VerifierKey.parse(queries.verifier_key(ANYBODY))
    assert notes.open_checkpoint(signed.note, key) == notes.Checkpoint(signed.origin, 3, signed.root)
    assert queries.latest_checkpoint(ANYBODY) == signed


def test_nothing_new_gives_the_same_checkpoint() -> None:
    record(3)
    first = services.checkpoint(SYSTEM)
    assert services.checkpoint(SYSTEM) == first
    assert LogCheckpoint.objects.count() == 1


def test_a_log_without_entries_has_a_checkpoint() -> None:
    assert services.checkpoint(SYSTEM).root == merkle.EMPTY_ROOT
    record(1)
    assert services.checkpoint(SYSTEM).size == 1
    assert queries.consistency_proof(ANYBODY, 0, 1).hashes == ()


@pytest.mark.parametrize("happened", [0, 1, 7, 8])
def test_with_a_batch_quiet_and_busy_look_alike(happened: int) -> None:
    record(3)
    assert services.checkpoint(SYSTEM, batch=8).size == 8
    record(happened)
    assert services.checkpoint(SYSTEM, batch=8).size == 16
    assert len(queries.openings(ANYBODY, ["case_x"])) == 3 + happened


def test_the_schedule_signs_each_hour_once_and_goes_on(later: Any) -> None:
    record(3)
    first = services.schedule_checkpoint(SYSTEM)
    assert services.schedule_checkpoint(SYSTEM) == first
    kinds = [services.CHECKPOINT_JOB]
    assert drain(kinds=kinds) == 0
    for hour in (1, 2):
        later(hours=1)
        assert drain(kinds=kinds) == 1
        assert queries.latest_checkpoint(ANYBODY).size == hour * services.SCHEDULED_BATCH


@pytest.mark.parametrize("batch", [0, -1, services.BATCH_MAX + 1])
def test_a_batch_out_of_bounds_is_refused(batch: int) -> None:
    with pytest.raises(ValueError, match="a batch has"):
        services.checkpoint(SYSTEM, batch=batch)


def test_the_key_is_made_once_and_for_its_owner_only(own_key: Path) -> None:
    first = queries.verifier_key(ANYBODY)
    path = own_key / "keys" / "log.pem"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["log.pem"]
    assert queries.verifier_key(ANYBODY) == first


def test_a_key_that_others_can_read_signs_nothing(own_key: Path) -> None:
    queries.verifier_key(ANYBODY)
    (own_key / "keys" / "log.pem").chmod(0o640)
    with pytest.raises(LogUnavailable, match="other users"):
        services.checkpoint(SYSTEM)


@pytest.mark.parametrize("pem", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_damaged_key_signs_nothing_and_is_not_replaced(pem: bytes, own_key: Path) -> None:
    path = own_key / "keys" / "log.pem"
    path.parent.mkdir(parents=True)
    path.write_bytes(pem)
    path.chmod(0o600)
    with pytest.raises(LogUnavailable, match="no private key"):
        services.checkpoint(SYSTEM)
    assert path.read_bytes() == pem


def test_a_lost_key_is_not_silently_followed_by_another(own_key: Path) -> None:
    record(2)
    services.checkpoint(SYSTEM)
    (own_key / "keys" / "log.pem").unlink()
    record(2)
    with pytest.raises(LogUnavailable, match="not of this key and origin"):
        services.checkpoint(SYSTEM)


@pytest.mark.usefixtures("triggers_lifted")
@pytest.mark.parametrize("tamper", ["node", "frontier", "older"])
def test_rows_that_were_tampered_with_are_not_signed(tamper: str) -> None:
    with_transaction(6)
    services.checkpoint(SYSTEM)
    with_transaction(3)
    if tamper == "node":
        number = merkle.Subtree(1, 2).number  # entries 4 and 5: the proof from 6 to 9 needs it
        LogNode.objects.filter(pk=number)._raw_delete(using="default")
        LogNode.objects.create(number=number, hash=bytes(32))
    elif tamper == "frontier":
        LogHead.objects.update(frontier=bytes(64))
    else:
        frontier = merkle.Frontier()
        for row in LogEntry.objects.order_by("index")[:4]:
            frontier.append(bytes(row.leaf_hash))
        LogHead.objects.update(size=4, frontier=frontier.to_bytes())
    with pytest.raises(LogUnavailable, match="does not continue"):
        services.checkpoint(SYSTEM)
    assert LogCheckpoint.objects.count() == 1


def with_transaction(count: int) -> None:
    with transaction.atomic():
        record(count)


@pytest.mark.usefixtures("triggers_lifted")
def test_a_missing_node_is_said_not_proved_around() -> None:
    with_transaction(4)
    services.checkpoint(SYSTEM)
    LogNode.objects.all()._raw_delete(using="default")
    with pytest.raises(LogUnavailable, match="missing"):
        queries.inclusion_proof(ANYBODY, 0)


def test_openings_are_given_by_subject_and_page() -> None:
    record(3, "case_a")
    record(3, "case_b")
    record(2, "case_a")
    assert [entry.index for entry in queries.openings(ANYBODY, ["case_a"])] == [0, 1, 2, 6, 7]
    assert [entry.index for entry in queries.openings(ANYBODY, ["case_a"], after=1, limit=2)] == [2, 6]
    assert queries.openings(ANYBODY, []) == ()
    entry = queries.openings(ANYBODY, ["case_b"])[1]
    assert (entry.kind, entry.subject, entry.actor_id, entry.payload) == (
        "test.step",
        "case_b",
        "system:test",
        {"n": 1},
    )
    services.checkpoint(SYSTEM)
    assert leaves.seal(entry.salt, entry.content) == queries.entries(ANYBODY, start=entry.index, count=1)[0].leaf


def test_an_opening_of_a_subject_one_may_not_see_is_as_absent() -> None:
    record(1, "case_secret")
    answers = []
    for index in (0, 99):
        with pytest.raises(NotFound) as refused:
            queries.receipt(ANYBODY, index, ["case_mine"])
        answers.append(str(refused.value))
    assert answers[0] == answers[1]
    assert queries.receipt(ANYBODY, 0, ["case_secret"]).subject == "case_secret"


def test_a_proof_file_verifies_and_opens_only_for_those_who_may_see() -> None:
    record(5, "case_a")
    services.checkpoint(SYSTEM)
    key = queries.verifier_key(ANYBODY)
    closed = queries.tlog_proof(ANYBODY, 3, ["case_other"])
    assert "case_a" not in base64.b64decode(closed.split("\n")[1].removeprefix("extra ")).decode()
    report = verify_proof(closed, vkey=key)
    assert report.ok
    assert report.content is None
    report = verify_proof(queries.tlog_proof(ANYBODY, 3, ["case_a"]), vkey=key)
    assert report.ok
    assert (report.index, report.size) == (3, 5)
    assert report.content is not None
    assert (report.content.subject, report.content.payload) == ("case_a", {"n": 3})


def test_no_changed_character_of_a_proof_file_verifies() -> None:
    record(5)
    services.checkpoint(SYSTEM)
    key = queries.verifier_key(ANYBODY)
    text = queries.tlog_proof(ANYBODY, 3, ["case_x"])
    assert verify_proof(text, vkey=key).ok
    for place, character in enumerate(text):
        changed = text[:place] + ("A" if character != "A" else "B") + text[place + 1 :]
        report = verify_proof(changed, vkey=key)
        assert not report.ok, place
        assert not verify_proof(text[:place], vkey=key).ok


@pytest.mark.parametrize("extra", [b"", b"[]", b"{}", b'{"leaf":"x"}', b'{"content":"{}","salt":"00"}', b"[" * 100_000])
def test_a_proof_whose_extra_is_no_evidence_is_refused(extra: bytes) -> None:
    record(1)
    services.checkpoint(SYSTEM)
    lines = queries.tlog_proof(ANYBODY, 0).split("\n")
    lines[1] = f"extra {base64.b64encode(extra).decode()}"
    assert not verify_proof("\n".join(lines), vkey=queries.verifier_key(ANYBODY)).ok


def test_a_proof_without_end_is_refused() -> None:
    assert (
        "more than" in verify_proof("x" * (proofs.PROOF_MAX + 1), vkey=queries.verifier_key(ANYBODY)).findings[0].what
    )


def test_tiles_hold_what_c2sp_says() -> None:
    record(260)
    size = services.checkpoint(SYSTEM).size
    hashes = [merkle.leaf_hash(leaf.leaf) for leaf in queries.entries(ANYBODY, count=1000)]
    assert len(hashes) == size == 260
    assert queries.tile(ANYBODY, 0, 0) == b"".join(hashes[:256])
    assert queries.tile(ANYBODY, 0, 1, 4) == b"".join(hashes[256:])
    assert queries.tile(ANYBODY, 1, 0, 1) == merkle.root_of(hashes[:256])
    bundle = queries.entry_bundle(ANYBODY, 1, 4)
    found = []
    while bundle:
        length = int.from_bytes(bundle[:2], "big")
        found.append(merkle.leaf_hash(bundle[2 : 2 + length]))
        bundle = bundle[2 + length :]
    assert found == hashes[256:]
    for level, number, width in (
        (0, 1, 5),
        (1, 0, 2),
        (2, 0, 1),
        (0, 2, 1),
        (0, -1, 1),
        (7, 0, 1),
        (0, 0, 0),
        (0, 0, 257),
    ):
        with pytest.raises(NotInLog):
            queries.tile(ANYBODY, level, number, width)
