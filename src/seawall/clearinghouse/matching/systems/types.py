"""Words of systems: what is installed, and on what. Standard library only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Release:
    """A distribution, as os-release names it."""

    id: str
    """Such as ``debian``; empty where nothing says."""
    version: str
    """``VERSION_ID``, or the code name where a rolling release has none."""
    title: str
    """For people."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A package that is on a system, as the file that says so names it."""

    kind: str
    """Package URL type: ``deb``, ``apk``, ``rpm``, ``pypi``, ``npm``, ``maven``, ``golang``, ``cargo``."""
    name: str
    version: str
    namespace: str = ""
    """Of languages that have one; a distribution's own comes from its release."""
    arch: str = ""
    epoch: str = ""
    source: str = ""
    """Source package where it has another name or version: ``name``, ``name@version``, or an RPM's source file."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one file says."""

    installed: tuple[Installed, ...] = ()
    release: Release | None = None
    owned: tuple[str, ...] = ()
    """Paths that a package of the distribution brought, as far as a reader of languages would want them."""
    notes: tuple[str, ...] = ()
    unnamed: int = 0
    """Java archives that do not say which Maven artifact they are."""


NOTHING = Found()
