"""From what a finder knows to keys that two finders of one flaw write alike. Pure; runs on the finder's own machine.

    keys_of(Facts(target="pkg:pypi/jinja2", symbols=("jinja2.filters.do_attr",)))
    # [Key(KeyKind.SYMBOL, b'["seawall.collision/1","symbol","pkg:pypi/jinja2","do_attr"]')]

A key is canonical JSON. A symbol goes by its last part, since some write the module and some do not; a function without
its arguments, templates and the compiler's endings; a crash by its first three frames that are not the runtime's own.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

import rfc8785

from seawall.clearinghouse.deconfliction.collisions.types import Facts, KeyKind
from seawall.clearinghouse.deconfliction.targets import normalize_path, normalize_target

SCHEMA = "seawall.collision/1"
KEYS_MAX = 16
"""Keys of one finding."""
FRAMES = 3
"""Frames of a crash that make its key: the usual depth by which fuzzers tell crashes apart."""
TEXT_MAX = 400
HUNK_MAX = 20_000
"""Characters of a hunk."""

_ENDING = re.compile(r"\.(?:cold|part|isra|constprop|lto_priv|llvm)(?:\.\d+)*$")
_OFFSET = re.compile(r"\+0x[0-9a-f]+(?:/0x[0-9a-f]+)?$", re.IGNORECASE)
_RUNTIME = re.compile(
    r"^(?:_*asan_|_*msan_|_*ubsan_|_*interceptor_|_*sanitizer|_*libc_|_start$|main$|abort$|raise$|_*assert_fail|"
    r"memcpy$|memmove$|memset$|strlen$|strcpy$|free$|malloc$|operator (?:new|delete)|std::terminate|panic|"
    r"core::panicking|rust_begin_unwind|runtime\.|LLVMFuzzerTestOneInput)"
)


@dataclass(frozen=True)
class Key:
    """One key, to be blinded."""

    kind: KeyKind
    data: bytes


def function_name(text: str) -> str:
    """A function without what compilers and debuggers add to its name."""
    name = _ENDING.sub("", _OFFSET.sub("", text.strip()[:TEXT_MAX]))
    for opened, closed in ("<>", "()"):
        name = _without(name, opened, closed)
    return re.sub(r"\s+", " ", name).strip()


def _without(text: str, opened: str, closed: str) -> str:
    depth, kept = 0, []
    for one in text:
        depth += one == opened
        if not depth:
            kept.append(one)
        depth -= one == closed and depth > 0
    return "".join(kept)


def symbol_name(text: str) -> str:
    """The last part of a symbol, however its modules are written before it."""
    return re.split(r"::|[.#/]|->", function_name(text))[-1].strip()


def keys_of(facts: Facts) -> list[Key]:
    """All keys of a finding, without doubles, at most ``KEYS_MAX``.

    Raises:
        BadInput: The target is none.
    """
    names = [normalize_target(facts.target).name]
    repository = normalize_target(facts.target).repository
    names += [repository] if repository else []
    found: dict[bytes, Key] = {}

    def add(kind: KeyKind, *parts: str) -> None:
        if all(parts):
            for name in names:
                data = rfc8785.dumps([SCHEMA, kind.value, name, *parts])
                found.setdefault(data, Key(kind, data))

    for symbol in facts.symbols:
        add(KeyKind.SYMBOL, symbol_name(symbol))
    for file, function in facts.functions:
        add(KeyKind.FUNCTION, _file(file), symbol_name(function))
    frames = own_frames(facts.frames)
    if len(frames) == FRAMES:
        add(KeyKind.CRASH, *frames)
    for file, hunk in facts.hunks:
        add(KeyKind.HUNK, _file(file), _lines(hunk))
    return list(found.values())[:KEYS_MAX]


def hunks_of(diff: str) -> list[tuple[str, str]]:
    """(file, hunk) of each hunk of a unified diff."""
    found: list[tuple[str, str]] = []
    file = ""
    lines: list[str] = []
    for line in [*diff[: KEYS_MAX * HUNK_MAX].splitlines(), "@@"]:
        starts = line.startswith(("@@", "--- ", "diff "))
        if starts and lines:
            found.append((file, "\n".join(lines)))
        if starts:
            lines = []
        if line.startswith("--- "):
            file = line[4:].split("\t")[0].strip().removeprefix("a/")
        elif not starts and not line.startswith("+++ "):
            lines.append(line)
    return [(file, hunk) for file, hunk in found if file and hunk][:KEYS_MAX]


def own_frames(frames: Iterable[str]) -> list[str]:
    """The first frames of a stack that belong to the program."""
    names = [function_name(frame) for frame in frames]
    return [name for name in names if name and not _RUNTIME.match(name)][:FRAMES]


def _file(path: str) -> str:
    # Build folders differ from finder to finder; two parts tell files of one project apart.
    clean = (normalize_path(path.strip().replace("\\", "/")) or "").rstrip("/").lower()
    return "/".join(clean.split("/")[-2:])


def _lines(hunk: str) -> str:
    """Digest of the lines that a fix takes out, however they are indented."""
    kept = []
    for line in hunk[:HUNK_MAX].splitlines():
        if not line.startswith("-") or line.startswith("--- "):
            continue
        text = "".join(line[1:].split())
        if text:
            kept.append(text)
    return hashlib.sha256("\n".join(kept).encode("utf-8", "replace")).hexdigest() if kept else ""
