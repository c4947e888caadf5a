"""One line of a stack in any of the formats that are known, to a frame. Pure; every expression is linear in the line.

Sources: the print format of the sanitizers' StackTracePrinter, gdb's and Valgrind's manuals, the kernel's printk
format %pS, debuggerd's tombstones, Breakpad's minidump_stackwalk, cdb's ``k`` command, and for the languages their
manuals on uncaught exceptions.
"""

import re
from dataclasses import dataclass

LANGUAGES_INNERMOST_LAST = frozenset({"python"})
"""Where the most recent call is written last."""


@dataclass(frozen=True)
class Raw:
    """A frame as it was written."""

    function: str
    file: str = ""
    line: int | None = None
    module: str = ""
    style: str = "native"
    """Which format: decides on names and noise."""
    number: int | None = None
    """The frame's own number, where it has one; 0 begins a stack."""
    weak: bool = False
    """Of a dump that knows exported names only; a symbolized stack after it is better."""
    offset: str = ""
    """Offset in the module, where there is no function."""


_NUMBERED = re.compile(r"\s*#(\d{1,7})(\.\d{1,4})?:?\s+(.*)")
_HEX = re.compile(r"(?:0x[0-9A-Za-z*]{1,20}|[0-9a-f]{4,16})(?!\S)[ \t]*")
_PC = re.compile(r"pc\s+(?:0x)?([0-9a-f]{4,16})\s+")
_PLACE = re.compile(r":(\d{1,7})(?::\d{1,7})?$")
_BUILD = re.compile(r"\s*\(BuildId: [0-9a-f]{1,64}\)$")
_MODULE = re.compile(r"\(([^()]{1,1000}?)\+(0x[0-9a-f]{1,16})\)$")
_TOMB_SYMBOL = re.compile(r"\s\((.{1,1000}?)(?:\+\d{1,9})?\)$")
_KERNEL_OLD = re.compile(r"\s*(?:\[<\s{0,8}((?:0x)?[0-9a-f]{8,16}|inline)\s{0,8}>\]|\(?\[<[0-9a-f]{8,16}>\]\)?)\s+(.*)")
_KERNEL_NAME = re.compile(
    r"(\(?)([\w.$:@~-]{1,300})\)?\+0x([0-9a-f]{1,8})/0x[0-9a-f]{1,8}\)?(?:\s+\[([\w-]{1,60})\])?(?:\s+(\S.*))?$"
)
_MAC = re.compile(r"\s{0,4}(\d{1,4})\s{1,4}(\S(?:.{0,58}\S)?)\s{1,40}0x[0-9a-f]{8,16}\s(.{1,2000})$")
_CDB = re.compile(
    r"([\w.+-]{1,80})!([^\s!](?:[^!]{0,990}?))(?:\+0x([0-9a-f]{1,16}))?(?:\s+\[(.{1,400}?)(?: @ (\d{1,7}))?\])?\s*$"
)
_CHROME_WIN = re.compile(r"\s+(\S.{0,1500}?)\s\[0x[0-9A-Fa-f]{4,16}\+\d{1,9}\](?:\s\((.{1,400}):(\d{1,7})\))?$")
_BRACKETED = re.compile(r"(?:\s*|\s*\d{1,3}: )(\S.{0,1500}?)\s?\[0x[0-9a-f]{3,16}\]$")
_IN_PARENS = re.compile(r"([^\s()]{1,600})\((.{0,1000}?)\+0x[0-9a-f]{1,12}\)$")
_TRUSTY = re.compile(r"[uk]SP\+0x[0-9a-f]{1,8}:\s+0x[0-9a-f*]{1,16}\s+(?:in\s+)?(.{1,1500})$")
_VALGRIND = re.compile(r"(?:==\d{1,9}==)?\s+(?:at|by) 0x[0-9A-F]{1,16}: (.{1,1500})$")
_JAVA = re.compile(r"\s*at\s+((?:[\w$.@-]{1,200}/{1,2}){0,3})([\w$.<>/ -]{1,500})\(([^()]{0,300})\)")
_JS = re.compile(r"\s+at\s+(?:(?:async\s+)?(.{1,400}?)\s+\((.{1,600}?)\)|(?:async\s+)?(\S{1,600}?:\d{1,7}:\d{1,7}))$")
_JS_PLACE = re.compile(r"(.*?):(\d{1,7})(?::\d{1,7})?$")
_DOTNET = re.compile(
    r"\s+(?:at|in|bei|à)\s+([\w.<>`$+,|\[\]]{1,500}?)\s?\((.{0,600}?)\)(?: (?:in|\[0x[0-9a-f]+\] in) (.{1,400}?):(?:line )?(\d{1,7}).{0,20})?$"
)
_PYTHON = re.compile(r'\s*File "([^"]{1,600})", line (\d{1,7})(?:, in (.{1,300}))?$')
_GO = re.compile(r"([A-Za-z_][\w./~%@-]{0,300}(?:\.|\.\(\*?\w)[^\s]{0,300}?)\((.*)\)$")
_RUST = re.compile(r"\s{1,6}(\d{1,5}):\s+(?:0x[0-9a-f]{1,16}\s+-\s+)?(\S.{0,1500})$")
_PHP = re.compile(r"#(\d{1,6})\s+(?:(/?\S[^()]{0,400})\((\d{1,7})\):\s|\[internal function\]:\s)(.{1,400})$")
_RUBY = re.compile(r"\s*(?:from )?(\S{1,400}\.(?:rb|erb|rake)):(\d{1,7}):in\s+[`'](.{1,300}?)'(?::\s.{0,2000})?$")
_WALK = re.compile(
    r"\s?\d{1,4}\s{2}([\w.+-]{1,100})!(.{1,800}?)(?:\s\[(.{1,400}?)\s:\s(\d{1,7})\s\+\s0x[0-9a-f]{1,8}\])?(?:\s\+\s0x[0-9a-f]{1,8})?$"
)


