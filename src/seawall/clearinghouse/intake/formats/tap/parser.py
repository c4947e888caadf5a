"""Akrites TAP JSON: the report object of the TAP Intake API, ``POST /v1/reports``, as it is.

Written against ``docs/TAP-API-Spec.md`` of Akrites-Foundation/SIRT at commit 911320ecba25 (2026). There the report is:
``purl``, or ``ecosystem`` and ``software``; ``versions``; ``affected_symbol`` and ``code_path``; ``attachments`` (the
words of the report are in them) and the older ``exploit`` and ``raw``; ``references``, ``upstream_ids`` and commits;
``discovery_method`` and ``discovery_tooling``; ``enrichment``; ``email`` and ``notify``.

- The format has no title and no description: both are made of what is there.
- ``email`` is for notices and is never shown: it stays in the bytes as sent and nowhere else.
- Akrites refuses members that it does not know; here they are named in ``unread``, because its API grows.
- An attachment of type ``exploit-proof-of-concept`` or ``reproducer`` that is a proof bundle (docs/proofs.md) is the proof.
- ``multipart/mixed`` is a way of sending, not a report: send the report object as JSON, with its attachments in it.
"""

import hashlib
from typing import Any

from packageurl import PackageURL

from seawall.clearinghouse.intake.errors import NotThisFormat, ReportTooLarge
from seawall.clearinghouse.intake.formats import fields, reading
from seawall.clearinghouse.intake.types import Enclosed, Origin, Provenance, Relay, Report

ATTACHMENTS_MAX = 16
ATTACHMENT_MAX = 2**20
"""Characters of one attachment, as in TAP."""
ENCLOSED_MAX = 2
"""Archives that are looked into: each may unpack to 64 MiB."""
URL_MAX = 512
_TEXT_TYPES = frozenset({"text/plain", "text/markdown", "application/json"})
_BINARY_TYPES = frozenset(
    {"application/pdf", "application/zip", "application/gzip", "application/x-bzip2", "application/octet-stream"}
)
_ARCHIVES = frozenset({"application/zip", "application/gzip"})
_SHOWING = frozenset({"exploit-proof-of-concept", "reproducer"})
_ECOSYSTEMS = {
    "alpine": "apk",
    "bitnami": "bitnami",
    "conancenter": "conan",
    "cran": "cran",
    "crates.io": "cargo",
    "debian": "deb",
    "go": "golang",
    "hackage": "hackage",
    "hex": "hex",
    "maven": "maven",
    "npm": "npm",
    "nuget": "nuget",
    "packagist": "composer",
    "pub": "pub",
    "pypi": "pypi",
    "rubygems": "gem",
    "swifturl": "swift",
}
"""OSV's names of ecosystems, in lower case, and the purl type; any other one is ``generic``."""
_NAMESPACES = {"apk": "alpine", "deb": "debian"}
_SPLIT = {"golang": "/", "npm": "/", "composer": "/", "maven": ":", "swift": "/"}
"""Types whose names carry a namespace, and what stands between."""
_KNOWN = [
    "purl",
    "software",
    "ecosystem",
    "versions",
    "code_path",
    "exploit",
    "exploit_content_type",
    "attachments",
    "affected_symbol",
    "references",
    "upstream_ids",
    "introduced_commit",
    "fixed_commit",
    "raw",
    "raw_content_type",
    "package_repo_url",
    "discovery_method",
    "discovery_tooling",
    "email",
    "notify",
    "enrichment",
]
_AI_METHODS = frozenset({"ai-assisted", "ai-discovered", "hybrid"})


