"""Reads the profiles from this folder's data file; a profile that says too little or too much is refused on first use."""

import tomllib
from dataclasses import fields
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from seawall.clearinghouse.coordination.embargoes.types import Profile, ProfileKind

SCHEMA = "seawall.embargoes.profiles/1"
DEFAULT = "seawall-default"
_DATA = files("seawall.clearinghouse.coordination.embargoes") / "data" / "profiles.toml"
_LENGTHS = frozenset(
    ("length", "extension", "exploited", "exploited_extension", "early_within", "details_after_patch", "silence")
)
_NAMES = frozenset(field.name for field in fields(Profile))


@cache
def profiles() -> dict[str, Profile]:
    """Every profile by its identifier, in the order of the file.

    Raises:
        ValueError: The file is not complete.
    """
    return read(_DATA.read_text(encoding="utf-8"))


def read(text: str) -> dict[str, Profile]:
    """Profiles from the text of a data file.

    Raises:
        ValueError: An unknown word, a word that lacks, a length below one day, or a name twice.
    """
    said = tomllib.loads(text)
    if said.get("schema") != SCHEMA:
        raise ValueError(f"the profiles are not written as {SCHEMA}")
    found: dict[str, Profile] = {}
    for entry in said["profile"]:
        profile = _profile(entry)
        if profile.id in found:
            raise ValueError(f"{profile.id} stands there twice")
        found[profile.id] = profile
    if DEFAULT not in found or found[DEFAULT].length is None:
        raise ValueError(
            f"{DEFAULT} has to be there, with a length: it ends every embargo for which nobody else speaks"
        )
    return found


def _profile(entry: dict[str, Any]) -> Profile:
    name = entry.get("id", "?")
    unknown = sorted(set(entry) - _NAMES)
    if unknown:
        raise ValueError(f"{name}: {unknown[0]!r} is not a word of profiles")
    for needed in ("id", "name", "kind", "source", "read"):
        if not entry.get(needed):
            raise ValueError(f"{name}: {needed!r} lacks")
    if not isinstance(entry["read"], date):
        raise TypeError(f"{name}: 'read' is not a day")
    known = dict(entry, kind=ProfileKind(entry["kind"]), early=tuple(entry.get("early", ())))
    for length in _LENGTHS & set(entry):
        if not isinstance(entry[length], int) or entry[length] < 1:
            raise ValueError(f"{name}: {length!r} is not a number of days")
        known[length] = timedelta(days=entry[length])
    profile = Profile(**known)
    if profile.extension and not (profile.extension_if and (profile.length or profile.own_length)):
        raise ValueError(f"{name}: an extension needs a length to extend, and its condition")
    return profile
