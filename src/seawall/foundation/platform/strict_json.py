"""JSON from outside, read strictly: what two readers could understand differently is refused.

UTF-8; no duplicate keys; no NaN, Infinity or numbers that become one; bounded depth; no lone surrogates.
Pure, without Django: report parsers in child processes use it as well as the API.
"""

import json
import math
import re
from typing import Any

from seawall.foundation.platform.errors import BadInput

DEPTH_MAX = 64
"""Nesting of JSON values; real documents stay under 20."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def loads(data: bytes) -> Any:
    """The value of one JSON document.

    Raises:
        BadInput: Not strict JSON; says where or what.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"Byte {error.start} is not UTF-8.", "Send the document as UTF-8.") from error
    try:
        value = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise BadInput(
            f"Not JSON: {error.msg} at line {error.lineno}, column {error.colno}.", "Send one JSON document."
        ) from error
    except ValueError as error:  # Python refuses to read integers of more than 4,300 digits
        raise BadInput("A number is too long.", "Send numbers of ordinary size.") from error
    except RecursionError as error:
        raise BadInput("The JSON is nested too deeply.", f"Stay under {DEPTH_MAX} levels.") from error
    _check_values(value)
    return value


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise BadInput(f"The key {key[:60]!r} stands twice in one object.", "Keep one of them.")
        result[key] = value
    return result


def _no_constant(name: str) -> Any:
    raise BadInput(f"{name} is not JSON.", "Use a number or null.")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise BadInput(f"The number {digits[:40]} is too large.", "Send numbers of ordinary size.")
    return number


def _check_values(value: Any) -> None:
    # Level by level instead of recursively: the depth is the sender's choice.
    level = [value]
    depth = 0
    while level:
        depth += 1
        if depth > DEPTH_MAX:
            raise BadInput("The JSON is nested too deeply.", f"Stay under {DEPTH_MAX} levels.")
        following: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                following.extend(item.values())
                if any(_SURROGATE.search(key) for key in item):
                    raise BadInput("A key holds half a character (lone surrogate).", "Send whole characters.")
            elif isinstance(item, list):
                following.extend(item)
            elif isinstance(item, str) and _SURROGATE.search(item):
                raise BadInput("A text holds half a character (lone surrogate).", "Send whole characters.")
        level = following
