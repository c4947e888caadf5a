"""Rows of deconfliction, by what they are about."""

from seawall.clearinghouse.deconfliction.models.leases import (
    Coverage,
    GroundRule,
    ScanLease,
    Stewardship,
    Target,
    _lease_id,
    _stewardship_id,
)

__all__ = ["Coverage", "GroundRule", "ScanLease", "Stewardship", "Target", "_lease_id", "_stewardship_id"]
