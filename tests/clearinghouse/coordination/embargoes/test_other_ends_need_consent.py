"""Another end is proposed, answered and decided by Vultron's machines; a later one needs every rule it stretches."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from seawall.clearinghouse.coordination import merging
from seawall.clearinghouse.coordination import services as coordination
from seawall.clearinghouse.coordination.embargoes import queries, services
from seawall.clearinghouse.coordination.embargoes.models import AnswerDue, CaseTerm, TermsChange
from seawall.clearinghouse.coordination.models import Case, Participant
from seawall.clearinghouse.coordination.queries import cases_of, invitations_of
from seawall.clearinghouse.distribution.queries import notices_of
from seawall.clearinghouse.intake.types import EmbargoTerms, Relay
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import BadInput, Conflict, Forbidden, NotFound
from support.world import Scene

from .conftest import DAY, HOUR, SECOND, ends_at

pytestmark = pytest.mark.django_db
WHY = "Because."


def consent(scene: Scene, name: str, case_id: str) -> str:
    return Participant.objects.get(case_id=case_id, organization_id=scene.world.id(name)).consent


@pytest.fixture
def case_id(scene: Scene) -> str:
    """A case with a finder, a vendor that has signed, and the coordinator."""
    scene.contact("vendor")
    found = scene.case()
    scene.accepts("vendor", found)
    return found


def end_of(case_id: str) -> datetime:
    return ends_at(Case.objects.get(pk=case_id))


def test_an_earlier_end_is_agreed_and_whoever_did_not_say_yes_signs_anew(scene: Scene, case_id: str) -> None:
    world = scene.world
    until = (clock.now() + 40 * DAY).replace(microsecond=0)
    services.propose_terms(world.actor("finder"), case_id, until=until, reason="Our talk is that day.")
    assert Case.objects.get(pk=case_id).embargo == "revise"
    services.decide_terms(world.actor("clearinghouse"), case_id, accept=True, reason="Agreed.")
    case = Case.objects.get(pk=case_id)
    assert (case.embargo, case.embargo_ends_at) == ("active", until)
    assert queries.embargo(world.actor("finder"), case_id).clock.strictest.name == "Agreed date"
    assert consent(scene, "finder", case_id) == "signatory"
    assert consent(scene, "vendor", case_id) == "lapsed"
    assert not cases_of(world.actor("vendor")).exists()
    assert [one.case_id for one in invitations_of(world.actor("vendor"))] == [case_id]
    assert AnswerDue.objects.filter(case_id=case_id, organization_id=world.id("vendor")).exists()
    coordination.answer_invitation(world.actor("vendor"), case_id, accept=True)
    assert cases_of(world.actor("vendor")).exists()


def test_whoever_said_yes_before_stays_a_signatory(scene: Scene, case_id: str) -> None:
    world = scene.world
    services.propose_terms(world.actor("finder"), case_id, until=clock.now() + 40 * DAY, reason=WHY)
    services.answer_terms(world.actor("vendor"), case_id, accept=False)
    services.answer_terms(world.actor("vendor"), case_id, accept=True, reason="On second thought.")
    services.decide_terms(world.actor("clearinghouse"), case_id, accept=True, reason=WHY)
    assert consent(scene, "vendor", case_id) == "signatory"


def test_a_rejected_end_changes_nothing(scene: Scene, case_id: str) -> None:
    world, before = scene.world, end_of(case_id)
    services.propose_terms(world.actor("vendor"), case_id, until=clock.now() + 3 * DAY, reason=WHY)
    services.decide_terms(world.actor("clearinghouse"), case_id, accept=False, reason="Too early.")
    case = Case.objects.get(pk=case_id)
    assert (case.embargo, case.embargo_ends_at) == ("active", before)
    assert consent(scene, "finder", case_id) == "signatory"
    with pytest.raises(Conflict, match="No other end"):
        services.decide_terms(world.actor("clearinghouse"), case_id, accept=True, reason=WHY)
    with pytest.raises(Conflict, match="No other end"):
        services.answer_terms(world.actor("vendor"), case_id, accept=True)


def test_a_second_proposal_takes_the_place_of_the_first(scene: Scene, case_id: str) -> None:
    world = scene.world
    for days in (30, 40):
        services.propose_terms(world.actor("finder"), case_id, until=clock.now() + days * DAY, reason=WHY)
    states = list(TermsChange.objects.order_by("id").values_list("state", flat=True))
    assert (states, Case.objects.get(pk=case_id).embargo) == (["superseded", "open"], "revise")


def test_an_extension_within_the_policy_is_granted(scene: Scene, case_id: str) -> None:
    world, before = scene.world, end_of(case_id)
    until = before + 14 * DAY
    services.request_extension(world.actor("vendor"), case_id, until=until, reason="The fix ships on that day.")
    services.decide_terms(world.actor("clearinghouse"), case_id, accept=True, reason="Progressing.")
    found = queries.embargo(world.actor("vendor"), case_id)
    assert found.case.embargo_ends_at == until
    assert "extended to" in found.clock.sentence
    assert consent(scene, "finder", case_id) == "lapsed", "a longer promise is a new one"


@pytest.mark.parametrize(
    ("profile", "days", "named"),
    [
        ("seawall-default", 15, "Seawall's default does not allow it"),
        ("linux-distros", 1, "linux-distros does not allow it: 14 days"),
        ("linux-kernel", 1, "Linux kernel security team does not allow it: findings made with AI"),
    ],
)
def test_an_extension_that_a_rule_does_not_allow_is_refused_by_its_name(
    scene: Scene, case_id: str, profile: str, days: int, named: str
) -> None:
    coordinator = scene.world.actor("clearinghouse")
    if profile != "seawall-default":
        services.bring_profile(coordinator, case_id, profile, reason="They were told.")
    until = end_of(case_id) + days * DAY
    with pytest.raises(Conflict, match=named):
        services.request_extension(scene.world.actor("vendor"), case_id, until=until, reason=WHY)
    assert Case.objects.get(pk=case_id).embargo == "active"


def test_whoever_brought_the_strictest_rule_has_to_agree(scene: Scene) -> None:
    world = scene.world
    services.set_policy(world.actor("finder"), "anthropic")
    scene.contact("vendor")
    case_id = scene.case()
    scene.accepts("vendor", case_id)
    until = end_of(case_id) + 10 * DAY
    services.request_extension(world.actor("vendor"), case_id, until=until, reason=WHY)
    shown = queries.embargo(world.actor("vendor"), case_id)
    assert shown.awaited == (world.id("finder"),)
    with pytest.raises(Conflict, match="finder brought a rule that would be stretched"):
        services.decide_terms(world.actor("clearinghouse"), case_id, accept=True, reason=WHY)
    services.answer_terms(world.actor("finder"), case_id, accept=True)
    services.decide_terms(world.actor("clearinghouse"), case_id, accept=True, reason=WHY)
    assert end_of(case_id) == until


def test_a_rule_that_came_in_between_is_asked_again_at_the_decision(scene: Scene, case_id: str) -> None:
    world = scene.world
    services.request_extension(world.actor("vendor"), case_id, until=end_of(case_id) + DAY, reason=WHY)
    services.bring_profile(world.actor("clearinghouse"), case_id, "linux-distros", reason="They were told.")
    with pytest.raises(Conflict, match="linux-distros does not allow it"):
        services.decide_terms(world.actor("clearinghouse"), case_id, accept=True, reason=WHY)


def test_standing_policies_come_with_their_organizations(scene: Scene) -> None:
    world = scene.world
    services.set_policy(world.actor("finder"), "anthropic")
    services.set_policy(world.actor("vendor"), "upstream", days=20)
    services.set_policy(world.actor("rival"), "linux-distros")
    scene.contact("vendor")
    case_id = scene.case()
    found = queries.embargo(world.actor("finder"), case_id)
    assert {row.name for row in found.clock.rows} == {"Seawall's default", "Anthropic", "The upstream's own policy"}
    assert found.clock.strictest.name == "The upstream's own policy"
    assert end_of(case_id) <= found.case.opened_at + 20 * DAY + SECOND
    other = scene.report("rival")
    scene.judged(other)
    assert scene.folded(other) == case_id
    assert queries.embargo(world.actor("finder"), case_id).clock.strictest.name == "linux-distros"


def test_a_finding_with_ai_assistance_is_public_where_its_upstream_says_so(
    scene: Scene, case_id: str, later: Callable[..., None]
) -> None:
    services.bring_profile(scene.world.actor("clearinghouse"), case_id, "linux-kernel", reason="It is their code.")
    found = queries.embargo(scene.world.actor("finder"), case_id)
    assert "treated as public" in found.clock.sentence, "the scene's reports are AI-assisted"
    later(seconds=2)
    scene.works()
    assert Case.objects.get(pk=case_id).embargo == "exited"


def test_a_released_fix_ends_what_ends_with_the_patch(scene: Scene) -> None:
    world = scene.world
    services.set_policy(world.actor("finder"), "anthropic")
    scene.contact("vendor")
    case_id = scene.case()
    scene.accepts("vendor", case_id)
    at = clock.now() - HOUR
    with pytest.raises(Forbidden):
        services.note_fix_released(world.actor("finder"), case_id, at=at, reason=WHY)
    with pytest.raises(BadInput, match="still to come"):
        services.note_fix_released(world.actor("vendor"), case_id, at=clock.now() + DAY, reason=WHY)
    services.note_fix_released(world.actor("vendor"), case_id, at=at, reason="3.1.6 is out.")
    found = queries.embargo(world.actor("vendor"), case_id)
    assert "a patch is out since" in found.clock.sentence
    assert found.details_wait is not None
    assert found.details_wait[0] >= at + 45 * DAY
    scene.works()
    assert Case.objects.get(pk=case_id).embargo == "exited"


def test_merged_cases_take_the_earlier_end_and_give_it_back(scene: Scene) -> None:
    world = scene.world
    with transaction.atomic():
        first, second = (
            coordination.open_case(world.actor("clearinghouse"), proved(scene, name), reason="a proof held.")
            for name in ("finder", "rival")
        )
    services.bring_profile(world.actor("clearinghouse"), second.id, "linux-distros", reason="They were told.")
    before, short = end_of(first.id), end_of(second.id)
    merging.merge_cases(world.actor("clearinghouse"), second.id, first.id, reason="One fix.")
    assert end_of(first.id) == short
    assert queries.embargo(world.actor("finder"), first.id).clock.strictest.name == "linux-distros"
    own = merging.undo_merge(world.actor("clearinghouse"), second.id, reason="Two after all.")
    assert (end_of(first.id), end_of(own.id)) == (before, short)
    assert not CaseTerm.objects.filter(case=first, inherited_from=second.id).exists()


def test_a_child_of_a_split_inherits_the_end_and_its_rules(scene: Scene) -> None:
    case_id = scene.case()
    other = scene.report("rival")
    scene.judged(other)
    assert scene.folded(other) == case_id
    coordinator = scene.world.actor("clearinghouse")
    services.bring_profile(coordinator, case_id, "linux-distros", reason="They were told.")
    own = merging.undo_link(coordinator, case_id, other, reason="Another cause.")
    assert end_of(own.id) == end_of(case_id)
    assert queries.embargo(coordinator, own.id).clock.strictest.name == "linux-distros"


def proved(scene: Scene, name: str) -> coordination.ProvedReport:
    return coordination.ProvedReport(
        id=scene.report(name, title=f"Reported by {name}"),
        organization_id=scene.world.id(name),
        title="t",
        package="pkg:pypi/jinja2",
        failure="code-execution",
        identifiers=(),
        weaknesses=(),
        severity="",
        affected=(),
        received_at=clock.now(),
    )


REFUSED: list[tuple[str, Callable[[Scene, str], object], type[Exception]]] = [
    (
        "an end in the past",
        lambda scene, one: services.propose_terms(
            scene.world.actor("finder"), one, until=clock.now() - DAY, reason=WHY
        ),
        BadInput,
    ),
    (
        "an end too far away",
        lambda scene, one: services.request_extension(
            scene.world.actor("finder"), one, until=clock.now() + 400 * DAY, reason=WHY
        ),
        BadInput,
    ),
    (
        "a time without a zone",
        lambda scene, one: services.propose_terms(
            scene.world.actor("finder"),
            one,
            until=clock.now().replace(tzinfo=None),
            reason=WHY,
        ),
        BadInput,
    ),
    (
        "no reason",
        lambda scene, one: services.propose_terms(
            scene.world.actor("finder"), one, until=clock.now() + DAY, reason="  "
        ),
        BadInput,
    ),
    (
        "an extension to an earlier end",
        lambda scene, one: services.request_extension(
            scene.world.actor("finder"), one, until=clock.now() + DAY, reason=WHY
        ),
        BadInput,
    ),
    (
        "a later end without asking for an extension",
        lambda scene, one: services.propose_terms(
            scene.world.actor("finder"), one, until=clock.now() + 91 * DAY, reason=WHY
        ),
        Conflict,
    ),
    (
        "somebody outside",
        lambda scene, one: services.propose_terms(
            scene.world.actor("stranger"), one, until=clock.now() + DAY, reason=WHY
        ),
        NotFound,
    ),
    (
        "a finder who decides",
        lambda scene, one: services.decide_terms(scene.world.actor("finder"), one, accept=True, reason=WHY),
        Forbidden,
    ),
    (
        "a finder who brings a policy",
        lambda scene, one: services.bring_profile(scene.world.actor("finder"), one, "linux-distros", reason=WHY),
        Forbidden,
    ),
    (
        "an unknown policy",
        lambda scene, one: services.bring_profile(scene.world.actor("clearinghouse"), one, "nobody's", reason=WHY),
        BadInput,
    ),
    (
        "a policy whose length lacks",
        lambda scene, one: services.bring_profile(scene.world.actor("clearinghouse"), one, "upstream", reason=WHY),
        BadInput,
    ),
    (
        "a length where it is known",
        lambda scene, one: services.bring_profile(
            scene.world.actor("clearinghouse"), one, "linux-distros", reason=WHY, days=90
        ),
        BadInput,
    ),
    (
        "a policy of somebody outside",
        lambda scene, one: services.bring_profile(
            scene.world.actor("clearinghouse"), one, "openai", reason=WHY, organization_id=scene.world.id("bank")
        ),
        BadInput,
    ),
]


@pytest.mark.parametrize(("what", "act", "refusal"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_is_not_possible_is_refused_and_changes_nothing(
    scene: Scene, case_id: str, what: str, act: Callable[[Scene, str], object], refusal: type[Exception]
) -> None:
    before = Case.objects.values().get(pk=case_id)
    with pytest.raises(refusal):
        act(scene, case_id)
    assert Case.objects.values().get(pk=case_id) == before, what


def test_a_merged_or_ended_embargo_has_no_other_end(scene: Scene, case_id: str) -> None:
    world = scene.world
    services.propose_terms(world.actor("finder"), case_id, until=clock.now() + DAY, reason=WHY)
    services.end_embargo(world.actor("clearinghouse"), case_id, reason="It leaked.")
    assert TermsChange.objects.get(case_id=case_id).state == "superseded"
    for act in (
        lambda: services.request_extension(world.actor("finder"), case_id, until=clock.now() + 95 * DAY, reason=WHY),
        lambda: services.propose_terms(world.actor("finder"), case_id, until=clock.now() + 5 * DAY, reason=WHY),
        lambda: services.bring_profile(world.actor("clearinghouse"), case_id, "linux-distros", reason=WHY),
    ):
        with pytest.raises(Conflict):
            act()
    assert [one.title for one in notices_of(world.actor("vendor")).filter(title__contains="has ended")]


def test_an_embargo_is_agreed_where_there_was_none(scene: Scene) -> None:
    case_id = scene.case()
    Case.objects.filter(pk=case_id).update(embargo="none", embargo_ends_at=None)
    world = scene.world
    until = (clock.now() + 20 * DAY).replace(microsecond=0)
    services.propose_terms(world.actor("finder"), case_id, until=until, reason=WHY)
    assert Case.objects.get(pk=case_id).embargo == "proposed"
    services.decide_terms(world.actor("clearinghouse"), case_id, accept=True, reason=WHY)
    case = Case.objects.get(pk=case_id)
    assert (case.embargo, case.embargo_ends_at) == ("active", until)
    assert timedelta(0) < until - clock.now()


def test_terms_of_a_relay_bind_where_they_are_stricter_and_still_to_come(scene: Scene) -> None:
    now = clock.now().replace(microsecond=0)
    soon = (now + 12 * DAY).isoformat().replace("+00:00", "Z")
    over = (now - DAY).isoformat().replace("+00:00", "Z")
    case_id = scene.case(relay=Relay(embargo=EmbargoTerms(until=soon)))
    found = queries.embargo(scene.world.actor("finder"), case_id)
    assert (found.case.embargo_ends_at, found.clock.strictest.name) == (now + 12 * DAY, "Terms of finder")
    other = scene.report("rival", relay=Relay(embargo=EmbargoTerms(until=over)))
    scene.judged(other)
    assert scene.folded(other) == case_id
    assert end_of(case_id) == now + 12 * DAY
    with pytest.raises(Conflict, match="Terms of finder does not allow it"):
        services.request_extension(scene.world.actor("finder"), case_id, until=now + 20 * DAY, reason=WHY)
