"""Tells a report's format from its bytes: what begins like a JSON object by its members, anything else as Markdown.

A document that says which format it is of goes there, however broken the rest is, so that its refusal is about what is
wrong with it.
"""

import codecs
from typing import Any

from seawall.clearinghouse.intake.errors import NotThisFormat
from seawall.clearinghouse.intake.formats import fields

ANY_JSON = "json"
"""In place of a format's name: some JSON format, told from the members."""
_AIXCC = frozenset(
    {"bundle", "pov", "povs", "pov_id", "submitted_sarif", "submitted_sarif_id", "fuzzer_name", "testcase"}
)
_TAP = frozenset(
    {"software", "ecosystem", "purl", "affected_symbol", "discovery_method", "discovery_tooling", "attachments"}
)


def detect(data: bytes, *, only_json: bool = False) -> str:
    """The name of the format.

    Args:
        data: The document.
        only_json: The sender says that it is JSON, so text is refused as broken JSON.

    Raises:
        NotThisFormat: Broken JSON, or no member that tells the format.
    """
    start = data.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    if not only_json and start not in (b"{", b"["):
        return "markdown"
    document = fields.load_json(data)
    if not isinstance(document, dict):
        raise NotThisFormat("The report must be a JSON object.")
    return _told(document)


def _told(document: dict[str, Any]) -> str:
    if "schema" in document:
        return "seawall"
    if "runs" in document:
        return "sarif"
    if isinstance(document.get("document"), dict):
        return "csaf"
    if _AIXCC & set(document):
        return "aixcc"
    if _TAP & set(document):
        return "akrites-tap"
    raise NotThisFormat(
        "The report's format cannot be told from its members.",
        'Write "schema": "seawall.report/1" into a report in our own words, or name the format.',
        field="schema",
    )
