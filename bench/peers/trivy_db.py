"""Trivy's database, made from advisories as this project has read them, so that both see the same.

The layout is trivy-db's: a bucket for each source (``pip::Seawall``), in it one for each package, in it the advisories by identifier,
each with its affected versions as constraints (``>=1.0, <1.4``); besides ``vulnerability`` and ``data-source``.
"""

import json
from collections import defaultdict
from pathlib import Path

from peers import bbolt
from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.snapshot.types import Content
from seawall.clearinghouse.matching.types import Bound

KINDS = {"PyPI": "pip", "npm": "npm", "Go": "go", "crates.io": "cargo", "RubyGems": "rubygems"}
SOURCE = "Seawall"


def write(folder: Path, content: Content) -> int:
    """Write ``folder/db``, which is what ``--cache-dir folder`` reads.

    Returns:
        How many pairs of an advisory and a package it holds.
    """
    constraints: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for interval in content.intervals:
        kind = KINDS.get(interval.package.ecosystem)
        if kind is not None:
            text = constraint(interval.package.ecosystem, interval.bound)
            constraints[kind, spelled(kind, interval.package.name), interval.advisory].append(text)
    for item in content.listed:
        kind = KINDS.get(item.package.ecosystem)
        if kind is not None:
            constraints[kind, spelled(kind, item.package.name), item.advisory].append(f"={item.version}")
    buckets: dict[str, dict[bytes, bbolt.Bucket]] = defaultdict(lambda: defaultdict(dict))
    for (kind, package, advisory), texts in constraints.items():
        buckets[kind][package.encode()][advisory.encode()] = _json({"VulnerableVersions": list(dict.fromkeys(texts))})
    named = {entry.id: entry for entry in content.entries}
    details = {advisory for _, _, advisory in constraints}
    root: bbolt.Bucket = {
        b"vulnerability": {
            name.encode(): _json({"Title": named[name].title, "Severity": "UNKNOWN"}) for name in details
        },
        b"data-source": {
            f"{kind}::{SOURCE}".encode(): _json({"ID": "seawall", "Name": SOURCE, "URL": "https://example.org"})
            for kind in buckets
        },
        **{f"{kind}::{SOURCE}".encode(): dict(packages) for kind, packages in buckets.items()},
    }
    (folder / "db").mkdir(parents=True)
    bbolt.write(folder / "db" / "trivy.db", root)
    times = dict.fromkeys(("NextUpdate", "UpdatedAt", "DownloadedAt"), "2999-01-01T00:00:00Z")
    (folder / "db" / "metadata.json").write_text(json.dumps({"Version": 2, **times}), encoding="utf-8")
    return len(constraints)


def spelled(kind: str, name: str) -> str:
    """A package's name as trivy-db stores it: lower-cased but for Go, and Python's with underscores as hyphens."""
    if kind == "go":
        return name
    return name.lower().replace("_", "-") if kind == "pip" else name.lower()


def constraint(ecosystem: str, bound: Bound) -> str:
    """A bound as trivy-db writes one: a beginning at the first version is left out where there is an end."""
    order = registry.of_name(ecosystem)
    assert order is not None  # noqa: S101 - only of KINDS
    first = bound.introduced == "0" or not bound.low
    if bound.introduced == bound.last_affected:
        return f"={bound.introduced}"
    end = f"<{bound.fixed}" if bound.fixed is not None else f"<={bound.last_affected}" if bound.last_affected else ""
    begin = f"{'>=' if first or bound.low == order.key(bound.introduced) else '>'}{bound.introduced}"
    if first and end:
        return end
    return f"{begin}, {end}" if end else begin


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
