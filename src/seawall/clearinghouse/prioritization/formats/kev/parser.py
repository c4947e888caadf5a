"""CISA's Known Exploited Vulnerabilities catalog, the JSON feed."""

from typing import Any

from seawall.clearinghouse.prioritization.errors import NotAFeed
from seawall.clearinghouse.prioritization.formats.fields import cve, day, items, load, moment
from seawall.clearinghouse.prioritization.types import KevCatalog, KevEntry

ENTRIES_MAX = 50_000
"""Entries that are read; the catalog had 1,404 in August 2025 and grows by some 200 a year."""
_VERSION_MAX = 40


def parse(data: bytes) -> KevCatalog:
    """Read the catalog.

    Raises:
        NotAFeed: Not the catalog; says where.
    """
    feed = load(data)
    found = items(feed.get("vulnerabilities"), "vulnerabilities")
    version = feed.get("catalogVersion")
    if "vulnerabilities" not in feed or not isinstance(version, str) or not version.isprintable():
        raise NotAFeed("This is not the KEV catalog.", "Send known_exploited_vulnerabilities.json.")
    if len(found) > ENTRIES_MAX:
        raise NotAFeed(
            f"The catalog has {len(found)} entries; {ENTRIES_MAX} are read.",
            "Is this the catalog?",
            field="vulnerabilities",
        )
    if feed.get("count", len(found)) != len(found):
        raise NotAFeed(
            f"The catalog says that it has {feed['count']!r:.20} entries, and has {len(found)}.",
            "It was cut short or changed on its way; fetch it again.",
            field="count",
        )
    entries = tuple(_entry(item, f"vulnerabilities/{index}") for index, item in enumerate(found))
    if len({entry.cve for entry in entries}) != len(entries):
        raise NotAFeed("A CVE stands in the catalog twice.", "Send the file as it was published.")
    return KevCatalog(version[:_VERSION_MAX], moment(feed.get("dateReleased"), "dateReleased"), entries)


def _entry(item: dict[str, Any], pointer: str) -> KevEntry:
    return KevEntry(
        cve=cve(item.get("cveID"), f"{pointer}/cveID"),
        date_added=day(item.get("dateAdded"), f"{pointer}/dateAdded"),
        due_date=day(item.get("dueDate"), f"{pointer}/dueDate"),
        ransomware="known" if str(item.get("knownRansomwareCampaignUse")).lower() == "known" else "unknown",
        forensic_triage=_yes_or_no(item.get("forensicTriage"), f"{pointer}/forensicTriage"),
    )


def _yes_or_no(value: Any, pointer: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and value.lower() in {"yes", "no", "true", "false"}:
        return "yes" if value.lower() in {"yes", "true"} else "no"
    raise NotAFeed(f"{pointer} is neither yes nor no.", "Send the file as it was published.", field=pointer)