def parse(data: bytes) -> tuple[Report, ...]:
    """Read one report.

    Raises:
        NotThisFormat: Not a TAP report; the member is named.
        UnknownPackageType: See ``fields.package``.
        ReportTooLarge: A member is over its limit.
    """
    document = fields.load_json(data)
    if not isinstance(document, dict):
        raise NotThisFormat("A TAP report is a JSON object.")
    package, version = _package(document)
    symbol = reading.obj(document.get("affected_symbol"), "affected_symbol")
    file = fields.text(symbol.get("file"), "affected_symbol/file", limit=URL_MAX)
    function = fields.text(symbol.get("function"), "affected_symbol/function", limit=fields.WORD_MAX)
    code_path = fields.text(document.get("code_path"), "code_path", limit=fields.PATH_MAX)
    enrichment = reading.obj(document.get("enrichment"), "enrichment")
    if len(enrichment) > fields.LIST_MAX:
        raise ReportTooLarge(
            f"enrichment has {len(enrichment)} members; {fields.LIST_MAX} are read.", field="enrichment"
        )
    method = fields.text(document.get("discovery_method"), "discovery_method", limit=fields.WORD_MAX)
    attachments = _attachments(document)
    return (
        Report(
            title=reading.title(
                f"{package.partition(':')[2]}: {' in '.join(one for one in (function, file) if one)}" if symbol else "",
                f"{package.partition(':')[2]}: {code_path}" if code_path else "",
                f"Flaw in {package}",
            ),
            description=reading.description([*_facts(document, symbol, enrichment), *attachments]),
            package=package,
            versions=fields.versions(document.get("versions"), version, "versions"),
            weaknesses=_weaknesses(enrichment),
            identifiers=fields.texts(document.get("upstream_ids"), "upstream_ids"),
            paths=(file,) if file else (),
            symbols=(function,) if function else (),
            severity=fields.text(enrichment.get("cvss_vector"), "enrichment/cvss_vector", limit=fields.SEVERITY_MAX),
            provenance=_provenance(document, method),
            relay=Relay(origins=_origins(document)),
            unread=reading.told(
                [
                    *reading.unknown(document, _KNOWN),
                    *reading.unknown(symbol, ("file", "function", "line"), "affected_symbol"),
                ]
            ),
        ),
    )


def enclosed(data: bytes) -> tuple[Enclosed, ...]:
    """Archives among the attachments that are said to show the flaw."""
    return tuple(
        Enclosed(str(one["filename"])[:120], reading.decoded(one.get("data"), f"{where}/data"), where)
        for one, where in reading.objs(fields.load_json(data).get("attachments"), "attachments", ATTACHMENTS_MAX)
        if str(one.get("content_type")).lower() in _ARCHIVES and one.get("type") in _SHOWING
    )[:ENCLOSED_MAX]


def _package(document: dict[str, Any]) -> tuple[str, str | None]:
    if document.get("purl") is not None:
        return fields.package(document["purl"], "purl")
    ecosystem = fields.text(document.get("ecosystem"), "ecosystem", limit=128)
    software = fields.text(document.get("software"), "software", limit=256)
    if not ecosystem or not software:
        raise NotThisFormat(
            "There is neither purl, nor both ecosystem and software.",
            'Write "purl": "pkg:npm/example", as TAP asks for.',
            field="purl",
        )
    kind = _ECOSYSTEMS.get(ecosystem.partition(":")[0].lower(), "generic")
    namespace, name = _NAMESPACES.get(kind), software
    if kind in _SPLIT:
        before, _, after = software.rpartition(_SPLIT[kind])
        namespace, name = before.replace(":", "/") or None, after
    try:
        made = PackageURL(kind, namespace, name).to_string()
    except ValueError as error:
        raise NotThisFormat(
            f"software: {software[:120]!r} is no package of {ecosystem[:40]!r}.", "Send a purl.", "software"
        ) from error
    return fields.package(made, "software")


def _provenance(document: dict[str, Any], method: str) -> Provenance:
    tooling = fields.text(document.get("discovery_tooling"), "discovery_tooling", limit=fields.WORD_MAX)
    by_ai = method.lower() in _AI_METHODS
    model, _, harness = tooling.partition(" via ")  # the specification's own example; any other text is kept whole
    return Provenance(
        ai_assisted=by_ai,
        model=model.strip() if by_ai and harness else "",
        harness=harness.strip() if by_ai else "",
        tool=tooling,
        method=method,
    )


