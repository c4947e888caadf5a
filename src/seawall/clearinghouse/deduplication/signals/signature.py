"""The signature that the harness saw. Pure.

It is the only signal that can link by itself, and only together with ``sites`` (see ``rules``).
"""

from seawall.clearinghouse.deduplication.types import NOTHING, Finding, Measure


def measure(left: Finding, right: Finding) -> Measure:
    """1 where both proofs left the same versioned signature, 0 where they left different ones of one version."""
    if not left.signature or not right.signature:
        return NOTHING
    if left.signature == right.signature:
        return Measure(1.0, f"Both proofs left the same signature while they ran ({left.signature[:200]}).")
    if version(left.signature) != version(right.signature):
        return NOTHING  # a crash and a hang, or two versions of one reader, say nothing of each other
    return Measure(0.0, "The proofs left different signatures while they ran.")


def version(signature: str) -> str:
    """``crash/2`` of ``crash/2:...``."""
    return signature.partition(":")[0]
