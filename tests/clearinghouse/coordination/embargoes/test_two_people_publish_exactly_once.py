"""A publication is proposed by one person and approved by another; exactly once, and only of what both have seen."""

import json
import os
import secrets
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from seawall.clearinghouse.coordination import merging, publication
from seawall.clearinghouse.coordination.embargoes import queries, services
from seawall.clearinghouse.coordination.embargoes.models import PublicationProposal
from seawall.clearinghouse.coordination.models import Case
from seawall.clearinghouse.intake.types import FailureClass
from seawall.foundation.access.types import Actor, Role
from seawall.foundation.identity.models import Membership, User
from seawall.foundation.identity.queries import actor_of_person, actor_of_token, person_behind
from seawall.foundation.identity.services import mint_token
from seawall.foundation.platform.errors import BadInput, Conflict, Forbidden, NotFound
from support import World
from support.world import Scene, confirmed

pytestmark = pytest.mark.django_db


@pytest.fixture
def ended(scene: Scene) -> str:
    case_id = scene.case()
    services.end_embargo(scene.world.actor("clearinghouse"), case_id, reason="The fix is out.")
    return case_id


def propose(scene: Scene, case_id: str, actor: Actor | None = None) -> None:
    publication.propose_publication(actor or scene.world.actor("clearinghouse"), case_id, reason="Fixed.")


def states(case_id: str) -> list[str]:
    return list(PublicationProposal.objects.filter(case_id=case_id).order_by("id").values_list("state", flat=True))


def test_one_proposes_another_approves_and_the_timeline_names_both(scene: Scene, ended: str) -> None:
    first, second = scene.world.actor("clearinghouse"), scene.world.second()
    propose(scene, ended)
    case = publication.approve_publication(second, ended, reason="Read it.")
    assert case.published_at is not None
    assert case.published_at.microsecond == 0
    proposal = PublicationProposal.objects.get(case_id=ended)
    assert (proposal.person, proposal.decided_person, proposal.state) == (first.id, second.id, "approved")
    assert first.label in case.events.get(kind="published").text
    with pytest.raises(Conflict, match="published"):
        publication.approve_publication(second, ended, reason="Again.")
    with pytest.raises(Conflict, match="published"):
        propose(scene, ended)


def test_nobody_approves_what_they_proposed(scene: Scene, ended: str) -> None:
    propose(scene, ended)
    with pytest.raises(Conflict, match="yourself"):
        publication.approve_publication(scene.world.actor("clearinghouse"), ended, reason="Me again.")
    assert "approve_publication" not in queries.embargo(scene.world.actor("clearinghouse"), ended).allowed_next
    assert "approve_publication" in queries.embargo(scene.world.second(), ended).allowed_next


def test_two_tokens_of_one_person_are_one_person(scene: Scene, ended: str) -> None:
    world = scene.world
    tokens = [world.person_api("clearinghouse", "ines") for _ in range(2)]
    assert tokens[0].post(f"/cases/{ended}/propose-publication", {"reason": "Fixed."}).status == 200
    answer = tokens[1].post(f"/cases/{ended}/approve-publication", {"reason": "Fixed."})
    assert (answer.status, answer.code) == (409, "conflict")
    assert "yourself" in answer.body["detail"]
    person = User.objects.get(email="ines@clearinghouse.example")
    browser = scene.browser(None)
    browser.force_login(person)
    assert browser.post(f"/cases/{ended}/approve", {"reason": "On a page."}).status_code == 409
    assert Case.objects.get(pk=ended).published_at is None


def test_a_machines_token_takes_no_part(scene: Scene, ended: str) -> None:
    world = scene.world
    propose(scene, ended)
    machine = world.api("clearinghouse")  # with every scope, made by the server's keeper
    for step in ("propose-publication", "approve-publication", "withdraw-publication"):
        answer = machine.post(f"/cases/{ended}/{step}", {"reason": "I read it."})
        assert (answer.status, answer.code) == (403, "forbidden"), step
        assert "no person stands behind" in answer.body["detail"]
    assert "publication" not in " ".join(machine.get(f"/cases/{ended}").body["allowed_next"])
    agent = world.api("clearinghouse", "cases:read", "cases:write")
    answer = agent.post(f"/cases/{ended}/approve-publication", {"reason": "I read it."})
    assert (answer.status, answer.code) == (403, "forbidden")
    assert "cases:publish" in answer.body["action"]


def test_whoever_has_left_or_only_looks_approves_nothing(scene: Scene, ended: str) -> None:
    world = scene.world
    person = scene.person("clearinghouse")
    secret = mint_token(actor_of_person(person), "own", ["cases:read", "cases:write", "cases:publish"]).secret
    token = actor_of_token(secret)
    assert person_behind(token) == person.id
    membership = Membership.objects.get(user=person)
    membership.role = Role.VIEWER
    membership.save()
    assert person_behind(token) is None
    Membership.objects.all().delete()
    assert person_behind(token) is None
    propose(scene, ended)
    with pytest.raises(Forbidden):
        publication.approve_publication(token, ended, reason="I used to work here.")
    with pytest.raises(Forbidden):
        publication.approve_publication(world.actor("clearinghouse", role=Role.VIEWER), ended, reason="I look on.")
    for name in ("finder", "vendor", "hospital"):
        with pytest.raises((Forbidden, NotFound)):
            publication.approve_publication(world.actor(name), ended, reason="I want to.")


