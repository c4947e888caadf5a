"""Reads a patch for what an honest fix has no use for, and what it takes away. Pure.

These hints find accidents and the lazy, not liars: whoever builds a name out of pieces is not found here (the runs may). What
is found keeps a patch from being called verified, so that a person looks.
"""

import re
from dataclasses import dataclass, field

from seawall.clearinghouse.validation.archives import shown
from seawall.clearinghouse.validation.patches.types import Applied, ChangedFile, Finding, Weight

QUOTED_MIN = 16
"""Characters of the proof, word for word in the patch, that are no accident; names of options have up to fifteen."""
LOOKED_MAX = 2**20
"""Bytes of a file in which definitions are looked for; larger ones are made by a bundler."""
_COMMON = re.compile(r"^(?:__proto__|constructor|prototype|constructor\.prototype|hasOwnProperty)$")

_GUARDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "asks whether a sanitizer is there",
        re.compile(
            r"__SANITIZE_\w+__|__has_feature\s*\(\s*\w*sanitizer|\b__(?:asan|ubsan|lsan|msan|sanitizer)_|ADDRESS_SANITIZER"
            r"|no_sanitize|RUNNING_ON_VALGRIND|FUZZING_BUILD_MODE"
        ),
    ),
    (
        "differs between builds",
        re.compile(r"\bNDEBUG\b|\b__OPTIMIZE\w*__|\b__debug__\b|#\s*pragma\s+(?:GCC|clang)\s+(?:opt|diag)"),
    ),
    (
        "asks its environment",
        re.compile(
            r"\bos\.environb?\b|\bgetenv\b|\bprocess\.env\b|\bextern\s+char\s*\*\*\s*environ|/proc/(?:self|\d)"
            r"|\bgethostname\b|\bhostname\(|\bgetuser\b|\buserInfo\b"
        ),
    ),
    (
        "looks at who calls it or watches it",
        re.compile(
            r"\bsys\.(?:gettrace|settrace|getprofile|setprofile|_getframe|argv|modules|addaudithook)\b|\binspect\.(?:stack|current)"
            r"|\bextract_stack\b|\b__main__\b|\bprocess\.(?:argv|execArgv)\b|\brequire\.main\b|\bcaptureStackTrace\b"
            r"|\bprepareStackTrace\b|new Error\([^)]*\)\.stack|\bprogram_invocation"
        ),
    ),
    (
        "names the harness",
        re.compile(
            r"(?i)seawall|\bcanary\b|/(?:canary|secret|report|proof|programs)\b|[\"'](?:/target|/work|/input)\b"
        ),
    ),
    ("asks for its own version", re.compile(r"__version__\s*(?:[<>=!]=|[<>]|in\b)|importlib\.metadata|package\.json")),
    (
        "ends the process",
        re.compile(
            r"\bos\.(?:_exit|abort|kill)\b|\bsys\.exit\b|\bprocess\.(?:exit|kill|abort)\b|(?<![\w.>])_?_?exit\s*\(|\babort\s*\("
        ),
    ),
    ("compares digests, as of known inputs", re.compile(r"\bhashlib\b|hexdigest|createHash|\bcrc32\b")),
    ("freezes what all programs share", re.compile(r"Object\.(?:freeze|seal|preventExtensions)\(\s*\w+\.prototype")),
    ("catches signals", re.compile(r"\bsigaction\b|\bsignal\.signal\b|\bsignal\s*\(\s*SIG|\bsig(?:set|long)jmp\b")),
)
_SWALLOWS = re.compile(r"except(?:\s+(?:Base)?Exception)?\s*:\s*(?:pass\b|return\b|#|$)|catch\s*(?:\(\w*\))?\s*\{\s*\}")
_COMMENT = {
    "py": re.compile(r"#.*$"),
    "js": re.compile(r"//.*$"),
    "c": re.compile(r"//.*$|^\s*/\*.*\*/\s*$|^\s*\*\s.*$"),
}
_LITERAL = re.compile(r"\"((?:[^\"\\\n]|\\.){1,200})\"|'((?:[^'\\\n]|\\.){1,200})'|`([^`\\\n]{1,200})`")
_NUMBER = re.compile(r"(?<![\w.])\d{1,9}(?![\w.])")