def read(line: str, style: str = "any") -> Raw | None:  # noqa: C901, PLR0911, PLR0912 - one exit a format is the clearest
    """The frame that a line holds, or None.

    Args:
        line: Without line end.
        style: The language, where the headline told it; only its formats are tried then.
    """
    if len(line) < 4:  # noqa: PLR2004 - no frame is shorter
        return None
    if style == "python":
        return _python(line)
    if style == "java":
        return _java(line) if "at " in line[:12] else None
    if style == "go":
        return _go(line)
    if style == "php":
        return _php(line)
    if style == "ruby":
        return _ruby(line)
    if style == "javascript":
        return _javascript(line)
    if style == "dotnet":
        return _dotnet(line)
    first = line.lstrip()[:1]
    if first == "#":
        return _numbered(line)
    if style == "kernel" or first in "[(":
        found = _kernel(line)
        if found:
            return found
    if "SP+0x" in line[:8]:
        match = _TRUSTY.match(line)
        return _placed(match[1]) if match else None
    if "0x" in line:
        match = _VALGRIND.match(line) if (" at " in line[:24] or " by " in line[:24]) else None
        if match:
            return _valgrind(match[1], 0 if " at " in line[:24] else None)
        if line.endswith(("]", ")")) and "[0x" in line:
            return _boxed(line)
        match = _MAC.match(line) if first.isdigit() else None
        if match:
            return _mac(match)
    if "!" in line and style == "windows":
        return _cdb(line)
    if first.isdigit():
        match = _WALK.match(line) if "!" in line else None
        if match:
            return Raw(match[2], match[3] or "", _int(match[4]), match[1])
        match = _RUST.match(line) if style == "rust" else None
        if match:
            return Raw(match[2], style="native", number=int(match[1]))
    return None


def _int(text: str | None) -> int | None:
    return int(text) if text else None


def _numbered(line: str) -> Raw | None:
    match = _NUMBERED.match(line)
    if not match:
        return None
    if match[2]:  # Fuchsia's inlined functions; whether one is inlined differs from build to build
        return None
    number, rest = int(match[1]), match[3]
    if rest.startswith("[<"):
        return _kernel(rest)
    tomb = _PC.match(rest)
    if tomb:
        return _tombstone(rest[tomb.end() :], number, tomb[1])
    if rest.startswith("0x") or (rest[:1] in "0123456789abcdef" and _HEX.match(rest)):
        hexadecimal = _HEX.match(rest)
        rest = rest[hexadecimal.end() :] if hexadecimal else rest
        rest = (rest + " ").removeprefix("in ").rstrip()
    elif " at " not in rest and not rest.endswith(")"):
        return None
    return _placed(rest, number)


def _tombstone(rest: str, number: int, offset: str) -> Raw:
    """``/system/lib/libc.so (abort+12)``: a module and, where it is known, the function."""
    rest = _BUILD.sub("", rest)
    match = _TOMB_SYMBOL.search(rest)
    if match and not match[1].startswith(("offset ", "BuildId")):
        module = rest[: match.start()]
        return Raw(match[1], module=module.rsplit("/", 1)[-1], number=number)
    return Raw("", module=rest.strip(), number=number, offset=f"0x{offset}")