CHANGES = {
    "a title": {"title": "Another title"},
    "a range": {"affected": [{"introduced": "0", "fixed": "3.1.7"}]},
    "an identifier": {"identifiers": ["CVE-2025-27516", "CVE-2026-12345"]},
    "a severity": {"severity": ""},
    "a weakness": {"weaknesses": ["CWE-79"]},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_a_change_to_the_case_voids_the_proposal(scene: Scene, ended: str, change: dict[str, object]) -> None:
    propose(scene, ended)
    Case.objects.filter(pk=ended).update(**change)
    second = scene.world.second()
    with pytest.raises(Conflict, match="has changed"):
        publication.approve_publication(second, ended, reason="Read it.")
    shown = queries.embargo(second, ended)
    assert shown.proposal_is_void
    assert "approve_publication" not in shown.allowed_next
    propose(scene, ended, second)
    assert states(ended) == ["void", "open"]
    publication.approve_publication(scene.world.actor("clearinghouse"), ended, reason="Read it as it is now.")


def test_another_report_voids_it_too_because_its_finder_is_credited(scene: Scene, ended: str) -> None:
    propose(scene, ended)
    other = scene.report("rival")
    scene.judged(other)
    assert scene.folded(other) == ended
    with pytest.raises(Conflict, match="has changed"):
        publication.approve_publication(scene.world.second(), ended, reason="Read it.")


def test_a_proposal_waits_alone_and_can_be_withdrawn(scene: Scene, ended: str) -> None:
    second = scene.world.second()
    with pytest.raises(Conflict, match="Nothing is proposed"):
        publication.approve_publication(second, ended, reason="Now.")
    with pytest.raises(Conflict, match="Nothing is proposed"):
        publication.withdraw_publication(second, ended, reason="Now.")
    propose(scene, ended)
    with pytest.raises(Conflict, match="waits"):
        propose(scene, ended, second)
    publication.withdraw_publication(second, ended, reason="Not yet.")
    assert states(ended) == ["withdrawn"]
    with pytest.raises(BadInput):
        publication.propose_publication(second, ended, reason=" ")
    propose(scene, ended, second)
    publication.approve_publication(scene.world.actor("clearinghouse"), ended, reason="Now.")
    assert states(ended) == ["withdrawn", "approved"]


def test_a_merged_case_is_published_by_nobody(scene: Scene, world: World, ended: str) -> None:
    propose(scene, ended)
    other = scene.case(
        "rival",
        result=confirmed(signature="code-execution/1:other@place", failure="code-execution"),
        identifiers=(),
        title="Another flaw",
        description="Elsewhere.",
        symbols=("jinja2.lexer.other",),
        paths=("src/jinja2/lexer.py",),
        failure=FailureClass.CODE_EXECUTION,
    )
    assert other != ended
    merging.merge_cases(world.actor("clearinghouse"), ended, other, reason="One fix.")
    with pytest.raises(Conflict, match="merged"):
        publication.approve_publication(world.second(), ended, reason="Read it.")


RACE = """
    import json, sys, threading
    import django; django.setup()
    from django.core.management import call_command
    from django.db import connection
    call_command("migrate", verbosity=0, run_syncdb=True)
    sys.path.insert(0, {tests!r})
    from dataclasses import replace
    from seawall.clearinghouse.coordination import publication
    from seawall.clearinghouse.coordination.embargoes import services
    from seawall.clearinghouse.distribution.models import Document
    from seawall.foundation.platform.errors import SeawallError
    from support import World
    from support.world import Scene

    world = World()
    scene = Scene(world)
    case_id = scene.case()
    first = world.actor("clearinghouse")
    services.end_embargo(first, case_id, reason="over")
    start, said = threading.Barrier(10), []

    def run(number):
        mine = replace(first, id=f"person_{{number}}", label=f"person {{number}}")
        start.wait()
        for step in (publication.propose_publication, publication.approve_publication):
            try:
                step(mine, case_id, reason="now")
                said.append(step.__name__)
            except SeawallError:
                said.append("refused")
        connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(10)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    from seawall.clearinghouse.coordination.embargoes.models import PublicationProposal
    from seawall.clearinghouse.coordination.models import Case, CaseEvent
    row = PublicationProposal.objects.get(case_id=case_id, state="approved")
    print(json.dumps({{
        "approved": said.count("approve_publication"), "refused": said.count("refused"),
        "documents": Document.objects.filter(case_id=case_id).count(),
        "events": CaseEvent.objects.filter(case_id=case_id, kind="published").count(),
        "two_people": row.person != row.decided_person,
        "published": Case.objects.get(pk=case_id).published_at is not None,
    }}))
"""


@pytest.fixture
def fresh_database_url() -> Iterator[str]:
    """A database of its own on the PostgreSQL under test; empty for SQLite, which is a file in the data directory."""
    url = os.environ.get("SEAWALL_DATABASE_URL", "")
    if not url:
        yield ""
        return
    name = f"race_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        yield url.rpartition("/")[0] + f"/{name}"
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_of_ten_people_who_race_to_propose_and_approve_two_publish_once(
    tmp_path: Path, fresh_database_url: str
) -> None:
    # A server of its own: real connections, real commits.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SEAWALL_")}
    environment |= {"SEAWALL_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "seawall.foundation.platform.settings"}
    environment["SEAWALL_DATABASE_URL"] = fresh_database_url
    program = textwrap.dedent(RACE).format(tests=str(Path(__file__).parents[3]))
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["approved"] == 1
    assert (found["documents"], found["events"]) == (2, 1)
    assert found["two_people"]
    assert found["published"]
