"""Names: of advisories, of their files, of who is credited. Pure: randomness and time are passed in."""

import base64
import re
from datetime import datetime

from seawall.clearinghouse.distribution.types import Advisory, Format

ID_RANDOM_BYTES = 5
"""40 bits: eight letters. Random, so that an id says nothing about how many there are; two alike are refused by the table."""

CSAF_FOLDER = "white"
"""CSAF 2.0 sorts documents by TLP label; everything published is TLP:CLEAR, which CSAF 2.0 calls WHITE."""


def advisory_id(now: datetime, random: bytes) -> str:
    """A fresh identifier such as ``SEAWALL-2026-K7Q2MX4A``.

    Args:
        now: Time of allocation; only the year shows.
        random: ``ID_RANDOM_BYTES`` fresh random bytes.

    Raises:
        ValueError: Another number of bytes.
    """
    if len(random) != ID_RANDOM_BYTES:
        raise ValueError(f"random: {ID_RANDOM_BYTES} bytes, not {len(random)}")
    return f"SEAWALL-{now.year:04d}-{base64.b32encode(random).decode('ascii')}"


def csaf_file_name(advisory_id: str) -> str:
    """CSAF 2.0 section 5.1: lower case, every run of other characters an underscore, ``.json``."""
    return re.sub(r"[^+\-a-z0-9]+", "_", advisory_id.lower()) + ".json"


def csaf_path(advisory: Advisory) -> str:
    """Where a CSAF document lies below ``/csaf/``, such as ``white/2026/seawall-2026-k7q2mx4a.json``."""
    return f"{CSAF_FOLDER}/{advisory.year}/{csaf_file_name(advisory.id)}"


def file_name(advisory_id: str, document_format: Format) -> str:
    """Name of a document's file; signatures are over this name and the bytes."""
    if document_format is Format.CSAF:
        return csaf_file_name(advisory_id)
    return f"{advisory_id}.json"
