"""Kinds of actors x actions x states, against ``oracle.txt``, which was written apart from the code."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model

from seawall.clearinghouse.coordination import services as coordination
from seawall.clearinghouse.coordination.conversations import services as conversations
from seawall.clearinghouse.coordination.conversations.models import Thread
from seawall.clearinghouse.coordination.conversations.types import Audience, AudiencePart
from seawall.clearinghouse.coordination.embargoes import services as embargoes
from seawall.clearinghouse.coordination.models import Contact, Participant
from seawall.clearinghouse.coordination.services import ProvedReport
from seawall.clearinghouse.deconfliction.collisions import services as collisions
from seawall.clearinghouse.deconfliction.collisions.types import KeyKind, Tag
from seawall.clearinghouse.deconfliction.commitments.services import seal
from seawall.clearinghouse.deconfliction.ground.services import claim_target
from seawall.clearinghouse.deconfliction.models import Introduction
from seawall.clearinghouse.deconfliction.networks import services as networks
from seawall.clearinghouse.deconfliction.networks.types import Limits
from seawall.clearinghouse.deconfliction.services import request_lease
from seawall.clearinghouse.distribution.queries import notices_of
from seawall.clearinghouse.distribution.services import notify
from seawall.clearinghouse.intake.models import Report
from seawall.clearinghouse.matching.models import (
    AffectedAdvisory,
    Asset,
    Component,
    Exposure,
    Inventory,
    Judgment,
    PackageName,
    Product,
)
from seawall.clearinghouse.scanning.models import Finding, Scan, ScannedProject, Series
from seawall.foundation.access.queries import visible_to
from seawall.foundation.access.rules import known_actions
from seawall.foundation.access.services import require
from seawall.foundation.access.types import Actor, ActorKind, Role
from seawall.foundation.identity.models import ApiToken
from seawall.foundation.identity.services import mint_token
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import Forbidden, NotFound, Unauthenticated
from support import KEEPER, World

ORACLE = [
    line.split()
    for line in (Path(__file__).parent / "oracle.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
HEADER, ROWS = ORACLE[0], ORACLE[1:]
SAYS: dict[type[Exception] | None, str] = {None: "y", Forbidden: "-", NotFound: "0", Unauthenticated: "?"}


def actors(world: World) -> dict[str, Actor]:
    return {
        "anon": Actor.anonymous(),
        "find": world.actor("finder"),
        "view": world.actor("finder", role=Role.VIEWER),
        "memb": world.actor("finder", role=Role.MEMBER),
        "bare": world.actor("finder", scopes=[]),
        "rivl": world.actor("rival"),
        "vend": world.actor("vendor"),
        "strg": world.actor("stranger"),
        "clea": world.actor("clearinghouse"),
        "clvw": world.actor("clearinghouse", role=Role.VIEWER),
        "hosp": world.actor("hospital"),
        "bank": world.actor("bank"),
        "agcy": world.actor("agency"),
        "labo": world.actor("lab"),
        "eval": world.actor("evaluator"),
        "pers": Actor(kind=ActorKind.PERSON, id="person_x", label="nobody's"),
        "syst": Actor.system("worker"),
    }


def report_of(world: World, name: str, *, proved: bool) -> Report:
    return Report.objects.create(
        organization_id=world.id(name),
        submitted_by="token_x",
        format="seawall",
        raw_digest="sha256:" + "0" * 64,
        title="t",
        description="d",
        package="pkg:pypi/jinja2",
        failure="code-execution",
        state="answered",
        proved=proved,
        received_at=clock.now(),
    )


def proved(row: Report) -> ProvedReport:
    return ProvedReport(
        id=row.id,
        organization_id=row.organization_id,
        title=row.title,
        package=row.package,
        failure=row.failure,
        identifiers=(),
        weaknesses=(),
        severity="",
        affected=({"introduced": "0", "fixed": "3.1.6"},),
        received_at=row.received_at,
    )


def case_with_report(world: World, state: str) -> tuple[Model, Report]:
    """The case in one of its states, and the finder's report in it."""
    coordination.set_contact(KEEPER, "pkg:pypi/jinja2", world.id("vendor"))
    first, second = report_of(world, "finder", proved=True), report_of(world, "rival", proved=True)
    with transaction.atomic():
        case = coordination.open_case(KEEPER, proved(first), reason="test.")
        coordination.add_duplicate(KEEPER, case.id, proved(second), reason="test.", evidence={})
    if state in {"signed", "declined"}:
        coordination.answer_invitation(world.actor("vendor"), case.id, accept=state == "signed")
    if state == "open":
        embargoes.end_embargo(world.actor("clearinghouse"), case.id, reason="test")
    return case, first


