"""A text as the words that two people would both use for one flaw. Pure; linear in the text.

What is counted: stems of words (``w:``), pairs of neighbors (``b:``), neighbors written as one (``j:``, so that "go
getter" meets "gogetter") and what kind of flaw it is by any of its names (``c:``, so that "XSS" meets "cross-site
scripting"). Identifiers and addresses are left out: whoever writes can write any of them.
"""

import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise

TEXT_MAX = 20_000
"""Characters that are read; longer texts repeat themselves."""
WORDS_MAX = 2_000
"""Words that are counted."""
_IDENTIFIER = re.compile(
    r"\b(?:CVE|GHSA|GO|PYSEC|RUSTSEC|OSV|CWE|GSD|SNYK|DSA|RHSA|USN|TEMP|BIT|MAL)-[0-9A-Za-z]{1,20}(?:-[0-9A-Za-z]{1,40}){0,4}",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://\S{1,2000}")
_WORD = re.compile(r"[A-Za-z0-9_]{2,60}")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_ENDINGS = ("ations", "ation", "ities", "ity", "ingly", "ing", "ies", "edly", "ed", "ers", "er", "es", "ly", "al", "s")
_STEM_MIN = 4
"""Letters that a stem keeps."""
_JOINED_MIN, _JOINED_MAX = 6, 20
"""Letters of two words written as one."""
_ALONE_MIN = 8
"""Letters from which a word may be two words written as one."""
_PART_MIN = 3
_IGNORED = frozenset(
    "a an the of in to and or is are be by for on with as that this it its from can could may via when which not has have "  # noqa: SIM905 - a list of 46 strings is harder to read
    "was were been at if into does do had there their they these those than then such also so no any all".split()
)
_CONCEPTS = tuple(
    (name, tuple(hints.split("|")), re.compile(pattern))
    for name, hints, pattern in (
        ("scripting", "xss|cross", r"cross[- ]site[- ]script|\bxss\b"),
        ("request-forgery", "forg|csrf|xsrf", r"cross[- ]site[- ]request[- ]forg|\bcsrf\b|\bxsrf\b"),
        ("server-request", "forg|ssrf", r"server[- ]side[- ]request[- ]forg|\bssrf\b"),
        (
            "denial",
            "service|dos|crash|panic|hang|resource|memory|cpu",
            "|".join(  # noqa: FLY002 - one expression a line
                (
                    r"denial[- ]of[- ]service|\bdos\b|\bcrash|\bpanic|\bhang(?:s|ing)?\b|resource (?:exhaust|consum)",
                    r"(?:unbounded|excessive|uncontrolled|exhaust\w{0,5}) (?:\w{1,12} ){0,2}(?:memory|cpu|resource)",
                    r"memory (?:exhaust|consum)|out[- ]of[- ]memory",
                )
            ),
        ),
        (
            "execution",
            "execut|arbitrary|rce|injection",
            "|".join(  # noqa: FLY002 - one expression a line
                (
                    r"remote code execution|arbitrary (?:code|command)|execut\w{1,4} (?:arbitrary|command|code)|\brce\b",
                    r"command injection|shell injection",
                )
            ),
        ),
        ("sql", "sql", r"sql[- ]injection|\bsqli\b"),
        ("in-the-middle", "middle|mitm", r"man[- ]in[- ]the[- ]middle|\bmitm\b"),
        ("traversal", "travers|../|slip", r"(?:director(?:y|ies)|path|dir) travers|\.\./|zip[- ]slip"),
        ("redirect", "redirect", r"redirect"),
        (
            "escalation",
            "privilege",
            r"privilege escalation|escalat\w{1,4} (?:of )?privilege|elevation of privilege",
        ),
        ("authentication", "auth", r"authentication bypass|bypass\w{0,3} (?:the )?auth|improper authentication"),
        ("authorization", "authoriz|access|permission|privilege", r"authoriz|access control|permission|privilege"),
        (
            "disclosure",
            "disclos|leak|expos|sensitive|cleartext",
            r"disclos|\bleak|expos(?:e|ing|ure)|sensitive (?:information|data)|cleartext",
        ),
        ("race", "race|toctou", r"\brace condition|\btoctou\b|\braces?\b"),
        ("integer", "integer|wrap", r"integer (?:over|under)flow|wrap[- ]?around"),
        ("bounds", "buffer|bounds|heap", r"buffer over(?:flow|run|read)|out[- ]of[- ]bounds|heap overflow"),
        ("freed", "free", r"use[- ]after[- ]free|double[- ]free"),
        ("null", "nil|null", r"(?:nil|null) (?:pointer|dereference)"),
        ("deserialization", "deseriali|unmarshal", r"deseriali[sz]|unmarshal"),
        ("link", "link", r"symlink|symbolic link|link following"),
        ("entity", "entit|xxe", r"xml external entit|\bxxe\b|entity expansion"),
        ("smuggling", "smuggl|splitting|crlf", r"request smuggl|response splitting|crlf"),
        ("expression", "redos|regular", r"\bredos\b|regular expression"),
        ("hard-coded", "hard", r"hard[- ]?coded"),
        ("brute-force", "brute|rate", r"brute[- ]force|rate[- ]limit"),
        ("verification", "signature|verif", r"signature|verif(?:y|ication|ied)"),
        ("certificate", "certificate", r"certificate"),
        ("timing", "timing|channel|constant", r"\btiming\b|side[- ]channel|constant[- ]time"),
        ("pollution", "pollution", r"prototype pollution"),
        ("secret", "password|credential|token|secret", r"password|credential|\btokens?\b|\bsecrets?\b"),
    )
)
"""Kinds of flaws by the names that advisories give them, in lower case; each is looked for only where one of its hints
stands, and each expression is linear in the text."""


def terms(text: str) -> Counter[str]:
    """How often each term stands in a text.

    Args:
        text: Anything at all; ``TEXT_MAX`` characters of it are read.
    """
    plain = _ADDRESS.sub(" ", _IDENTIFIER.sub(" ", text[:TEXT_MAX]))
    written = [word for word in _WORD.findall(plain) if word.lower() not in _IGNORED][:WORDS_MAX]
    stems = [stem(word.lower()) for word in written]
    listed = [f"w:{one}" for one in stems]
    for left, right in pairwise(stems):
        listed.append(f"b:{left} {right}")
        if _JOINED_MIN <= len(left) + len(right) <= _JOINED_MAX:
            listed.append(f"j:{left}{right}")
    listed += [f"j:{one}" for one in set(stems) if _ALONE_MIN <= len(one) <= _JOINED_MAX]
    for word in set(written):  # fooBar and foo_bar are also foo and bar
        if word.isalpha() and (word.islower() or word.isupper() or word[1:].islower()):
            continue
        parts = _PART.findall(word)
        if len(parts) > 1:
            listed += [
                f"w:{stem(part.lower())}" for part in parts if len(part) >= _PART_MIN and part.lower() not in _IGNORED
            ]
    counted = Counter(listed)
    low = plain.lower()
    for name, hints, pattern in _CONCEPTS:
        if any(hint in low for hint in hints):
            count = sum(1 for _ in pattern.finditer(low))
            if count:
                counted[f"c:{name}"] = count
    return counted


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A word in lower case without its ending; crude on purpose, for both sides are treated alike."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM_MIN:
            return word[: -len(ending)]
    return word
