"""Why Trivy and we differ on a finding: rules that look at the version and the ranges themselves; the first that holds counts."""

import re
from collections import defaultdict
from typing import Any

from peers import trivy_db
from seawall.clearinghouse.matching.ecosystems.interface import Unparsable
from seawall.clearinghouse.matching.ecosystems.pypi.order import ECOSYSTEM as PYPI

UNEXPLAINED = "unexplained"
NPM = "npm: a pre-release, in a range of which not every comparison names a pre-release of the same release"
ZERO = "the advisory covers every version, and the version is a pre-release of 0.0.0"
CAPITALS = "npm: a pre-release with capital letters"
PEP440 = "PyPI: the advisory lists a version that is not of PEP 440"
GEM = "RubyGems: a bound with letters right behind a number"


class Explainer:
    def __init__(self, content: Any, components: dict[str, tuple[str, str, str]]) -> None:
        self._components = components
        self._constraints: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for interval in content.intervals:
            package = interval.package
            if package.ecosystem in trivy_db.KINDS:
                text = trivy_db.constraint(package.ecosystem, interval.bound)
                self._constraints[package.ecosystem, package.name, interval.advisory].append(text)
        for item in content.listed:
            self._constraints[item.package.ecosystem, item.package.name, item.advisory].append(f"={item.version}")

    def constraints(self, ref: str, advisory: str) -> list[str]:
        ecosystem, name, _ = self._components[ref]
        return self._constraints[ecosystem, name, advisory]

    def why(self, side: str, ref: str, advisory: str) -> str:
        ecosystem, _, version = self._components[ref]
        said = self.constraints(ref, advisory)
        release, hyphen, _ = version.partition("-")
        if side == "ours" and ecosystem == "npm" and hyphen and not any(_names(text, release) for text in said):
            return NPM
        if side == "ours" and ecosystem == "npm" and re.search(r"-.*[A-Z]", version):
            return CAPITALS
        if side == "ours" and ecosystem == "PyPI" and any(_unplaced(text) for text in said):
            return PEP440
        if side == "ours" and hyphen and release == "0.0.0" and ">=0" in said:
            return ZERO
        if ecosystem == "RubyGems" and any(re.search(r"[0-9][a-zA-Z]", text) for text in said):
            return GEM
        return UNEXPLAINED


def _names(constraint: str, release: str) -> bool:
    """Whether Trivy looks at pre-releases of a release in such a range: when each comparison has one."""
    return all(re.fullmatch(rf"[<>=]*{re.escape(release)}-.*", part) for part in constraint.split(", "))


def _unplaced(constraint: str) -> bool:
    """Whether it is one listed version that has no place in Python's order."""
    return constraint.startswith("=") and isinstance(PYPI.key(constraint[1:]), Unparsable)
