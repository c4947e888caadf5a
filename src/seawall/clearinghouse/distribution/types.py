"""What an advisory says, before it is written down in any format.

Free text is hostile and kept as it came; the renderers clean it (``text.py``). Everything that ends up
in a machine-read field (identifiers, versions, addresses, package names) is checked here, so that a
wrong advisory cannot be built. ``ValueError`` names the field and what to write instead.

    advisory = Advisory(
        id="SEAWALL-2026-K7Q2MX4A",
        title="Sandbox escape through |attr",
        summary="...",
        details="...",
        published=now,
        modified=now,
        affected=(AffectedPackage.of("pkg:pypi/jinja2", introduced="0", fixed="3.1.6"),),
    )
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import unquote, urlsplit

ADVISORY_ID = re.compile(r"^SEAWALL-(\d{4})-[A-Z2-7]{8}$")
ALIASES_MAX = 50
AFFECTED_MAX = 500
VERSIONS_MAX = 10_000
REFERENCES_MAX = 200
CREDITS_MAX = 200
URL_MAX = 2048
STATEMENTS_MAX = 5000
"""Vendors' statements of an advisory: 150 vendors with 30 products each."""
STATEMENT_STATUSES = ("affected", "not_affected", "fixed", "under_investigation", "unknown")
JUSTIFICATIONS = (
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
)
"""VEX's, as CSAF's flags spell them."""

_TOKEN = re.compile(r"^[!-~]{1,256}$")
_ALIAS = re.compile(r"^[A-Za-z][A-Za-z0-9._:-]{2,79}$")
_CWE = re.compile(r"^CWE-[1-9]\d{0,4}$")
_CVE = re.compile(r"^CVE-\d{4}-\d{4,}$")
_DIGEST = re.compile(r"^sha256:[0-9a-f]{64}$")
_COMMIT = re.compile(r"^(0|[0-9a-f]{40}|[0-9a-f]{64})$")
_PURL = re.compile(r"^pkg:[a-z][a-z0-9.+-]*/[!-~]{1,512}$")


class CreditRole(StrEnum):
    """What somebody did; co-finders keep their credit through every merge."""

    FINDER = "finder"
    CO_FINDER = "co_finder"
    REPORTER = "reporter"
    ANALYST = "analyst"
    COORDINATOR = "coordinator"
    REMEDIATION_DEVELOPER = "remediation_developer"
    REMEDIATION_REVIEWER = "remediation_reviewer"
    REMEDIATION_VERIFIER = "remediation_verifier"
    TOOL = "tool"
    SPONSOR = "sponsor"
    OTHER = "other"


class ReferenceKind(StrEnum):
    """OSV's reference types, in lower case."""

    ADVISORY = "advisory"
    ARTICLE = "article"
    DETECTION = "detection"
    DISCUSSION = "discussion"
    REPORT = "report"
    FIX = "fix"
    INTRODUCED = "introduced"
    PACKAGE = "package"
    EVIDENCE = "evidence"
    WEB = "web"


class Format(StrEnum):
    """Formats that every advisory is published in."""

    OSV = "osv"
    CSAF = "csaf"


@dataclass(frozen=True, slots=True)
class VersionRange:
    """From ``introduced`` (included; ``0`` is the beginning) up to ``fixed`` (excluded) or ``last_affected`` (included).

    Neither end given means: no fixed version is known.
    """

    introduced: str = "0"
    fixed: str | None = None
    last_affected: str | None = None

    def __post_init__(self) -> None:
        _token("introduced", self.introduced)
        if self.fixed is not None:
            _token("fixed", self.fixed)
        if self.last_affected is not None:
            _token("last_affected", self.last_affected)
        if self.fixed is not None and self.last_affected is not None:
            raise ValueError("a range ends with either fixed or last_affected, not both")


