"""What is kept of one raw SARIF result until its run's rules are known: a short list of plain values. Pure.

The order of keys in SARIF is free: Semgrep writes its results before its rules. So each result is reduced at once and resolved
when its run has been read to the end.
"""

import re
from dataclasses import dataclass
from typing import Any

TEXT_MAX = 2000
"""Characters of a message or of code that are kept."""
WORD_MAX = 300
"""Characters of a rule's or function's name."""
URI_MAX = 2000
WEAKNESSES_MAX = 10
FINGERPRINTS_MAX = 20
ARGUMENTS_MAX = 20
LINE_MAX = 2**31 - 1

_UNFIT = re.compile("[\x00\ud800-\udfff]")
_CWE = re.compile(r"cwe[-/_ :]{0,2}0*([1-9][0-9]{0,5})\b", re.IGNORECASE)
_NOT_FOUND = frozenset({"pass", "notApplicable"})


@dataclass(frozen=True, slots=True)
class Pick:
    """One result, its references still open."""

    rule: str
    rule_index: int
    component: int
    """Index of the extension that has the rule; -1 for the driver."""
    level: str
    """Empty where the result says none."""
    message: str
    message_id: str
    arguments: tuple[str, ...]
    uri: str
    base: str
    artifact: int
    line: int
    end_line: int
    column: int
    snippet: str
    logical: str
    logical_index: int
    weaknesses: tuple[str, ...]
    taxa: tuple[tuple[int, int], ...]
    """Taxonomy and place in it, where a taxon is named by its place only."""
    fingerprints: tuple[tuple[str, str], ...]
    suppressed: str
    flows: int

    def plain(self) -> tuple[Any, ...]:
        """Values for JSON, in the order of the fields."""
        return tuple(getattr(self, name) for name in self.__slots__)


def pick(raw: dict[str, Any]) -> Pick | str:
    """Reduce a result; a word where it is none: ``passed`` (a check that held) or ``absent`` (gone since its baseline)."""
    kind = raw.get("kind")
    if kind in _NOT_FOUND:
        return "passed"
    if raw.get("baselineState") == "absent":
        return "absent"
    rule = table(raw.get("rule"))
    component = table(rule.get("toolComponent"))
    message = table(raw.get("message"))
    location = first(raw.get("locations"))
    physical = table(location.get("physicalLocation"))
    artifact = table(physical.get("artifactLocation"))
    region = table(physical.get("region"))
    logical = first(location.get("logicalLocations"))
    level = word(raw.get("level"), 20)
    index = number(rule.get("index"), -1)
    weaknesses, taxa = _weaknesses(raw)
    return Pick(
        rule=word(raw.get("ruleId")) or word(rule.get("id")),
        rule_index=index if index >= 0 else number(raw.get("ruleIndex"), -1),
        component=number(component.get("index"), -1),
        level=level or ("none" if isinstance(kind, str) and kind != "fail" else ""),
        message=_text(message.get("text")) or _text(message.get("markdown")),
        message_id=word(message.get("id")),
        arguments=tuple(word(one) for one in items(message.get("arguments"))[:ARGUMENTS_MAX]),
        uri=clean(artifact.get("uri"), URI_MAX),
        base=word(artifact.get("uriBaseId")),
        artifact=number(artifact.get("index"), -1),
        line=number(region.get("startLine"), 0),
        end_line=number(region.get("endLine"), 0),
        column=number(region.get("startColumn"), 0),
        snippet=_snippet(region) or _snippet(table(physical.get("contextRegion"))),
        logical=word(logical.get("fullyQualifiedName")) or word(logical.get("name")),
        logical_index=number(logical.get("index"), -1),
        weaknesses=weaknesses,
        taxa=taxa,
        fingerprints=_fingerprints(raw),
        suppressed=_suppressed(raw.get("suppressions")),
        flows=_flows(raw.get("codeFlows")),
    )


