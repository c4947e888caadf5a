"""A finding is sealed, proved and revealed; a changed byte is refused; the first one is first for every outsider."""

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.clearinghouse.deconfliction.commitments import queries, rules, services, verify
from seawall.clearinghouse.deconfliction.models import Commitment
from seawall.foundation.platform.errors import BadInput, Conflict, Forbidden, NotAuthentic, NotFound, RateLimited
from seawall.foundation.transparency import queries as log
from seawall.foundation.transparency import services as transparency
from seawall.foundation.transparency.errors import NotInLog
from seawall.foundation.transparency.models import LogOpening
from support import KEEPER, World
from support.world import Scene

SCRIPT = Path(__file__).parents[3] / "scripts" / "verify_commitment.py"
FINDING = {"target": "pkg:pypi/jinja2", "title": "The attr filter reads secrets", "lines": [1, 2, 3]}


def opening_for(committer: str, finding: Any = None) -> bytes:
    return rules.Opening(committer, FINDING if finding is None else finding, bytes(range(32))).canonical()


def sealed(world: World, name: str = "finder", **finding: Any) -> tuple[Commitment, bytes]:
    opening = opening_for(world.id(name), {**FINDING, **finding})
    return services.seal(world.actor(name), digest=hashlib.sha256(opening).hexdigest()), opening


def proof_of(world: World, row: Commitment, name: str = "finder") -> str:
    transparency.checkpoint(KEEPER)
    return queries.proof(world.actor(name), row.id)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=60)
@given(
    finding=st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), values, max_size=4),
    at=st.integers(0, 10**6),
)
def test_an_opening_has_one_spelling_and_no_changed_byte_passes(finding: dict[str, Any], at: int) -> None:
    data = opening_for("org_a", finding)
    assert rules.read_opening(data).finding == finding
    digest = hashlib.sha256(data).hexdigest()
    changed = bytearray(data)
    changed[at % len(data)] ^= 1 + at % 255
    assert rules.digest_of("sha256", bytes(changed)) != digest


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b" " + opening_for("org_a"),
        opening_for("org_a") + b"\n",
        json.dumps(json.loads(opening_for("org_a"))).encode(),
        rfc8785.dumps({"committer": "a", "finding": {}, "salt": "00", "schema": rules.SCHEMA}),
        rfc8785.dumps({"committer": "a", "finding": [], "salt": "00" * 32, "schema": rules.SCHEMA}),
        rfc8785.dumps({"committer": "a", "finding": {}, "salt": "00" * 32, "schema": rules.SCHEMA, "x": 1}),
        rfc8785.dumps({"committer": "a", "finding": {}, "salt": "zz" * 32, "schema": rules.SCHEMA}),
        b"x" * (rules.OPENING_MAX + 1),
    ],
    ids=range(13),
)
def test_what_is_no_opening_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        rules.read_opening(data)


@pytest.mark.parametrize("algorithm", list(rules.ALGORITHMS))
def test_digests_of_laboratories_are_taken(algorithm: str) -> None:
    digest = rules.digest_of(algorithm, b"a text")
    assert rules.read_digest(algorithm.upper().replace("-", "_"), f" {digest.upper()} ") == (algorithm, digest)
    with pytest.raises(BadInput):
        rules.read_digest(algorithm, digest[:-1])
    with pytest.raises(BadInput):
        rules.read_digest("md5", "0" * 32)