@dataclass(frozen=True, slots=True)
class AffectedPackage:
    """One package and which of its versions are affected."""

    purl: str
    """Package URL without version, qualifiers of the version or subpath, such as ``pkg:pypi/jinja2``."""
    ranges: tuple[VersionRange, ...] = ()
    versions: tuple[str, ...] = ()
    """Single affected versions, for what ranges cannot say."""
    ecosystem: str | None = None
    """OSV ecosystem (``PyPI``, ``Debian:12``); None derives it from the purl, if it has one."""
    vendor: str = ""
    """Who makes it, for people; free text."""
    repository: str | None = None
    """Clone address, for ``commits``."""
    commits: tuple[VersionRange, ...] = ()
    """Ranges of full commit hashes in ``repository``."""

    def __post_init__(self) -> None:
        if not _PURL.fullmatch(self.purl):
            raise ValueError(f"purl {self.purl!r}: write pkg:type/name, printable ASCII only")
        if "@" in self.purl or "#" in self.purl:
            raise ValueError(f"purl {self.purl!r}: leave out the version and the subpath; they go into ranges")
        if not (self.ranges or self.versions or self.commits):
            raise ValueError(f"{self.purl}: say which versions are affected (ranges, versions or commits)")
        _at_most("versions", self.versions, VERSIONS_MAX)
        for version in self.versions:
            _token("versions", version)
        if self.ecosystem is not None and not re.fullmatch(r"^[A-Za-z][ -~]{0,127}$", self.ecosystem):
            raise ValueError(f"ecosystem {self.ecosystem!r}: use one of OSV's names")
        self._check_commits()

    def _check_commits(self) -> None:
        if self.commits and self.repository is None:
            raise ValueError("commits need the repository they are in")
        if self.repository is not None:
            check_url("repository", self.repository)
        for commits in self.commits:
            for commit in (commits.introduced, commits.fixed, commits.last_affected):
                if commit is not None and not _COMMIT.fullmatch(commit):
                    raise ValueError(f"commit {commit!r}: write the full hash")

    @classmethod
    def of(
        cls,
        purl: str,
        *,
        introduced: str = "0",
        fixed: str | None = None,
        last_affected: str | None = None,
        versions: tuple[str, ...] = (),
    ) -> "AffectedPackage":
        """The usual case: one range."""
        return cls(purl, (VersionRange(introduced, fixed, last_affected),), versions)

    @property
    def type(self) -> str:
        """Type of the purl, such as ``pypi``."""
        return self.purl.removeprefix("pkg:").split("/", 1)[0]

    @property
    def namespace(self) -> str:
        """Namespace of the purl (``@scope``, a Maven group), unquoted; empty if it has none."""
        return unquote("/".join(self._path()[:-1]))

    @property
    def name(self) -> str:
        """Name of the purl, unquoted and without its namespace."""
        return unquote(self._path()[-1])

    def _path(self) -> list[str]:
        return self.purl.removeprefix("pkg:").split("?", 1)[0].strip("/").split("/")[1:]


@dataclass(frozen=True, slots=True)
class Reference:
    """A page elsewhere; http and https only, because readers click on it."""

    kind: ReferenceKind
    url: str
    summary: str = ""

    def __post_init__(self) -> None:
        check_url("references", self.url)


@dataclass(frozen=True, slots=True)
class Credit:
    """Somebody who is thanked, with what they did; names are kept as the reporter wrote them."""

    name: str
    role: CreditRole
    organization: str = ""
    urls: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("credits: a credit needs a name")
        for url in self.urls:
            check_url("credits", url)


@dataclass(frozen=True, slots=True)
class Evidence:
    """How it was proved: by running the proof, and where to check that."""

    verdict: str
    """Outcome of validation, such as ``confirmed``."""
    runs: int
    """Replays behind the verdict, all versions together."""
    attestation: str | None = None
    """``sha256:`` digest of the signed validation attestation."""
    log_index: int | None = None
    """Entry of the transparency log that recorded the verdict."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"^[a-z][a-z_]{0,31}$", self.verdict):
            raise ValueError(f"verdict {self.verdict!r}: lower-case letters and underscores")
        if self.runs < 0:
            raise ValueError("runs: a count is never negative")
        if self.attestation is not None and not _DIGEST.fullmatch(self.attestation):
            raise ValueError("attestation: write sha256: and 64 hex digits")
        if self.log_index is not None and self.log_index < 0:
            raise ValueError("log_index: an index is never negative")


@dataclass(frozen=True, slots=True)
class ProductStatement:
    """What a vendor says of one of its own products."""

    purl: str
    """Package URL without version."""
    vendor: str
    status: str
    """``affected``, ``not_affected``, ``fixed``, ``under_investigation`` or ``unknown``."""
    justification: str = ""
    """Why it is not affected: CSAF's label of a flag."""
    fixed_version: str = ""
    text: str = ""
    """In the vendor's words; free text."""
    url: str | None = None

    def __post_init__(self) -> None:
        if not _PURL.fullmatch(self.purl) or "@" in self.purl or "#" in self.purl:
            raise ValueError(f"statements: {self.purl[:80]!r}: write pkg:type/name, without a version")
        if self.status not in STATEMENT_STATUSES:
            raise ValueError(f"statements: {self.status!r} is none of {', '.join(STATEMENT_STATUSES)}")
        if (self.status == "not_affected") != bool(self.justification):
            raise ValueError("statements: not_affected comes with a justification, and nothing else does")
        if self.justification and self.justification not in JUSTIFICATIONS:
            raise ValueError(f"statements: {self.justification!r} is none of VEX's justifications")
        if (self.status == "fixed") != bool(self.fixed_version):
            raise ValueError("statements: fixed comes with the fixed version, and nothing else does")
        if self.fixed_version:
            _token("statements", self.fixed_version)
        if self.url is not None:
            check_url("statements", self.url)


