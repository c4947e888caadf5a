"""One flaw, one finding: of the advisories that cover a component, those that share an identifier are one. Pure.

Only what covers the same component is folded, so that a wrong alias somewhere in the world joins nothing elsewhere.
"""

from collections.abc import Iterable, Mapping


def groups(named: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """Advisories that belong together, transitively.

    Args:
        named: Advisory -> all identifiers of its flaw; its own key counts as one.

    Returns:
        The groups, each sorted, in the order of their first members.
    """
    above = {advisory: advisory for advisory in named}

    def top(advisory: str) -> str:
        while above[advisory] != advisory:
            above[advisory] = above[above[advisory]]
            advisory = above[advisory]
        return advisory

    first: dict[str, str] = {}
    for advisory, identifiers in named.items():
        for identifier in {normal(name) for name in (advisory, *identifiers)}:
            other = first.setdefault(identifier, advisory)
            above[top(advisory)] = top(other)
    found: dict[str, list[str]] = {}
    for advisory in sorted(named):
        found.setdefault(top(advisory), []).append(advisory)
    return sorted(tuple(members) for members in found.values())


def normal(identifier: str) -> str:
    """The spelling under which identifiers are compared."""
    return identifier.strip().upper()


def overlap(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether two lists name one flaw."""
    return not {normal(name) for name in one}.isdisjoint(normal(name) for name in other)


def united(lists: Iterable[Iterable[str]]) -> list[str]:
    """All identifiers of several lists, each once, sorted."""
    found: dict[str, str] = {}
    for names in lists:
        for name in names:
            found.setdefault(normal(name), name)
    return [found[key] for key in sorted(found)]