def _weaknesses(enrichment: dict[str, Any]) -> tuple[str, ...]:
    said = fields.text(enrichment.get("cwe"), "enrichment/cwe", limit=fields.PATH_MAX)
    name = said.partition(" ")[0].rstrip(":,;")
    return fields.weaknesses([name], "enrichment/cwe") if name else ()


def _origins(document: dict[str, Any]) -> tuple[Origin, ...]:
    addresses = fields.texts(document.get("references"), "references", limit=URL_MAX)
    repository = fields.text(document.get("package_repo_url"), "package_repo_url", limit=URL_MAX)
    found = [Origin(system="repository", url=repository)] if repository else []
    return (*found, *(Origin(url=one) for one in addresses))


def _facts(document: dict[str, Any], symbol: dict[str, Any], enrichment: dict[str, Any]) -> list[str]:
    lines = []
    for label, value, where in (
        ("Code", document.get("code_path"), "code_path"),
        ("Introduced by commit", document.get("introduced_commit"), "introduced_commit"),
        ("Fixed by commit", document.get("fixed_commit"), "fixed_commit"),
    ):
        said = fields.text(value, where, limit=fields.PATH_MAX)
        if said:
            lines.append(f"{label}: {said}")
    line = symbol.get("line")
    if line is not None:
        if isinstance(line, bool) or not isinstance(line, int) or line < 0:
            raise NotThisFormat("affected_symbol/line must be a line number.", field="affected_symbol/line")
        lines.append(f"Line: {line}")
    claims = [
        f"{key} {fields.word(value)}"
        for key, value in enrichment.items()
        if isinstance(value, str | int | float) and key != "cvss_vector"
    ]
    if claims:
        lines.append(f"Assessment as sent: {', '.join(fields.word(one) for one in claims)}.")
    method = fields.text(document.get("discovery_method"), "discovery_method", limit=fields.WORD_MAX)
    return ["\n".join(lines) or f"Reported over TAP{f', found {method}' if method else ''}."]


def _attachments(document: dict[str, Any]) -> list[str]:
    held = reading.objs(document.get("attachments"), "attachments", ATTACHMENTS_MAX)
    for name in ("exploit", "raw"):
        if document.get(name) is not None:
            kind = document.get(f"{name}_content_type")
            held.append(({"filename": name, "data": document[name], "content_type": kind}, name))
    return [_attachment(one, where, deprecated=where in ("exploit", "raw")) for one, where in held]


def _attachment(held: dict[str, Any], where: str, *, deprecated: bool) -> str:
    place = where if deprecated else f"{where}/data"
    kind_at = f"{where}_content_type" if deprecated else f"{where}/content_type"
    filename = fields.text(held.get("filename"), f"{where}/filename", limit=255, required=True)
    kind = fields.text(held.get("content_type"), kind_at, limit=100, required=True).lower()
    role = fields.text(held.get("type"), f"{where}/type", limit=100)
    about = fields.text(held.get("description"), f"{where}/description", limit=fields.PATH_MAX)
    if kind not in _TEXT_TYPES | _BINARY_TYPES:
        raise NotThisFormat(
            f"{kind_at} is no content type of TAP.",
            f"Choose from {', '.join(sorted(_TEXT_TYPES | _BINARY_TYPES))}.",
            kind_at,
        )
    head = f"## {filename}{f' ({role})' if role else ''}" + (f"\n\n{about}" if about else "")
    said = fields.text(held.get("data"), place, limit=ATTACHMENT_MAX, required=True)
    if kind in _TEXT_TYPES:
        digest = hashlib.sha256(str(held["data"]).encode()).hexdigest()
        return f"{head}\n\n{kind}, sha256:{digest}\n\n{said}"
    return f"{head}\n\n{kind}, {reading.shown(reading.decoded(said, place))}"
