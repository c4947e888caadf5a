"""Which inventory format a document is of, by its bytes, where its name does not say.

    sniff(b'{"bomFormat": "CycloneDX", ...')  # "cyclonedx"

A guess for choosing a parser; the parser still decides. Only the first and last bytes are looked at, since writers that sort
their keys put the telling one last.
"""

import re

LOOKED_AT = 64 * 1024
"""Bytes of either end."""

_SIGNS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("cyclonedx", re.compile(rb'"bomFormat"\s{0,20}:\s{0,20}"CycloneDX"')),
    ("cyclonedx", re.compile(rb"""xmlns(:\w{1,20})?\s?=\s?["']http://cyclonedx\.org/schema/bom/""")),
    ("spdx", re.compile(rb'"spdxVersion"\s{0,20}:\s{0,20}"SPDX-')),
    ("spdx", re.compile(rb'"@context"\s{0,20}:\s{0,20}(?:\[\s{0,20})?"https?://spdx\.org/rdf/')),
    ("spdx", re.compile(rb"(?m)^(?:\xef\xbb\xbf)?(SPDXVersion|spdxVersion|\"spdxVersion\"):\s{0,20}[\"']?SPDX-")),
    ("spdx", re.compile(rb"https?://spdx\.org/rdf/terms#")),
)


def sniff(data: bytes) -> str:
    """Name of the format, one of ``interface.FORMATS``; empty where none of its signs is seen. Never raises."""
    seen = data if len(data) <= 2 * LOOKED_AT else data[:LOOKED_AT] + b"\n" + data[-LOOKED_AT:]
    return next((name for name, sign in _SIGNS if sign.search(seen)), "")
