"""Vultron's three machines (CERT/CC, tables written here apart from the code), and who sees content in which state."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from seawall.clearinghouse.coordination import merging, models, rules, services
from seawall.clearinghouse.coordination.embargoes import services as embargoes
from seawall.clearinghouse.coordination.queries import cases_of, invitations_of
from seawall.clearinghouse.coordination.types import EmbargoManagement as EM
from seawall.clearinghouse.coordination.types import ParticipantEmbargo as PEC
from seawall.clearinghouse.coordination.types import ReportManagement as RM
from seawall.foundation.access.services import require
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict, Forbidden, NotFound
from support import KEEPER, World

# For each state, where its transitions lead.
MACHINES: list[tuple[Mapping[tuple[Any, str], Any], dict[str, dict[str, str]]]] = [
    (
        rules.RM_TABLE,
        {
            "start": {"receive": "received"},
            "received": {"validate": "valid", "invalidate": "invalid"},
            "invalid": {"validate": "valid", "close": "closed"},
            "valid": {"accept": "accepted", "defer": "deferred"},
            "accepted": {"defer": "deferred", "close": "closed"},
            "deferred": {"accept": "accepted", "close": "closed"},
            "closed": {},
        },
    ),
    (
        rules.EM_TABLE,
        {
            "none": {"propose": "proposed"},
            "proposed": {"propose": "proposed", "reject": "none", "accept": "active"},
            "active": {"propose": "revise", "terminate": "exited"},
            "revise": {"propose": "revise", "accept": "active", "reject": "active", "terminate": "exited"},
            "exited": {},
        },
    ),
    (
        rules.PEC_TABLE,
        {
            "no_embargo": {"invite": "invited", "accept": "signatory", "decline": "declined", "reset": "no_embargo"},
            "invited": {"accept": "signatory", "decline": "declined", "reset": "no_embargo"},
            "signatory": {"revise": "lapsed", "reset": "no_embargo"},
            "lapsed": {"invite": "invited", "accept": "signatory", "decline": "declined", "reset": "no_embargo"},
            "declined": {"invite": "invited", "reset": "no_embargo"},
        },
    ),
]
STATES: list[type[StrEnum]] = [RM, EM, PEC]


@pytest.mark.parametrize(("states", "machine"), list(zip(STATES, MACHINES, strict=True)), ids=["RM", "EM", "PEC"])
def test_the_table_is_the_published_one(
    states: type[StrEnum], machine: tuple[Mapping[tuple[Any, str], Any], dict[str, dict[str, str]]]
) -> None:
    table, published = machine
    assert set(published) == {state.value for state in states}
    assert {(str(origin), name): str(end) for (origin, name), end in table.items()} == {
        (origin, name): end for origin, steps in published.items() for name, end in steps.items()
    }


@pytest.mark.parametrize(("states", "machine"), list(zip(STATES, MACHINES, strict=True)), ids=["RM", "EM", "PEC"])
def test_a_refused_step_names_what_is_possible(
    states: type[StrEnum], machine: tuple[Mapping[tuple[Any, str], Any], dict[str, dict[str, str]]]
) -> None:
    table, published = machine
    for state in states:
        with pytest.raises(rules.RefusedTransitionError) as refusal:
            rules.step(table, state, "no such step")
        assert refusal.value.allowed == tuple(sorted(published[state.value]))


@given(steps=st.lists(st.sampled_from(["receive", "validate", "invalidate", "accept", "defer", "close"]), max_size=30))
def test_closed_is_reached_over_a_decision_and_never_left(steps: list[str]) -> None:
    state, history = RM.START, [RM.START]
    for name in steps:
        try:
            state = rules.step(rules.RM_TABLE, state, name)
        except rules.RefusedTransitionError:
            continue
        history.append(state)
    if RM.CLOSED in history:
        assert history.index(RM.CLOSED) == len(history) - 1
        assert history[-2] in {RM.INVALID, RM.ACCEPTED, RM.DEFERRED}


def report(world: World, name: str, **said: Any) -> services.ProvedReport:
    known: dict[str, Any] = {
        "id": f"report_{name}",
        "organization_id": world.id(name),
        "title": "t",
        "package": "pkg:pypi/jinja2",
        "failure": "code-execution",
        "identifiers": (),
        "weaknesses": (),
        "severity": "",
        "affected": (),
        "received_at": clock.now(),
    }
    return services.ProvedReport(**{**known, **said})


def opened(world: World) -> models.Case:
    services.set_contact(KEEPER, "pkg:pypi/jinja2", world.id("vendor"))
    with transaction.atomic():
        return services.open_case(KEEPER, report(world, "finder"), reason="a proof held.")


@pytest.mark.django_db
def test_the_query_and_the_rule_agree_in_every_state(world: World) -> None:
    case = opened(world)
    vendor = world.actor("vendor")
    mine = models.Participant.objects.filter(case=case, organization_id=vendor.organization_id)
    for embargo in EM:
        models.Case.objects.filter(pk=case.pk).update(embargo=embargo)
        for management in RM:
            for consent in PEC:
                mine.update(report_management=management, consent=consent)
                shown = cases_of(vendor).filter(pk=case.pk).exists()
                assert shown == rules.may_see_content(management, consent, embargo), (embargo, management, consent)


@pytest.mark.django_db
def test_an_invitation_says_the_package_and_nothing_else(world: World) -> None:
    case = opened(world)
    assert [vars(one) for one in invitations_of(world.actor("vendor"))] == [
        {"case_id": case.id, "package": "pkg:pypi/jinja2"}
    ]
    assert invitations_of(world.actor("stranger")) == []


@pytest.mark.django_db
def test_who_declines_sees_nothing_and_may_not_accept_uninvited(world: World) -> None:
    case = opened(world)
    vendor = world.actor("vendor")
    services.answer_invitation(vendor, case.id, accept=False)
    assert not cases_of(vendor).exists()
    with pytest.raises(Conflict, match="invite"):
        services.answer_invitation(vendor, case.id, accept=True)


@pytest.mark.django_db
def test_an_embargo_ends_once_and_by_a_coordinator_with_a_reason(world: World) -> None:
    case = opened(world)
    coordinator = world.actor("clearinghouse")
    with pytest.raises(Forbidden):
        embargoes.end_embargo(world.actor("finder"), case.id, reason="I want to")
    with pytest.raises(NotFound):
        embargoes.end_embargo(world.actor("stranger"), case.id, reason="I want to")
    with pytest.raises(BadInput):
        embargoes.end_embargo(coordinator, case.id, reason="  ")
    embargoes.end_embargo(coordinator, case.id, reason="the fix is out")
    with pytest.raises(Conflict):
        embargoes.end_embargo(coordinator, case.id, reason="again")
    assert [event.kind for event in case.events.order_by("id")] == ["opened", "invited", "embargo-ended"]


@pytest.mark.django_db
def test_a_split_takes_the_embargo_with_it(world: World) -> None:
    case = opened(world)
    with transaction.atomic():
        services.add_duplicate(KEEPER, case.id, report(world, "rival"), reason="same.", evidence={})
    own = merging.undo_link(world.actor("clearinghouse"), case.id, "report_rival", reason="another cause")
    assert (own.embargo, own.embargo_ends_at) == (case.embargo, case.embargo_ends_at)
    require(world.actor("rival"), "case.read", own)
    with pytest.raises(NotFound):
        require(world.actor("vendor"), "case.read", own)
    with pytest.raises(NotFound):
        require(world.actor("finder"), "case.read", own)


@pytest.mark.django_db
def test_a_merge_takes_the_earlier_end_and_keeps_every_credit(world: World) -> None:
    older = opened(world)
    with transaction.atomic():
        newer = services.open_case(KEEPER, report(world, "rival"), reason="a proof held.")
    models.Case.objects.filter(pk=newer.pk).update(embargo_ends_at=clock.now())
    newer.refresh_from_db()
    merged = merging.merge_cases(world.actor("clearinghouse"), newer.id, older.id, reason="one fix")
    assert merged.embargo_ends_at == newer.embargo_ends_at
    assert {link.organization_id for link in merged.links.filter(undone_at=None)} == {
        world.id("finder"),
        world.id("rival"),
    }
    with pytest.raises(Conflict):
        merging.merge_cases(world.actor("clearinghouse"), newer.id, older.id, reason="again")
    with pytest.raises(Conflict):
        merging.merge_cases(world.actor("clearinghouse"), older.id, older.id, reason="itself")


@pytest.mark.django_db
def test_what_a_case_says_does_not_depend_on_which_proof_ran_first(world: World) -> None:
    first = report(
        world, "finder", title="Nested brackets", identifiers=("CVE-2024-4340",), affected=({"fixed": "0.5.0"},)
    )
    second = report(world, "rival", title="Deep parentheses", weaknesses=("CWE-674",), severity="CVSS:3.1/AV:N")
    said = []
    for order in ((first, second), (second, first)):
        with transaction.atomic():
            case = services.open_case(KEEPER, order[0], reason="a proof held.")
            services.add_duplicate(KEEPER, case.id, order[1], reason="one signature", evidence={})
        case.refresh_from_db()
        said.append((case.title, case.identifiers, case.weaknesses, case.severity, case.affected))
        models.CaseReport.objects.all().delete()
    assert said[0] == said[1]
    assert said[0] == ("Nested brackets", ["CVE-2024-4340"], ["CWE-674"], "CVSS:3.1/AV:N", [{"fixed": "0.5.0"}])


@pytest.mark.django_db
def test_a_report_that_is_taken_out_takes_what_it_said(world: World) -> None:
    case = opened(world)
    with transaction.atomic():
        services.add_duplicate(
            KEEPER, case.id, report(world, "rival", identifiers=("CVE-2026-1",)), reason="alike", evidence={}
        )
    own = merging.undo_link(world.actor("clearinghouse"), case.id, "report_rival", reason="another flaw")
    case.refresh_from_db()
    own.refresh_from_db()
    assert (case.identifiers, own.identifiers) == ([], ["CVE-2026-1"])
