"""Whether two ranges of versions certainly share no version. Pure; the orders are loaded when first asked for."""

from seawall.clearinghouse.deconfliction.types import Revision


def apart(target: str, one: Revision, other: Revision) -> bool:
    """Whether ``[introduced, fixed)`` of the two cannot meet, by the target's own order of versions.

    What has no place in that order is apart from nothing: a false meeting costs a question only.
    """
    if not one.is_range or not other.is_range:
        return False
    return _ends_before(target, one, other) or _ends_before(target, other, one)


def _ends_before(target: str, one: Revision, other: Revision) -> bool:
    if not one.fixed or not other.introduced:
        return False
    end, begin = _key(target, one.fixed), _key(target, other.introduced)
    return end is not None and begin is not None and end <= begin


def _key(target: str, version: str) -> bytes | None:
    from seawall.clearinghouse.matching.ecosystems.registry import of_purl_type  # noqa: PLC0415 - loads an order

    kind = target.partition(":")[2].partition("/")[0] if target.startswith("pkg:") else ""
    ecosystem = of_purl_type(kind or "generic")
    if ecosystem is None:
        return None
    # Tags of repositories often carry a v; an order that knows no v refuses it otherwise.
    found = ecosystem.key(version if kind else version.removeprefix("v"))
    return found if isinstance(found, bytes) else None
