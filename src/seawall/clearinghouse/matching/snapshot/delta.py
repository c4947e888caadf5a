"""What changed from one snapshot to the next, small enough for a slow line or a stick carried to a closed network.

    difference(old, new, folder)        where both are
    apply(old, folder, target)          where only the old one is; the result has the new one's digest

A delta is a folder like a snapshot's: new and changed advisories with all their rows, the facts that were not there before,
and ``delta.json`` with what is gone. It only fits the snapshot that it was made for.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from seawall.clearinghouse.matching.snapshot import files
from seawall.clearinghouse.matching.snapshot.builder import Part, joined
from seawall.clearinghouse.matching.snapshot.errors import NotASnapshot
from seawall.clearinghouse.matching.snapshot.folder import Snapshot, load
from seawall.clearinghouse.matching.snapshot.types import Content, SourceCount, Stated
from seawall.clearinghouse.matching.types import Interval, Listed

DELTA = "delta.json"
SCHEMA = "seawall.snapshot-delta/1"


def difference(old: Snapshot, new: Snapshot, folder: Path) -> dict[str, Any]:
    """Write what turns ``old`` into ``new``.

    Returns:
        What ``delta.json`` says.

    Raises:
        NotASnapshot: A file differs from its manifest.
    """
    before, after = files.content_of(old), files.content_of(new)
    theirs, ours = _by_advisory(before), _by_advisory(after)
    changed = {key for key, value in ours.items() if theirs.get(key) != value}
    gone = sorted(set(theirs) - set(ours))
    known = set(before.facts)
    kept = set(after.facts)
    files.write(
        Content(
            entries=tuple(entry for entry in after.entries if entry.id in changed),
            intervals=tuple(item for item in after.intervals if item.advisory in changed),
            listed=tuple(item for item in after.listed if item.advisory in changed),
            facts=tuple(item for item in after.facts if item not in known),
            sources=after.sources,
        ),
        folder,
    )
    said: dict[str, Any] = {
        "schema": SCHEMA,
        "from": old.digest,
        "to": new.digest,
        "changed": len(changed),
        "gone": gone,
        "facts_gone": [_fact(item) for item in before.facts if item not in kept],
    }
    (folder / DELTA).write_text(json.dumps(said, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return said


def apply(old: Snapshot, folder: Path, target: Path) -> Snapshot:
    """Make the newer snapshot.

    Args:
        old: The snapshot at hand.
        folder: The delta's.
        target: Where the newer one is written; not the old one's folder.

    Raises:
        NotASnapshot: The delta is none, is damaged, is for another snapshot, or does not lead to the one it names.
    """
    try:
        said = json.loads((folder / DELTA).read_bytes())
    except (OSError, ValueError) as error:
        raise NotASnapshot(f"{folder} is no delta.", "Make one with 'seawall snapshot delta OLD NEW'.") from error
    if not isinstance(said, dict) or said.get("schema") != SCHEMA:
        raise NotASnapshot(f"{folder} is no delta of the schema {SCHEMA}.", "Make it anew with this version.")
    if said.get("from") != old.digest:
        raise NotASnapshot(
            f"The delta is for the snapshot {str(said.get('from'))[:16]}, and this one is {old.digest[:16]}.",
            "Fetch the delta for yours, or the whole snapshot.",
        )
    before, news = files.content_of(old), files.content_of(load(folder))
    replaced = {entry.id for entry in news.entries} | set(said["gone"])
    dropped_facts = {tuple(item) for item in said["facts_gone"]}
    kept = Content(
        entries=tuple(entry for entry in before.entries if entry.id not in replaced),
        intervals=tuple(item for item in before.intervals if item.advisory not in replaced),
        listed=tuple(item for item in before.listed if item.advisory not in replaced),
        facts=tuple(item for item in before.facts if tuple(_fact(item)) not in dropped_facts),
        sources=(),
    )
    parts = [_part(content) for content in (kept, news)]
    whole = joined(parts)
    made = files.write(Content(whole.entries, whole.intervals, whole.listed, whole.facts, news.sources), target)
    if made.digest != said["to"]:
        raise NotASnapshot(
            "What came out is not the snapshot that the delta names.",
            "Fetch the whole snapshot; this one is not to be used.",
        )
    return made


def parts_of(snapshot: Snapshot) -> Callable[[str, str], Part | None]:
    """An earlier snapshot's sources, for ``builder.build(known=...)``: those that did not change are not read again."""
    content: list[Content] = []
    counts = {source["name"]: source["digest"] for source in snapshot.manifest["sources"]}

    def known(title: str, digest: str) -> Part | None:
        if counts.get(title) != digest:
            return None
        if not content:
            content.append(files.content_of(snapshot))
        return _of_source(content[0], title)

    return known


def _of_source(content: Content, title: str) -> Part | None:
    count = next(source for source in content.sources if source.name == title)
    if count.facts:
        return None  # facts of several sources are one set; which came from this one is not kept
    names = {entry.id for entry in content.entries if entry.source == title}
    return Part(
        tuple(entry for entry in content.entries if entry.source == title),
        tuple(item for item in content.intervals if item.advisory in names),
        tuple(item for item in content.listed if item.advisory in names),
        (),
        count,
    )


def _part(content: Content) -> Part:
    nothing = SourceCount("", "", "", 0, 0, 0, 0, 0, 0, 0, "", ())
    return Part(content.entries, content.intervals, content.listed, content.facts, nothing)


def _by_advisory(content: Content) -> dict[str, tuple[Any, ...]]:
    ranges = _grouped(content.intervals)
    listed = _grouped(content.listed)
    return {
        entry.id: (entry, tuple(ranges.get(entry.id, ())), tuple(listed.get(entry.id, ()))) for entry in content.entries
    }


def _grouped(items: Iterable[Interval] | Iterable[Listed]) -> dict[str, list[Interval | Listed]]:
    found: dict[str, list[Interval | Listed]] = defaultdict(list)
    for item in items:
        found[item.advisory].append(item)
    return found


def _fact(item: Stated) -> list[str]:
    fact = item.fact
    return [item.cve, fact.name.value, fact.value, fact.source, fact.as_of.isoformat()]
