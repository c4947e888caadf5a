"""Markdown reports with a proof of vulnerability (PoV), as people write them to a project or a response team.

Written against the intake template of Akrites-Foundation/SIRT (``templates/vulnerability-report-intake-template.md`` at
349a4431acbb) and the ways that README-like reports have in common; Markdown has no schema, so these are the rules:

- The title is the first heading, or the label *One-line summary*. The description is the whole text, as it is.
- A *label* is a line ``- **Label:** value`` or ``Label: value``, before the first heading also between two ``---``.
- The package is a purl: under the label *package* (or the template's *Affected project / package / component*), or the
  only purl of the text. There must be one.
- There must be a PoV: a fenced block, or words, under a heading or label that says proof of concept, proof of
  vulnerability, PoC, PoV, exploit, reproducer or steps to reproduce.
- Other labels: affected versions, CWE, CVSS, failure, credit preference, planned disclosure date, TLP; and of how it was found:
  AI used, model, model version, harness, tool, human reviewed, reviewer role, cost, tokens, prompts digest.

Fenced blocks that are called by a file's name make a proof bundle, if one is ``proof.toml`` (``enclosing.py``). Values in ``{{...}}`` are the template's own and count as empty. Labels inside of fenced blocks are evidence, not labels.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from seawall.clearinghouse.intake.errors import NotThisFormat, ReportTooLarge
from seawall.clearinghouse.intake.formats import fields, reading, travelling
from seawall.clearinghouse.intake.formats.markdown.enclosing import enclosed
from seawall.clearinghouse.intake.types import Credit, EmbargoTerms, Provenance, Relay, Report

__all__ = ["enclosed", "parse"]

LINES_MAX = 20_000
LABELS = {
    "ai used": "ai",
    "ai assisted": "ai",
    "ai usage": "ai",
    "model": "model",
    "model version": "model_version",
    "harness": "harness",
    "tool": "tool",
    "human reviewed": "reviewed",
    "reviewed by a person": "reviewed",
    "reviewer role": "reviewer_role",
    "cost": "cost",
    "tokens": "tokens",
    "prompts digest": "prompts_digest",
    "package": "package",
    "purl": "package",
    "affected project / package / component": "package",
    "affected version(s)": "versions",
    "affected versions": "versions",
    "versions": "versions",
    "one-line summary": "title",
    "summary": "title",
    "title": "title",
    "cwe": "cwe",
    "cvss": "severity",
    "cvss v4.0 vector / score": "severity",
    "cvss v3.1 vector / score": "severity",
    "failure": "failure",
    "credit preference": "credit",
    "time constraints / planned disclosure date": "embargo",
    "planned disclosure date": "embargo",
    "embargo": "embargo",
    "tlp": "tlp",
    "affected source location(s)": "paths",
    "files": "paths",
}
"""Labels in lower case without what stands in parentheses at their end, and what they say."""

_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.{1,400}?)[ \t#]*$")
_LABEL = re.compile(r"^[ \t]{0,8}(?:[-*+][ \t]+)?(\*\*)?(?:★[ \t]*)?([A-Za-z][^:*`{]{0,70}):(?:\*\*)?[ \t]*(.*)$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_POV = re.compile(r"proof[ -]of[ -](?:concept|vulnerability)|\bpo[cv]\b|exploit|reproduc", re.IGNORECASE)
_PURL = re.compile(r"pkg:[A-Za-z][A-Za-z0-9.+-]{0,30}/[^\s`'\"<>)\]},;]{1,400}")
_CWE = re.compile(r"\bCWE-0*([1-9]\d{0,5})\b", re.IGNORECASE)
_KNOWN_AS = re.compile(r"\b(?:CVE-\d{4}-\d{4,10}|GHSA(?:-[0-9a-z]{4}){3})\b", re.IGNORECASE)
_CVSS = re.compile(r"CVSS:[34]\.\d/[A-Za-z:/.]{8,110}")
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))?")
_NAMED = re.compile(r"credit me as[ \t]*[\"'\u201c]?([^\"'\u201d}]{1,300})", re.IGNORECASE)
_COST = re.compile(r"^\$?[ ]?(\d[\d,]{0,15}(?:\.\d{1,6})?)[ ]*([A-Za-z]{3})?$", re.ASCII)
_YES = frozenset({"yes", "true", "y"})
_NO = frozenset({"no", "false", "n", "none", "unknown"})
_BULLET = re.compile(r"^[\s>*+\-\d.]+")
_PLACEHOLDER = re.compile(r"\{\{.{0,400}?\}\}")


@dataclass
class _Said:
    """What was found line by line."""

    heading: str = ""
    labels: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Value and line, by what ``LABELS`` calls it; the first that is not empty."""
    pov_line: int = 0
    """Line of the proof; 0 where there is none."""


