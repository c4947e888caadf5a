"""Who sees a case's content is one rule, written twice: as a pure function and as the query behind every door."""

import itertools

import pytest

from seawall.clearinghouse.coordination import queries
from seawall.clearinghouse.coordination.models import Case, CaseReport, Participant
from seawall.clearinghouse.coordination.rules import may_see_content
from seawall.clearinghouse.coordination.types import EmbargoManagement, ParticipantEmbargo, ReportManagement
from seawall.clearinghouse.intake import queries as intake
from seawall.clearinghouse.intake.models import Report
from seawall.foundation.platform import clock
from support import World

pytestmark = pytest.mark.django_db


def _case(embargo: EmbargoManagement, number: int) -> Case:
    return Case.objects.create(
        advisory_id=f"SEAWALL-2026-{number:08d}",
        title="t",
        package="pkg:pypi/jinja2",
        failure="code-execution",
        embargo=embargo,
        opened_at=clock.now(),
    )


def _join(case: Case, organization_id: str, state: ReportManagement, consent: ParticipantEmbargo) -> None:
    Participant.objects.create(
        case=case,
        organization_id=organization_id,
        role="vendor",
        report_management=state,
        consent=consent,
        joined_at=clock.now(),
    )


def test_the_query_and_the_rule_agree_in_every_state(world: World) -> None:
    expected = {}
    states = itertools.product(EmbargoManagement, ReportManagement, ParticipantEmbargo)
    for number, (embargo, state, consent) in enumerate(states):
        case = _case(embargo, number)
        _join(case, world.id("vendor"), state, consent)
        expected[case.id] = may_see_content(state, consent, embargo)
    seen = set(queries.cases_of(world.actor("vendor")).values_list("id", flat=True))
    assert len(expected) == 175
    assert {identifier: identifier in seen for identifier in expected} == expected
    assert not queries.cases_of(world.actor("stranger")).exists()


def test_a_vendor_reads_only_the_proved_reports_of_the_cases_that_it_signed(world: World) -> None:
    signed, invited = _case(EmbargoManagement.ACTIVE, 1), _case(EmbargoManagement.ACTIVE, 2)
    _join(signed, world.id("vendor"), ReportManagement.RECEIVED, ParticipantEmbargo.SIGNATORY)
    _join(invited, world.id("vendor"), ReportManagement.RECEIVED, ParticipantEmbargo.INVITED)
    ids = {}
    for case, proved, undone in itertools.product((signed, invited), (True, False), (True, False)):
        report = Report.objects.create(
            organization_id=world.id("finder"),
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
        CaseReport.objects.create(
            case=case,
            report_id=report.id,
            organization_id=world.id("finder"),
            role="duplicate",
            reason="r",
            received_at=report.received_at,
            linked_by="x",
            linked_at=clock.now(),
            undone_at=clock.now() if undone else None,
        )
        ids[report.id] = case is signed and proved and not undone
    seen = set(intake.reports_of(world.actor("vendor")).values_list("id", flat=True))
    assert {identifier: identifier in seen for identifier in ids} == ids