@pytest.mark.django_db
def test_an_outsider_verifies_seal_and_order_with_none_of_our_code(world: World, tmp_path: Path) -> None:
    row, opening = sealed(world)
    with pytest.raises(NotInLog):
        queries.proof(world.actor("finder"), row.id)
    later, text = (
        services.register_published(
            world.actor("rival"),
            algorithm="sha3-256",
            digest=hashlib.sha3_256(opening).hexdigest(),
            url="https://lab.example/post",
        ),
        opening,
    )
    files = {
        "opening.json": opening,
        "a.tlog-proof": proof_of(world, row).encode(),
        "b.tlog-proof": queries.proof(world.actor("rival"), later.id).encode(),
        "changed.json": opening.replace(b"secrets", b"secretz"),
        "forged.tlog-proof": proof_of(world, row)
        .replace(f"index {row.log_index}", f"index {row.log_index + 1}")
        .encode(),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    key = log.verifier_key(KEEPER)

    def outsider(*words: str) -> tuple[int, str]:
        isolated = [sys.executable, "-I", str(SCRIPT), *words]
        done = subprocess.run(isolated, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    code, said = outsider("opening.json", "a.tlog-proof", key, "b.tlog-proof")
    assert (code, said.splitlines()[-1]) == (0, f"first: {row.id}")
    assert world.id("finder") in said
    assert outsider("changed.json", "a.tlog-proof", key) == (
        1,
        "a.tlog-proof: WRONG: the file is not what was committed to\n",
    )
    assert outsider("opening.json", "forged.tlog-proof", key)[0] == 1
    other = "other.example+" + key.partition("+")[2]
    assert outsider("opening.json", "a.tlog-proof", other)[0] == 1
    assert text
    ours = verify.verify(opening, proof=files["a.tlog-proof"].decode(), vkey=key)
    assert (ours.committer, ours.commitment_id) == (world.id("finder"), row.id)
    theirs = verify.verify(opening, proof=files["b.tlog-proof"].decode(), vkey=key)
    assert verify.earliest([theirs, ours]) == ours
    for wrong in (files["changed.json"], b"", opening + b" "):
        with pytest.raises(NotAuthentic):
            verify.verify(wrong, proof=files["a.tlog-proof"].decode(), vkey=key)
    with pytest.raises(NotAuthentic):
        verify.verify(opening, proof=files["forged.tlog-proof"].decode(), vkey=key)


@pytest.mark.django_db
def test_the_script_imports_none_of_ours() -> None:
    assert "seawall." not in SCRIPT.read_text(encoding="utf-8").replace("seawall.commitment", "")


@pytest.mark.django_db
def test_revealing_needs_every_byte_and_twice_is_once(world: World) -> None:
    finder = world.actor("finder")
    row, opening = sealed(world)
    for wrong in (opening[:-1], opening + b" ", opening.swapcase(), b""):
        with pytest.raises(BadInput):
            services.reveal(finder, row.id, opening=wrong)
    with pytest.raises(NotFound):
        services.reveal(world.actor("rival"), row.id, opening=opening)
    with pytest.raises(NotFound):
        services.reveal(world.actor("clearinghouse"), row.id, opening=opening)
    assert services.reveal(finder, row.id, opening=opening).state == "revealed"
    assert services.reveal(finder, row.id, opening=opening).state == "revealed"
    assert list(LogOpening.objects.filter(subject=row.id).values_list("kind", flat=True)) == [
        "commitment.sealed",
        "commitment.revealed",
    ]


@pytest.mark.django_db
def test_a_copied_digest_can_be_opened_by_nobody_but_its_maker(world: World) -> None:
    row, opening = sealed(world)
    copied = services.seal(world.actor("rival"), digest=row.digest)
    with pytest.raises(BadInput):
        services.reveal(world.actor("rival"), copied.id, opening=opening)
    assert services.seal(world.actor("finder"), digest=row.digest.upper()).pk == row.pk


@pytest.mark.django_db
def test_the_earliest_revealed_commitment_wins_credit(world: World) -> None:
    finder, rival, keeper = world.actor("finder"), world.actor("rival"), world.actor("clearinghouse")
    first, opening = sealed(world, "finder")
    second, other = sealed(world, "rival")
    text = b"CVE to come: the attr filter"
    lab = services.register_published(
        world.actor("lab"), algorithm="sha3-224", digest=hashlib.sha3_224(text).hexdigest(), url="https://lab.example/x"
    )
    ids = [lab.id, second.id, first.id]
    services.reveal(rival, second.id, opening=other)
    services.reveal(world.actor("lab"), lab.id, opening=text)
    assert [(one.row.id, one.rank) for one in queries.credit(keeper, commitment_ids=ids)] == [
        (first.id, None),
        (second.id, 1),
        (lab.id, None),
    ]
    services.reveal(finder, first.id, opening=opening)
    services.judge(keeper, lab.id, confirm=True, reason="Seen on their site.")
    assert [one.rank for one in queries.credit(keeper, commitment_ids=ids)] == [1, 2, 3]
    services.judge(keeper, first.id, confirm=False, reason="It says nothing that can be checked.")
    found = queries.credit(keeper, commitment_ids=ids)
    assert [(one.rank, one.revealed) for one in found] == [(None, 1), (1, 1), (2, 1)]
    with pytest.raises(Forbidden):
        queries.credit(finder, commitment_ids=ids)


@pytest.mark.django_db
def test_what_is_revealed_for_a_report_is_the_committers_own(world: World) -> None:
    scene = Scene(world)
    row, opening = sealed(world)
    mine, foreign = scene.report("finder"), scene.report("rival")
    with pytest.raises(NotFound):
        services.reveal(world.actor("finder"), row.id, opening=opening, report_id=foreign)
    assert services.reveal(world.actor("finder"), row.id, opening=opening, report_id=mine).report_id == mine
    found = queries.credit(world.actor("clearinghouse"), report_ids=[mine])
    assert [(one.row.id, one.rank) for one in found] == [(row.id, 1)]


@pytest.mark.django_db
def test_a_commitment_is_not_kept_closed_for_ever(world: World, later: Callable[..., None]) -> None:
    row, opening = sealed(world)
    later(days=rules.EXPIRES_AFTER.days + 1)
    assert queries.state_of(row) == "expired"
    with pytest.raises(Conflict):
        services.reveal(world.actor("finder"), row.id, opening=opening)


@pytest.mark.django_db
def test_nobody_commits_to_everything(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "PER_DAY", 3)
    finder = world.actor("finder")
    for number in range(3):
        services.seal(finder, digest=f"{number:064x}")
    with pytest.raises(RateLimited):
        services.seal(finder, digest=f"{9:064x}")
    assert services.seal(finder, digest=f"{0:064x}").digest == f"{0:064x}"


@pytest.mark.django_db
def test_the_whole_way_over_the_api(world: World) -> None:
    finder = world.api("finder")
    opening = opening_for(world.id("finder"))
    row = finder.post("/commitments", {"digest": hashlib.sha256(opening).hexdigest(), "label": "mine"}).body
    assert row["allowed_next"] == ["reveal_commitment", "check_collision", "get_commitment_proof"]
    assert finder.get(f"/commitments/{row['id']}/proof").status == 404
    transparency.checkpoint(KEEPER)
    proof = finder.get(f"/commitments/{row['id']}/proof").content.decode()
    assert verify.verify(opening, proof=proof, vkey=log.verifier_key(KEEPER)).index == row["log_index"]
    address = f"/commitments/{row['id']}/reveal"
    refused = finder.post(address, {"opening_base64": base64.b64encode(opening + b" ").decode()})
    assert (refused.status, refused.code) == (422, "bad-input")
    assert finder.post(address, {"opening_base64": "?"}).body["field"] == "opening_base64"
    shown = finder.post(address, {"opening_base64": base64.b64encode(opening).decode()})
    assert shown.body["state"] == "revealed"
    assert [one["id"] for one in finder.get("/commitments").body["items"]] == [row["id"]]
    assert world.api("rival").get("/commitments").body["items"] == []
    keeper = world.api("clearinghouse")
    assert keeper.post("/commitments/credit", {"commitment_ids": [row["id"]]}).body["items"][0]["rank"] == 1
    assert finder.post("/commitments/credit", {"commitment_ids": [row["id"]]}).status == 403
    bad = finder.post("/commitments/published", {"algorithm": "sha256", "digest": "ab" * 32, "url": "http://x.example"})
    assert bad.body["field"] == "url"
