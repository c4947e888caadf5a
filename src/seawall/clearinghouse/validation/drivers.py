"""Looks at a driver for what an honest one has no reason for, as hints to the person who reads it. Pure.

The harness cannot know whether a driver is honest: it runs with the same rights as the package it calls (decision
0070, docs/validation.md). These hints are for accidents and for the lazy; nobody who hides is found by them.
"""

import re

_HINTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("names a folder of the harness", re.compile(r"""["'(\s](?:/canary|/secret|/report|/seawall)\b""")),
    ("asks for the version of the package", re.compile(r"__version__|importlib\.metadata|pkg_resources|package\.json")),
    ("hides text in an encoding", re.compile(r"\bb(?:64|32|16|85)decode\b|\bunhexlify\b|\bfromhex\b|\batob\(")),
    ("runs text as code", re.compile(r"(?<![\w.])(?:eval|exec)\(|\bnew Function\(")),
)


def doubts(source: str) -> tuple[str, ...]:
    """Sentences about a driver that deserves a second look.

    Args:
        source: The driver's text, or its beginning.
    """
    return tuple(
        f"The driver {what}: read it before you rely on this." for what, pattern in _HINTS if pattern.search(source)
    )