@dataclass(frozen=True)
class Defined:
    """What a file defines."""

    functions: dict[str, bool] = field(default_factory=dict)
    """Name, and whether its body does nothing: ends at once, raises, or gives back a constant or what it was given."""
    exports: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Hints:
    """What a patch asks for, so that variants can be made that are just beside it."""

    words: tuple[str, ...] = ()
    """Literals in its new lines."""
    numbers: tuple[int, ...] = ()


def hints(applied: Applied) -> Hints:
    """Literals and numbers of a patch's new lines."""
    text = "\n".join(line for file in applied.files for line in added(file))[:200_000]
    words = ["".join(match.groups(default="")) for match in _LITERAL.finditer(text)]
    numbers = [int(match.group()) for match in _NUMBER.finditer(text)]
    return Hints(tuple(dict.fromkeys(words))[:50], tuple(dict.fromkeys(numbers))[:20])


def added(file: ChangedFile) -> list[str]:
    """The new lines of a file."""
    lines = (file.after or b"").decode("utf-8", "replace").split("\n")
    return [line for place in file.places for line in lines[place.first - 1 : place.last]]


def removed_count(file: ChangedFile) -> int:
    """How many lines went: all that are not explained by new ones."""
    before = (file.before or b"").count(b"\n")
    after = (file.after or b"").count(b"\n")
    return max(0, before + len(added(file)) - after)


def doubts(applied: Applied, attacks: list[bytes]) -> list[Finding]:
    """What a person should look at in a patch's text.

    Args:
        applied: The patch.
        attacks: The contents of the known proofs.
    """
    found: list[Finding] = []
    for file in applied.files:
        language = _language(file.path)
        lines = [_COMMENT[language].sub("", line) for line in added(file)] if language in _COMMENT else added(file)
        for what, pattern in _GUARDS:
            hit = next((line for line in lines if pattern.search(line)), None)
            if hit is not None:
                found.append(Finding(Weight.CAPS, f"{file.path}: new code {what}: {shown(hit.strip())}"))
        text = "\n".join(lines)
        if _SWALLOWS.search(text):
            found.append(Finding(Weight.REMARK, f"{file.path}: new code takes errors and says nothing."))
        found += [Finding(Weight.CAPS, f"{file.path}: {why}") for why in _quoted(text, attacks)]
        if file.path.rpartition("/")[2] == "package.json":
            found.append(Finding(Weight.CAPS, "package.json is changed: it says which files are loaded."))
    return found


def _quoted(text: str, attacks: list[bytes]) -> list[str]:
    found = []
    for match in _LITERAL.finditer(text[:200_000]):
        word = "".join(match.groups(default=""))
        if len(word) >= QUOTED_MIN and not _COMMON.match(word) and any(word.encode() in attack for attack in attacks):
            found.append(f"new code names {shown(word)}, which stands word for word in the proof.")
    return found[:3]


def taken_away(path: str, before: Defined, after: Defined, fixed: Defined | None) -> list[Finding]:
    """Functions and exports that are gone, or whose bodies were emptied.

    Args:
        path: For the sentences.
        before: What the file defines in the flawed version.
        after: What it defines once it is patched.
        fixed: What it defines in the fixed version; None where that is not known. What is gone there too is no regression.
    """
    found = []
    for name in before.functions:
        gone_there = fixed is not None and name not in fixed.functions
        if name not in after.functions and not gone_there:
            private = name.rpartition(".")[2].startswith("_") and not name.endswith("__")
            weight = Weight.CAPS if private else Weight.BREAKS
            found.append(Finding(weight, f"{path}: {shown(name)} is deleted."))
        elif after.functions.get(name) and not before.functions[name]:
            weight = Weight.REMARK if fixed is not None and fixed.functions.get(name, False) else Weight.BREAKS
            what = "does nothing any more: it ends at once, raises, or gives back what it has"
            found.append(Finding(weight, f"{path}: {shown(name)} {what}."))
    gone = sorted(name for name in before.exports - after.exports if fixed is None or name in fixed.exports)
    return [*found, *(Finding(Weight.BREAKS, f"{path}: the export {shown(name)} is gone.") for name in gone)]


