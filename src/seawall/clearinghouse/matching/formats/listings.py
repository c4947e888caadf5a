"""From what a document says of a component to a listing: identity, key, and the reason where there is none.

listing("pkg:pypi/jinja2@3.1.4", ref="jinja2")
"""

from collections.abc import Mapping

from seawall.clearinghouse.matching.ecosystems.interface import VERSION_MAX, Unparsable
from seawall.clearinghouse.matching.formats.interface import TEXT_MAX, Listing
from seawall.clearinghouse.matching.purls import Identified, NotIdentified, identify
from seawall.clearinghouse.matching.types import Reach

REACH = "seawall:exposure"
ENVIRONMENT = "seawall:environment"
ASSET_TYPE = "seawall:asset-type"
_NO_TAGS: Mapping[str, str] = {}


def listing(
    purl: str,
    *,
    ref: str = "",
    name: str = "",
    version: str = "",
    tags: Mapping[str, str] = _NO_TAGS,
    path: tuple[str, ...] = (),
) -> Listing:
    """One component.

    Args:
        purl: Its package URL; empty where it has none.
        ref: How the document calls it; the package URL where that is empty.
        name: For people; the package's where it is empty.
        version: Taken where the package URL has none.
        tags: Of ``REACH``, ``ENVIRONMENT`` and ``ASSET_TYPE``.
        path: From the root to it, both included, where the document has a tree.
    """
    identity = identify(purl) if purl else NotIdentified("it has no package URL")
    ecosystem = package = scheme = ""
    key: bytes | None = None
    if isinstance(identity, Identified):
        ecosystem, package, why = identity.package.ecosystem, identity.package.name, identity.why_not
        version = identity.version or version
        if identity.order is not None and not why:
            made = identity.order.key(version)
            if isinstance(made, Unparsable):
                why = f"its version is {made.why}; only this exact text is matched"
            else:
                key, scheme = made, identity.order.scheme
    else:
        why = identity.why
    return Listing(
        ref=(ref or purl or name)[:TEXT_MAX],
        name=name or package[:TEXT_MAX],
        version=version[:VERSION_MAX],
        purl=purl[:TEXT_MAX] if isinstance(identity, NotIdentified) else purl,
        ecosystem=ecosystem,
        package=package,
        scheme=scheme,
        key=key,
        why_not=why,
        reach=Reach(tags.get(REACH, Reach.UNKNOWN)),
        environment=tags.get(ENVIRONMENT, ""),
        asset_type=tags.get(ASSET_TYPE, ""),
        path=path,
    )
