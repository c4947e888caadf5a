"""RubySec's advisory database: one YAML file for each flaw of a gem (``gems/NAME/ID.yml``) or of Ruby itself (``rubies/``).
Ruby and its other implementations are matched as ``pkg:generic/ruby``, ``pkg:generic/jruby``.

A record says what is fixed and what was never affected, as RubyGems' requirements; every other version is affected, the way
bundler-audit reads it. Its scores have no vectors, so the word of CVSS's own scale for the score is kept.
"""

import re
from collections.abc import Iterable
from typing import Any

from seawall.clearinghouse.matching.advisories.constraints import gem
from seawall.clearinghouse.matching.advisories.documents import scalar
from seawall.clearinghouse.matching.advisories.errors import NotAnAdvisory
from seawall.clearinghouse.matching.advisories.formats.interface import (
    ALIASES_MAX,
    REFERENCES_MAX,
    bounded,
    identifier,
    text,
    texts,
)
from seawall.clearinghouse.matching.advisories.spans import NONE, Spans, Unplaced, of_numbers, united
from seawall.clearinghouse.matching.advisories.types import Affected, Record
from seawall.clearinghouse.matching.ecosystems.generic.order import ECOSYSTEM as ENGINES

REQUIREMENTS_MAX = 100_000
_PLACES = re.compile(r"(?:^|/)(?:gems|rubies)/[^/]+/[^/]+\.ya?ml$|^[^/]+\.ya?ml$")
_PREFIXES = {"cve": "CVE-", "ghsa": "GHSA-", "osvdb": "OSVDB-"}
_SCALE = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low"))
_SCALE_2 = ((7.0, "high"), (4.0, "medium"), (0.0, "low"))


def claims(path: str) -> bool:
    """YAML of a gem's or an engine's folder; or a single file."""
    return _PLACES.search(path) is not None


def fits(document: Any) -> bool:
    """A gem or an engine, with a title."""
    return isinstance(document, dict) and ("gem" in document or "engine" in document) and "title" in document


def parse(path: str, data: bytes) -> Iterable[Record]:
    """Read a file.

    Raises:
        NotAnAdvisory: It is none of RubySec's; says why.
    """
    item = bounded(path, data)
    if not fits(item):
        raise NotAnAdvisory("It is no advisory of RubySec: gem or engine, or title, is missing.")
    name = text(item.get("gem")) or text(item.get("engine"))
    known = {key: scalar(item.get(key), 100) for key in _PREFIXES}
    aliases = [_PREFIXES[key] + value for key, value in known.items() if value]
    if not name or not aliases:
        raise NotAnAdvisory("It names no package, or has none of cve, ghsa and osvdb.")
    related = item.get("related")
    more = related.get("url") if isinstance(related, dict) else None
    return [
        Record(
            id=identifier(f"{name}/{aliases[0]}"),
            aliases=tuple(aliases),
            title=text(item.get("title")),
            severity="",
            published=scalar(item.get("date"), 40),
            modified="",
            withdrawn="",
            references=texts([item.get("url"), *(more if isinstance(more, list) else [])], REFERENCES_MAX),
            affected=(_affected(name, item),),
            rating=_rating(item),
            weaknesses=texts(item.get("cwe"), ALIASES_MAX),
        )
    ]


def _affected(name: str, item: dict[str, Any]) -> Affected:
    notes: list[str] = []
    platform = text(item.get("platform"), 40)
    if platform:
        notes.append(f"only where it is installed for {platform}, which is not looked at")
    safe = _versions(item.get("patched_versions"), notes) | _versions(item.get("unaffected_versions"), notes)
    if "gem" in item:
        return Affected("RubyGems", name, (~safe).events(), flag="; ".join(notes))
    return Affected(ENGINES.name, name.lower(), of_numbers(~safe, ENGINES).events(), flag="; ".join(notes))


def _versions(given: Any, notes: list[str]) -> Spans:
    """Versions that satisfy one of the requirements; what is none leaves its versions affected, with a note."""
    if given is None:
        return NONE
    if not isinstance(given, list) or len(given) > REQUIREMENTS_MAX:
        notes.append(f"its fixed or unaffected versions are no list of at most {REQUIREMENTS_MAX}")
        return NONE
    found: list[Spans] = []
    for value in given:
        try:
            found.append(gem.requirement(value if isinstance(value, str) else ""))
        except Unplaced as error:
            notes.append(f"fixed or unaffected versions could not be placed: {error}")
    return united(found)


def _rating(item: dict[str, Any]) -> str:
    for key, scale in (("cvss_v4", _SCALE), ("cvss_v3", _SCALE), ("cvss_v2", _SCALE_2)):
        try:
            score = float(scalar(item.get(key), 10))
        except ValueError:
            continue
        return next((word for least, word in scale if score >= least), "none")
    return ""
