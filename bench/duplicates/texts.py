"""Texts of one flaw by two hands, from the public data in ../shared/data, joined by CVE number.

Queries are details of the Go vulnerability database, RubySec and PyPA; answers are the CVE descriptions of CISA's
Vulnrichment. Pairs that share a run of ``RUN`` words are copies and dropped. Identifiers are not given to anybody, and
what stands in a text is taken out of it. Projects are dealt to training and test by a hash of their names.
"""

import hashlib
import json
import lzma
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from seawall.clearinghouse.deduplication.types import Finding

DATA = Path(__file__).parents[3] / "shared" / "data"
RUN = 8
"""Words in a row that two people hardly write alike."""
_WORD = re.compile(r"[a-z0-9]+")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
IDENTIFIER = re.compile(r"\b(?:CVE|GHSA|GO|PYSEC|RUSTSEC|OSV)-[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*", re.IGNORECASE)


@dataclass(frozen=True)
class Pair:
    """One flaw in two texts."""

    source: str
    project: str
    package: str
    cve: str
    text: str
    """The query."""
    copied: bool
    """Whether it shares a long run of words with the CVE description."""


@dataclass(frozen=True)
class Record:
    """A CVE description."""

    text: str
    products: tuple[str, ...]
    weaknesses: frozenset[str]


def held_out(name: str) -> bool:
    """Whether a project is for tests only: six of ten are."""
    return hashlib.sha256(name.lower().encode()).digest()[0] >= 0.4 * 256


@cache
def records() -> dict[str, Record]:
    found = {}
    with lzma.open(DATA / "vulnrichment.jsonl.xz", "rt", encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            part = entry["containers"]["cna"]
            texts = [item["value"] for item in part.get("descriptions", []) if item["lang"].startswith("en")]
            if not texts:
                continue
            named = [(item.get("vendor", ""), item.get("product", "")) for item in part.get("affected", [])]
            weaknesses = {
                item.get("cweId", "") for kind in part.get("problemTypes", []) for item in kind["descriptions"]
            }
            found[entry["cveMetadata"]["cveId"]] = Record(
                IDENTIFIER.sub(" ", texts[0]),
                tuple(f"{vendor}/{product}" for vendor, product in named if product not in {"", "n/a"})[:3],
                frozenset(weaknesses - {""}),
            )
    return found


@cache
def pairs() -> tuple[Pair, ...]:
    known = records()
    return tuple(
        Pair(source, project(package), f"pkg:{kind}/{package}", cve, text, _copied(text, known[cve].text))
        for source, kind, package, cve, text in advisories()
        if cve in known and text.strip()
    )


@cache
def advisories() -> "tuple[_Row, ...]":
    """Source, type of package, package, CVE number (where Vulnrichment has it) and details of all advisories."""
    return (*_go(), *_ruby(), *_pypa())


def project(package: str) -> str:
    """A Go module without its major version; others as they are."""
    return re.sub(r"/v\d+$", "", package).lower()


def _copied(left: str, right: str) -> bool:
    ours, theirs = _WORD.findall(left.lower()), _WORD.findall(right.lower())
    runs = {tuple(ours[at : at + RUN]) for at in range(len(ours) - RUN + 1)}
    return any(tuple(theirs[at : at + RUN]) in runs for at in range(len(theirs) - RUN + 1))


def _members(name: str, ending: str) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(DATA / name) as archive:
        for member in archive:
            if member.isfile() and member.name.endswith(ending):
                file = archive.extractfile(member)
                if file is not None:
                    yield member.name, file.read()


_Row = tuple[str, str, str, str, str]


def _go() -> Iterator[_Row]:
    for name, data in sorted(_members("go-vulndb.tar.xz", ".json")):
        if "/GO-" not in name:
            continue
        entry: dict[str, Any] = json.loads(data)
        cve = next((alias for alias in entry.get("aliases", []) if alias in records()), "")
        if entry.get("affected"):
            yield (
                "go",
                "golang",
                entry["affected"][0]["package"]["name"],
                cve,
                IDENTIFIER.sub(" ", entry.get("details", "")),
            )


def _ruby() -> Iterator[_Row]:
    for name, data in sorted(_members("rubysec.tar.xz", ".yml")):
        if "/gems/" not in name:
            continue
        entry = yaml.load(data, _LOADER)  # noqa: S506 - libyaml's safe loader, where there is one
        yield (
            "ruby",
            "gem",
            entry["gem"],
            f"CVE-{entry.get('cve')}",
            IDENTIFIER.sub(" ", entry.get("description") or ""),
        )


def _pypa() -> Iterator[_Row]:
    for name, data in sorted(_members("pypa.tar.xz", ".yaml")):
        if "/vulns/" not in name:
            continue
        entry = yaml.load(data, _LOADER)  # noqa: S506 - libyaml's safe loader, where there is one
        cve = next((alias for alias in entry.get("aliases") or [] if alias in records()), "")
        if entry.get("affected"):
            yield (
                "pypa",
                "pypi",
                entry["affected"][0]["package"]["name"],
                cve,
                IDENTIFIER.sub(" ", entry.get("details") or ""),
            )


def query(pair: Pair, *, package: bool) -> Finding:
    """The report of the one who looks for a partner."""
    return bare(f"query:{pair.source}:{pair.cve}", pair.text, pair.package if package else "")


def answer(cve: str, record: Record, *, package: bool) -> Finding:
    """The report that is known."""
    products = " ".join(record.products) if package else ""
    return bare(cve, f"{record.text} {products}", "")


def bare(report_id: str, text: str, package: str) -> Finding:
    """A finding with nothing but its text."""
    nothing: frozenset[str] = frozenset()
    return Finding(report_id, package, "", None, nothing, nothing, nothing, nothing, text)