def _placed(rest: str, number: int | None = None) -> Raw:  # noqa: C901, PLR0911 - one exit a way to write a place
    """``function place``, where either may be missing and both may hold spaces."""
    rest = rest.strip()
    while rest.endswith(")"):
        cut = _BUILD.sub("", rest)
        if cut == rest:
            break
        rest = cut.rstrip()
    if rest.startswith("<") and ">+0x" in rest[:200]:
        return Raw("", module=rest[1:].split(">", 1)[0], number=number)
    at = rest.rfind(" <")
    if at > 0 and rest.rfind(">+0x") > at:  # Fuchsia: place <<module>>+0x12
        rest = rest[:at]
    module = _MODULE.search(rest) if rest.endswith(")") else None
    if module:
        return Raw(rest[: module.start()].strip(), module=module[1], number=number, offset=module[2])
    if rest.endswith("(<unknown module>)"):
        return Raw(rest[:-18].strip(), number=number)
    gdb = rest.rfind(") at ")
    if gdb > 0:
        place = _PLACE.search(rest)
        file = rest[gdb + 5 : place.start()] if place else rest[gdb + 5 :]
        return Raw(rest[: gdb + 1], file, int(place[1]) if place else None, number=number)
    place = _PLACE.search(rest)
    head = rest[: place.start()] if place else rest
    windows = head.rfind(":\\")
    if windows > 1 and head[windows - 2] == " ":
        return Raw(head[: windows - 2].strip(), head[windows - 1 :], int(place[1]) if place else None, number=number)
    function, space, file = head.rpartition(" ")
    if place and space:
        return Raw(function.strip(), file, int(place[1]), number=number)
    if place and not space:
        return Raw("", head, int(place[1]), number=number) if "/" in head else Raw(rest, number=number)
    if not space and rest.startswith("/"):
        return Raw("", module=rest, number=number)
    if space and (file.startswith("/") or file in {"??:?", "??", "??:0"} or (file.endswith(":?") and "." in file)):
        return Raw(function.strip(), file.removesuffix(":?"), number=number)
    return Raw(rest, number=number)


def _kernel(line: str) -> Raw | None:
    old = _KERNEL_OLD.match(line)
    rest = old[2] if old else line.strip()
    unreliable = rest.startswith("? ")
    match = _KERNEL_NAME.match(rest.removeprefix("? "))
    if match:
        if unreliable:
            return None
        place = _PLACE.search(match[5] or "")
        file = match[5][: place.start()] if place else ""
        return Raw(match[2], file, int(place[1]) if place else None, match[4] or "", "kernel")
    return None  # an inlined function among them: whether it is one differs from build to build


def _valgrind(rest: str, number: int | None) -> Raw:
    name, _, place = rest.rpartition(" (")
    if not name:
        return Raw(rest, number=number)
    place = place.removesuffix(")")
    if place.startswith("in "):
        return Raw(name, module=place[3:], number=number)
    file, _, line = place.rpartition(":")
    return Raw(name, file, int(line) if line.isdigit() else None, number=number)


def _boxed(line: str) -> Raw | None:
    """What ends in an address in square brackets: Chromium's and V8's own stack dumps."""
    match = _CHROME_WIN.match(line)
    if match:
        return Raw(match[1], match[2] or "", _int(match[3]))
    match = _BRACKETED.match(line)
    if not match:
        return None
    name = match[1]
    if ")+0x" in name or (name.endswith(")") and "+0x" in name):
        inner = _IN_PARENS.match(name)
        return Raw(inner[2], module=inner[1], weak=True) if inner else None
    return Raw(name) if not name.startswith("/") else None


def _mac(match: re.Match[str]) -> Raw:
    rest = match[3]
    name, plus, tail = rest.rpartition(" + ")
    if plus and tail.split(" ", 1)[0].isdigit():
        return Raw(name if not name.startswith("0x") else "", module=match[2], number=int(match[1]))
    return Raw(rest, module=match[2], number=int(match[1]))


def _cdb(line: str) -> Raw | None:
    match = _CDB.search(line)
    return Raw(match[2], match[4] or "", _int(match[5]), match[1]) if match else None


def _java(line: str) -> Raw | None:
    match = _JAVA.match(line)
    if not match:
        return None
    file, _, number = match[3].rpartition(":")
    return Raw(match[2].strip(), file or match[3], int(number) if number.isdigit() else None, style="java")


def _javascript(line: str) -> Raw | None:
    match = _JS.match(line)
    if not match:
        return None
    place = _JS_PLACE.match(match[2] or match[3])
    return Raw(
        match[1] or "", place[1] if place else match[2] or "", int(place[2]) if place else None, style="javascript"
    )


def _dotnet(line: str) -> Raw | None:
    match = _DOTNET.match(line)
    return Raw(match[1], match[3] or "", _int(match[4]), style="dotnet") if match else None


def _python(line: str) -> Raw | None:
    match = _PYTHON.match(line) if 'File "' in line else None
    return Raw(match[3] or "", match[1], int(match[2]), style="python") if match else None


def _go(line: str) -> Raw | None:
    if line[:1] in " \t" or not line.endswith(")"):
        return None
    if line.startswith("panic("):
        return Raw("panic", style="go")
    match = _GO.match(line)
    return Raw(line, style="go") if match else None


def _php(line: str) -> Raw | None:
    match = _PHP.match(line)
    if not match:
        return None
    return Raw(match[4].split("(", 1)[0], match[2] or "", _int(match[3]), style="php", number=int(match[1]))


def _ruby(line: str) -> Raw | None:
    match = _RUBY.match(line)
    if not match:
        return None
    name = re.sub(r"^(?:block|rescue|ensure)(?: \(\d{1,3} levels\))? in ", "", match[3])
    return Raw(name, match[1], int(match[2]), style="ruby")
