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
from seawall.clearinghouse.deconfliction.models.networks import (
    Admission,
    Booking,
    BookingSource,
    Network,
    _booking_id,
    _network_id,
)

__all__ = [
    "Admission",
    "Booking",
    "BookingSource",
    "CollisionBudget",
    "Commitment",
    "Coverage",
    "GroundRule",
    "Holding",
    "Introduction",
    "Network",
    "ReportMark",
    "ScanLease",
    "Stewardship",
    "Target",
    "_booking_id",
    "_commitment_id",
    "_introduction_id",
    "_lease_id",
    "_network_id",
    "_stewardship_id",
]
