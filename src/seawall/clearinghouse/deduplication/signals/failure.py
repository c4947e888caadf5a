"""The class of failure that the oracle judged. Pure."""

from seawall.clearinghouse.deduplication.types import NOTHING, Finding, Measure


def measure(left: Finding, right: Finding) -> Measure:
    """1 for the same class, 0 for different ones."""
    if not left.failure or not right.failure:
        return NOTHING
    if left.failure == right.failure:
        return Measure(1.0, f"Both end in {left.failure}.")
    return Measure(0.0, "One ends in {}, the other in {}.".format(*sorted((left.failure, right.failure))))
