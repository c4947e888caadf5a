"""What a run says apart from its results, and what a result becomes with it: rules, paths, messages, weaknesses. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from seawall.clearinghouse.deduplication.bulk import fingerprints
from seawall.clearinghouse.deduplication.bulk.picking import (
    TEXT_MAX,
    WEAKNESSES_MAX,
    WORD_MAX,
    Pick,
    clean,
    cwes,
    is_cwe,
    items,
    number,
    table,
    word,
)
from seawall.clearinghouse.deduplication.bulk.types import Level, Result

LEVELS = frozenset(level.value for level in Level)
_HOLDER = re.compile(r"\{([0-9]{1,2})\}")
_CHAIN_MAX = 10
"""Bases that stand on one another."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a tool says of one of its rules."""

    id: str
    title: str
    level: str
    weaknesses: tuple[str, ...]
    messages: dict[str, str]


def rule_of(raw: Any) -> Rule:
    """A reporting descriptor (SARIF 3.49), reduced."""
    said = table(raw)
    short = table(said.get("shortDescription")).get("text")
    texts = table(said.get("messageStrings"))
    found: list[str] = []
    for relationship in items(said.get("relationships"))[:100]:
        target = table(table(relationship).get("target"))
        found.extend(cwes([target.get("id")], bare=is_cwe(table(target.get("toolComponent")))))
    properties = table(said.get("properties"))
    found.extend(cwes([*items(properties.get("tags")), *items(properties.get("cwe"), alone=True)]))
    return Rule(
        id=word(said.get("id")),
        title=word(short) or word(said.get("name")),
        level=word(table(said.get("defaultConfiguration")).get("level"), 20),
        weaknesses=tuple(dict.fromkeys(found))[:WEAKNESSES_MAX],
        messages={word(name): clean(table(text).get("text"), TEXT_MAX) for name, text in list(texts.items())[:100]},
    )


@dataclass
class Run:
    """What a run says apart from its results, gathered as it is read."""

    tool: str = ""
    version: str = ""
    automation: str = ""
    rules: dict[int, list[Rule]] = field(default_factory=dict)
    """By extension; -1 is the driver."""
    messages: dict[str, str] = field(default_factory=dict)
    artifacts: list[tuple[str, str]] = field(default_factory=list)
    """Address and base of each file that results name by its place."""
    functions: list[str] = field(default_factory=list)
    taxonomies: list[list[str]] = field(default_factory=list)
    """CWE identifiers of each taxonomy's taxa, empty where a taxon is none."""
    bases: dict[str, dict[str, Any]] = field(default_factory=dict)
    invocations: list[dict[str, Any]] = field(default_factory=list)
    has_results: bool = False
    elsewhere: bool = False
    """Whether results lie in other files, which are not fetched."""