def a_briefed_case(world: World, *, days: int) -> Model:
    """The sealed case with the evaluator read in at tier 2, for so many days from now."""
    case = case_with_report(world, "sealed")[0]
    Participant.objects.create(
        case=case,
        organization_id=world.id("evaluator"),
        role="observer",
        report_management="received",
        consent="signatory",
        tier=2,
        until=clock.now() + timedelta(days=days),
        joined_at=clock.now(),
    )
    return case


def a_contact(world: World) -> Model:
    coordination.set_contact(KEEPER, "pkg:pypi/jinja2", world.id("vendor"))
    return Contact.objects.get()


def a_notice(world: World) -> Model:
    notify(world.id("hospital"), kind="test", subject="case_x", title="a notice")
    found = notices_of(world.actor("hospital")).first()
    assert found is not None
    return found


def a_token(world: World) -> Model:
    return ApiToken.objects.get(pk=mint_token(world.actor("finder"), "t", ["leases:read"]).id)


def an_inventory(world: World) -> Inventory:
    return Inventory.objects.create(
        organization_id=world.id("hospital"),
        name="Ward",
        format="cyclonedx",
        size=2,
        state="ready",
        uploaded_at=clock.now(),
    )


def an_exposure(world: World, *, published: bool) -> Model:
    now = clock.now()
    line = Component.objects.create(inventory=an_inventory(world), ref="r", name="jinja2", reach="public")
    advisory = AffectedAdvisory.objects.create(pk="SEAWALL-2026-AAAAAAAA", case_id="case_x", registered_at=now)
    return Exposure.objects.create(
        organization_id=world.id("hospital"),
        component=line,
        advisory=advisory,
        state="open",
        confidence="range",
        reason="r",
        found_at=now,
        published_at=now if published else None,
    )


def a_product(world: World) -> Product:
    return Product.objects.create(organization_id=world.id("hospital"), name="Ward", created_at=clock.now())


def an_asset(world: World) -> Model:
    return Asset.objects.create(
        organization_id=world.id("hospital"), name="host 1", reach="internal", created_at=clock.now()
    )


def a_judgment(world: World) -> Model:
    return Judgment.objects.create(
        organization_id=world.id("hospital"),
        product=a_product(world),
        package=PackageName.objects.create(ecosystem="PyPI", name="jinja2"),
        exposure_id="exposure_x",
        identifiers=["CVE-2025-27516"],
        status="false_positive",
        reason="r",
        made_by="person_x",
        made_by_label="somebody",
        made_at=clock.now(),
    )


def an_introduction(world: World, *, offered: bool) -> Model:
    for name, digest in (("rival", "cd"), ("finder", "ef")):
        mine = seal(world.actor(name), digest=digest * 32)
        collisions.check(world.actor(name), mine.id, [Tag(KeyKind.CLAIM, "aa" * 32)], introduce=True)
    row = Introduction.objects.get()
    if offered:
        collisions.decide_introduction(world.actor("clearinghouse"), row.id, offer=True, reason="test")
    return Introduction.objects.get()


def a_scan(world: World) -> Scan:
    project = ScannedProject.objects.create(
        organization_id=world.id("finder"), target="pkg:pypi/jinja2", created_at=clock.now()
    )
    return Scan.objects.create(
        organization_id=world.id("finder"), project=project, size=1, state="ready", uploaded_at=clock.now()
    )


