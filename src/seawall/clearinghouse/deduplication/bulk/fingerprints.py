"""Which place a result is at, in words that outlive the next commit: Seawall's own fingerprint of a result. Pure.

``sarif/1`` is the digest of tool, rule, path, function and code (or, where the tool shows no code, of the message without
its numbers). Line numbers are no part of it. Equal ones are told apart by ``folding``.
The tool's own fingerprints are no part of it either: they are hints for ``folding``, because tools write constants
there (Semgrep without a login), or nothing.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from seawall.clearinghouse.deduplication.bulk.types import Trace

VERSION = "sarif/1"
PATH_MAX = 500
"""Characters of a path, as in the row."""
HINTS_MAX = 8
"""Fingerprints of the tool that are looked at; real ones write one or two."""
CODE_MAX = 2000
"""Characters of code or of a message that count."""

_BLANKS = re.compile(r"\s+")
_DIGITS = re.compile(r"[0-9]+")
_LINK = re.compile(r"\]\([^)\s]{0,400}\)")
_NUMBERED = re.compile(r"[ \t]*[0-9]{1,7}(?:: |\t|[ \t]*\|)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_UNFIT = re.compile("[\x00\ud800-\udfff]")


def digest(*parts: str) -> str:
    """32 hexadecimal digits of texts, unambiguous in where one ends."""
    told = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        told.update(b"%d:" % len(data))
        told.update(data)
    return told.hexdigest()[:32]


def code_of(snippet: str) -> str:
    """Digest of code: blanks make no difference, nor do line numbers that a tool puts before each line; empty for none."""
    text = snippet[:CODE_MAX]
    lines = [line for line in text.splitlines() if line.strip()]
    if lines and all(_NUMBERED.match(line) for line in lines):
        text = "\n".join(_NUMBERED.sub("", line, count=1) for line in lines)
    text = _BLANKS.sub(" ", text).strip()
    return digest(text) if text else ""


def words_of(message: str) -> str:
    """Digest of a message: blanks, numbers (often lines) and the targets of links make no difference."""
    text = _DIGITS.sub("#", _LINK.sub("]", message[:CODE_MAX]))
    return digest(_BLANKS.sub(" ", text).strip())


def hints_of(fingerprints: Mapping[str, str]) -> tuple[str, ...]:
    """The tool's fingerprints as short digests of name and value, in the order of their names."""
    named = sorted((name, value) for name, value in fingerprints.items() if value.strip())
    return tuple(digest(name, value)[:16] for name, value in named[:HINTS_MAX])


def fingerprint(tool: str, trace: Trace) -> str:
    """``sarif/1:<32 hexadecimal digits>``; see the module."""
    return f"{VERSION}:{digest(tool, trace.rule, trace.path, trace.logical, trace.anchor)}"


def path_of(uri: str, roots: Iterable[str] = (), prefix: str = "") -> str:
    """A path in one spelling.

    Args:
        uri: As the tool writes it: relative, ``file:///...``, with backslashes or percent signs.
        roots: Folders (normalized by this function) below which absolute paths become relative; the longest fits.
        prefix: What ``uri`` is relative to, below the root.
    """
    text = _UNFIT.sub("\ufffd", uri.strip())
    if text[:5].lower() == "file:":
        text = "/" + text[5:].lstrip("/")
        text = unquote(text)
    elif _SCHEME.match(text):  # a page, or a file in an archive
        return text.partition("#")[0].partition("?")[0][:PATH_MAX]
    else:
        text = unquote(prefix + text if not text.startswith(("/", "\\")) else text)
    text = text.replace("\\", "/")
    if re.match(r"/?[A-Za-z]:/", text):
        text = "/" + text.lstrip("/")
    whole = text.startswith("/")
    kept: list[str] = []
    for part in text.split("/"):
        if part == ".." and kept and kept[-1] != "..":
            kept.pop()
        elif part not in {"", "."} and not (part == ".." and whole):
            kept.append(part)
    found = ("/" if whole else "") + "/".join(kept)
    for root in sorted(roots, key=len, reverse=True):
        if len(root) > 1 and found.startswith(root + "/"):
            found = found[len(root) + 1 :]
            break
    # A longer path keeps its end, which tells more.
    return _UNFIT.sub("\ufffd", found)[-PATH_MAX:]
