"""What is written to a maintainer: one text, and the forms of GitHub and VINCE. Pure.

GitHub: the body of ``POST /repos/{owner}/{repo}/security-advisories/reports``, schema private-vulnerability-report-create
of GitHub's OpenAPI description (REST API version 2022-11-28). VINCE: the field names and lengths of the report form of
VINCE 3.0.8 (``vincepub/forms.py``, ``VulCoordForm``); that form is a page, no API takes it, so a person carries it over.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

GITHUB_VERSION = "2022-11-28"
"""Version of GitHub's REST API that this was written against."""
GITHUB_SUMMARY_MAX = 1024
GITHUB_DESCRIPTION_MAX = 65_535
"""Characters, by GitHub's schema."""
GITHUB_ECOSYSTEMS = {
    "pypi": "pip",
    "npm": "npm",
    "maven": "maven",
    "nuget": "nuget",
    "composer": "composer",
    "golang": "go",
    "cargo": "rust",
    "gem": "rubygems",
    "hex": "erlang",
    "pub": "pub",
    "swift": "swift",
    "githubactions": "actions",
}
"""purl type -> GitHub's name; every other type is ``other``."""
VINCE_VERSION = "3.0.8"
VINCE_SHORT = 100
VINCE_LINES = 1000
VINCE_TEXT = 20_000
"""Characters of VINCE's fields."""


@dataclass(frozen=True)
class CaseText:
    """All that a message about a case may say."""

    advisory_id: str
    title: str
    package: str
    """purl."""
    name: str
    """Name of the package without its type."""
    description: str
    """Of the oldest report, as its finder wrote it."""
    failure: str
    versions: tuple[str, ...]
    affected: tuple[tuple[str, str], ...]
    """Pairs of the first version with the flaw (``0``: all) and the first without it (empty: none known)."""
    weaknesses: tuple[str, ...]
    identifiers: tuple[str, ...]
    severity: str
    """CVSS vector as claimed, or empty."""
    functions: tuple[str, ...]
    proof: str
    """What came of the proof, in a sentence."""
    preview: str
    """Beginning of the input that does it."""
    finders: tuple[str, ...]
    found_with: str
    embargo_ends_at: datetime | None
    """None: there is no embargo."""
    received_at: datetime
    public: bool
    exploited: bool
    publisher: str


def text(case: CaseText) -> str:
    """The message in plain text: terms first, then the flaw, the proof, and who found it."""
    terms = (
        f"Under embargo until {_hour(case.embargo_ends_at)}: please tell nobody but those who help you mend it. If you "
        "do not agree, tell us before you read on; nothing follows from declining."
        if case.embargo_ends_at
        else "There is no embargo on this."
    )
    spans = [f"  {_span(first, fixed)}" for first, fixed in case.affected] or [
        f"  proved on {version}" for version in case.versions
    ]
    parts = [
        terms,
        f"Package:     {case.package}\nReference:   {case.advisory_id}\nWhat it is:  {case.failure}",
        "Versions:\n" + "\n".join(spans or ["  not stated"]),
        f"What happens, in the words of its finder:\n\n{case.description}",
        f"The proof, as we ran it: {case.proof or 'none'}",
    ]
    if case.preview:
        parts.append(f"Beginning of the input:\n\n{_indented(case.preview)}")
    known = [*case.weaknesses, *case.identifiers, *([case.severity] if case.severity else [])]
    if known:
        parts.append("Classified as (claimed): " + ", ".join(known))
    parts.append(f"Found by {', '.join(case.finders) or 'somebody who is not named'}. {case.found_with}".strip())
    parts.append(f"{case.publisher} passes this on; credits and terms stay with it wherever it goes.")
    return "\n\n".join(parts) + "\n"


def github_report(case: CaseText) -> dict[str, Any]:
    """The body of GitHub's private vulnerability report."""
    kind = case.package.removeprefix("pkg:").partition("/")[0]
    package = {"ecosystem": GITHUB_ECOSYSTEMS.get(kind, "other"), "name": case.name}
    spans = case.affected or (("0", ""),)
    body: dict[str, Any] = {
        "summary": _cut(case.title, GITHUB_SUMMARY_MAX),
        "description": _cut(text(case), GITHUB_DESCRIPTION_MAX),
        "vulnerabilities": [
            {
                "package": package,
                "vulnerable_version_range": _github_range(first, fixed),
                "patched_versions": fixed or None,
                "vulnerable_functions": list(case.functions) or None,
            }
            for first, fixed in spans
        ],
        "cwe_ids": [name for name in case.weaknesses if name.startswith("CWE-")] or None,
        "start_private_fork": False,
    }
    # One of the two has to be chosen, says the schema.
    if case.severity.startswith(("CVSS:3.", "CVSS:4.")):
        body["cvss_vector_string"] = case.severity
    else:
        body["severity"] = "medium"
    return body


def vince_report(case: CaseText, *, contact: str, email: str) -> dict[str, Any]:
    """The fields of VINCE's report form, filled in; what VINCE must know and nobody has said is said to be unknown."""
    return {
        "_written_against": f"VINCE {VINCE_VERSION}, vincepub VulCoordForm",
        "contact_name": _cut(contact, VINCE_SHORT),
        "contact_org": _cut(case.publisher, VINCE_SHORT),
        "contact_email": email,
        "share_release": True,
        "credit_release": True,
        "coord_status": [1],
        "comm_attempt": False,
        "why_no_attempt": 2,
        "please_explain": "The clearinghouse asks CERT/CC to find and involve the vendors.",
        "vendor_name": "unknown",
        "multiplevendors": False,
        "other_vendors": "",
        "first_contact": None,
        "vendor_communication": "",
        # VINCE repeats this field in the subject of mails.
        "product_name": _cut(case.name, VINCE_SHORT),
        "product_version": _cut(", ".join(case.versions) or "unknown", VINCE_SHORT),
        "ics_impact": False,
        "vul_description": _cut(f"{case.title}\n\n{case.description}", VINCE_TEXT),
        "vul_exploit": _cut(f"{case.proof}\n\n{case.preview}".strip() or "unknown", VINCE_TEXT),
        "vul_impact": _cut(f"{case.failure}. {case.severity}".strip(), VINCE_TEXT),
        "vul_discovery": _cut(f"{', '.join(case.finders)}. {case.found_with}".strip(), VINCE_TEXT),
        "vul_public": case.public,
        "public_references": "",
        "vul_exploited": case.exploited,
        "exploit_references": "",
        "vul_disclose": True,
        "disclosure_plans": _cut(
            f"The embargo ends {_hour(case.embargo_ends_at)}; the advisory is {case.advisory_id}."
            if case.embargo_ends_at
            else f"The advisory is {case.advisory_id}.",
            VINCE_LINES,
        ),
        "tracking": "",
        "comments": _cut(", ".join(case.identifiers), VINCE_TEXT),
    }


def _hour(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime("%d %b %Y %H:%M UTC") if at else "no set time"


def _span(first: str, fixed: str) -> str:
    start = "all" if first == "0" else f"from {first}"
    return f"{start} before {fixed}" if fixed else f"{start}, no fix known"


def _github_range(first: str, fixed: str) -> str:
    if first == "0" and not fixed:
        return ">= 0"
    start = "" if first == "0" else f">= {first}"
    end = f"< {fixed}" if fixed else ""
    return ", ".join(part for part in (start, end) if part)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _cut(text: str, limit: int) -> str:
    mark = " […]"
    return text if len(text) <= limit else text[: limit - len(mark)] + mark
