"""States of coordinated disclosure (Vultron, CERT/CC) as they are. Standard library only."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


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


class FixPath(StrEnum):
    """How far one vendor is: V aware, F fix ready, D fix deployed; a small letter is a step not taken."""

    UNAWARE = "vfd"
    AWARE = "Vfd"
    READY = "VFd"
    DEPLOYED = "VFD"


class CaseEventKind(StrEnum):
    """What moves the case state; the first three are one vendor's, the others everybody's."""

    VENDOR_AWARE = "vendor_aware"
    FIX_READY = "fix_ready"
    FIX_DEPLOYED = "fix_deployed"
    PUBLIC_AWARE = "public_aware"
    EXPLOIT_PUBLIC = "exploit_public"
    ATTACKS_OBSERVED = "attacks_observed"


@dataclass(frozen=True, slots=True)
class CaseState:
    """CS, one vendor's: 4 x 8 = 32 states."""

    fix: FixPath
    public_aware: bool
    exploit_public: bool
    attacks_observed: bool

    @property
    def name(self) -> str:
        """As Vultron writes it, such as ``VFdpxa``."""
        letters = zip("pxa", (self.public_aware, self.exploit_public, self.attacks_observed), strict=True)
        return self.fix.value + "".join(letter.upper() if said else letter for letter, said in letters)


class Tier(IntEnum):
    """How much of a case a participant may see before it is public; see ``tiers.py``."""

    MAKERS = 0
    """Finder, maintainer and coordinator: everything."""
    EXPERTS = 1
    """Whoever helps to understand and fix it: the flaw, not who else knows."""
    DISTRIBUTORS = 2
    """Distribution partners: the fix and the date."""
    REGISTRIES = 3
    """Registries and CDNs: the artifact and when it goes live."""


class VendorStatus(StrEnum):
    """What a vendor says of a product of its own."""

    AFFECTED = "affected"
    NOT_AFFECTED = "not_affected"
    FIXED = "fixed"
    UNDER_INVESTIGATION = "under_investigation"
    UNKNOWN = "unknown"


class Justification(StrEnum):
    """Why a product is not affected: the five justifications of VEX (CISA), as CSAF's flags spell them."""

    COMPONENT_NOT_PRESENT = "component_not_present"
    VULNERABLE_CODE_NOT_PRESENT = "vulnerable_code_not_present"
    VULNERABLE_CODE_NOT_IN_EXECUTE_PATH = "vulnerable_code_not_in_execute_path"
    VULNERABLE_CODE_CANNOT_BE_CONTROLLED_BY_ADVERSARY = "vulnerable_code_cannot_be_controlled_by_adversary"
    INLINE_MITIGATIONS_ALREADY_EXIST = "inline_mitigations_already_exist"


class ContactKind(StrEnum):
    """What a contact's pattern means."""

    EXACT = "exact"
    """One package: ``pkg:npm/left-pad``."""
    PREFIX = "prefix"
    """A namespace and everything below it: ``pkg:npm/@scope/*``."""
    REPOSITORY = "repository"
    """A repository: ``https://github.com/owner/name``."""


class ReadKind(StrEnum):
    """What of a case was read."""

    CASE = "case"
    BRIEF = "brief"
    REPORT = "report"
    """A report in the case, with its evidence and signed verdict."""
    EVIDENCE = "evidence"
    """A proof bundle or another file of evidence, where it is taken away by itself."""
    STATEMENTS = "statements"
    THREAD = "thread"
    FILE = "file"
