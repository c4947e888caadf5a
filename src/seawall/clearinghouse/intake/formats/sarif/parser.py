"""SARIF 2.1.0 (OASIS): each result of each run is one report.

What a result does not say is taken from its rule. The package comes from the result's, the run's or the
tool's properties (``seawall/package`` or ``package``, a purl); without one the report has no target and is refused.
``properties`` may also carry ``seawall/failure``, ``seawall/versions``, ``seawall/affected``,
``seawall/identifiers`` and ``seawall/provenance`` (formats/travelling.py). CWE identifiers are read from taxa, rule
relationships and tags.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from seawall.clearinghouse.intake.errors import NotThisFormat, ReportTooLarge, UnsupportedVersion
from seawall.clearinghouse.intake.formats import fields, travelling
from seawall.clearinghouse.intake.types import Provenance, Report

VERSION = "2.1.0"
RESULTS_MAX = 1000
"""Results of one document taken in at once; what a scanner finds by the thousand is no report but a scan."""

_CWE = re.compile(r"cwe[-/ ]?0*([1-9]\d{0,5})\b", re.IGNORECASE)


def parse(data: bytes) -> tuple[Report, ...]:
    """Read every result.

    Raises:
        NotThisFormat: Not SARIF, no result, or a result without a package.
        UnsupportedVersion: Another version than 2.1.0.
        ReportTooLarge: More results than ``RESULTS_MAX``.
        UnknownPackageType: See ``fields.package``.
    """
    return read(fields.load_json(data))


def read(document: Any, package: str | None = None) -> tuple[Report, ...]:
    """Read every result of a parsed document.

    Args:
        document: The JSON value.
        package: purl of results that name none, for SARIF that came inside another document.
    """
    if not isinstance(document, dict) or "runs" not in document:
        raise NotThisFormat("Not a SARIF document: there is no 'runs'.", "Send SARIF 2.1.0.", field="runs")
    if document.get("version") != VERSION:
        raise UnsupportedVersion(
            f"SARIF version is {str(document.get('version'))[:20]!r}.",
            f"Export SARIF {VERSION} (most tools have an option for it).",
            field="version",
        )
    found = [
        (run, result, f"runs/{run_index}/results/{index}")
        for run_index, run in enumerate(_list(document["runs"], "runs"))
        for index, result in enumerate(_results(run, run_index))
    ]
    if len(found) > RESULTS_MAX:
        raise _too_many(len(found), "runs")
    reports = [_report(run, result, where, package) for run, result, where in found]
    if not reports:
        raise NotThisFormat("The SARIF document has no results.", "There is nothing to take in.", field="runs")
    return tuple(reports)


def _list(value: Any, field: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise NotThisFormat(f"{field} must be a list.", field=field)
    return value


def _object(value: Any, field: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise NotThisFormat(f"{field} must be an object.", field=field)
    return value


def _results(run: Any, run_index: int) -> list[Any]:
    results = _list(_object(run, f"runs/{run_index}").get("results"), f"runs/{run_index}/results")
    if len(results) > RESULTS_MAX:
        raise _too_many(len(results), f"runs/{run_index}/results")
    return results


def _too_many(count: int, field: str) -> ReportTooLarge:
    return ReportTooLarge(
        f"{field} has {count} results; {RESULTS_MAX} are taken at once.",
        "Send them in several documents; results that nobody has proved belong to POST /scans.",
        field=field,
    )


def _report(run: dict[str, Any], raw: Any, where: str, fallback: str | None) -> Report:
    result = _object(raw, where)
    driver = _object(_object(run.get("tool"), "tool").get("driver"), "tool/driver")
    rule = _rule(driver, result)
    bags = [_object(holder.get("properties"), f"{where}/properties") for holder in (result, run, driver)]
    message = _object(result.get("message"), f"{where}/message")
    description = fields.text(message.get("markdown") or message.get("text"), f"{where}/message", required=True)
    short = _object(rule.get("shortDescription"), "rule/shortDescription").get("text")
    title = fields.text(_property(bags, "title") or short, f"{where}/title") or description.splitlines()[0]
    package, version = fields.package(_property(bags, "package") or fallback, f"{where}/properties/seawall~1package")
    versions = fields.versions(_property(bags, "versions"), version, f"{where}/properties/seawall~1versions")
    locations = _list(result.get("locations"), f"{where}/locations")[: fields.LIST_MAX]
    fingerprints = {
        **_object(result.get("partialFingerprints"), f"{where}/partialFingerprints"),
        **_object(result.get("fingerprints"), f"{where}/fingerprints"),
    }
    return Report(
        title=title[: fields.TITLE_MAX],
        description=description,
        package=package,
        versions=versions,
        failure=fields.failure(_property(bags, "failure"), f"{where}/properties/seawall~1failure"),
        weaknesses=tuple(dict.fromkeys(_weaknesses(result, rule)))[: fields.LIST_MAX],
        identifiers=fields.texts(_property(bags, "identifiers"), f"{where}/properties/seawall~1identifiers"),
        affected=fields.affected(_property(bags, "affected"), f"{where}/properties/seawall~1affected"),
        paths=tuple(dict.fromkeys(_paths(locations, where))),
        symbols=tuple(dict.fromkeys(_symbols(locations, where)))[: fields.LIST_MAX],
        severity=fields.text(
            _property(bags, "severity"), f"{where}/properties/seawall~1severity", limit=fields.SEVERITY_MAX
        ),
        provenance=_provenance(bags, driver, f"{where}/properties"),
        fingerprints={
            fields.word(key): fields.word(value) for key, value in list(fingerprints.items())[: fields.LIST_MAX]
        },
    )


def _provenance(bags: list[dict[str, Any]], driver: dict[str, Any], where: str) -> Provenance:
    # Only under our own name: tools have a "provenance" of their own.
    whole = next((bag[key] for bag in bags for key in ("seawall/provenance", "seawall:provenance") if key in bag), None)
    said = travelling.provenance(whole, f"{where}/seawall~1provenance")
    tool = fields.text(driver.get("name"), "tool/driver/name", limit=fields.WORD_MAX)
    if whole is not None:
        return replace(said, tool=said.tool or tool)
    return Provenance(
        ai_assisted=_property(bags, "ai_assisted") is True,
        model=fields.text(_property(bags, "model"), f"{where}/seawall~1model", limit=fields.WORD_MAX),
        tool=tool,
        human_reviewed=_property(bags, "human_reviewed") is True,
    )


def _property(bags: list[dict[str, Any]], name: str) -> Any:
    for bag in bags:
        for key in (f"seawall/{name}", f"seawall:{name}", name):
            if key in bag:
                return bag[key]
    return None


def _rule(driver: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    rules = _list(driver.get("rules"), "tool/driver/rules")
    index = result.get("ruleIndex")
    if isinstance(index, int) and not isinstance(index, bool) and 0 <= index < len(rules):
        return _object(rules[index], f"tool/driver/rules/{index}")
    wanted = result.get("ruleId")
    for rule in rules:
        if isinstance(rule, dict) and wanted is not None and rule.get("id") == wanted:
            return rule
    return {}


def _weaknesses(result: dict[str, Any], rule: dict[str, Any]) -> Iterator[str]:
    texts: list[Any] = [taxon.get("id") for taxon in _list(result.get("taxa"), "taxa") if isinstance(taxon, dict)]
    texts.extend(
        relationship["target"].get("id")
        for relationship in _list(rule.get("relationships"), "relationships")
        if isinstance(relationship, dict) and isinstance(relationship.get("target"), dict)
    )
    for holder in (result, rule):
        tags = _object(holder.get("properties"), "properties").get("tags")
        texts.extend(tags if isinstance(tags, list) else [])
    for item in texts:
        text = str(item)
        if text.isdecimal() and len(text) <= len("123456"):
            yield f"CWE-{int(text)}"
        for match in _CWE.finditer(text[: fields.WORD_MAX]):
            yield f"CWE-{match[1]}"


def _paths(locations: list[Any], where: str) -> Iterator[str]:
    for location in locations:
        physical = _object(_object(location, f"{where}/locations").get("physicalLocation"), f"{where}/physicalLocation")
        address = _object(physical.get("artifactLocation"), f"{where}/artifactLocation").get("uri")
        if isinstance(address, str) and address:
            yield fields.word(address)


def _symbols(locations: list[Any], where: str) -> Iterator[str]:
    for location in locations:
        for logical in _list(_object(location, where).get("logicalLocations"), f"{where}/logicalLocations"):
            if isinstance(logical, dict):
                name = logical.get("fullyQualifiedName") or logical.get("name")
                if isinstance(name, str) and name:
                    yield fields.word(name)
