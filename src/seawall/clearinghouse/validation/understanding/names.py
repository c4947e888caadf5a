"""Function names: demangled, without what changes from build to build. Pure; linear in the name's length.

``shown`` makes what a state shows, in the convention of ClusterFuzz: everything from the first argument list on is cut,
template arguments and return types stay. ``symbol`` goes further, for signatures.
"""

import re

NAME_MAX = 1_000
"""Characters of a name that are looked at; C++ can write far longer ones, which differ before that."""
STATE_LINE = 80
"""Characters of one line of a state, as ClusterFuzz cuts them."""
_ANONYMOUS = ("(anonymous namespace)::", "`anonymous namespace'::", "{anonymous}::", "<anonymous namespace>::")
_CLONE = re.compile(
    r"(?:\s?\[clone [^\]]{0,80}\]|\s?\(\.[\w.]{1,80}\)|\.(?:part|isra|constprop|cold|llvm|lto_priv)(?:\.\d+)*)+$"
)
_OFFSET = re.compile(r"\+0x[0-9a-f]{1,12}$")
_RUST_HASH = re.compile(r"::h[0-9a-f]{16}$")
_RUST_ESCAPES = (
    ("$LT$", "<"), ("$GT$", ">"), ("$u20$", " "), ("$RF$", "&"), ("$u7b$", "{"), ("$u7d$", "}"),
    ("$C$", ","), ("$BP$", "*"), ("$u5b$", "["), ("$u5d$", "]"), ("$LP$", "("), ("$RP$", ")"), ("$u27$", "'"), ("..", "::"),
)  # fmt: skip
_GO_CLOSURE = re.compile(r"(?:\.func\d+|\.gowrap\d+|-fm|\.\d+)+$")
_JAVA_SYNTHETIC = re.compile(
    r"\$\$(?:Lambda|FastClass|Enhancer|EnhancerBy\w{1,40})[\w$/.]*|\$\d+(?=[.$]|$)|(?<=lambda\$)\d+\$|\$\d+$"
)
_JAVA_LAMBDA = re.compile(r"lambda\$(?:new|static|(\w{1,200}))\$\d+$")
_PYTHON_LOCALS = re.compile(r"<locals>\.")
_SPECIAL = re.compile(r"operator\s*(?:\(\)|<<=?|>>=?|<=>?|>=?|->\*?|<|>)")


def shown(raw: str) -> str:
    """A native function's name for a state: demangled, without arguments, anonymous namespaces and clones."""
    name = raw[:NAME_MAX].strip()
    if name.startswith(("_Z", "__Z")):
        name = demangled(name)
    if name.endswith(")") or "." in name or "[clone" in name:
        name = _CLONE.sub("", name)
    for words in _ANONYMOUS:
        if words in name:
            name = name.replace(words, "")
    at = name.find("(")
    if at > 0:
        name = name[:at]
    return _OFFSET.sub("", name).strip()


def symbol(raw: str, language: str = "native") -> str:  # noqa: C901 - one branch a language
    """A function's name for a signature."""
    name = raw[:NAME_MAX].strip()
    if language == "java":
        name = _JAVA_LAMBDA.sub(lambda match: match[1] or "lambda", name)
        return _JAVA_SYNTHETIC.sub("", name).replace("$$", "$")
    if language == "go":
        return _GO_CLOSURE.sub("", name)
    if language == "python":
        return _PYTHON_LOCALS.sub("", name)
    if language in {"javascript", "php", "ruby", "dotnet", "kernel"}:
        return re.sub(r"^(?:async |new |Object\.)", "", name)
    if name.startswith(("_Z", "__Z")):
        name = demangled(name)
    name = _OFFSET.sub("", _CLONE.sub("", name)).removesuffix(" const")
    if "$" in name:
        for escape, letter in _RUST_ESCAPES:
            name = name.replace(escape, letter)
    name = _RUST_HASH.sub("", name)
    for words in _ANONYMOUS:
        name = name.replace(words, "")
    if "::{{closure}}" in name or "{closure#" in name:
        name = re.sub(r"::\{\{closure\}\}|::\{closure(?:#\d+)?\}", "", name)
    kept = _SPECIAL.search(name)
    tail = ""
    if kept:  # operator() and its like would otherwise open brackets that nothing closes
        tail, name = re.sub(r"\s+", "", kept[0]), name[: kept.start()]
    name = _outside_brackets(name) + tail
    return name.rsplit(" ", 1)[-1] if not tail else name.rsplit(" ", 1)[-1] or tail


