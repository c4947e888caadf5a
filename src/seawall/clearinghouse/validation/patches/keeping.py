"""Keeps the fixes that were taken out of releases: whoever is held against many is searched once.

    kept(cache, ("DIGEST", "3", "150"), search)     # what was found for this key before, or else now

Nothing of a patched target is kept, only the change in the maintainer's own lines.
"""

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from seawall.clearinghouse.validation.patches.types import Isolated

_TEXTS = ("diff", "core")
_PLACES = ("places", "touched")


def kept(cache: Path, key: Sequence[str], search: Callable[[], Isolated]) -> Isolated:
    """What was found for a key; what is found anew is kept if it is a fix.

    Args:
        cache: Folder for built targets.
        key: All that the answer follows from, as words that may be part of a file's name.
        search: Finds it.
    """
    place = cache / "fixes" / f"{'-'.join(key)}.json"
    if (known := _known(place)) is not None:
        return known
    found = search()
    if found.diff is not None:
        _keep(place, found)
    return found


def _known(place: Path) -> Isolated | None:
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    texts = {key: None if found[key] is None else found[key].encode("utf-8", "surrogateescape") for key in _TEXTS}
    places = {key: frozenset((path, line) for path, line in found[key]) for key in _PLACES}
    return Isolated(**{**found, **texts, **places})


def _keep(place: Path, found: Isolated) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    row = asdict(found)
    row |= {key: sorted(row[key]) for key in _PLACES}
    row |= {key: None if row[key] is None else row[key].decode("utf-8", "surrogateescape") for key in _TEXTS}
    with tempfile.NamedTemporaryFile("w", dir=place.parent, suffix=".making", delete=False, encoding="utf-8") as file:
        file.write(json.dumps(row))
    Path(file.name).replace(place)
