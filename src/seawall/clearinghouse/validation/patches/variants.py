"""Variants of an attack that do the same another way, and of a benign input that are as benign. Pure; chance by seed.

No format is parsed: what is found in the content (numbers, runs, brackets, quotes, paths, code) is changed, whatever it means
there. Whether a variant still is an attack, the flawed side says: one that does not trigger there proves nothing.

What the patch itself asks for comes first: a word that its new lines name is spelt otherwise, a number is stepped over.
Variants that work breed further ones. Placeholders of the harness are never touched.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest

from seawall.clearinghouse.validation.patches import binary, spellings
from seawall.clearinghouse.validation.patches.inspecting import Hints

CONTENT_MAX = 2**20
"""Bytes of an attack from which variants are made, and of each of them."""
NUMBER_MAX = 10**8
"""A number that an attack may be given: a harness that waits for a thousand million is no test."""
CALM_MAX = 20_000
"""Characters of a benign input that is made longer."""
OF_A_KIND = 24
"""Variants of one kind."""
_PLACEHOLDER = re.compile(r"@@[A-Z_]{1,40}@@")
_NUMBER = re.compile(r"(?<![\w.@])\d{1,9}(?![\w.@])")
_RUN = re.compile(r"(.{1,8}?)\1{7,}", re.DOTALL)
_WORD = re.compile(r"[A-Za-z_][\w-]{2,60}")
_STRING = re.compile(r"\"((?:[^\"\\\n]|\\.){2,})\"|'((?:[^'\\\n]|\\.){2,})'|`((?:[^`\\]|\\.){2,})`")
_QUOTES = str.maketrans("'\"", "\"'")
_BRACKETS = (("[", "]"), ("(", ")"), ("{", "}"), ("<", ">"))


@dataclass(frozen=True)
class Variant:
    """An attack made from another."""

    kind: str
    """How it was made, for people."""
    content: bytes


Maker = Callable[[str, Hints], Iterator[str]]


def attacks(content: bytes, hints: Hints, control: bytes | None, seed: int, *, script: bool) -> Iterator[Variant]:
    """Variants of an attack: one of each kind, then the second of each kind, and so on.

    Args:
        content: The attack.
        hints: What the patch asks for.
        control: The benign input, to put the attack behind or before it.
        seed: For the order within a kind.
        script: Whether the attack is a program: then only its strings and numbers are changed.
    """
    if len(content) > CONTENT_MAX:
        return
    chance = random.Random(seed)  # noqa: S311 - the order of trials, not a secret
    text = _readable(content)
    if text is None:
        made = {"bytes changed, checksums made anew": binary.changed(content, chance)}
        yield from _interleaved({kind: _list(found) for kind, found in made.items()}, content, chance)
        return
    kinds: dict[str, list[str]] = {}
    for kind, make in _MAKERS:
        found = _in_strings(text, make, hints) if script and make not in _FOR_SCRIPTS else make(text, hints)
        kinds[kind] = list(islice(found, 4 * OF_A_KIND))
    if control is not None and not script and (calm := _readable(control)) is not None:
        kinds["the benign input before or behind it"] = [calm + text, f"{calm}\n{text}", text + calm, f"{text}\n{calm}"]
    for variant in _interleaved({kind: [_raw(one) for one in found] for kind, found in kinds.items()}, content, chance):
        if _keeps_placeholders(content, variant.content):
            yield variant


def benign(control: bytes, hints: Hints, seed: int) -> Iterator[Variant]:
    """Variants of a benign input that change what it says and not how it is built.

    What the patch asks for comes first here too: a fix that is a limit of length shows on a long benign word.
    """
    if len(control) > CONTENT_MAX:
        return
    chance = random.Random(seed)  # noqa: S311 - as above
    text = _readable(control)
    if text is None:
        kinds = {"bytes changed, checksums made anew": _list(binary.changed(control, chance))}
    else:
        kinds = {kind: [_raw(one) for one in islice(make(text, hints), OF_A_KIND)] for kind, make in _BENIGN}
    yield from _interleaved(kinds, control, chance)


def _interleaved(kinds: dict[str, list[bytes]], original: bytes, chance: random.Random) -> Iterator[Variant]:
    seen = {original}
    rows = []
    for kind, found in kinds.items():
        kept = found[:2] + chance.sample(found[2:], len(found[2:]))  # what a maker yields first is its best
        rows.append([Variant(kind, one) for one in kept[:OF_A_KIND]])
    for column in zip_longest(*rows):
        for variant in column:
            if variant is not None and variant.content not in seen and len(variant.content) <= CONTENT_MAX:
                seen.add(variant.content)
                yield variant


def _readable(content: bytes) -> str | None:
    if b"\0" in content:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _raw(text: str) -> bytes:
    return text.encode("utf-8", errors="replace")


def _list(found: Iterator[bytes]) -> list[bytes]:
    return list(islice(found, 4 * OF_A_KIND))


def _keeps_placeholders(before: bytes, after: bytes) -> bool:
    return all(word.encode() in after for word in set(_PLACEHOLDER.findall(before.decode("utf-8", "replace"))))


def _in_strings(text: str, make: Maker, hints: Hints) -> Iterator[str]:
    """Make variants of a program's strings, the longest first."""
    spans = sorted((match.span(match.lastindex or 0) for match in _STRING.finditer(text)), key=lambda at: at[0] - at[1])
    for start, end in spans[:8]:
        for changed in islice(make(text[start:end], hints), 6):
            yield text[:start] + changed + text[end:]


