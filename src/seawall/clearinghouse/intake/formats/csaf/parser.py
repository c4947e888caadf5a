"""CSAF 2.1, profile *Vulnerability Report* (``csaf_vulnerability_report``): one report for each vulnerability and package.

Written against the CSAF 2.1 schema (oasis-tcs/csaf, ``csaf_2.1/json_schema/csaf.json`` at 042a0c401093) and what the
editors' drafts of August and September 2026 say of profile 9 (pull requests 1513 and 1581 of that repository, mandatory
test 6.1.27.20, recommended tests 6.2.39.6 to 6.2.39.13). The profile's own final wording was not at hand.

- The package is the purl of a product that is ``known_affected``, ``first_affected``, ``last_affected`` or
  ``under_investigation`` (``product_identification_helper.purls``).
- Credits are the ``acknowledgments``; origins are the publisher's document, its ``references`` and ``ids``; the terms are
  ``distribution`` (TLP label and text) and ``disclosure_date``.
- It has no place for how a finding was made: ``tracking.generator`` is the only tool it names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from seawall.clearinghouse.intake.errors import NotThisFormat, ReportTooLarge, UnsupportedVersion
from seawall.clearinghouse.intake.formats import fields, reading, travelling
from seawall.clearinghouse.intake.types import AffectedRange, Credit, EmbargoTerms, Origin, Provenance, Relay, Report

VERSION = "2.1"
CATEGORY = "csaf_vulnerability_report"
PRODUCTS_MAX = 5000
REPORTS_MAX = 100
"""Pairs of vulnerability and package in one document."""
_STATES = ("known_affected", "first_affected", "last_affected", "under_investigation")
_RANGE = "product_version_range"
_ROOT = ("$schema", "document", "product_tree", "vulnerabilities")
_DOCUMENT = [
    "acknowledgments",
    "aggregate_severity",
    "category",
    "csaf_version",
    "distribution",
    "lang",
    "license_expression",
    "notes",
    "publisher",
    "references",
    "source_lang",
    "title",
    "tracking",
]
_VULNERABILITY = [
    "acknowledgments",
    "cve",
    "cwes",
    "disclosure_date",
    "discovery_date",
    "first_known_exploitation_dates",
    "flags",
    "ids",
    "involvements",
    "metrics",
    "notes",
    "product_status",
    "references",
    "remediations",
    "threats",
    "title",
]


@dataclass(frozen=True)
class _Product:
    """A product that a vulnerability can name."""

    name: str
    purl: Any
    """As written; None where the product has none."""
    where: str
    version: str
    """Name of the branch above it, if that is a version."""
    range: str
    """As ``version``, if that is a range."""

    @cached_property
    def package(self) -> tuple[str, str | None]:
        """The purl, read once however often the product is named; see ``fields.package``."""
        return fields.package(self.purl, self.where)


def parse(data: bytes) -> tuple[Report, ...]:
    """Read every vulnerability.

    Raises:
        NotThisFormat: Not a CSAF vulnerability report, or a member is wrong; the member is named.
        UnsupportedVersion: Another version of CSAF.
        UnknownPackageType: See ``fields.package``.
        ReportTooLarge: More products or vulnerabilities than are read.
    """
    root = fields.load_json(data)
    if not isinstance(root, dict):
        raise NotThisFormat("A CSAF document is a JSON object.")
    head = reading.obj(root.get("document"), "document")
    if head.get("csaf_version") != VERSION:
        raise UnsupportedVersion(
            f"document/csaf_version is {str(head.get('csaf_version'))[:20]!r}.",
            f"Vulnerability reports exist since CSAF {VERSION}: send one of those.",
            field="document/csaf_version",
        )
    if head.get("category") != CATEGORY:
        raise NotThisFormat(
            f"document/category is {str(head.get('category'))[:60]!r}: that is no report of a vulnerability.",
            f'Write "{CATEGORY}"; advisories are read as facts, not as reports.',
            field="document/category",
        )
    products = dict(_products(reading.obj(root.get("product_tree"), "product_tree")))
    vulnerabilities = reading.objs(root.get("vulnerabilities"), "vulnerabilities", REPORTS_MAX)
    if not vulnerabilities:
        raise NotThisFormat("The document names no vulnerability.", "There is nothing to take in.", "vulnerabilities")
    unread = [*reading.unknown(root, _ROOT), *reading.unknown(head, _DOCUMENT, "document")]
    for held, where in vulnerabilities:
        unread += reading.unknown(held, _VULNERABILITY, where)
    reports: list[Report] = []
    for held, where in vulnerabilities:
        reports += _reports(head, held, where, products, reading.told(unread))
        if len(reports) > REPORTS_MAX:
            raise _too_many(f"The document has over {REPORTS_MAX} pairs of vulnerability and package")
    return tuple(reports)


def _too_many(what: str) -> ReportTooLarge:
    return ReportTooLarge(f"{what}; no more are read at once.", "Send them in several documents.", "vulnerabilities")


def _products(tree: dict[str, Any]) -> Iterator[tuple[str, _Product]]:
    count = 0
    # Branch by branch instead of recursively: the depth is the sender's choice.
    waiting: list[tuple[Any, str, str, str]] = [(tree, "product_tree", "", "")]
    while waiting:
        held, where, version, span = waiting.pop()
        for branch, place in reading.objs(held.get("branches"), f"{where}/branches", PRODUCTS_MAX):
            category = branch.get("category")
            name = fields.text(branch.get("name"), f"{place}/name", limit=fields.TEXT_MAX)
            inner = (name, span) if category == "product_version" else (version, name if category == _RANGE else span)
            waiting.append((branch, place, *inner))
        found = reading.objs(held.get("full_product_names"), f"{where}/full_product_names", PRODUCTS_MAX)
        if held.get("product") is not None:
            found.append((reading.obj(held["product"], f"{where}/product"), f"{where}/product"))
        for related, place in reading.objs(held.get("relationships"), f"{where}/relationships", PRODUCTS_MAX):
            inside = f"{place}/full_product_name"
            found.append((reading.obj(related.get("full_product_name"), inside), inside))
        for product, place in found:
            count += 1
            if count > PRODUCTS_MAX:
                raise ReportTooLarge(f"product_tree has over {PRODUCTS_MAX} products.", field="product_tree")
            yield _product(product, place, version, span)


def _product(held: dict[str, Any], where: str, version: str, span: str) -> tuple[str, _Product]:
    identifier = fields.text(held.get("product_id"), f"{where}/product_id", limit=fields.PATH_MAX, required=True)
    helper = reading.obj(held.get("product_identification_helper"), f"{where}/product_identification_helper")
    at = f"{where}/product_identification_helper/purls"
    purls = reading.items(helper.get("purls"), at)
    name = fields.text(held.get("name"), f"{where}/name", limit=fields.TEXT_MAX)
    return identifier, _Product(name, purls[0] if purls else None, f"{at}/0" if purls else at, version, span)


def _reports(
    head: dict[str, Any], held: dict[str, Any], where: str, products: dict[str, _Product], unread: tuple[str, ...]
) -> Iterator[Report]:
    status = reading.obj(held.get("product_status"), f"{where}/product_status")
    packages: dict[str, tuple[list[str], list[AffectedRange]]] = {}
    nameless = []
    named = [
        (one, f"{where}/product_status/{state}/{index}")
        for state in _STATES
        for index, one in enumerate(reading.items(status.get(state), f"{where}/product_status/{state}", PRODUCTS_MAX))
    ]
    for identifier, place in named:
        product = products.get(identifier) if isinstance(identifier, str) else None
        if product is None:
            raise NotThisFormat(f"{place} names no product of product_tree.", "Add it there.", place)
        if product.purl is None:
            nameless.append(product)
            continue
        package, version = product.package
        if package not in packages and len(packages) == REPORTS_MAX:
            raise _too_many(f"{where} names over {REPORTS_MAX} packages")
        versions, ranges = packages.setdefault(package, ([], []))
        versions += [one for one in (version or product.version,) if one]
        ranges += _range(product.range)
    if not packages:
        first = nameless[0].where if nameless else f"{where}/product_status/known_affected"
        raise NotThisFormat(
            f"{where} names no affected product that has a package URL.",
            "Put its purl into product_identification_helper/purls (pkg:generic/<name> for what is in no registry).",
            first,
        )
    for package, (versions, ranges) in packages.items():
        yield _report(head, held, where, unread, package=package, versions=versions, ranges=ranges)


def _range(said: str) -> list[AffectedRange]:
    # The common forms of a vers; what is more than one span is for people, and stands in the product's name.
    low, high = "", ""
    for part in said.removeprefix("vers:").partition("/")[2].split("|") if said.startswith("vers:") else ():
        if part.startswith(">="):
            low, again = part[2:], low
        elif part.startswith("<") and not part.startswith("<="):
            high, again = part[1:], high
        else:
            return []
        if again:
            return []
    return [AffectedRange(low.strip()[: fields.WORD_MAX] or "0", high.strip()[: fields.WORD_MAX])] if high else []


def _report(
    head: dict[str, Any],
    held: dict[str, Any],
    where: str,
    unread: tuple[str, ...],
    *,
    package: str,
    versions: list[str],
    ranges: list[AffectedRange],
) -> Report:
    words = [*_notes(held.get("notes"), f"{where}/notes")]
    if not words:
        raise NotThisFormat(
            f"{where} has no note that says what is wrong.",
            'Add a note of category "summary" with the title "Vulnerability Summary".',
            f"{where}/notes",
        )
    for key, text_key in (("threats", "details"), ("remediations", "details"), ("involvements", "summary")):
        for one, place in reading.objs(held.get(key), f"{where}/{key}"):
            said = fields.text(one.get(text_key), f"{place}/{text_key}")
            kind = fields.word(one.get("category") or one.get("party") or "")
            words.append(f"{key} ({kind}): {said}" if said else "")
    cve = fields.text(held.get("cve"), f"{where}/cve", limit=fields.WORD_MAX)
    known = fields.text(held.get("title"), f"{where}/title", limit=fields.TEXT_MAX)
    return Report(
        title=reading.title(known, fields.text(head.get("title"), "document/title", limit=fields.TEXT_MAX)),
        description=reading.description([*words, *_notes(head.get("notes"), "document/notes")]),
        package=package,
        versions=fields.versions([one[: fields.WORD_MAX] for one in versions], None, f"{where}/product_status"),
        weaknesses=fields.weaknesses(
            [one.get("id") for one, _ in reading.objs(held.get("cwes"), f"{where}/cwes")], f"{where}/cwes"
        ),
        identifiers=(cve,) if cve else (),
        affected=tuple(dict.fromkeys(ranges))[: fields.LIST_MAX],
        severity=_severity(held, where),
        provenance=_provenance(head),
        relay=Relay(
            credits=(*_credits(held, where), *_credits(head, "document"))[: travelling.CREDITS_MAX],
            origins=tuple(_origins(head, held, where))[: fields.LIST_MAX],
            embargo=_terms(head, held, where),
        ),
        unread=unread,
    )


def _notes(value: Any, where: str) -> Iterator[str]:
    for note, place in reading.objs(value, where):
        said = fields.text(note.get("text"), f"{place}/text", required=True)
        name = fields.text(note.get("title"), f"{place}/title", limit=fields.PATH_MAX) or fields.word(
            note.get("category") or "note"
        )
        yield f"## {name}\n\n{said}"


def _severity(held: dict[str, Any], where: str) -> str:
    for metric, place in reading.objs(held.get("metrics"), f"{where}/metrics"):
        content = reading.obj(metric.get("content"), f"{place}/content")
        for name in ("cvss_v4", "cvss_v3"):
            at = f"{place}/content/{name}/vectorString"
            said = fields.text(reading.obj(content.get(name), at).get("vectorString"), at, limit=fields.TEXT_MAX)
            if said and len(said) <= fields.SEVERITY_MAX:
                return said
    return ""


def _provenance(head: dict[str, Any]) -> Provenance:
    tracking = reading.obj(head.get("tracking"), "document/tracking")
    engine = reading.obj(
        reading.obj(tracking.get("generator"), "document/tracking/generator").get("engine"),
        "document/tracking/generator/engine",
    )
    return Provenance(
        tool=fields.text(engine.get("name"), "document/tracking/generator/engine/name", limit=fields.WORD_MAX)
    )


def _credits(holder: dict[str, Any], where: str) -> Iterator[Credit]:
    for one, place in reading.objs(holder.get("acknowledgments"), f"{where}/acknowledgments"):
        names = fields.texts(one.get("names"), f"{place}/names")
        organization = fields.text(one.get("organization"), f"{place}/organization", limit=fields.WORD_MAX)
        note = fields.text(one.get("summary"), f"{place}/summary", limit=2000)
        urls = fields.texts(one.get("urls"), f"{place}/urls", limit=travelling.URL_MAX)
        for name in names or ("",):
            yield Credit(name=name, organization=organization, note=note, urls=urls)


def _origins(head: dict[str, Any], held: dict[str, Any], where: str) -> Iterator[Origin]:
    publisher = reading.obj(head.get("publisher"), "document/publisher")
    tracking = reading.obj(head.get("tracking"), "document/tracking")
    issuer = fields.text(publisher.get("name"), "document/publisher/name", limit=fields.WORD_MAX)
    number = fields.text(tracking.get("id"), "document/tracking/id", limit=fields.WORD_MAX)
    space = fields.text(publisher.get("namespace"), "document/publisher/namespace", limit=travelling.URL_MAX)
    if issuer or number:
        yield Origin(system=issuer, identifier=number, url=space)
    for one, place in reading.objs(held.get("ids"), f"{where}/ids"):
        yield Origin(
            system=fields.text(one.get("system_name"), f"{place}/system_name", limit=fields.WORD_MAX),
            identifier=fields.text(one.get("text"), f"{place}/text", limit=fields.WORD_MAX),
        )
    for holder, base in ((held, where), (head, "document")):
        for one, place in reading.objs(holder.get("references"), f"{base}/references"):
            yield Origin(
                system=fields.word(fields.text(one.get("summary"), f"{place}/summary")).strip(),
                url=fields.text(one.get("url"), f"{place}/url", limit=travelling.URL_MAX),
            )


def _terms(head: dict[str, Any], held: dict[str, Any], where: str) -> EmbargoTerms | None:
    distribution = reading.obj(head.get("distribution"), "document/distribution")
    tlp = reading.obj(distribution.get("tlp"), "document/distribution/tlp")
    terms = EmbargoTerms(
        until=travelling.moment(held.get("disclosure_date"), f"{where}/disclosure_date"),
        tlp=travelling.label(tlp.get("label"), "document/distribution/tlp/label"),
        text=fields.text(distribution.get("text"), "document/distribution/text", limit=4000),
    )
    return terms if terms != EmbargoTerms() else None
