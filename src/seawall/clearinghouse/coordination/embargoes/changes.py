"""A wish for another end, from the proposal to what its acceptance changes. Inner halves of ``services``."""

from datetime import datetime

from seawall.clearinghouse.coordination import rules as machines
from seawall.clearinghouse.coordination.embargoes import binding, rules
from seawall.clearinghouse.coordination.embargoes.models import CaseTerm, ChangeAnswer, TermsChange
from seawall.clearinghouse.coordination.embargoes.types import ChangeKind, ChangeState, TermKind, moment
from seawall.clearinghouse.coordination.models import Case
from seawall.clearinghouse.coordination.tiers import CONTENT, is_over
from seawall.clearinghouse.coordination.timeline import note
from seawall.clearinghouse.coordination.types import EmbargoManagement, ParticipantEmbargo, ParticipantRole
from seawall.clearinghouse.distribution.services import notify
from seawall.foundation.access.types import Actor
from seawall.foundation.identity.queries import organization_names
from seawall.foundation.platform import clock
from seawall.foundation.platform.errors import Conflict


def allowed(case: Case, step: str) -> EmbargoManagement:
    """The state after a step of EM.

    Raises:
        Conflict: The machine does not allow it; says what it does.
    """
    try:
        return machines.step(machines.EM_TABLE, EmbargoManagement(case.embargo), step)
    except machines.RefusedTransitionError as error:
        raise Conflict(f"{error}.") from error


def extensible(case: Case, until: datetime) -> None:
    """Let pass an extension that every rule which would end before allows.

    Raises:
        Conflict: One does not; it is named.
    """
    refusing = rules.too_strict(binding.current(case), until)
    if refusing is None:
        return
    far = "it cannot be extended"
    if refusing.extensible_until:
        far = f"it can be extended until {moment(refusing.extensible_until)} at most"
        far += f", if {refusing.extension_if}" if refusing.extension_if else ""
    raise Conflict(f"{refusing.name} does not allow it: {refusing.rule}; {far}.")


def open_change(actor: Actor, case: Case, kind: ChangeKind, until: datetime, reason: str) -> TermsChange:
    """Open a wish; an earlier one gives way. Whoever asks agrees."""
    case.embargo = allowed(case, "propose")
    case.save(update_fields=["embargo"])
    TermsChange.objects.filter(case=case, state=ChangeState.OPEN).update(
        state=ChangeState.SUPERSEDED, decided_at=clock.now()
    )
    change = TermsChange.objects.create(
        case=case,
        kind=kind,
        until=until,
        reason=reason,
        organization_id=actor.home,
        asked_by=actor.label[:200],
        asked_at=clock.now(),
        state=ChangeState.OPEN,
    )
    ChangeAnswer.objects.create(
        change=change, organization_id=actor.home, accepted=True, made_by=actor.label[:200], made_at=clock.now()
    )
    what = "An extension" if kind is ChangeKind.EXTENSION else "Another end"
    note(actor, case, "terms-proposed", f"{what} to {moment(until)} was proposed: {reason}", until=until.isoformat())
    tell(actor, case, f"{what} of an embargo is proposed", f"{moment(until)}. Say whether you agree.")
    return change


def waiting(case: Case) -> TermsChange:
    """The wish that waits for a decision, locked.

    Raises:
        Conflict: There is none.
    """
    change = TermsChange.objects.select_for_update().filter(case=case, state=ChangeState.OPEN).first()
    if change is None:
        raise Conflict("No other end is proposed.")
    return change


def agree(actor: Actor, case: Case, change: TermsChange) -> None:
    """Write the terms that were accepted."""
    now = clock.now()
    if change.kind == ChangeKind.TERMS:
        CaseTerm.objects.create(
            case=case,
            kind=TermKind.AGREED,
            name="Agreed date",
            starts_at=now,
            ends_at=change.until,
            added_by=actor.label[:200],
            added_at=now,
        )
        return
    extensible(case, change.until)
    found = binding.current(case)
    agreed = set(change.answers.filter(accepted=True).values_list("organization_id", flat=True)) | {actor.home}
    lacking = [one for one in rules.bringers(found, change.until) if one not in agreed]
    if lacking:
        names = organization_names(lacking)
        raise Conflict(
            f"{', '.join(names.get(one, one) for one in lacking)} brought a rule that would be stretched,"
            " and has not agreed.",
            "Ask for its yes first.",
        )
    binding.extend(actor, case, change.until)


def revise(actor: Actor, case: Case, change: TermsChange) -> None:
    """Signatories who have not said yes to the new terms have to sign them anew (PEC ``revise``)."""
    agreed = set(change.answers.filter(accepted=True).values_list("organization_id", flat=True)) | {actor.home}
    for one in case.participants.select_for_update().filter(consent=ParticipantEmbargo.SIGNATORY):
        lapsed = machines.step(machines.PEC_TABLE, ParticipantEmbargo.SIGNATORY, "revise")
        if one.organization_id in agreed or one.role == ParticipantRole.COORDINATOR:
            continue  # lapsed and signed anew in one breath
        one.consent = lapsed
        one.save(update_fields=["consent"])
        binding.await_answers(case, [one.organization_id])
        note(actor, case, "consent", "A signatory has to accept the new terms.", organization=one.organization_id)


def tell(actor: Actor, case: Case, title: str, body: str) -> None:
    """A notice to every other participant that has signed; the others learn that there is something to answer."""
    rows = case.participants.exclude(consent=ParticipantEmbargo.DECLINED).exclude(organization_id=actor.home)
    for one in rows:
        if is_over(one.until, clock.now()):
            continue  # there is no such case for it any more
        # Reasons may tell of the flaw, so they go only to those who read it.
        signed = one.consent == ParticipantEmbargo.SIGNATORY and one.tier in CONTENT
        notify(
            one.organization_id,
            kind="embargo",
            subject=case.id,
            title=title if signed else "The terms of an embargo have changed",
            body=body if signed else "Your answer is asked for.",
            reference=f"/cases/{case.id}" if signed else "/invitations",
        )
