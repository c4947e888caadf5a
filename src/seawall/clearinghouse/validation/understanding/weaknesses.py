"""From a kind of crash or failure to a weakness (CWE) and a severity: an estimate, with its reason. Pure but for its table.

What a crash is called says what kind of mistake was met, not what an attacker can make of it: that is for a person, who
sees the estimate as one. A claim of the report is never overruled by it.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from seawall.clearinghouse.validation.understanding.types import Crash

TABLE = Path(__file__).with_name("weaknesses.toml")
SEVERITIES = ("low", "medium", "high", "critical")


@dataclass(frozen=True)
class Estimate:
    """What a kind most likely is."""

    cwe: str
    """``CWE-787``."""
    severity: str
    """One of ``SEVERITIES``."""
    reason: str
    """A sentence for a person; says that it is an estimate."""


def of_crash(crash: Crash) -> Estimate | None:
    """What a crash most likely is, or None where its kind says nothing."""
    exception = _exceptions().get(crash.exception.rsplit(".", 1)[-1])
    found = of_kind(crash.kind, crash.access)
    if exception and found:
        return Estimate(exception, found.severity, f"Estimated from the exception {crash.exception[:80]}.")
    return found


def of_kind(kind: str, access: str = "") -> Estimate | None:
    """What a kind most likely is.

    Args:
        kind: ``Crash.kind``, or a failure class of a manifest.
        access: ``read``, ``write`` or empty.
    """
    for row in _rows():
        if row["kind"] == kind and row.get("access", access) == access:
            what = f"{kind} {access}".strip()
            return Estimate(row["cwe"], row["severity"], f"Estimated from {what}: {row['why']}.")
    return None


@cache
def _table() -> dict[str, object]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


@cache
def _rows() -> tuple[dict[str, str], ...]:
    rows = _table()["rows"]
    return tuple(rows) if isinstance(rows, list) else ()


@cache
def _exceptions() -> dict[str, str]:
    named = _table()["exceptions"]
    return named if isinstance(named, dict) else {}
