"""SSVC decisions as CERT/CC's SelectionList 2.0.0: which values of which decision points were chosen. Pure.

    selection_list("ssvc-coordinator-triage", {"report_public": ("no",), ...}, ("track",), at=now, targets=["SEAWALL-..."])

A point with several values is one that is not known: the list then names every value that remains possible.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

SCHEMA_VERSION = "2.0.0"
_YES = {"no": "N", "yes": "Y"}
POINTS: dict[str, tuple[str, str, dict[str, str]]] = {
    # our input -> key and version of CERT/CC's decision point in the namespace ssvc, and its values
    "report_public": ("RP", "1.0.0", _YES),
    "supplier_contacted": ("SCON", "1.0.0", _YES),
    "report_credibility": ("RC", "1.0.0", {"not_credible": "NC", "credible": "C"}),
    "supplier_cardinality": ("SC", "1.0.0", {"one": "O", "multiple": "M"}),
    "supplier_engagement": ("SE", "1.0.0", {"active": "A", "unresponsive": "U"}),
    "utility": ("U", "1.0.1", {"laborious": "L", "efficient": "E", "super_effective": "S"}),
    "public_safety_impact": ("PSI", "2.0.1", {"minimal": "M", "significant": "S"}),
    "supplier_involvement": (
        "SINV",
        "1.0.0",
        {"fix_ready": "FR", "cooperative": "C", "uncooperative_unresponsive": "UU"},
    ),
    "exploitation": ("E", "1.1.0", {"none": "N", "poc": "P", "active": "A"}),
    "public_value_added": ("PVA", "1.0.0", {"limited": "L", "ampliative": "A", "precedence": "P"}),
}
OUTCOMES: dict[str, tuple[str, str, dict[str, str]]] = {
    # our table -> key and version of its outcome's decision point, and its values
    "ssvc-coordinator-triage": ("COORDINATE", "1.0.1", {"decline": "D", "track": "T", "coordinate": "C"}),
    "ssvc-coordinator-publication": ("PUBLISH", "1.0.0", {"do_not_publish": "N", "publish": "P"}),
}


def selection_list(
    table: str,
    chosen: Mapping[str, Collection[str]],
    outcomes: Collection[str],
    *,
    at: datetime,
    targets: Collection[str],
) -> dict[str, Any]:
    """The document as JSON values.

    Args:
        table: Name of one of ``OUTCOMES``.
        chosen: Input -> the values that remain, one where it is known.
        outcomes: The outcome; several where it is not decided.
        at: When it was chosen.
        targets: Identifiers of what was evaluated.

    Raises:
        KeyError: A table, an input or a value that SSVC's tables do not have here.
    """
    selected = [_selection(*POINTS[name], values) for name, values in chosen.items()]
    selected.append(_selection(*OUTCOMES[table], outcomes))
    return {
        "schemaVersion": SCHEMA_VERSION,
        "timestamp": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "target_ids": list(dict.fromkeys(targets)),
        "selections": selected,
    }


def _selection(key: str, version: str, letters: Mapping[str, str], values: Collection[str]) -> dict[str, Any]:
    kept = [letters[value] for value in letters if value in set(values)]
    if len(kept) != len(set(values)):
        raise KeyError(f"{key}: {sorted(values)}")
    return {"namespace": "ssvc", "key": key, "version": version, "values": [{"key": one} for one in kept]}
