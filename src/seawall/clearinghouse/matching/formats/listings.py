"""From what a document says of a component to a listing: identity, key, and the reason where there is none.

A component is identified by its package URL where versions of that kind have an order here, or else by its CPE name.

    listing("pkg:pypi/jinja2@3.1.4", ref="jinja2")
    listing("", cpe="cpe:2.3:a:openssl:openssl:1.1.1k:*:*:*:*:*:*:*", name="libssl")
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from seawall.clearinghouse.matching import cpes
from seawall.clearinghouse.matching.ecosystems.interface import VERSION_MAX, Ecosystem, Unparsable
from seawall.clearinghouse.matching.formats.interface import TEXT_MAX, Listing
from seawall.clearinghouse.matching.purls import NotIdentified, identify
from seawall.clearinghouse.matching.types import Package, Reach

REACH = "seawall:exposure"
ENVIRONMENT = "seawall:environment"
ASSET_TYPE = "seawall:asset-type"
_NO_TAGS: Mapping[str, str] = {}
_GENERIC = "generic"


def listing(
    purl: str,
    *,
    ref: str = "",
    name: str = "",
    version: str = "",
    tags: Mapping[str, str] = _NO_TAGS,
    path: tuple[str, ...] = (),
    cpe: str = "",
    upstream: str = "",
) -> Listing:
    """One component.

    Args:
        purl: Its package URL; empty where it has none.
        ref: How the document calls it; the package URL where that is empty.
        name: For people; the package's where it is empty.
        version: Taken where the package URL has none.
        tags: Of ``REACH``, ``ENVIRONMENT`` and ``ASSET_TYPE``.
        path: From the root to it, both included, where the document has a tree.
        cpe: Its CPE name, in 2.2 or 2.3; empty where it has none.
        upstream: Source package of a distribution's package, where the document says it beside the package URL.
    """
    found = _found(purl, cpe, version, upstream)
    return Listing(
        ref=(ref or purl or cpe or name)[:TEXT_MAX],
        name=name or found.package[:TEXT_MAX],
        version=found.version[:VERSION_MAX],
        purl=purl if found.by_purl else purl[:TEXT_MAX],
        ecosystem=found.ecosystem,
        package=found.package,
        scheme=found.scheme,
        key=found.key,
        why_not=found.why,
        reach=Reach(tags.get(REACH, Reach.UNKNOWN)),
        environment=tags.get(ENVIRONMENT, ""),
        asset_type=tags.get(ASSET_TYPE, ""),
        path=path,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """An identity with the place of its version, or the reason why there is none."""

    version: str
    why: str
    ecosystem: str = ""
    package: str = ""
    scheme: str = ""
    key: bytes | None = None
    by_purl: bool = False


def _found(purl: str, cpe: str, version: str, upstream: str) -> _Found:
    first = _by_purl(purl, version, upstream)
    # What is known of software of no ecosystem is known by CPE names.
    if not cpe or (first.key is not None and first.ecosystem != _GENERIC):
        return first
    second = _by_cpe(cpe, version)
    if second.package and (second.key is not None or first.key is None):
        return second
    return first if first.key is not None else replace(first, why=f"{first.why}; {second.why}")


def _by_purl(purl: str, version: str, upstream: str) -> _Found:
    identity = identify(purl, upstream=upstream) if purl else NotIdentified("it has no package URL")
    if isinstance(identity, NotIdentified):
        return _Found(version, identity.why)
    found = _placed(identity.package, identity.version or version, identity.order, identity.why_not)
    return replace(found, by_purl=True)


def _by_cpe(cpe: str, version: str) -> _Found:
    named = cpes.identify(cpe)
    if isinstance(named, cpes.NotACpe):
        return _Found(version, f"its CPE name cannot be used: {named.why}")
    return _placed(named.package, named.version or version, named.order, "")


def _placed(package: Package, version: str, order: Ecosystem | None, why: str) -> _Found:
    if order is None or why:
        return _Found(version, why, package.ecosystem, package.name)
    made = order.key(version)
    if isinstance(made, Unparsable):
        why = f"its version is {made.why}; only this exact text is matched"
        return _Found(version, why, package.ecosystem, package.name)
    return _Found(version, "", package.ecosystem, package.name, order.scheme, made)
