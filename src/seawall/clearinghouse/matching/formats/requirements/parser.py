"""requirements.txt as pip reads it (https://pip.pypa.io/en/stable/reference/requirements-file-format/).

Only ``==`` and ``===`` with one whole version say what is installed. Other lines are kept with the reason and never guessed;
markers are not decided, so a line for another platform counts too. Files that are included are named in the notes: in a folder
they are read by their own names. pip's own decoding holds: UTF-8, or UTF-16 with its mark as Windows' shells write it.
"""

import re
from urllib.parse import unquote

from seawall.clearinghouse.matching.errors import NotAnInventory
from seawall.clearinghouse.matching.formats.interface import Sbom
from seawall.clearinghouse.matching.formats.locks import Lock, of_file, of_git, of_url
from seawall.clearinghouse.matching.formats.reading import shown, text_of

LINE_MAX = 65_536
"""Characters of one logical line; one with a hundred hashes has 9,000."""

_COMMENT = re.compile(r"(^|\s)#.*$")
_HASHES = re.compile(r"\s--(?:hash|config-settings?|global-option|install-option)(?:[=\s]|$).*$")
_NAMED = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*(.*)", re.DOTALL)
_PINNED = re.compile(r"={2,3}\s*([^\s,;*]+)")
_SPECIFIERS = re.compile(r"(?:\(\s*)?(?:[=!<>~]=?=?\s*[^\s,;()]+(?:\s*,\s*|\s*))*\)?")
_GIT = re.compile(r"(?:git|hg|svn|bzr)\+|git:|git@")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)")
_WHEEL = re.compile(
    r"(?:^|[/\\])([A-Za-z0-9_.]+)-([0-9][A-Za-z0-9_.!+]*)(?:-[0-9][^-/\\]*)?-[^-/\\]+-[^-/\\]+-[^-/\\]+\.whl"
)
_OPTION = re.compile(r"(-[a-zA-Z]|--[a-z-]+)[=\s]?")
_INCLUDES = ("-r", "--requirement", "-c", "--constraint")
_EDITABLE = ("-e", "--editable")


def claims(path: str) -> bool:
    """``requirements.txt``, ``requirements-dev.txt``, ``dev-requirements.txt``, and the texts of a folder ``requirements``."""
    folder, _, name = path.lower().rpartition("/")
    if not name.endswith(".txt"):
        return False
    return name.startswith("requirements") or name[:-4].endswith("requirements") or folder.endswith("requirements")


def parse(data: bytes) -> Sbom:
    """Read a requirements.txt.

    Raises:
        NotAnInventory: Not a text, or no line of it is a requirement although there are lines.
        InventoryTooLarge: Over a limit.
    """
    lock = Lock("requirements", "requirements.txt")
    lines = read = 0
    for line in _logical_lines(text_of(data)):
        lines += 1
        read += _line(lock, line)
    if lines and not read:
        raise NotAnInventory("No line of it is a requirement.", "Give a file that 'pip install -r' takes.")
    return lock.sbom()


def _logical_lines(text: str) -> list[str]:
    found = []
    waiting: list[str] = []
    for line in text.split("\n"):
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            waiting.append(line[:-1])
            continue
        whole = _COMMENT.sub("", "".join([*waiting, line])[:LINE_MAX]).strip()
        waiting = []
        if whole:
            found.append(whole)
    whole = _COMMENT.sub("", "".join(waiting)[:LINE_MAX]).strip()
    return [*found, whole] if whole else found


def _line(lock: Lock, line: str) -> bool:
    """Whether a line is one of a requirements file's."""
    if line.startswith("-"):
        option = _OPTION.match(line)
        if option is not None and option[1] in _INCLUDES:
            lock.left_out(
                "Included files are not followed; in a folder they are read by their own names",
                line[option.end() :].strip(),
            )
        elif option is not None and option[1] in _EDITABLE:
            _place(lock, line[option.end() :].strip())
        return True
    given = _HASHES.sub("", line).strip()
    if _is_place(given):
        _place(lock, given)
        return True
    match = _NAMED.fullmatch(given)
    if match is None:
        lock.left_out("Lines that are no requirements are left out", given)
        return False
    name, _, rest = match.groups()
    if rest.startswith("@"):
        _place(lock, rest[1:].partition(";")[0].strip(), name)
        return True
    specifiers, _, _ = rest.partition(";")
    if _SPECIFIERS.fullmatch(specifiers.strip()) is None:
        lock.left_out("Lines that are no requirements are left out", given)
        return False
    pins = _PINNED.findall(specifiers)
    if len(pins) == 1 and "*" not in specifiers.partition(pins[0])[2][:2]:
        version = pins[0].rstrip(")")
        lock.package((name.lower(), version), "pypi", name, version)
    else:
        why = f"its version is not pinned ({shown(specifiers.strip()) or 'none is given'})"
        lock.package((name.lower(), specifiers), "pypi", name, "", why_not=why)
    return True


def _is_place(given: str) -> bool:
    head = given.partition(";")[0].partition(" ")[0]
    return (
        "://" in head
        or head.startswith((".", "/", "~", "git@", "file:", "${"))
        or head.endswith((".whl", ".zip", ".tar.gz", ".tgz"))
    )


def _place(lock: Lock, place: str, name: str = "") -> None:
    """A package by where it is; its name from the egg fragment or the wheel's file name."""
    egg, wheel = _EGG.search(place), _WHEEL.search(unquote(place.partition("#")[0].partition("?")[0]))
    name = name or (egg[1] if egg else wheel[1] if wheel else "")
    version = wheel[2] if wheel else ""
    if not name:
        lock.left_out("Packages that are named only by where they are cannot be matched", place)
        return
    if _GIT.match(place):
        url, _, commit = place.partition("#")[0].rpartition("@")
        why = of_git(url, commit) if url.count("/") >= 3 else of_git(place)  # noqa: PLR2004 - the @ of a user stands before
    elif "://" in place and not place.startswith("file:"):
        why = of_url(place)
    else:
        why = of_file(place)
    lock.package((name.lower(), place), "pypi", name, version, why_not=why)
