"""Embargoes, their clocks, what lacks before the end, and publications."""

from datetime import MAXYEAR, date, datetime, timedelta

from ninja import Schema
from pydantic import Field

from seawall.clearinghouse.coordination.embargoes.queries import ChangeRow, Embargo, PolicyRow
from seawall.clearinghouse.coordination.embargoes.types import Profile, Readiness, Row
from seawall.doors.api.schemas.common import NEXT


def _days(length: timedelta | None) -> int | None:
    return None if length is None else length.days


class ProfileView(Schema):
    """A disclosure policy; lengths in days."""

    id: str
    name: str
    kind: str = Field(description="default, finder, list or upstream.")
    source: str
    read: date = Field(description="When the source was read.")
    length: int | None = Field(description="None: no fixed deadline, or said with each case.")
    own_length: bool = Field(description="Whether the length is said with each case.")
    patch_ends: bool
    extension: int | None
    extension_if: str
    exploited: int | None = Field(description="From the first attack that was seen.")
    exploited_if_critical: bool
    exploited_extension: int | None
    early: list[str] = Field(description="What its owner publishes early.")
    early_within: int | None
    details_after_patch: int | None
    silence: int | None = Field(description="Without an answer for so long, a coordinator is asked to step in.")
    ai_is_public: bool
    also: str

    @staticmethod
    def of(profile: Profile) -> "ProfileView":
        """The view of a profile."""
        return ProfileView(
            id=profile.id,
            name=profile.name,
            kind=profile.kind.value,
            source=profile.source,
            read=profile.read,
            length=_days(profile.length),
            own_length=profile.own_length,
            patch_ends=profile.patch_ends,
            extension=_days(profile.extension),
            extension_if=profile.extension_if,
            exploited=_days(profile.exploited),
            exploited_if_critical=profile.exploited_if_critical,
            exploited_extension=_days(profile.exploited_extension),
            early=list(profile.early),
            early_within=_days(profile.early_within),
            details_after_patch=_days(profile.details_after_patch),
            silence=_days(profile.silence),
            ai_is_public=profile.ai_is_public,
            also=profile.also,
        )


class ProfileList(Schema):
    """Every policy that this server knows, and your own choice."""

    items: list[ProfileView]
    own: str | None = Field(None, description="The profile that your organization brings to its cases.")
    own_days: int | None = None


class PolicyView(Schema):
    """The policy that your organization brings to the cases that it joins from now on."""

    profile: str
    days: int | None
    set_at: datetime

    @staticmethod
    def of(row: PolicyRow) -> "PolicyView":
        """The view of a row."""
        return PolicyView(profile=row.profile, days=row.days, set_at=row.set_at)


class RowView(Schema):
    """What one rule says of the end."""

    name: str
    rule: str
    brought_by: str = Field(description="An organization; empty: the clearinghouse.")
    starts_at: datetime
    ends_at: datetime | None
    extensible_until: datetime | None
    extension_if: str
    binds: bool = Field(description="Whether this rule sets the end.")
    early: list[str] = Field(description="What its owner publishes early.")

    @staticmethod
    def of(row: Row, binding: Row, names: dict[str, str]) -> "RowView":
        """The view of a row."""
        year = row.extensible_until.year if row.extensible_until else 0
        return RowView(
            name=row.name,
            rule=row.rule,
            brought_by=names.get(row.term.brought_by, ""),
            starts_at=row.term.starts_at,
            ends_at=row.ends_at,
            extensible_until=row.extensible_until if year < MAXYEAR else None,
            extension_if=row.extension_if,
            binds=row is binding,
            early=list(row.term.profile.early) if row.term.profile else [],
        )


class ChangeView(Schema):
    """A wish for another end."""

    id: int
    kind: str = Field(description="terms or extension.")
    until: datetime
    reason: str
    asked_by: str
    asked_at: datetime
    state: str = Field(description="open, accepted, rejected or superseded.")
    decided_by: str | None
    decided_at: datetime | None
    decided_reason: str | None

    @staticmethod
    def of(row: ChangeRow) -> "ChangeView":
        """The view of a row."""
        return ChangeView(
            id=row.pk,
            kind=row.kind,
            until=row.until,
            reason=row.reason,
            asked_by=row.asked_by,
            asked_at=row.asked_at,
            state=row.state,
            decided_by=row.decided_by or None,
            decided_at=row.decided_at,
            decided_reason=row.decided_reason or None,
        )


class ProposalView(Schema):
    """A proposal to publish that waits for its second person."""

    proposed_by: str
    proposed_at: datetime
    reason: str
    summary: str
    void: bool = Field(description="Whether the case has changed since: it has to be proposed anew.")


class EmbargoView(Schema):
    """The embargo of a case: when it ends, because of which rule, what else binds it, what is proposed."""

    case_id: str
    state: str = Field(description="EM of Vultron: none, proposed, active, revise or exited.")
    ends_at: datetime | None
    sentence: str = Field(description="The end with its reason and every other rule, for people.")
    strictest: str = Field(description="Name of the rule that sets the end.")
    rows: list[RowView]
    attacked_at: datetime | None
    fixed_at: datetime | None
    details_wait_until: datetime | None
    details_wait_because: str | None
    changes: list[ChangeView] = Field(description="Newest first.")
    agreed: list[str] = Field(description="Who has said yes to the open change.")
    awaited: list[str] = Field(description="Whose yes the open extension needs and does not have.")
    publication: ProposalView | None
    allowed_next: list[str] = Field(description=NEXT)

    @staticmethod
    def of(found: Embargo, names: dict[str, str]) -> "EmbargoView":
        """The view of an embargo."""
        waits, proposal = found.details_wait, found.proposal
        agreed = [one.organization_id for many in found.answers.values() for one in many if one.accepted]
        return EmbargoView(
            case_id=found.case.id,
            state=found.case.embargo,
            ends_at=found.case.embargo_ends_at,
            sentence=found.clock.sentence,
            strictest=found.clock.strictest.name,
            rows=[RowView.of(row, found.clock.strictest, names) for row in found.clock.rows],
            attacked_at=found.facts.attacked_at,
            fixed_at=found.facts.fixed_at,
            details_wait_until=waits[0] if waits else None,
            details_wait_because=waits[1].name if waits else None,
            changes=[ChangeView.of(change) for change in found.changes],
            agreed=[names.get(one, "") for one in agreed],
            awaited=[names.get(one, "") for one in found.awaited],
            publication=None
            if proposal is None
            else ProposalView(
                proposed_by=proposal.label,
                proposed_at=proposal.proposed_at,
                reason=proposal.reason,
                summary=proposal.summary,
                void=found.proposal_is_void,
            ),
            allowed_next=list(found.allowed_next),
        )


class ItemView(Schema):
    """One line of the checklist."""

    key: str
    ready: bool
    text: str
    lacking: list[str] = Field(description="Organizations that can do something about it; empty: the coordinator.")


class ReadinessView(Schema):
    """What lacks before a publication."""

    ready: bool
    items: list[ItemView]

    @staticmethod
    def of(found: Readiness, names: dict[str, str]) -> "ReadinessView":
        """The view of a checklist."""
        return ReadinessView(
            ready=found.ready,
            items=[
                ItemView(
                    key=item.key,
                    ready=item.ready,
                    text=item.text,
                    lacking=[names.get(one, "") for one in item.lacking],
                )
                for item in found.items
            ],
        )
