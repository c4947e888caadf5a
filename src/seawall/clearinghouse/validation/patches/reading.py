"""Reads a unified diff: what a stranger sent becomes ``FileChange``s, or is refused with the reason. No input or output.

``unidiff`` reads the lines; what is a safe path, a plain text change and a sensible size is decided here. Refused are:
binary changes, links and submodules, copies, absolute paths and such with ``..``, names that need quoting, and more than a
fix could need.
"""

import io
import re
import unicodedata
from pathlib import PurePosixPath

from seawall.clearinghouse.validation.archives import NAME_MAX, shown
from seawall.clearinghouse.validation.patches.errors import PatchRefused
from seawall.clearinghouse.validation.patches.types import FileChange, Hunk

PATCH_MAX = 2**20
"""Bytes of a whole patch; the largest security fix of the corpus has 40 KB."""
FILES_MAX = 200
HUNKS_MAX = 2_000
HEADER_MAX = 1_000
"""Characters of a line that names files: those are matched by expressions that go back and forth."""
LINES_MAX = 100_000
LINE_MAX = 10_000_000
"""Where a hunk may say that it is."""
_NULL = "/dev/null"
_EXPECTED = "Hand in a unified diff, as `git diff` or `diff -ur` writes it."
_HEADERS = ("diff --git ", "Binary file", "--- ", "+++ ", "@@ ", "rename ", "copy ")
_PREFIX = re.compile(r"^[abciow12]/")
_DRIVE = re.compile(r"^[A-Za-z]:")
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def read(data: bytes) -> tuple[FileChange, ...]:
    """The changes of a patch, file by file.

    Raises:
        PatchRefused: The first thing that is wrong.
    """
    from unidiff.errors import UnidiffParseError  # noqa: PLC0415 - only where a patch is read
    from unidiff.patch import PatchSet  # noqa: PLC0415

    text = _text(data)
    try:
        # Not split at anything but a line feed: a form feed may stand in C code.
        parsed = PatchSet(io.StringIO(text, newline="\n"))
    except (UnidiffParseError, ValueError, IndexError, AssertionError) as error:
        raise PatchRefused(f"The patch cannot be read: {shown(str(error))}.", _EXPECTED) from error
    if len(parsed) > FILES_MAX or sum(len(file) for file in parsed) > HUNKS_MAX:
        raise PatchRefused(f"The patch has more than {FILES_MAX} files or {HUNKS_MAX} hunks.", "Leave out the rest.")
    changes = [_change(file) for file in parsed]
    found = tuple(change for change in changes if change is not None)
    if not found:
        raise PatchRefused("The patch changes nothing.", _EXPECTED)
    named = [path for change in found for path in {change.old, change.new} - {None}]
    twice = sorted({path or "" for path in named if named.count(path) > 1})
    if twice:
        raise PatchRefused(f"The patch names {shown(twice[0])} twice.", "Make one diff of the two.")
    return found


def _text(data: bytes) -> str:
    if len(data) > PATCH_MAX:
        raise PatchRefused(f"The patch has more than {PATCH_MAX >> 20} MiB.", "Leave out generated files.")
    if b"\0" in data:
        raise PatchRefused("The patch holds bytes that are no text.", "Binary files cannot be patched here.")
    text = data.decode("utf-8", errors="surrogateescape")
    lines = text.split("\n")
    if len(lines) > LINES_MAX:
        raise PatchRefused(f"The patch has more than {LINES_MAX} lines.", "Leave out generated files.")
    for line in lines:
        if line.startswith("GIT binary patch"):
            raise PatchRefused("The patch changes a binary file.", "Leave that file out.")
        # Also within a hunk: no code has such a line with anything behind it, and a doubt is enough.
        if line.startswith(_HEADERS) and len(line) > HEADER_MAX:
            raise PatchRefused(f"A line of the patch that names files has over {HEADER_MAX} characters.", _EXPECTED)
        if line.startswith("@@@"):
            raise PatchRefused("This is a combined diff of a merge.", "Hand in the diff against one parent.")
    heads = [line for line in lines if line.startswith(("--- ", "+++ "))]
    if heads and all(line.endswith("\r") for line in heads):
        text = text.replace("\r\n", "\n")
    return text


def _change(file: "object") -> FileChange | None:
    from unidiff.patch import PatchedFile  # noqa: PLC0415 - as above

    if not isinstance(file, PatchedFile):
        raise TypeError("not a file of a patch")
    info = "".join(file.patch_info or ())
    what = shown(file.path)
    if file.is_binary_file:
        raise PatchRefused(f"The patch changes the binary file {what}.", "Leave that file out.")
    if {file.source_mode, file.target_mode} - {None, "100644", "100755", "100664"}:
        raise PatchRefused(
            f"The patch makes {what} a link, a submodule or something odd.", "Only plain files are taken."
        )
    if re.search(r"^copy (?:from|to) ", info, re.MULTILINE):
        raise PatchRefused(f"The patch copies a file to {what}.", "Write it as a new file (git diff -C off).")
    old, new = _path(file.source_file), _path(file.target_file)
    if old is None and new is None:
        raise PatchRefused("The patch names no file in one of its parts.", _EXPECTED)
    if not file and old == new:
        return None  # only a mode
    return FileChange(old, new, tuple(_hunk(hunk.source_start, list(hunk)) for hunk in file))


def _path(raw: str) -> str | None:
    if raw == _NULL:
        return None
    if raw.startswith('"'):
        raise PatchRefused(f"The name {shown(raw)} needs quoting.", "Only plain names are taken.")
    path = _PREFIX.sub("", raw)
    parts = PurePosixPath(path).parts
    wrong = (
        not parts
        or len(path) > NAME_MAX
        or path.startswith(("/", "~"))
        or "\\" in path
        or _DRIVE.match(path) is not None
        or ".." in parts
        or ".git" in parts
        or any(unicodedata.category(letter) in _HIDDEN for letter in path)
    )
    if wrong:
        raise PatchRefused(f"The path {shown(raw)} does not stay inside the target.", "Use plain relative paths.")
    return PurePosixPath(path).as_posix()


def _hunk(start: int, lines: list[object]) -> Hunk:
    from unidiff.patch import Line  # noqa: PLC0415 - as above

    if start > LINE_MAX:
        raise PatchRefused(f"A hunk says that it is beyond line {LINE_MAX}.", _EXPECTED)
    found: list[tuple[str, str]] = []
    bare = {"-": False, "+": False}
    for line in lines:
        if not isinstance(line, Line):
            raise TypeError("not a line of a patch")
        if line.line_type == "\\":
            last = found[-1][0] if found else " "
            for kind in bare:
                bare[kind] |= last in {kind, " "}
        elif line.line_type in {" ", "-", "+"}:
            found.append((line.line_type, line.value.removesuffix("\n")))
    return Hunk(start, tuple(found), bare_old=bare["-"], bare_new=bare["+"])
