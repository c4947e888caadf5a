"""One-time links: looking uses nothing up, one opens, revoking ends at once, and a guest has one case."""

import re
import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from seawall.clearinghouse.coordination import models as cases
from seawall.clearinghouse.coordination import queries as coordination
from seawall.clearinghouse.coordination.embargoes import binding
from seawall.clearinghouse.coordination.routing import queries, rules, services
from seawall.clearinghouse.coordination.routing.models import Guest, Link
from seawall.clearinghouse.coordination.routing.types import DeliveryState, MintedLink
from seawall.clearinghouse.intake import queries as intake
from seawall.foundation.access.types import ActorKind
from seawall.foundation.identity.models import ApiToken, Membership
from seawall.foundation.jobs.runner import drain
from seawall.foundation.platform.errors import Conflict, Forbidden, NotFound
from seawall.foundation.transparency.models import LogOpening
from support import Api, World
from support.scenery import Scene

USES = 100
AT_ONCE = 50
"""Threads at once: every one has a connection of its own, and PostgreSQL has a hundred."""


def mint(world: World, case_id: str, name: str = "Ana, maintainer") -> MintedLink:
    return services.mint_link(world.actor("clearinghouse"), case_id, name=name)


def opened(world: World, case_id: str, name: str = "Ana, maintainer") -> queries.Visit:
    link = services.open_link(mint(world, case_id, name).token)
    return queries.visit(link.link_id, link.secret)


def accepted(world: World, case_id: str) -> queries.Visit:
    visit = opened(world, case_id)
    services.answer_embargo(visit, accept=True)
    return visit