def parse(data: bytes) -> tuple[Report, ...]:
    """Read one report.

    Raises:
        NotThisFormat: Not UTF-8, no package, or no proof; ``field`` is the line, where one is to blame.
        UnknownPackageType: See ``fields.package``.
        ReportTooLarge: More text than is read.
    """
    try:
        whole = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotThisFormat(f"Byte {error.start} is not UTF-8.", "Send the text as UTF-8.") from error
    text = fields.text(whole, "report", required=True)
    lines = text.splitlines()
    if len(lines) > LINES_MAX:
        raise ReportTooLarge(
            f"The report has {len(lines)} lines; {LINES_MAX} are read.", "Put evidence into the proof."
        )
    said = _walk(lines)
    package, version = _package(said, text)
    if not said.pov_line:
        raise NotThisFormat(
            "There is no proof of vulnerability.",
            'Add a section "## Proof of vulnerability" with the code or the steps.',
            field=f"line {len(lines)}",
        )
    named = _versions(said.labels.get("versions"))
    return (
        Report(
            title=reading.title(said.heading, said.labels.get("title", ("", 0))[0]),
            description=text,
            package=package,
            versions=fields.versions(named, version, "versions"),
            failure=_labelled("failure", said, fields.failure),
            weaknesses=tuple(dict.fromkeys(f"CWE-{one}" for one in _CWE.findall(text)))[: fields.LIST_MAX],
            identifiers=tuple(
                dict.fromkeys(
                    one.group().upper() if one.group()[:3].upper() == "CVE" else one.group()
                    for one in _KNOWN_AS.finditer(text)
                )
            )[: fields.LIST_MAX],
            paths=_paths(said.labels.get("paths")),
            severity=_severity(said, text),
            provenance=_provenance(said),
            relay=Relay(credits=_credits(said), embargo=_embargo(said)),
        ),
    )


def _walk(lines: list[str]) -> _Said:
    said = _Said()
    fence, under_proof = "", False
    for number, line in enumerate(lines, 1):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1][0] == fence[0] and len(mark[1]) >= len(fence):
                fence = ""
            elif under_proof and line.strip():
                said.pov_line = said.pov_line or number
        elif mark:
            fence = mark[1]
        elif heading := _HEADING.match(line):
            under_proof = _POV.search(heading[2]) is not None
            said.heading = said.heading or _PLACEHOLDER.sub("", heading[2]).strip()
        else:
            under_proof = _words(said, line, number, under_proof=under_proof)
    return said


def _words(said: _Said, line: str, number: int, *, under_proof: bool) -> bool:
    """Take a line outside of fences; returns whether what follows is still the proof."""
    label = _LABEL.match(line)
    value = _PLACEHOLDER.sub("", label[3] if label else line).strip(" \t*_")
    if label and label[1] and _POV.search(label[2]):
        under_proof = True
    if label and value:
        key = " ".join(label[2].split()).lower()
        if key not in LABELS:
            key = key.partition(" (")[0]
        if key in LABELS:
            said.labels.setdefault(LABELS[key], (value, number))
    if under_proof and (value if label else _BULLET.sub("", value)):
        said.pov_line = said.pov_line or number
    return under_proof


def _package(said: _Said, text: str) -> tuple[str, str | None]:
    named = said.labels.get("package")
    if named and (found := _PURL.search(named[0])):
        return fields.package(found.group(), f"line {named[1]}")
    purls = list(dict.fromkeys(_PURL.findall(text)))
    if len(purls) == 1:
        line = text[: text.index(purls[0])].count("\n") + 1
        return fields.package(purls[0].rstrip(".:"), f"line {line}")
    raise NotThisFormat(
        "The report names several packages." if purls else "The report names no package.",
        "Add a line such as `- **Package:** pkg:pypi/jinja2@3.1.4`.",
        field=f"line {named[1]}" if named else "line 1",
    )