@dataclass(frozen=True, slots=True)
class Revision:
    """One publication of the advisory."""

    date: datetime
    summary: str


@dataclass(frozen=True, slots=True)
class Advisory:
    """One flaw, ready to be made public."""

    id: str
    title: str
    summary: str
    details: str
    published: datetime
    modified: datetime
    affected: tuple[AffectedPackage, ...]
    aliases: tuple[str, ...] = ()
    """Other identifiers of the very same flaw (CVE, GHSA, PYSEC)."""
    cvss: str | None = None
    """CVSS 3.0, 3.1 or 4.0 vector; None if nobody has judged it."""
    cwes: tuple[str, ...] = ()
    """``CWE-79`` and the like, the most fitting first."""
    references: tuple[Reference, ...] = ()
    credits: tuple[Credit, ...] = ()
    evidence: Evidence | None = None
    statements: tuple[ProductStatement, ...] = ()
    """What vendors say of their products."""
    revisions: tuple[Revision, ...] = field(default=())
    """Oldest first; empty for a first publication."""

    def __post_init__(self) -> None:
        match = ADVISORY_ID.fullmatch(self.id)
        if match is None:
            raise ValueError(f"id {self.id!r}: write SEAWALL-year-8 letters of base32")
        if not self.title.strip():
            raise ValueError("title: an advisory needs a title")
        if not self.affected:
            raise ValueError("affected: an advisory names at least one package")
        _at_most("aliases", self.aliases, ALIASES_MAX)
        _at_most("affected", self.affected, AFFECTED_MAX)
        _at_most("references", self.references, REFERENCES_MAX)
        _at_most("credits", self.credits, CREDITS_MAX)
        _at_most("statements", self.statements, STATEMENTS_MAX)
        for alias in self.aliases:
            if not _ALIAS.fullmatch(alias):
                raise ValueError(f"aliases: {alias!r} is no identifier")
            if alias.startswith("CVE-") and not _CVE.fullmatch(alias):
                raise ValueError(f"aliases: {alias!r} is no CVE identifier")
        for cwe in self.cwes:
            if not _CWE.fullmatch(cwe):
                raise ValueError(f"cwes: {cwe!r}: write CWE-number")
        if self.cvss is not None and not re.fullmatch(r"^CVSS:(3\.[01]|4\.0)/[A-Za-z:/]{8,400}$", self.cvss):
            raise ValueError(f"cvss {self.cvss!r}: write a CVSS 3.0, 3.1 or 4.0 vector")
        self._check_dates()

    def _check_dates(self) -> None:
        dates = [self.published, self.modified, *(revision.date for revision in self.revisions)]
        if any(date.utcoffset() != timedelta(0) for date in dates):
            raise ValueError("published, modified, revisions: times are in UTC and say so")
        expected = (self.published, self.modified) if self.revisions else (self.published, self.published)
        actual = (
            (self.revisions[0].date, self.revisions[-1].date) if self.revisions else (self.published, self.modified)
        )
        if actual != expected or list(self.revisions) != sorted(self.revisions, key=lambda revision: revision.date):
            raise ValueError("revisions: the first is at published, the last at modified, oldest first")

    @property
    def year(self) -> int:
        """Year in the identifier; the folder that feeds keep it in."""
        return int(self.id.split("-")[1])


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who issues the advisories, and where they are found."""

    name: str
    base_url: str
    """Address of the server, without a slash at the end."""
    contact: str = ""

    def __post_init__(self) -> None:
        check_url("base_url", self.base_url)
        if self.base_url.endswith("/"):
            raise ValueError("base_url: leave out the slash at the end")


@dataclass(frozen=True, slots=True)
class Published:
    """What ``publish`` hands back."""

    advisory_id: str
    digests: dict[Format, str]
    """``sha256:`` of each format's bytes."""
    log_index: int


def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC with whole seconds and ``Z``, as OSV and CSAF consumers expect."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def check_url(name: str, url: str) -> None:
    """Refuse what a reader should not be sent to.

    Raises:
        ValueError: Not http(s), no host, credentials inside, blanks, controls or non-ASCII, or too long.
    """
    if len(url) > URL_MAX or not re.fullmatch(r"^https?://[!#-;=?-\[\]_a-z~]+$", url):
        raise ValueError(f"{name}: {url[:80]!r} is no plain http or https address")
    parts = urlsplit(url)
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise ValueError(f"{name}: {url[:80]!r} needs a host and no credentials")


def _token(name: str, value: str) -> None:
    if not _TOKEN.fullmatch(value):
        raise ValueError(f"{name}: {value[:80]!r} must be 1 to 256 printable ASCII characters without blanks")


def _at_most(name: str, values: tuple[object, ...], limit: int) -> None:
    if len(values) > limit:
        raise ValueError(f"{name}: {len(values)} are more than the {limit} allowed")