def a_finding(world: World) -> Model:
    series = Series.objects.create(project=a_scan(world).project, tool="a tool", run_number=1)
    numbers = dict.fromkeys(("first_number", "changed_number", "rank", "line", "end_line", "column", "flows"), 1)
    return Finding.objects.create(
        organization_id=world.id("finder"), series=series, state="open", level="error", **numbers
    )


def a_network(world: World) -> Model:
    row = networks.register_network(world.actor("hospital"), value="192.0.2.0/24")
    networks.decide_network(world.actor("clearinghouse"), row.id, vouch=True, reason="test")
    return networks.set_limits(world.actor("hospital"), row.id, Limits(), scanners=[world.id("finder")])


def a_booking(world: World) -> Model:
    return networks.book(world.actor("finder"), str(a_network(world).pk), hours=1, rate=1, sources=["198.51.100.7"])


def a_thread(world: World) -> Thread:
    case, _ = case_with_report(world, "signed")
    audience = Audience(frozenset({AudiencePart.VENDORS}))
    return conversations.open_thread(world.actor("finder"), str(case.pk), topic="t", audience=audience, text="m")


OBJECTS: dict[str, Callable[[World], Model | None]] = {
    ".": lambda _: None,
    "lease": lambda world: request_lease(world.actor("finder"), target="pkg:pypi/jinja2").leases[0],
    "commitment": lambda world: seal(world.actor("finder"), digest="ab" * 32),
    "introduction": lambda world: an_introduction(world, offered=True),
    "just_asked": lambda world: an_introduction(world, offered=False),
    "network": a_network,
    "booking": a_booking,
    "stewardship": lambda world: claim_target(world.actor("vendor"), target="pkg:pypi/jinja2"),
    "thread": a_thread,
    "message": lambda world: a_thread(world).messages.get(),
    "unproved": lambda world: report_of(world, "finder", proved=False),
    "token": a_token,
    "notice": a_notice,
    "briefed": lambda world: a_briefed_case(world, days=1),
    "lapsed": lambda world: a_briefed_case(world, days=-1),
    "contact": a_contact,
    "scan": a_scan,
    "finding": a_finding,
    "inventory": an_inventory,
    "product": a_product,
    "asset": an_asset,
    "judgment": a_judgment,
    "exposure": lambda world: an_exposure(world, published=True),
    "hidden": lambda world: an_exposure(world, published=False),
    **{
        state: lambda world, state=state: case_with_report(world, state)[0]
        for state in ("sealed", "signed", "declined", "open")
    },
    **{
        f"proved/{state}": lambda world, state=state: case_with_report(world, state)[1]
        for state in ("sealed", "signed", "declined", "open")
    },
}


def said(act: Callable[[], Any]) -> str:
    try:
        act()
    except (Forbidden, NotFound, Unauthenticated) as refusal:
        return SAYS[type(refusal)]
    return SAYS[None]


@pytest.mark.django_db
@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]} {row[1]}" for row in ROWS])
def test_every_cell_is_as_the_oracle_says(world: World, row: list[str]) -> None:
    action, name, expected = row[0], row[1], dict(zip(HEADER[2:], row[2:], strict=True))
    thing = OBJECTS[name](world)
    everybody = actors(world)
    assert set(expected) == set(everybody)
    assert {who: said(lambda: require(actor, action, thing)) for who, actor in everybody.items()} == expected  # noqa: B023 - called at once


@pytest.mark.django_db
@pytest.mark.parametrize(
    "row", [row for row in ROWS if row[1] != "."], ids=[f"{row[0]} {row[1]}" for row in ROWS if row[1] != "."]
)
def test_the_list_shows_what_the_check_allows_and_nothing_else(world: World, row: list[str]) -> None:
    action, name, expected = row[0], row[1], dict(zip(HEADER[2:], row[2:], strict=True))
    thing = OBJECTS[name](world)
    assert thing is not None
    rows = type(thing)._default_manager.filter(pk=thing.pk)
    shown = {who: visible_to(actor, action, rows).exists() for who, actor in actors(world).items()}
    assert shown == {who: says == "y" for who, says in expected.items()}


def test_the_oracle_knows_every_action() -> None:
    assert {row[0] for row in ROWS} == known_actions()