def _named_words(text: str, hints: Hints) -> Iterator[str]:
    """Words that the patch asks for, spelt so that they are not there."""
    low = text.lower()
    for word in sorted(hints.words, key=len, reverse=True):
        at = low.find(word.lower())
        if at < 0 or _PLACEHOLDER.search(text[at : at + len(word)]):
            continue
        there = text[at : at + len(word)]
        for other in _misspelt(there):
            yield text.replace(there, other)


def _misspelt(word: str) -> Iterator[str]:
    """Spellings that some reader takes for the word and a comparison does not."""
    if any(letter.isalpha() for letter in word):
        yield from (word.swapcase(), word.upper(), word.lower())
    for at in (0, len(word) // 2):
        letter = word[at]
        for other in (
            f"\\u{ord(letter):04x}",
            f"\\x{ord(letter) & 255:02x}",
            f"%{ord(letter) & 255:02x}",
            f"&#{ord(letter)};",
            f"%25{ord(letter) & 255:02x}",
            chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter,
        ):
            yield word[:at] + other + word[at + 1 :]
    half = len(word) // 2
    for between in (" ", "\t", "\n", "/**/", "\\\n", "' + '", '" + "', "''", "\u200b", "\0", word):
        yield word[:half] + between + word[half:]
    yield from (f"{word[:-1]} {word[-1]}", f"{word[0]} {word[1:]}", f" {word}", f"{word} ", word * 2)


def _numbers(text: str, hints: Hints) -> Iterator[str]:
    found = list(_NUMBER.finditer(text))[:12]
    near = [str(limit + step) for limit in hints.numbers for step in (-1, 0, 1) if limit > 1]
    forms = [near, ["{0-1}", "{0+1}", "{0*2}", "{0//2}", "{0*10}", "-{0}", "0x{0:x}", "{0}.0", "0{0}", "{0}e0"]]
    for form in (form for group in forms for form in group):
        for match in found:
            yield f"{text[: match.start()]}{_number(form, int(match.group()))}{text[match.end() :]}"


def _number(form: str, number: int) -> str:
    made = {
        "{0-1}": number - 1,
        "{0+1}": number + 1,
        "{0*2}": min(number * 2, NUMBER_MAX),
        "{0//2}": number // 2,
        "{0*10}": min(number * 10, NUMBER_MAX),
    }
    return str(made[form]) if form in made else form.replace("{0:x}", f"{number:x}").replace("{0}", str(number))


def _lengths(text: str, hints: Hints) -> Iterator[str]:
    for match in islice(_RUN.finditer(text), 4):
        unit = match.group(1)
        count = len(match.group()) // len(unit)
        just_below = [(limit // len(unit)) - step for limit in hints.numbers for step in (1, 0, 2)]
        for other in (*just_below, count // 2, count * 2, count // 4, count * 4, count + 1, count - 1, 3 * count // 4):
            if 0 < other != count and other * len(unit) <= CONTENT_MAX:
                yield text[: match.start()] + unit * other + text[match.end() :]


def _nesting(text: str, hints: Hints) -> Iterator[str]:
    del hints
    there = [pair for pair in _BRACKETS if pair[0] in text]
    for left, right in there:
        for other_left, other_right in _BRACKETS:
            if other_left != left:
                yield text.replace(left, other_left).replace(right, other_right)
        yield text.replace(left, left * 2).replace(right, right * 2)
        yield text.replace(left, f"{left} ").replace(right, f" {right}")
        # Each second one of another kind, so that no two of a kind stand together.
        for other_left, other_right in _BRACKETS[:3]:
            if other_left != left:
                yield text.replace(left, left + other_left).replace(right, other_right + right)


def _cases(text: str, hints: Hints) -> Iterator[str]:
    del hints
    parts = _PLACEHOLDER.split(text)
    held = [*_PLACEHOLDER.findall(text), ""]
    for change in (str.upper, str.lower, str.swapcase, str.title):
        yield "".join(change(part) + keep for part, keep in zip(parts, held, strict=True))
    for word in list(dict.fromkeys(_WORD.findall(" ".join(parts))))[:12]:
        yield text.replace(word, word.swapcase())
        yield text.replace(word, word.capitalize())


def _quotes(text: str, hints: Hints) -> Iterator[str]:
    del hints
    if "'" in text or '"' in text:
        yield text.translate(_QUOTES)
        yield text.replace("'", '"')
        yield text.replace('"', "'")
        yield text.replace("'", "`").replace('"', "`")
        yield text.replace("'", "'''")
        yield text.replace("'", "\u2019")


def _spaces(text: str, hints: Hints) -> Iterator[str]:
    del hints
    yield from (f" {text}", f"\n{text}", f"{text.rstrip()} ", f"{text}\n", f"\t{text}", f"\ufeff{text}", text.strip())
    yield text.replace("(", " (")
    yield text.replace("(", "( ")
    yield text.replace(".", " .")
    yield text.replace(",", " , ")
    for other in ("\t", "\n", "  ", "\x0c", "\u00a0", "\r\n", "+", "%20"):
        if " " in text.strip():
            yield text.replace(" ", other)
    if "\n" in text:
        yield text.replace("\n", "\r\n")
        yield text.replace("\n", "\r")
        yield text.replace("\n", " ")


def _spelt_otherwise(table: tuple[tuple[str, str], ...]) -> Maker:
    def make(text: str, hints: Hints) -> Iterator[str]:
        del hints
        for old, new in table:
            if old in text:
                yield text.replace(old, new)
                if text.count(old) > 1:
                    yield text.replace(old, new, 1)

    return make


def _prototypes_in_json(text: str, hints: Hints) -> Iterator[str]:
    """``"__proto__": X`` is ``"constructor": {"prototype": X}``; X up to the bracket that closes it."""
    del hints
    for match in islice(re.finditer(r"([\"'])__proto__\1\s*:\s*(?=\{)", text), 4):
        depth = 0
        for at in range(match.end(), len(text)):
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            if depth == 0:
                quote = match.group(1)
                inner = text[match.end() : at + 1]
                form = f"{quote}constructor{quote}: {{{quote}prototype{quote}: {inner}}}"
                yield text[: match.start()] + form + text[at + 1 :]
                break


def _wrapped(text: str, hints: Hints) -> Iterator[str]:
    del hints
    core = text.strip()
    if core[:1] == "{" and core[-1:] == "}":  # JSON, by the look of it
        yield from (f'{{"a": 1, {core[1:]}', f'{{"a": {core}}}', f'{core[:-1]}, "a": 1}}', f"[{core}]")
        yield from (f'{{"a": {{"b": {core}}}}}', f'{{"a": [{core}]}}', f"{{ {core[1:]}", f'{{"": 1, {core[1:]}')
    for form in (
        "({})",
        "[{}]",
        "({},)",
        "0 or {}",
        "{} or 0",
        "(lambda: {})()",
        "{};",
        "{} #",
        "{} //",
        "!{}",
        "void {}",
    ):
        yield form.replace("{}", core)
    for form in (
        "1,{}",
        "{},1",
        "{}, ",
        "x{}",
        "{}x",
        "{} {}",
        "{}\n{}",
        "/{}",
        "{}/",
        ".{}",
        "./{}",
        "//{}",
        "{}?",
        "{}#",
    ):
        yield form.replace("{}", core)


def _lines(text: str, hints: Hints) -> Iterator[str]:
    del hints
    lines = text.split("\n")
    if len(lines) < 2:  # noqa: PLR2004 - one line has no neighbors
        return
    yield "\n".join(reversed(lines))
    for at in range(min(len(lines), 12)):
        yield "\n".join([*lines[:at], *lines[at + 1 :]])
        yield "\n".join([*lines[: at + 1], *lines[at:]])


def _escaped(text: str, hints: Hints) -> Iterator[str]:
    del hints
    for word in list(dict.fromkeys(_WORD.findall(_PLACEHOLDER.sub(" ", text))))[:8]:
        for other in islice(_misspelt(word), 3, 9):
            yield text.replace(word, other)


_MAKERS: tuple[tuple[str, Maker], ...] = (
    ("a word that the patch asks for, spelt otherwise", _named_words),
    ("another number", _numbers),
    ("another length", _lengths),
    ("other brackets or depth", _nesting),
    *((kind, _spelt_otherwise(table)) for kind, table in spellings.ALL),
    ("another way to a prototype, nested", _prototypes_in_json),
    ("other quotes", _quotes),
    ("other white space", _spaces),
    ("upper and lower case", _cases),
    ("something around it", _wrapped),
    ("an escape", _escaped),
    ("other lines", _lines),
)
_FOR_SCRIPTS = frozenset({_numbers, _named_words})


def _calm_lengths(text: str, hints: Hints) -> Iterator[str]:
    """A word, and the whole, made just longer than each number of the patch's."""
    words = sorted(set(_WORD.findall(_PLACEHOLDER.sub(" ", text))), key=len, reverse=True)
    for limit in sorted(hints.numbers):
        if words and len(words[0]) <= limit <= CALM_MAX:
            yield text.replace(words[0], (words[0] * (limit + 2))[: limit + 1], 1)
        if text.strip() and len(text) <= limit <= CALM_MAX:
            yield "\n".join([text.rstrip("\n")] * (limit // len(text) + 2)) + "\n"
    if words:
        yield text.replace(words[0], words[0] * 40, 1)


def _calm_named(text: str, hints: Hints) -> Iterator[str]:
    """A word that the patch asks for, in the middle of a benign one."""
    words = sorted(set(_WORD.findall(_PLACEHOLDER.sub(" ", text))), key=len, reverse=True)
    for named in hints.words:
        if words and len(named) <= CALM_MAX and re.fullmatch(r"[\w .:/-]+", named):
            yield text.replace(words[0], f"{words[0]}{named}", 1)


def _calm_words(text: str, hints: Hints) -> Iterator[str]:
    del hints
    for word in list(dict.fromkeys(_WORD.findall(_PLACEHOLDER.sub(" ", text))))[:12]:
        for other in (word + "s", word[::-1], "x", word * 3, f"{word}\u00e9", word.swapcase()):
            yield text.replace(word, other)


def _calm_numbers(text: str, hints: Hints) -> Iterator[str]:
    del hints
    for match in list(_NUMBER.finditer(text))[:12]:
        number = int(match.group())
        for other in (number + 1, number // 2, 0, number * 2, number * 100):
            if other < 10**8:
                yield f"{text[: match.start()]}{other}{text[match.end() :]}"


def _calm_shape(text: str, hints: Hints) -> Iterator[str]:
    del hints
    yield from (text.strip(), f"{text}\n", f"{text}{text}", f"{text.rstrip()}\n{text}", "", " ", f" {text}")


_BENIGN: tuple[tuple[str, Maker], ...] = (
    ("a word or a whole that is longer", _calm_lengths),
    ("a word that the patch asks for", _calm_named),
    ("other words", _calm_words),
    ("other numbers", _calm_numbers),
    ("longer, shorter, empty", _calm_shape),
    ("other lines", _lines),
)