def _versions(label: tuple[str, int] | None) -> list[str]:
    if label is None:
        return []
    # A span such as 1.4.0-1.6.2 is for people: which versions lie in it is not guessed.
    words = [one.strip(" `*") for one in re.split(r"[,;]|\band\b", label[0])]
    return [one[: fields.WORD_MAX] for one in words if re.fullmatch(r"v?\d[\w.+~:]{0,100}", one)][: fields.LIST_MAX]


def _paths(label: tuple[str, int] | None) -> tuple[str, ...]:
    words = re.split(r"[,;\s]+", label[0]) if label else []
    found = (one.strip("`*()") for one in words)
    return tuple(dict.fromkeys(one[: fields.WORD_MAX] for one in found if "/" in one or re.search(r"\.\w{1,5}$", one)))[
        : fields.LIST_MAX
    ]


def _severity(said: _Said, text: str) -> str:
    found = _CVSS.search(said.labels.get("severity", ("", 0))[0]) or _CVSS.search(text)
    return found.group() if found else ""


def _provenance(said: _Said) -> Provenance:
    def word(name: str) -> str:
        return said.labels.get(name, ("", 0))[0][: fields.WORD_MAX].strip(" `")

    used = word("ai").lower()
    tokens = word("tokens").replace(",", "").replace("_", "")
    return travelling.provenance(
        {
            "ai_assisted": bool(used and used.split()[0].strip(".,;:") not in _NO) or bool(not used and word("model")),
            "model": word("model"),
            "model_version": word("model_version"),
            "harness": word("harness"),
            "tool": word("tool"),
            "human_reviewed": word("reviewed").lower().split(" ")[0].strip(".,;:") in _YES,
            "reviewer_role": word("reviewer_role"),
            "cost": _cost(said.labels.get("cost"), tokens, said.labels.get("tokens")),
            "prompts_digest": word("prompts_digest"),
        },
        f"line {said.labels['prompts_digest'][1]}" if "prompts_digest" in said.labels else "report",
    )


def _cost(label: tuple[str, int] | None, tokens: str, counted: tuple[str, int] | None) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if label:
        found = _COST.match(label[0])
        if not found or not (found[2] or label[0].startswith("$")):
            raise NotThisFormat(f"line {label[1]}: the cost is no sum.", "Write it like 12.50 USD.", f"line {label[1]}")
        made = {"amount": found[1].replace(",", ""), "currency": (found[2] or "USD").upper()}
    if counted:
        if not (tokens.isascii() and tokens.isdecimal() and len(tokens) <= len("123456789012345")):
            raise NotThisFormat(
                f"line {counted[1]}: the tokens are no number.", "Write it like 1,200,000.", f"line {counted[1]}"
            )
        made["tokens"] = int(tokens)
    return made


def _credits(said: _Said) -> tuple[Credit, ...]:
    # Only who asks for credit is named; a reporter's name alone is no wish to be.
    label = said.labels.get("credit")
    found = _NAMED.search(label[0]) if label else None
    name = found[1].strip(" _`") if found else ""
    return (Credit(name=name),) if name else ()


def _embargo(said: _Said) -> EmbargoTerms | None:
    label, tlp = said.labels.get("embargo"), said.labels.get("tlp")
    if label and label[0].lower().strip(" .") in _NO:
        label = None
    day = _DAY.search(label[0]) if label else None
    terms = EmbargoTerms(
        until=travelling.moment(day.group(), f"line {label[1]}") if day and label else "",
        tlp=travelling.label(tlp[0].strip("` "), f"line {tlp[1]}") if tlp else "",
        text=label[0][:4000] if label else "",
    )
    return terms if terms != EmbargoTerms() else None


def _labelled(name: str, said: _Said, read: Any) -> Any:
    label = said.labels.get(name)
    return read(label[0].strip("` ").lower() if label else None, f"line {label[1]}" if label else name)
