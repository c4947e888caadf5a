"""The ignore file: findings that a person has looked at, each with a reason and an end.

    [[ignore]]
    id = "CVE-2025-27516"
    package = "pkg:pypi/jinja2"         # optional: without it, everywhere
    reason = "templates are ours alone"
    until = 2027-03-31

Reason and end are required: what nobody has looked at for a year should be looked at again. Pure but for ``read``.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from seawall.clearinghouse.matching.check.errors import NotAnIgnoreFile
from seawall.clearinghouse.matching.purls import Identified, identify
from seawall.clearinghouse.matching.types import Package

FILE = "seawall-ignore.toml"
IGNORES_MAX = 20_000
_KEYS = frozenset({"id", "package", "reason", "until"})
_BYTES_MAX = 8 * 2**20


@dataclass(frozen=True, slots=True)
class Ignore:
    """One decision."""

    identifier: str
    package: Package | None
    version: str
    """Of the package; empty: all."""
    reason: str
    until: date
    """Last day on which it counts."""

    def covers(self, identifiers: Iterable[str], package: Package, version: str) -> bool:
        """Whether it speaks of a finding."""
        if self.identifier not in set(identifiers):
            return False
        return self.package is None or (self.package == package and self.version in {"", version})


def read(path: Path) -> tuple[Ignore, ...]:
    """The decisions in a file.

    Raises:
        NotAnIgnoreFile: It cannot be read; says where.
    """
    try:
        with path.open("rb") as file:
            data = tomllib.loads(file.read(_BYTES_MAX).decode())
    except (OSError, ValueError, RecursionError) as error:
        raise NotAnIgnoreFile(
            f"{path} cannot be read: {str(error)[:120]}.", "Write it as TOML with [[ignore]] tables."
        ) from error
    found = data.get("ignore", [])
    if not isinstance(found, list) or len(found) > IGNORES_MAX or set(data) - {"ignore"}:
        raise NotAnIgnoreFile(f"{path} must have [[ignore]] tables and nothing else, at most {IGNORES_MAX}.")
    return tuple(_ignore(item, f"{path}: ignore {number}") for number, item in enumerate(found, 1))


def _ignore(item: Any, where: str) -> Ignore:
    if not isinstance(item, dict) or set(item) - _KEYS:
        raise NotAnIgnoreFile(f"{where} has other keys than {', '.join(sorted(_KEYS))}.", "Remove them.")
    for name in ("id", "reason"):
        if not isinstance(item.get(name), str) or not item[name].strip():
            raise NotAnIgnoreFile(f"{where} has no {name}.", "Say which finding, why, and until when.", field=name)
    until = item.get("until")
    if not isinstance(until, date) or isinstance(until, datetime):
        raise NotAnIgnoreFile(f"{where} has no end.", "Write until = 2027-03-31, without quotes.", field="until")
    package, version = None, ""
    if "package" in item:
        identity = identify(item["package"]) if isinstance(item["package"], str) else None
        if not isinstance(identity, Identified):
            raise NotAnIgnoreFile(f"{where}: package is no package URL.", "Write pkg:pypi/name.", field="package")
        package, version = identity.package, identity.version
    return Ignore(item["id"].strip(), package, version, " ".join(item["reason"].split()), until)
