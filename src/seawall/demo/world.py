"""The demonstration's world, read from the data beside this module. Facts and files only; nothing acts here."""

import io
import json
import tomllib
import zipfile
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from seawall.foundation.access.types import OrganizationKind

PASSWORD = "harbor-lights-at-dawn"  # noqa: S105 - printed by the demo for whoever wants to look around
"""Password of every made-up person."""

_ROOT = files("seawall.demo")
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Date of every member of a packed proof, so that the same proof always has the same digest."""


@dataclass(frozen=True)
class Organization:
    """A party of the story."""

    key: str
    name: str
    kind: OrganizationKind
    sector: str
    packages: tuple[str, ...]
    inventory: str | None
    people: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class FiledReport:
    """A report as the story files it."""

    key: str
    finder: str
    title: str
    format: str
    body: bytes
    proof: str | None
    """Name of the proof's folder, or None for a report without one."""
    runtime: str
    expected: str
    """Verdict that the story expects."""
    duplicate_of: str | None
    flaw: str | None


@cache
def table(name: str) -> dict[str, Any]:
    """One of the world's TOML files."""
    return tomllib.loads((_ROOT / "world" / name).read_text(encoding="utf-8"))


def organizations() -> tuple[Organization, ...]:
    """All parties."""
    return tuple(
        Organization(
            key=item["key"],
            name=item["name"],
            kind=OrganizationKind(item["kind"]),
            sector=item.get("sector", ""),
            packages=tuple(item.get("packages", ())),
            inventory=item.get("inventory"),
            people=tuple(item.get("people", ())),
        )
        for item in table("organizations.toml")["organization"]
    )


def leases() -> tuple[dict[str, Any], ...]:
    """The scopes that the finders ask for, in order."""
    return tuple(table("story.toml")["lease"])


def reports() -> tuple[FiledReport, ...]:
    """All reports in filing order."""
    return tuple(_filed(item) for item in table("story.toml")["report"])


def flaws() -> tuple[dict[str, Any], ...]:
    """What is published about each flaw, and who is exposed."""
    return tuple(table("story.toml")["flaw"])


def facts() -> tuple[dict[str, Any], ...]:
    """KEV and SSVC facts per flaw, each with its source."""
    return tuple(table("facts.toml")["fact"])


def fact_sources() -> dict[str, dict[str, Any]]:
    """The sources that facts refer to."""
    sources: dict[str, dict[str, Any]] = table("facts.toml")["sources"]
    return sources


def inventory(name: str) -> bytes:
    """An operator's CycloneDX document."""
    return (_ROOT / "world" / name).read_bytes()


def packed_proof(name: str) -> bytes:
    """A proof bundle as ZIP, the same bytes each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(_walk(_ROOT / "proofs" / name, "")):
            archive.writestr(zipfile.ZipInfo(path, _EPOCH), content)
    return buffer.getvalue()


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        if entry.name == "__pycache__":
            continue
        if entry.is_dir():
            found += _walk(entry, f"{prefix}{entry.name}/")
        else:
            found.append((f"{prefix}{entry.name}", entry.read_bytes()))
    return found


def _filed(item: dict[str, Any]) -> FiledReport:
    if "sarif" in item:
        body, form = (_ROOT / "world" / "reports" / item["sarif"]).read_bytes(), "sarif"
    else:
        body, form = _native(item), "seawall"
    return FiledReport(
        key=item["key"],
        finder=item["finder"],
        title=item["title"],
        format=form,
        body=body,
        proof=item.get("proof"),
        runtime=item.get("runtime", ""),
        expected=item["expected"],
        duplicate_of=item.get("duplicate_of"),
        flaw=item.get("flaw"),
    )


def _native(item: dict[str, Any]) -> bytes:
    document: dict[str, Any] = {
        "schema": "seawall.report/1",
        "description": (_ROOT / "world" / "reports" / item["text"]).read_text(encoding="utf-8"),
        **{
            name: item[name]
            for name in (
                "title",
                "package",
                "versions",
                "failure",
                "weaknesses",
                "identifiers",
                "affected",
                "paths",
                "symbols",
                "severity",
                "provenance",
            )
            if name in item
        },
    }
    return json.dumps(document, ensure_ascii=False).encode("utf-8")
