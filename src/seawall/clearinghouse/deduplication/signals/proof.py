"""Two minimized proofs: equal, or largely the same bytes. Pure.

A proof is sketched once (``sketch``): its digest, and the smallest hashes of its runs of ``RUN`` bytes (Broder 1997,
bottom-k), whose overlap estimates how much of both proofs is common.
"""

import hashlib
import heapq
from zlib import crc32

from seawall.clearinghouse.deduplication.types import NOTHING, Finding, Measure, Proof

RUN = 6
SHINGLES_MAX = 128
BYTES_MAX = 1_048_576
"""Bytes that are sketched; minimized proofs are far smaller."""
SHORT = 24
"""Runs below which two proofs say little unless they are equal."""


def measure(left: Finding, right: Finding) -> Measure:
    """1 for equal bytes, else the estimated overlap."""
    if left.proof is None or right.proof is None:
        return NOTHING
    if left.proof.digest == right.proof.digest:
        return Measure(1.0, "The minimized proofs are equal, byte for byte.")
    ours, theirs = left.proof.shingles, right.proof.shingles
    if min(len(ours), len(theirs)) < SHORT:
        return NOTHING
    smallest = heapq.nsmallest(SHINGLES_MAX, ours | theirs)
    value = sum(1 for one in smallest if one in ours and one in theirs) / len(smallest)
    return Measure(value, f"The minimized proofs share about {value:.0%} of their bytes.")


def sketch(data: bytes) -> Proof:
    """What is kept of a proof to compare it."""
    body = data[:BYTES_MAX]
    runs = {crc32(body[at : at + RUN]) for at in range(max(0, len(body) - RUN + 1))}
    return Proof(f"sha256:{hashlib.sha256(data).hexdigest()}", frozenset(heapq.nsmallest(SHINGLES_MAX, runs)))
