"""Gemfile.lock and gems.locked (https://bundler.io/guides/rationale.html), read as Bundler's own reader does: sections by
their headings, and in a version everything behind the first ``-`` is the platform.
"""

import re

from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.locks import Lock, of_file, of_git
from seawall.clearinghouse.matching.formats.reading import text_of

_SPEC = re.compile(r"( {2}| {4}| {6})(?! )([^\s()]+)(?: \(([^-)]*)(?:-([^)]*))?\))?(!)?")
_SOURCES = ("GEM", "GIT", "PATH", "PLUGIN SOURCE")
_ABOUT = re.compile(r"  ([a-z]+): (.*)")
_PACKAGE, _NEEDED = 4, 6


def claims(path: str) -> bool:
    """The two names that Bundler writes."""
    return path.rpartition("/")[2] in {"Gemfile.lock", "gems.locked"}


def parse(data: bytes) -> Sbom:
    """Read a Gemfile.lock.

    Raises:
        NotAnInventory: Not a text, or without a section of Bundler's.
        InventoryTooLarge: Over a limit.
    """
    lock = Lock("gemfile", "Gemfile.lock")
    section, about, current = "", dict[str, str](), ""
    known = False
    for line in text_of(data).split("\n"):
        if line and not line.startswith(" "):
            section, about, current = line.strip(), {}, ""
            known = known or section in {*_SOURCES, "DEPENDENCIES"}
            continue
        given = _ABOUT.fullmatch(line)
        if section in _SOURCES and given is not None:
            about[given[1]] = given[2]
            continue
        match = _SPEC.fullmatch(line.rstrip())
        if match is None:
            continue
        indent, name, version = len(match[1]), match[2], match[3] or ""
        if section == "DEPENDENCIES" and indent == 2:  # noqa: PLR2004 - Bundler's own step
            lock.root(name.removesuffix("!"))
        elif section in _SOURCES and indent == _PACKAGE:
            current = name
            _add(lock, section, about, name, version)
        elif section in _SOURCES and indent == _NEEDED and current:
            lock.needs(current, [name])
    if not known:
        raise NotAnInventory("This is no Gemfile.lock: none of its sections is there.", "Let Bundler write it.")
    return lock.sbom()


def _add(lock: Lock, section: str, about: dict[str, str], name: str, version: str) -> None:
    remote = about.get("remote", "")
    if section == "PATH":
        if remote in {".", ""}:
            lock.own(name, f"{name} {version}")
        else:
            lock.package(name, "gem", name, version, why_not=of_file(remote))
    elif section == "GIT":
        lock.package(name, "gem", name, version, why_not=of_git(remote, about.get("revision", "")))
    else:
        # The same gem may stand there for several platforms, and in rare cases with several versions.
        key = name if name not in lock else (name, version)
        lock.package(key, "gem", name, version)
