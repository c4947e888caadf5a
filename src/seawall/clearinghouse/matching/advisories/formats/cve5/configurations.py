"""CPE configurations of a CVE record (``cpeApplicability``, since 5.1), as NVD writes them.

Every vulnerable ``cpeMatch`` is affected in its range. What a configuration asks for beside it (an AND with other names, such
as the hardware that firmware runs on) is not compared, and flags the match. What is negated cannot be said and is left out.
"""

from collections.abc import Iterator
from typing import Any

from seawall.clearinghouse.matching import cpes
from seawall.clearinghouse.matching.advisories.documents import objects, scalar
from seawall.clearinghouse.matching.advisories.formats.cve5 import products
from seawall.clearinghouse.matching.advisories.formats.cve5.products import NoIdentity
from seawall.clearinghouse.matching.advisories.types import Affected, Events

CONFIGURATIONS_MAX = 200
NODES_MAX = 500
MATCHES_MAX = 20_000

NEGATED = "what is not a product cannot be matched"
NO_VERSION = "its CPE name has no version, and no range stands beside it"
_BEGINNINGS = (("versionStartIncluding", "introduced"), ("versionStartExcluding", "introduced_after"))
_ENDS = (("versionEndExcluding", "fixed"), ("versionEndIncluding", "last_affected"))


def read(value: Any) -> Iterator[Affected | NoIdentity]:
    """What the configurations of one container call affected."""
    for configuration in objects(value, CONFIGURATIONS_MAX):
        nodes = objects(configuration.get("nodes"), NODES_MAX)
        beside = [
            scalar(match.get("criteria"), cpes.CPE_MAX)
            for node in nodes
            for match in objects(node.get("cpeMatch"), MATCHES_MAX)
            if match.get("vulnerable") is not True
        ]
        needs = configuration.get("operator") == "AND" and len(nodes) > 1
        flag = f"only together with others, which is not compared ({', '.join(beside[:2])})" if needs else ""
        for node in nodes:
            negated = configuration.get("negate") is True or node.get("negate") is True
            for match in objects(node.get("cpeMatch"), MATCHES_MAX):
                if match.get("vulnerable") is True:
                    criteria = scalar(match.get("criteria"), cpes.CPE_MAX)
                    yield NoIdentity(criteria, NEGATED) if negated else _affected(match, criteria, flag)


def _affected(match: dict[str, Any], criteria: str, flag: str) -> Affected | NoIdentity:
    identity = products.of_cpe(criteria)
    if isinstance(identity, NoIdentity):
        return identity
    flag = "; ".join(part for part in (identity.flag, flag) if part)
    if identity.version:
        return Affected(identity.ecosystem, identity.name, versions=(identity.version,), flag=flag)
    events = _events(match)
    if events is None:
        cpe = cpes.parse(criteria)
        version = cpe.version if isinstance(cpe, cpes.Cpe) else ""
        if version == cpes.ANY:
            events = (("introduced", "0"),)
        elif version.endswith(".*") and not cpes.has_wildcard(version[:-1]):
            events = (("introduced", cpes.unquoted(version[:-2])), ("last_affected", cpes.unquoted(version)))
        else:
            return NoIdentity(criteria, NO_VERSION)
    return Affected(identity.ecosystem, identity.name, ranges=(events,), flag=flag)


def _events(match: dict[str, Any]) -> Events | None:
    """The range beside the name; None where there is none."""
    low = next(((kind, found) for name, kind in _BEGINNINGS if (found := scalar(match.get(name), 256))), None)
    high = next(((kind, found) for name, kind in _ENDS if (found := scalar(match.get(name), 256))), None)
    if low is None and high is None:
        return None
    begin = low or ("introduced", "0")
    return (begin,) if high is None else (begin, high)
