"""States of coordinated disclosure (Vultron, CERT/CC) as they are. Standard library only."""

from enum import StrEnum


class ReportManagement(StrEnum):
    """RM, one per participant."""

    START = "start"
    RECEIVED = "received"
    VALID = "valid"
    INVALID = "invalid"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    CLOSED = "closed"


class EmbargoManagement(StrEnum):
    """EM, one per case."""

    NONE = "none"
    PROPOSED = "proposed"
    ACTIVE = "active"
    REVISE = "revise"
    EXITED = "exited"


class ParticipantEmbargo(StrEnum):
    """PEC, one per participant: consent to the embargo."""

    NO_EMBARGO = "no_embargo"
    INVITED = "invited"
    SIGNATORY = "signatory"
    DECLINED = "declined"
    LAPSED = "lapsed"


class ParticipantRole(StrEnum):
    """Why somebody takes part."""

    FINDER = "finder"
    REPORTER = "reporter"
    VENDOR = "vendor"
    DEPLOYER = "deployer"
    COORDINATOR = "coordinator"
    OBSERVER = "observer"
    CASE_OWNER = "case_owner"


class LinkRole(StrEnum):
    """How a report stands to its case."""

    FIRST = "first"
    DUPLICATE = "duplicate"
