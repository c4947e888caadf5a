"""SSVC coordinator triage and publication: each point from a fact of the case, and all that remains where none decides."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.clearinghouse.coordination import participants, ssvc, triage
from seawall.clearinghouse.coordination.models import Case
from seawall.clearinghouse.coordination.ssvc import CaseFacts
from seawall.clearinghouse.prioritization.selections import selection_list
from seawall.clearinghouse.prioritization.tables import table
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Forbidden, NotFound
from support import World
from support.world import Scene

NOW = clock.now()
FRESH = CaseFacts(
    public_aware=False,
    exploit_public=False,
    attacks_observed=False,
    verdict=None,
    vendors=0,
    contacted=0,
    answered=0,
    judged_valid=0,
    working=0,
    refused=0,
    fixes=0,
    first_contact_at=None,
    automatable=None,
    exploitation=None,
    stated={},
)
LONG_AGO = NOW - timedelta(days=30)
# what is known -> point, its values; the reading of SSVC's decision points, written apart from the code
TRIAGE: list[tuple[str, dict[str, Any], str, set[str]]] = [
    ("nothing is recorded", {}, "report_public", {"no"}),
    ("the public knows", {"public_aware": True}, "report_public", {"yes"}),
    ("no vendor was told", {"vendors": 2}, "supplier_contacted", {"no"}),
    ("one was", {"vendors": 2, "contacted": 1}, "supplier_contacted", {"yes"}),
    ("no proof, no judgment", {}, "report_credibility", {"not_credible", "credible"}),
    ("the proof holds", {"verdict": "confirmed"}, "report_credibility", {"credible"}),
    ("it does not", {"verdict": "not_reproduced"}, "report_credibility", {"not_credible"}),
    (
        "it does not, a vendor disagrees",
        {"verdict": "not_reproduced", "judged_valid": 1},
        "report_credibility",
        {"credible"},
    ),
    ("it flakes", {"verdict": "flaky"}, "report_credibility", {"not_credible", "credible"}),
    ("no vendor", {}, "supplier_cardinality", {"one", "multiple"}),
    ("one vendor, maybe not all", {"vendors": 1}, "supplier_cardinality", {"one", "multiple"}),
    ("two", {"vendors": 2}, "supplier_cardinality", {"multiple"}),
    ("one, says a person", {"vendors": 1, "stated": {"supplier_cardinality": "one"}}, "supplier_cardinality", {"one"}),
    (
        "told today",
        {"vendors": 1, "contacted": 1, "first_contact_at": NOW},
        "supplier_engagement",
        {"active", "unresponsive"},
    ),
    ("silent", {"vendors": 1, "contacted": 1, "first_contact_at": LONG_AGO}, "supplier_engagement", {"unresponsive"}),
    (
        "answered",
        {"vendors": 1, "contacted": 1, "answered": 1, "first_contact_at": LONG_AGO},
        "supplier_engagement",
        {"active"},
    ),
    ("nobody knows", {}, "utility", {"laborious", "efficient", "super_effective"}),
    ("automatable", {"automatable": "yes"}, "utility", {"efficient", "super_effective"}),
    ("not automatable", {"automatable": "no"}, "utility", {"laborious", "efficient"}),
    ("and diffuse", {"automatable": "no", "stated": {"value_density": "diffuse"}}, "utility", {"laborious"}),
    (
        "automatable, concentrated",
        {"automatable": "yes", "stated": {"value_density": "concentrated"}},
        "utility",
        {"super_effective"},
    ),
    ("harm not known", {}, "public_safety_impact", {"minimal", "significant"}),
    ("harm stated", {"stated": {"public_safety_impact": "minimal"}}, "public_safety_impact", {"minimal"}),
]
PUBLICATION: list[tuple[str, dict[str, Any], str, set[str]]] = [
    ("nobody works on it", {"vendors": 1}, "supplier_involvement", {"cooperative", "uncooperative_unresponsive"}),
    ("one does", {"vendors": 2, "working": 1}, "supplier_involvement", {"cooperative"}),
    ("one is done", {"vendors": 2, "working": 1, "fixes": 1}, "supplier_involvement", {"fix_ready"}),
    ("all refused", {"vendors": 2, "refused": 2}, "supplier_involvement", {"uncooperative_unresponsive"}),
    (
        "silent",
        {"vendors": 1, "contacted": 1, "first_contact_at": LONG_AGO},
        "supplier_involvement",
        {"uncooperative_unresponsive"},
    ),
    ("nothing seen", {}, "exploitation", {"none"}),
    ("an exploit is public", {"exploit_public": True}, "exploitation", {"poc"}),
    ("a feed says so", {"exploitation": "poc"}, "exploitation", {"poc"}),
    ("attacks", {"exploit_public": True, "attacks_observed": True}, "exploitation", {"active"}),
    ("a feed knows attacks", {"exploit_public": True, "exploitation": "active"}, "exploitation", {"active"}),
    ("a feed knows less than the case", {"exploit_public": True, "exploitation": "none"}, "exploitation", {"poc"}),
    ("ours is the first", {}, "public_value_added", {"precedence"}),
    ("others were first", {"public_aware": True}, "public_value_added", {"limited", "ampliative"}),
]
ROWS = [(ssvc.triage, *row) for row in TRIAGE] + [(ssvc.publication, *row) for row in PUBLICATION]


@pytest.mark.parametrize(
    ("evaluate", "known", "name", "values"), [(r[0], *r[2:]) for r in ROWS], ids=[r[1] for r in ROWS]
)
def test_each_point_follows_from_its_fact(evaluate: Any, known: dict[str, Any], name: str, values: set[str]) -> None:
    [point] = [one for one in evaluate(replace(FRESH, **known), NOW).points if one.name == name]
    assert set(point.values) == values
    assert point.why
    assert bool(point.source) or not point.is_known


@given(
    facts=st.builds(
        CaseFacts,
        public_aware=st.booleans(),
        exploit_public=st.booleans(),
        attacks_observed=st.booleans(),
        verdict=st.sampled_from([None, "confirmed", "not_reproduced", "flaky", "running"]),
        vendors=st.integers(0, 3),
        contacted=st.integers(0, 3),
        answered=st.integers(0, 3),
        judged_valid=st.integers(0, 3),
        working=st.integers(0, 3),
        refused=st.integers(0, 3),
        fixes=st.integers(0, 3),
        first_contact_at=st.sampled_from([None, NOW, LONG_AGO]),
        automatable=st.sampled_from([None, "no", "yes"]),
        exploitation=st.sampled_from([None, "none", "poc", "active"]),
        stated=st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in ssvc.STATABLE.items()}),
    )
)
def test_every_case_has_an_answer_and_it_is_what_the_remaining_rows_say(facts: CaseFacts) -> None:
    for evaluate in (ssvc.triage, ssvc.publication):
        found = evaluate(facts, NOW)
        whole = table(found.table)
        assert [point.name for point in found.points] == list(whole.inputs)
        remaining = {
            decision
            for values, (_, decision) in whole.rows.items()
            if all(value in point.values for value, point in zip(values, found.points, strict=True))
        }
        assert set(found.decision.possible) == remaining
        document = selection_list(found.table, found.chosen, found.decision.possible, at=NOW, targets=["x", "x"])
        assert len(document["selections"]) == len(found.points) + 1
        assert all(one["values"] for one in document["selections"])
        assert document["target_ids"] == ["x"]


@pytest.mark.django_db
def test_a_proved_case_is_triaged_from_its_own_facts(world: World) -> None:
    scene = Scene(world)
    scene.contact("vendor")
    case_id = scene.case()
    coordinator = world.actor("clearinghouse")
    points = {point.name: point for point in triage.triage_of(coordinator, case_id).triage.points}
    assert points["report_credibility"].values == ("credible",)
    assert points["supplier_contacted"].values == ("yes",)
    assert not points["supplier_engagement"].is_known
    scene.accepts("vendor", case_id)
    participants.step_report(world.actor("vendor"), case_id, "validate")
    participants.step_report(world.actor("vendor"), case_id, "accept")
    found = triage.triage_of(coordinator, case_id)
    assert {p.name: p.values for p in found.triage.points}["supplier_engagement"] == ("active",)
    assert {p.name: p.values for p in found.publication.points}["supplier_involvement"] == ("cooperative",)


@pytest.mark.django_db
def test_a_decision_is_recorded_as_it_stood_and_what_was_stated_stays(world: World) -> None:
    scene = Scene(world)
    case_id = scene.case()
    coordinator = world.actor("clearinghouse")
    row = triage.record_selection(
        coordinator,
        case_id,
        table=ssvc.TRIAGE,
        reason="first look",
        stated={"value_density": "diffuse", "automatable": "no", "public_safety_impact": "minimal"},
    )
    assert row.document["schemaVersion"] == "2.0.0"
    case = Case.objects.get(pk=case_id)
    assert row.document["target_ids"] == [case.advisory_id, *case.identifiers]
    chosen = {one["key"]: [value["key"] for value in one["values"]] for one in row.document["selections"]}
    assert chosen["U"] == ["L"]
    assert chosen["PSI"] == ["M"]
    assert chosen["SE"] == ["A", "U"]
    assert triage.triage_of(coordinator, case_id).stated["value_density"] == "diffuse"
    again = triage.record_selection(coordinator, case_id, table=ssvc.PUBLICATION, reason="second look")
    assert again.stated == row.stated
    assert [one.pk for one in triage.triage_of(coordinator, case_id).recorded] == [again.pk, row.pk]


@pytest.mark.django_db
def test_only_coordinators_record_and_what_does_not_fit_is_refused(world: World) -> None:
    scene = Scene(world)
    case_id = scene.case()
    coordinator = world.actor("clearinghouse")
    with pytest.raises(Forbidden):
        triage.record_selection(world.actor("finder"), case_id, table=ssvc.TRIAGE, reason="r")
    with pytest.raises(NotFound):
        triage.record_selection(world.actor("stranger"), case_id, table=ssvc.TRIAGE, reason="r")
    with pytest.raises(NotFound):
        triage.triage_of(world.actor("stranger"), case_id)
    wrong: list[dict[str, Any]] = [
        {"table": "ssvc-deployer", "reason": "r"},
        {"table": ssvc.TRIAGE, "reason": ""},
        {"table": ssvc.TRIAGE, "reason": "r", "stated": {"weather": "fair"}},
        {"table": ssvc.TRIAGE, "reason": "r", "stated": {"value_density": "thick"}},
    ]
    for said in wrong:
        with pytest.raises(BadInput):
            triage.record_selection(coordinator, case_id, **said)
    assert triage.triage_of(coordinator, case_id).recorded == ()