def _outside_brackets(name: str) -> str:
    """The name without template arguments, and cut at its argument list."""
    depth = 0
    kept: list[str] = []
    for at, letter in enumerate(name):
        if letter == "<":
            depth += 1
        elif letter == ">" and depth and name[at - 1] != "-":
            depth -= 1
        elif letter == "(" and depth == 0:
            if kept:
                break
        elif depth == 0:
            kept.append(letter)
    text = "".join(kept)
    return text.strip(": ") or name.strip("<>: ")  # <T as Trait>::f keeps at least something


def go(raw: str) -> str:
    """``github.com/a/b.(*T).F(0x1, ...)`` as ``b.(*T).F``."""
    name = raw[:NAME_MAX]
    cut = len(name)
    at = name.find("(", 1)
    while at != -1:
        if not name.startswith("(*", at) and name[at - 1] != ".":  # an argument list, not a receiver
            cut = at
            break
        at = name.find("(", at + 1)
    return name[:cut].rsplit("/", 1)[-1]


_NUMBER = re.compile(r"\d{1,4}")
_SUBSTITUTIONS = {"St": "std", "Sa": "std::allocator", "Ss": "std::string", "Sb": "std::basic_string"}


def demangled(name: str) -> str:  # noqa: C901, PLR0912 - one branch a production
    """The qualified name in an Itanium C++ ABI mangled name, without arguments; the name itself where it is not one.

    Source: Itanium C++ ABI, section 5.1 (Mangling). Only the grammar of names is followed, for nothing after it is
    needed; template arguments are jumped over.
    """
    text = name.lstrip("_").removeprefix("Z")
    at, nested = 0, False
    if text.startswith("N"):
        at, nested = 1, True
        while at < len(text) and text[at] in "rVKRO":
            at += 1
    parts: list[str] = []
    while at < len(text):
        number = _NUMBER.match(text, at)
        if number:
            start, length = number.end(), int(number[0])
            if start + length > len(text):
                return name
            part = text[start : start + length]
            parts.append("" if part.startswith("_GLOBAL__N") else part)
            at = start + length
            if not nested:
                break
        elif text[at] == "L":
            at += 1
        elif text[at] in "CD" and text[at + 1 : at + 2].isdigit() and parts:
            parts.append(("~" if text[at] == "D" else "") + next((part for part in reversed(parts) if part), ""))
            at += 2
        elif text.startswith(tuple(_SUBSTITUTIONS), at):
            parts.append(_SUBSTITUTIONS[text[at : at + 2]])
            at += 2
        elif text[at] == "S" or (text[at] == "E" and nested):
            break
        elif text[at] == "I":
            at = _after_template(text, at)
        elif text[at : at + 2] in {
            "cl",
            "ix",
            "eq",
            "ne",
            "aS",
            "pL",
            "mI",
            "nw",
            "dl",
            "na",
            "da",
            "lt",
            "gt",
            "ls",
            "rs",
        }:
            parts.append("operator")
            break
        else:
            break
    found = "::".join(part for part in parts if part)
    return found or name


def _after_template(text: str, at: int) -> int:
    """Where the template arguments that begin at ``I`` end."""
    depth = 0
    while at < len(text):
        number = _NUMBER.match(text, at)
        if number:
            at = number.end() + int(number[0])
            continue
        if text[at] in "INXLJ":
            depth += 1
        elif text[at] == "E":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return at
