"""What a published advisory says about packages, whatever format it came in. Standard library only."""

from dataclasses import dataclass

Events = tuple[tuple[str, str], ...]
"""Of one range: kind and version, in the publisher's order. The kinds are OSV's (``introduced``, ``fixed``, ``last_affected``,
``limit``) and ``introduced_after``, for publishers who say ``> 1.2`` and do not mean 1.2 itself."""


@dataclass(frozen=True, slots=True)
class GitRange:
    """Affected commits of a repository; they have no order without the repository."""

    repository: str
    events: Events


@dataclass(frozen=True, slots=True)
class Affected:
    """One package of an advisory."""

    ecosystem: str
    """OSV's name, with the release after a colon where it has one (``Debian:12``)."""
    name: str
    """As the publisher spells it."""
    ranges: tuple[Events, ...] = ()
    versions: tuple[str, ...] = ()
    commits: tuple[GitRange, ...] = ()
    flag: str = ""
    """Why a match by it is less sure than its words, such as an identity that was made from names; mostly empty."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Something of a source that could not be used, with the reason."""

    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Record:
    """One advisory."""

    id: str
    aliases: tuple[str, ...]
    title: str
    severity: str
    """CVSS vector of the highest version given; empty where there is none."""
    published: str
    modified: str
    """RFC 3339, as the publisher wrote it; may be empty."""
    withdrawn: str
    """When it was taken back; empty where it holds."""
    references: tuple[str, ...]
    affected: tuple[Affected, ...]
    unread: tuple[Unread, ...] = ()
    """Parts of it that say nothing that could be matched."""
    rating: str = ""
    """The publisher's word for how severe it is, in lower case (``moderate``), where there is no vector."""
    weaknesses: tuple[str, ...] = ()
    """CWE identifiers (``CWE-79``)."""