def defined(path: str, content: bytes) -> Defined:
    """Functions and exports of a JavaScript or C file, by a light look at its text; empty for other languages."""
    language = _language(path)
    if language not in {"js", "c"} or len(content) > LOOKED_MAX:
        return Defined()
    text = blanked(content.decode("utf-8", "replace"), language)
    pairs = _braces(text)
    pattern = _JS_FUNCTION if language == "js" else _C_FUNCTION
    functions: dict[str, bool] = {}
    for match in pattern.finditer(text):
        name = next((word for word in match.groups() if word), "")
        if name in _KEYWORDS or not name:
            continue
        start = text.find("{", match.end() - 1)
        body = text[start + 1 : pairs.get(start, start + 1)] if start >= 0 else ""
        functions.setdefault(name, _EMPTY.match(body) is not None)
    exports = (
        {word for match in _JS_EXPORT.finditer(text) for word in match.groups() if word} if language == "js" else set()
    )
    return Defined(functions, frozenset(exports - _KEYWORDS))


_KEYWORDS = frozenset(
    {"if", "for", "while", "switch", "return", "catch", "function", "with", "do", "else", "sizeof", "default"}
)
_JS_FUNCTION = re.compile(
    r"\bfunction\s*(?:\*\s*)?([A-Za-z_$][\w$]{0,100})\s*\([^(){}]{0,2000}(?:\([^()]{0,200}\)[^(){}]{0,2000}){0,9}\)\s*\{"
    r"|\bclass\s+([A-Za-z_$][\w$]*)[^{}()]{0,200}\{"
    r"|(?<![\w$])([A-Za-z_$][\w$]{0,100})\s*[=:]\s*(?:async\s+)?function\b[^{]{0,2000}\{"
    r"|(?<![\w$])([A-Za-z_$][\w$]{0,100})\s*[=:]\s*(?:async\s*)?\([^()]{0,1000}\)\s*=>\s*\{"
    r"|^[ \t]*(?:static\s+|async\s+)*([A-Za-z_$][\w$]*)\s*\([^()]{0,1000}\)\s*\{",
    re.MULTILINE,
)
_C_FUNCTION = re.compile(r"^[A-Za-z_][\w \t*]{0,200}?\b([A-Za-z_]\w*)\s*\([^(){};]{0,2000}\)\s*\{", re.MULTILINE)
_JS_EXPORT = re.compile(
    r"\bexports\.([A-Za-z_$][\w$]*)\s*=[^=]|\bexport\s+(?:async\s+)?(?:function\*?|class|const|let|var)\s+([A-Za-z_$][\w$]*)"
)
_EMPTY = re.compile(r"^\s*(?:return(?:\s+[\w$!-]{0,80})?|throw\b[^;{}]{0,300})?\s*;?\s*$")


def _language(path: str) -> str:
    ending = path.rpartition(".")[2]
    if ending in {"c", "h", "cc", "cpp", "cxx", "hpp"}:
        return "c"
    return "js" if ending in {"js", "cjs", "mjs", "jsx", "ts"} else ending


def blanked(text: str, language: str) -> str:
    """The text with comments and the insides of strings made blank, line by line as long as before."""
    kinds = _BLANKED_JS if language == "js" else _BLANKED_C

    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match.group())

    return kinds.sub(blank, text)


_BLANKED_C = re.compile(r"/\*.*?(?:\*/|\Z)|//[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'", re.DOTALL)
_BLANKED_JS = re.compile(
    r"/\*.*?(?:\*/|\Z)|//[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`"
    r"|(?:(?<=[=(,:;!&|?{}\n])|(?<=\breturn))[ \t]*/(?![*/])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/",
    re.DOTALL,
)


def _braces(text: str) -> dict[int, int]:
    """Where each opening brace is closed."""
    stack: list[int] = []
    found: dict[int, int] = {}
    for match in re.finditer(r"[{}]", text):
        if match.group() == "{":
            stack.append(match.start())
        elif stack:
            found[stack.pop()] = match.start()
    return found
