"""Background work of matching."""

from datetime import timedelta

from seawall.clearinghouse.matching import checking, loading, services
from seawall.clearinghouse.matching.parsing import parse_confined
from seawall.clearinghouse.matching.queries import for_the_clearinghouse
from seawall.foundation.access.types import Actor
from seawall.foundation.jobs.registry import handler
from seawall.foundation.jobs.types import Claim
from seawall.foundation.platform import storage
from seawall.foundation.platform.errors import BadInput, TooLarge

_SYSTEM = Actor.system("matching")
_LONG = timedelta(hours=6)
"""A first load with millions of exposures, or a night's check of a nation's inventories."""
_ATTEMPTS = 50
"""Each goes on where the last one was stopped, so that many may be needed and none is wasted."""


@handler(services.READ)
def read(claim: Claim) -> None:
    """Read an inventory in a child process (subject: inventory id), and keep its lines or the reason why not."""
    row = for_the_clearinghouse(claim.subject_id)
    if row is None:
        return  # withdrawn meanwhile
    try:
        with storage.mapped(row.digest) as data:
            sbom = parse_confined(row.format, data)
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


@handler(loading.LOAD, max_attempts=_ATTEMPTS, time_limit=_LONG)
def load_snapshot(claim: Claim) -> None:
    """Load a snapshot step by step (subject: load id); each step is a transaction of its own."""
    for step in loading.steps(claim.subject_id):
        if claim.cancelled():
            return
        with claim.transaction():
            done = step(_SYSTEM)
        claim.progress(done.done, done.total, done.text)


@handler(services.CHECK, max_attempts=_ATTEMPTS, time_limit=_LONG)
def check(claim: Claim) -> None:
    """Match everything again (subject: the night), and say and mend what differs."""
    for step in checking.steps(claim.subject_id):
        if claim.cancelled():
            return
        with claim.transaction():
            done = step(_SYSTEM)
        claim.progress(done.done, done.total, done.text)