@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_uses_at_once_one_opens_it() -> None:
    world = World()
    token = mint(world, Scene(world).case()).token
    ends: Counter[int] = Counter()
    cookies: list[str] = []
    barrier = threading.Barrier(AT_ONCE)
    lock = threading.Lock()

    def use() -> None:
        barrier.wait()
        try:
            for _ in range(USES // AT_ONCE):
                answer = Client().post(f"/m/{token}/open")
                with lock:
                    ends[answer.status_code] += 1
                    cookies.extend(morsel.value for morsel in answer.cookies.values() if "maintainer" in morsel.key)
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends == {302: 1, 409: USES - 1}
    assert len(cookies) == 1
    assert LogOpening.objects.filter(kind="case.link-opened").count() == 1


def test_looking_uses_nothing_up_and_shows_nothing(world: World) -> None:
    case_id = Scene(world).case()
    link = mint(world, case_id)
    case = cases.Case.objects.get(pk=case_id)
    for _ in range(20):
        scanner = Client()
        answer = scanner.get(f"/m/{link.token}")
        text = answer.content.decode()
        assert answer.status_code == 200
        assert set(scanner.cookies) == {"csrftoken"}
        assert not [secret for secret in (case.title, case.package, case.advisory_id, case.id) if secret in text]
        assert scanner.head(f"/m/{link.token}").status_code == 200
        assert scanner.get(f"/m/{link.token}/open").status_code == 405
    assert answer.headers["Referrer-Policy"] == "strict-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    row = Link.objects.get(pk=link.id)
    assert (row.opened_at, row.session_digest) == (None, None)
    services.open_link(link.token)


def test_the_token_is_long_and_kept_nowhere(world: World) -> None:
    case_id = Scene(world).case()
    link = mint(world, case_id)
    assert len(re.fullmatch(r".*/m/([A-Za-z0-9_-]{43})", link.address)[1]) * 6 >= 256  # type: ignore[index]  # it matches
    browser = Client()
    browser.post(f"/m/{link.token}/open")
    secret = browser.cookies["seawall_maintainer"].value
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names from the database itself
            kept = repr(cursor.fetchall())
            assert link.token not in kept, table
            assert secret not in kept, table


def test_the_cookie_is_bound_to_the_browser_and_the_link(world: World) -> None:
    scene = Scene(world)
    here, there = scene.case(), scene.case(package="pkg:pypi/other", title="Other", identifiers=())
    first, second = Client(), Client()
    first.post(f"/m/{mint(world, here).token}/open")
    second.post(f"/m/{mint(world, there).token}/open")
    mine, other = (Link.objects.get(guest__case_id=case_id).id for case_id in (here, there))
    cookie = first.cookies["seawall_maintainer"]
    assert cookie["path"] == f"/maintainer/{mine}"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert first.get(f"/maintainer/{mine}").status_code == 200
    assert first.get(f"/maintainer/{other}").status_code == 404
    assert Client().get(f"/maintainer/{mine}").status_code == 404
    with pytest.raises(NotFound):
        queries.visit(other, cookie.value)
    # Nor is either secret a credential anywhere else.
    answer = Api().get("/cases", headers={"Authorization": f"Bearer {cookie.value}"})
    assert answer.status == 401


def test_revoking_ends_it_at_once_everywhere(world: World) -> None:
    case_id = Scene(world).case()
    link = mint(world, case_id)
    browser = Client()
    browser.post(f"/m/{link.token}/open")
    page = f"/maintainer/{link.id}"
    assert browser.get(page).status_code == 200
    services.revoke_link(world.actor("clearinghouse"), case_id, link.id)
    services.revoke_link(world.actor("clearinghouse"), case_id, link.id)
    # The very next request is refused: nothing is remembered from one request to another.
    for answer in (browser.get(page), browser.post(f"{page}/say/say", {"text": "x"}), browser.get(f"{page}/proofs/x")):
        assert answer.status_code == 404
    assert Client().post(f"/m/{link.token}/open").status_code == 409
    assert Client().post(f"/m/{link.token}/ask").status_code == 409


def test_an_unopened_link_and_a_session_end_by_themselves(world: World, later: Any) -> None:
    case_id = Scene(world).case()
    link = mint(world, case_id)
    late = mint(world, case_id, "Ben")
    session = services.open_link(link.token)
    later(days=rules.LINK_DAYS, minutes=1)
    with pytest.raises(Conflict, match="expired"):
        services.open_link(late.token)
    queries.visit(session.link_id, session.secret)
    later(days=rules.SESSION_DAYS)
    with pytest.raises(NotFound):
        queries.visit(session.link_id, session.secret)


def test_a_newer_link_ends_the_older_unopened_ones(world: World) -> None:
    case_id = Scene(world).case()
    old = mint(world, case_id)
    new = mint(world, case_id)
    with pytest.raises(Conflict, match="revoked"):
        services.open_link(old.token)
    visit_of = services.open_link(new.token)
    third = mint(world, case_id)
    queries.visit(visit_of.link_id, visit_of.secret)  # the browser that is in stays in
    assert Guest.objects.count() == 1
    services.open_link(third.token)


def test_a_spent_link_asks_for_a_new_one_once_a_day(world: World, later: Any) -> None:
    scene = Scene(world)
    case_id = scene.case()
    link = mint(world, case_id)
    assert Client().post(f"/m/{link.token}/ask").status_code == 409
    services.open_link(link.token)
    for _ in range(3):
        assert Client().post(f"/m/{link.token}/ask").status_code == 200
    assert LogOpening.objects.filter(kind="case.link-asked").count() == 1
    later(hours=25)
    Client().post(f"/m/{link.token}/ask")
    assert LogOpening.objects.filter(kind="case.link-asked").count() == 2


@pytest.mark.parametrize("who", ["finder", "rival", "vendor", "stranger", "hospital"])
def test_only_coordinators_make_and_revoke_links(world: World, who: str) -> None:
    case_id = Scene(world).case()
    link = mint(world, case_id)
    for attempt in (
        lambda: services.mint_link(world.actor(who), case_id, name="x"),
        lambda: services.revoke_link(world.actor(who), case_id, link.id),
        lambda: queries.links_of(world.actor(who), case_id),
    ):
        with pytest.raises((NotFound, Forbidden)):
            attempt()


def test_a_link_is_not_revoked_through_another_case(world: World) -> None:
    scene = Scene(world)
    here, there = scene.case(), scene.case(package="pkg:pypi/other", title="Other", identifiers=())
    link = mint(world, here)
    with pytest.raises(NotFound):
        services.revoke_link(world.actor("clearinghouse"), there, link.id)


def test_a_guest_has_one_case_and_no_other_right(world: World) -> None:
    scene = Scene(world)
    here, there = scene.case(), scene.case(package="pkg:pypi/other", title="Other", identifiers=())
    visit = accepted(world, here)
    actor = visit.actor
    assert actor.kind is ActorKind.LINK
    assert [row.id for row in coordination.cases_of(actor)] == [here]
    with pytest.raises(NotFound):
        coordination.case(actor, there)
    assert {row.case_id for row in intake.reports_of(actor)} == {here}
    organization = actor.home
    assert not Membership.objects.filter(organization_id=organization).exists()
    assert not ApiToken.objects.filter(organization_id=organization).exists()
    with pytest.raises(Forbidden):
        coordination_decides(actor, here)


def test_the_cookie_opens_no_other_page(world: World) -> None:
    case_id = Scene(world).case()
    browser = Client()
    browser.post(f"/m/{mint(world, case_id).token}/open")
    for address in ("/cases", f"/cases/{case_id}", "/invitations", "/reports", "/tokens", f"/cases/{case_id}/routes"):
        assert browser.get(address).status_code in {302, 404}, address


def coordination_decides(actor: Any, case_id: str) -> None:
    from seawall.clearinghouse.coordination.embargoes.services import end_embargo  # noqa: PLC0415

    end_embargo(actor, case_id, reason="x")


def test_nothing_is_read_before_the_embargo_is_accepted(world: World) -> None:
    case_id = Scene(world).case()
    visit = opened(world, case_id)
    for attempt in (
        lambda: services.read_case(visit),
        lambda: services.say(visit, "hello"),
        lambda: services.judge(visit, "validate"),
        lambda: services.say_fixed(visit, "1.0"),
    ):
        with pytest.raises(NotFound):
            attempt()
    services.answer_embargo(visit, accept=False)
    with pytest.raises(NotFound):
        services.read_case(visit)
    again = opened(world, case_id)  # a new invitation asks again
    services.answer_embargo(again, accept=True)
    assert services.read_case(again).id == case_id


def test_silence_is_declined_after_a_week_and_an_answer_is_not(world: World, later: Any) -> None:
    scene = Scene(world)
    silent, answered = scene.case(), scene.case(package="pkg:pypi/other", title="Other", identifiers=())
    mint(world, silent)
    accepted(world, answered)
    drain(kinds=(binding.TICK,))
    consents = {guest.case_id: queries.participant_of(guest).consent for guest in Guest.objects.all()}
    assert consents == {silent: "invited", answered: "signatory"}
    later(days=7, minutes=1)
    drain(kinds=(binding.TICK,))
    consents = {guest.case_id: queries.participant_of(guest).consent for guest in Guest.objects.all()}
    assert consents == {silent: "declined", answered: "signatory"}


def test_each_read_leaves_an_entry_in_the_log(world: World) -> None:
    visit = accepted(world, Scene(world).case())
    for _ in range(3):
        services.read_case(visit)
    report = intake.reports_of(visit.actor)[0]
    name, data = services.proof_of(visit, report.id)
    assert data
    assert name.startswith(f"proof-{report.id}")
    entries = LogOpening.objects.filter(kind="case.read-by-link", subject=visit.guest.case_id)
    assert entries.count() == 4
    assert {entry.actor_id for entry in entries} == {visit.link.id}


def test_the_delivery_follows_the_link(world: World) -> None:
    case_id = Scene(world).case()
    keeper = world.actor("clearinghouse")

    def state() -> str:
        return queries.deliveries_of(keeper, case_id)[0].state

    link = mint(world, case_id)
    assert state() == DeliveryState.PREPARED
    session = services.open_link(link.token)
    assert state() == DeliveryState.OPENED
    services.answer_embargo(queries.visit(session.link_id, session.secret), accept=True)
    assert state() == DeliveryState.ANSWERED