class Resolver:
    """Makes results of the picks of one run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._by_id: dict[str, Rule] = {}
        for component in sorted(run.rules, reverse=True):  # the driver, -1, last: it wins
            self._by_id |= {rule.id: rule for rule in reversed(run.rules[component]) if rule.id}
        self._prefixes: dict[str, str] = {}
        self._paths: dict[tuple[str, str], str] = {}
        folders = [_address(table(one.get("workingDirectory"))) for one in run.invocations]
        folders += [_address(base) for base in run.bases.values()]
        self._roots = tuple(sorted({fingerprints.path_of(one) for one in folders if one[:5].lower() == "file:"}))

    def result(self, pick: Pick) -> Result:
        """The result, whole."""
        rule = self._rule(pick)
        name = pick.rule or rule.id
        message = self._message(pick, rule)
        level = pick.level or rule.level
        path = self._path(pick)
        place = pick.logical_index
        logical = pick.logical or (self._run.functions[place] if 0 <= place < len(self._run.functions) else "")
        weaknesses = tuple(dict.fromkeys([*pick.weaknesses, *self._taxa(pick), *rule.weaknesses]))[:WEAKNESSES_MAX]
        hints = fingerprints.hints_of(dict(pick.fingerprints))
        level = level if level in LEVELS else Level.WARNING.value
        code, said = fingerprints.code_of(pick.snippet), fingerprints.words_of(message)
        shown = (name, rule.title, level, message, path, str(pick.line), str(pick.end_line), str(pick.column))
        told = (pick.snippet, logical, *weaknesses, "", *hints, "", pick.suppressed, str(pick.flows))
        return Result(
            rule=name,
            title=rule.title,
            level=level,
            message=message,
            path=path,
            line=pick.line,
            end_line=pick.end_line,
            column=pick.column,
            snippet=pick.snippet,
            logical=logical,
            weaknesses=weaknesses,
            hints=hints,
            suppressed=pick.suppressed,
            flows=pick.flows,
            code=code,
            said=said,
            content=fingerprints.digest(*shown, *told),
        )

    def _rule(self, pick: Pick) -> Rule:
        rules = self._run.rules.get(pick.component if pick.component >= 0 else -1, [])
        if 0 <= pick.rule_index < len(rules):
            found = rules[pick.rule_index]
            # An index that points elsewhere than the name is a mistake of the tool; the name is what people see.
            if not pick.rule or found.id == pick.rule or pick.rule.startswith(f"{found.id}/"):
                return found
        return self._by_id.get(pick.rule) or self._by_id.get(pick.rule.rpartition("/")[0]) or _NO_RULE

    def _message(self, pick: Pick, rule: Rule) -> str:
        text = pick.message or rule.messages.get(pick.message_id) or self._run.messages.get(pick.message_id) or ""
        if pick.arguments and "{" in text:
            text = _HOLDER.sub(lambda held: _argument(pick.arguments, held), text)[:TEXT_MAX]
        return text or rule.title

    def _path(self, pick: Pick) -> str:
        uri, base = pick.uri, pick.base
        if not uri and 0 <= pick.artifact < len(self._run.artifacts):
            uri, base = self._run.artifacts[pick.artifact]
        if not uri:
            return ""
        found = self._paths.get((uri, base))
        if found is None:
            found = self._paths[uri, base] = fingerprints.path_of(uri, self._roots, self._prefix(base))
        return found

    def _prefix(self, base: str) -> str:
        """What a base is below its root: the part that is relative."""
        if base not in self._prefixes:
            text, at = "", base
            for _ in range(_CHAIN_MAX):
                known = self._run.bases.get(at)
                address = _address(known) if known else ""
                if not address or ":" in address or address.startswith("/"):
                    break
                text = (address if address.endswith("/") else f"{address}/") + text
                at = word(known.get("uriBaseId")) if known else ""
            self._prefixes[base] = text
        return self._prefixes[base]

    def _taxa(self, pick: Pick) -> list[str]:
        found = []
        for taxonomy, place in pick.taxa:
            if taxonomy < len(self._run.taxonomies) and place < len(self._run.taxonomies[taxonomy]):
                found.append(self._run.taxonomies[taxonomy][place])
        return [one for one in found if one]


def _argument(arguments: Sequence[str], held: re.Match[str]) -> str:
    place = int(held[1])
    return arguments[place] if place < len(arguments) else held[0]


def _address(location: dict[str, Any]) -> str:
    return clean(location.get("uri"), TEXT_MAX)


_NO_RULE = Rule("", "", "", (), {})


def category_of(automation: str) -> str:
    """The part of ``automationDetails.id`` that names the kind of run: what follows the last slash is the single run's (3.17.3)."""
    return automation.rpartition("/")[0][:WORD_MAX]


def completeness(run: Run) -> str:
    """Why what a run does not list may still be there; empty where the run is whole."""
    if not run.has_results:
        return "It has no list of results, so nothing was looked for."
    if run.elsewhere:
        return "Some of its results lie in other files."
    for invocation in run.invocations:
        if invocation.get("executionSuccessful") is False:
            code = number(invocation.get("exitCode"), -1)
            told = f" (exit code {code})" if code >= 0 else ""
            return f"The tool says that it did not finish{told}."
    return ""
