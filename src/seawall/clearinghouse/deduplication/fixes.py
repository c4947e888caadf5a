"""Does a proof work where a case's fix is in already? Then it is another flaw, or the fix is incomplete. Pure."""

from collections.abc import Callable, Sequence
from typing import Any

from seawall.clearinghouse.matching.ecosystems.interface import Unparsable
from seawall.clearinghouse.matching.ecosystems.registry import of_purl_type


def outlives(package: str, version: str, affected: Sequence[dict[str, Any]]) -> str | None:
    """The fixed version that a proof's version has, and on which the proof works all the same; None where there is none.

    Args:
        package: Package URL, for the order of its versions.
        version: Version on which the proof worked.
        affected: Ranges of the case: ``{"introduced": ..., "fixed": ...}``, half-open.
    """
    ecosystem = of_purl_type(package.removeprefix("pkg:").split("/", 1)[0])
    if ecosystem is None or not version:
        return None
    mine = ecosystem.key(version)
    if isinstance(mine, Unparsable):
        return None
    fixed = [(ecosystem.key(one["fixed"]), one) for one in affected if one.get("fixed")]
    ranges = [(key, one) for key, one in fixed if not isinstance(key, Unparsable)]
    for key, one in ranges:
        begun = ecosystem.key(one.get("introduced") or "0")
        if mine < key and (
            one.get("introduced") in {None, "", "0"} or (not isinstance(begun, Unparsable) and begun <= mine)
        ):
            return None  # inside a range of the case
    passed = [str(one["fixed"]) for key, one in ranges if key <= mine]
    return passed[-1] if passed else None


def order(package: str) -> Callable[[str], bytes | None] | None:
    """The order of a package's versions, as a scan over releases wants it: None for what is no version; None where there is no order."""
    ecosystem = of_purl_type(package.removeprefix("pkg:").split("/", 1)[0])
    if ecosystem is None:
        return None

    def place(version: str) -> bytes | None:
        found = ecosystem.key(version)
        return None if isinstance(found, Unparsable) else found

    return place


def later(package: str, version: str, than: str) -> bool:
    """Whether a version comes after another; False where that cannot be told.

    Args:
        package: Package URL, for the order of its versions.
        version: The one.
        than: The other.
    """
    ecosystem = of_purl_type(package.removeprefix("pkg:").split("/", 1)[0])
    if ecosystem is None:
        return False
    one, other = ecosystem.key(version), ecosystem.key(than)
    return not isinstance(one, Unparsable) and not isinstance(other, Unparsable) and other < one


def of_one_line(package: str, version: str, fixed: str) -> bool:
    """Whether a version comes of the line of releases that has a fix, and not before it; False where that cannot be told.

    A line is what has one first number, or one first two where that is 0.

    Args:
        package: Package URL, for the order of its versions.
        version: The one.
        fixed: The release that brought the fix.
    """
    return _line(version) == _line(fixed) and (version == fixed or later(package, version, fixed))


def _line(version: str) -> tuple[str, ...]:
    numbers = version.split(".")
    return tuple(numbers[:2] if numbers[0] == "0" else numbers[:1])
