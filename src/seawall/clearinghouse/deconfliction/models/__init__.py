"""Rows of deconfliction, by what they are about."""

from seawall.clearinghouse.deconfliction.models.collisions import (
    CollisionBudget,
    Holding,
    Introduction,
    ReportMark,
    _introduction_id,
)
from seawall.clearinghouse.deconfliction.models.commitments import Commitment, _commitment_id
from seawall.clearinghouse.deconfliction.models.leases import (
    Coverage,
    GroundRule,
    ScanLease,
    Stewardship,
    Target,
    _lease_id,
    _stewardship_id,
)

__all__ = [
    "CollisionBudget",
    "Commitment",
    "Coverage",
    "GroundRule",
    "Holding",
    "Introduction",
    "ReportMark",
    "ScanLease",
    "Stewardship",
    "Target",
    "_commitment_id",
    "_introduction_id",
    "_lease_id",
    "_stewardship_id",
]
