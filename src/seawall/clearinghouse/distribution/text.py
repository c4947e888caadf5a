"""Free text of strangers made fit to publish.

What holds afterwards, whatever came in: valid Unicode in normal form C (no lone surrogate, no
noncharacter), no control or escape character but the line feed, nothing invisible that turns the
reading direction or hides words (bidi controls, zero-width marks, tag characters), bounded length.
What is taken out leaves U+FFFD behind, so that a reader sees that something was there.

Plain-text fields stay plain: ``<script>`` is legitimate in a title and is the reader's to escape.
OSV's ``details`` is Markdown, so there plain text is escaped until it reads as itself, both to
CommonMark and to a consumer that wrongly takes it for HTML.
"""

import re
import unicodedata

LINE_MAX = 300
"""Characters of a one-line field: title, name, summary of a reference."""
SUMMARY_MAX = 4 * 1024
"""Characters of the paragraph that stands for the whole."""
BLOCK_MAX = 64 * 1024
"""Characters of a text of several lines; longer evidence is a file."""

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_UNSAFE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1 controls: NUL, ESC, CSI
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"  # soft hyphen, joiners and fillers without a shape
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"  # zero-width space, bidi marks, overrides, isolates
    "\u3164\ufeff\uffa0\ufff9-\ufffb"  # fillers, byte order mark, annotation
    "\ufdd0-\ufdef\ufffe\uffff"  # noncharacters
    "\ud800-\udfff"  # lone surrogates
    "\U000e0000-\U000e0fff"  # tags and further variation selectors: text only a machine reads
    "]"
)
_PLANE_ENDS = re.compile(
    "[" + "".join(chr(plane * 0x10000 + low) for plane in range(1, 17) for low in (0xFFFE, 0xFFFF)) + "]"
)
_NEW_LINES = re.compile("\r\n?|[\u2028\u2029\x85\x0b\x0c]")
_MARKS_MAX = 30
"""Combining marks in a row (the stream-safe limit of UAX #15); ordering a longer run takes quadratic time."""


def block(value: str, limit: int = BLOCK_MAX) -> str:
    """Text of several lines, cleaned and bounded.

    Args:
        value: Any Python string, lone surrogates included.
        limit: Most characters kept; a last line says how many were left out.
    """
    left_out = max(0, len(value) - limit)
    cleaned = _clean(value[:limit])
    lines = [line.rstrip() for line in cleaned.replace("\t", "    ").split("\n")]
    result = "\n".join(lines).strip("\n")
    if left_out:
        result += f"\n[{left_out} further characters were left out]"
    return result


def line(value: str, limit: int = LINE_MAX) -> str:
    """Text of one line, cleaned and bounded; never empty (a dash stands for nothing)."""
    # The second cut is for the few characters that normal form C makes longer.
    cleaned = " ".join(_clean(value[: limit * 4]).split())
    if len(cleaned) > limit or len(value) > limit * 4:
        cleaned = cleaned[: limit - 1].rstrip() + "…"
    return cleaned or "-"


def markdown(value: str, limit: int = BLOCK_MAX) -> str:
    """Text of several lines as CommonMark that shows exactly that text, line by line."""
    lines = [_markdown_line(text) for text in block(value, limit).split("\n")]
    # Two blanks at the end are CommonMark's line break; a reader of the raw text does not see them.
    return "\n".join(
        f"{text}  " if text and after else text for text, after in zip(lines, [*lines[1:], ""], strict=True)
    )


_ACTIVE = re.compile(r"([\\`*_\[\]~|])")
_AT_START = re.compile(r"^( *)(#{1,6}(?=\s|$)|[-+=]|\d{1,9}(?=[.)]))")


def _markdown_line(text: str) -> str:
    escaped = _ACTIVE.sub(r"\\\1", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    match = _AT_START.match(escaped)
    if match:
        indent, mark = match.groups()
        rest = escaped[match.end() :]
        escaped = f"{indent}{mark}\\{rest}" if mark.isdigit() else f"{indent}\\{mark}{rest}"
    # Four blanks would start a code block; entities keep the indent and stay text.
    indent_length = len(escaped) - len(escaped.lstrip(" "))
    return "&nbsp;" * indent_length + escaped[indent_length:] if indent_length else escaped


def _clean(value: str) -> str:
    text = _NEW_LINES.sub("\n", value)
    text = _PLANE_ENDS.sub(_REPLACEMENT, _UNSAFE.sub(_REPLACEMENT, text))
    return text if text.isascii() else unicodedata.normalize("NFC", _bounded_marks(text))


def _bounded_marks(text: str) -> str:
    kept: list[str] = []
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= _MARKS_MAX:
            kept.append(character)
    return "".join(kept)