def _weaknesses(raw: dict[str, Any]) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    found: list[str] = []
    places: list[tuple[int, int]] = []
    for taxon in items(raw.get("taxa"))[:100]:
        named = table(taxon)
        component = table(named.get("toolComponent"))
        if named.get("id") is not None:
            found.extend(cwes([named["id"]], bare=is_cwe(component)))
        elif number(named.get("index"), -1) >= 0:
            places.append((number(component.get("index"), 0), number(named.get("index"), -1)))
    properties = table(raw.get("properties"))
    found.extend(cwes([*items(properties.get("tags")), *items(properties.get("cwe"), alone=True)]))
    return tuple(dict.fromkeys(found))[:WEAKNESSES_MAX], tuple(places[:WEAKNESSES_MAX])


def is_cwe(component: dict[str, Any]) -> bool:
    """Whether a taxonomy is CWE; one that has no name is taken for it, as tools that use one leave that out."""
    return str(component.get("name") or "cwe").strip().lower() == "cwe"


def cwes(values: list[Any], *, bare: bool = False) -> list[str]:
    """CWE identifiers in texts such as ``external/cwe/cwe-079``; with ``bare`` a number alone is one."""
    found = []
    for value in values[:200]:
        text = str(value)[:WORD_MAX] if isinstance(value, str | int) else ""
        if bare and text.isascii() and text.isdecimal() and len(text) <= len("123456") and int(text):
            found.append(f"CWE-{int(text)}")
        found.extend(f"CWE-{match[1]}" for match in _CWE.finditer(text))
    return found


def _fingerprints(raw: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    found = []
    for bag in ("fingerprints", "partialFingerprints"):
        for name, value in list(table(raw.get(bag)).items())[:FINGERPRINTS_MAX]:
            if isinstance(value, str) and value.strip():
                found.append((f"{bag[0]}/{clean(name, WORD_MAX)}", clean(value, TEXT_MAX)))
    return tuple(found)


def _suppressed(value: Any) -> str:
    """Only what is in force counts: one that is under review or was rejected puts nothing aside (SARIF 3.35.3)."""
    for one in items(value)[:20]:
        suppression = table(one)
        if suppression.get("status", "accepted") == "accepted" and suppression:
            why = clean(suppression.get("justification"), WORD_MAX)
            kind = word(suppression.get("kind"), 20) or "suppressed"
            return f"{kind}: {why}" if why else kind
    return ""


def _flows(value: Any) -> int:
    longest = 0
    for flow in items(value)[:100]:
        for thread in items(table(flow).get("threadFlows"))[:100]:
            longest = max(longest, len(items(table(thread).get("locations"))))
    return longest


def _snippet(region: dict[str, Any]) -> str:
    return _text(table(region.get("snippet")).get("text"))


def _text(value: Any) -> str:
    return clean(value, TEXT_MAX).strip("\r\n")


def clean(value: Any, limit: int) -> str:
    """A text as the databases can keep it; empty for anything else."""
    if not isinstance(value, str):
        return ""
    return _UNFIT.sub("\ufffd", value[:limit])


def word(value: Any, limit: int = WORD_MAX) -> str:
    """A short text in one line."""
    return " ".join(clean(value, limit).split())


def number(value: Any, default: int) -> int:
    """A whole number that a row can keep."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LINE_MAX else default


def table(value: Any) -> dict[str, Any]:
    """An object; an empty one for anything else: a result is not lost for a field that is not needed."""
    return value if isinstance(value, dict) else {}


def items(value: Any, *, alone: bool = False) -> list[Any]:
    """A list; an empty one for anything else, or with ``alone`` a list of a text."""
    if alone and isinstance(value, str):
        return [value]
    return value if isinstance(value, list) else []


def first(value: Any) -> dict[str, Any]:
    """The first object of a list."""
    return table(value[0]) if isinstance(value, list) and value else {}
