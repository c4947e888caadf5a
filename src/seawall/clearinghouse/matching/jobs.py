"""Background work of matching."""

from seawall.clearinghouse.matching import services
from seawall.clearinghouse.matching.parsing import parse_confined
from seawall.clearinghouse.matching.queries import for_the_clearinghouse
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.registry import handler
from seawall.foundation.jobs.types import Claim
from seawall.foundation.platform import storage
from seawall.foundation.platform.errors import BadInput, TooLarge

_SYSTEM = Actor.system("matching")


@handler(services.READ)
def read(claim: Claim) -> None:
    """Read an inventory in a child process (subject: inventory id), and keep its lines or the reason why not."""
    row = for_the_clearinghouse(claim.subject_id)
    if row is None:
        return  # withdrawn meanwhile
    try:
        sbom = parse_confined(row.format, storage.read(row.digest))
    except (BadInput, TooLarge) as error:
        with claim.transaction():
            services.refuse_inventory(_SYSTEM, row.id, error)
            claim.complete()
        return
    with claim.transaction():
        services.keep_lines(_SYSTEM, row.id, sbom)
        claim.complete()


@handler(services.MATCH_INVENTORY)
def match_inventory(claim: Claim) -> None:
    """Match one inventory against all advisories (subject: inventory id)."""
    with claim.transaction():
        if for_the_clearinghouse(claim.subject_id) is not None:
            services.match_one_inventory(_SYSTEM, claim.subject_id)
        claim.complete()


@handler(services.MATCH_ADVISORY)
def match_advisory(claim: Claim) -> None:
    """Match one advisory against all inventories (subject: advisory id)."""
    with claim.transaction():
        services.match_one_advisory(_SYSTEM, claim.subject_id)
        claim.complete()
