"""Scans of a made-up project, written in the shapes that real tools write SARIF in.

    spots = project(200)
    document = codeql(spots)             # bytes; also semgrep, bandit, eslint, gosec
    document = codeql(shifted(spots, "src/part0/file0.py", after=10, by=3))

Shapes follow the tools' own output as documented: which fields there are, in which order, where rules, code and weaknesses
stand. Names and messages are made up.
"""

import hashlib
import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

RULES = (
    ("sql-injection", "CWE-89", "Query built from user-controlled text"),
    ("path-traversal", "CWE-22", "Path built from user-controlled text"),
    ("code-injection", "CWE-94", "Text from outside is run as code"),
    ("weak-hash", "CWE-328", "Digest that can be forged"),
    ("hard-coded-secret", "CWE-798", "Credential in the source"),
)


@dataclass(frozen=True)
class Spot:
    """One place that a tool complains about."""

    rule: int
    path: str
    line: int
    code: str
    function: str = ""
    column: int = 5

    @property
    def message(self) -> str:
        return f"{RULES[self.rule][2]}: see [this value](1)."


def project(size: int, *, per_file: int = 20, seed: int = 7) -> list[Spot]:
    """Places in files of ``per_file`` each; every fifth has the same code as another one of its file."""
    chance = random.Random(seed)  # noqa: S311 - a made-up project
    spots = []
    for number in range(size):
        file, place = divmod(number, per_file)
        twin = place % 5 == 4
        rule = chance.randrange(len(RULES)) if not twin else spots[-1].rule
        code = spots[-1].code if twin else f"value_{number} = handle(request.args['{chance.randrange(10**6)}'])"
        spots.append(
            Spot(rule, f"src/part{file // 50}/file{file}.py", 10 + 7 * place, code, f"part.file{file}.handle_{place}")
        )
    return spots


def shifted(spots: Iterable[Spot], path: str, *, after: int, by: int) -> list[Spot]:
    """The project after lines were added (or taken away) in a file."""
    return [replace(one, line=one.line + by) if one.path == path and one.line > after else one for one in spots]


def renamed(spots: Iterable[Spot], path: str, new: str) -> list[Spot]:
    """The project after a file got another name."""
    return [replace(one, path=new) if one.path == path else one for one in spots]


def codeql(
    spots: Sequence[Spot], *, snippets: bool = False, finished: bool = True, category: str = "lang:py/"
) -> bytes:
    """Rules in an extension, a hash of the line as partial fingerprint, code only when asked for."""
    seen: dict[str, int] = {}
    results = []
    for one in spots:
        line_hash = hashlib.sha256(one.code.encode()).hexdigest()[:16]
        seen[one.path + line_hash] = seen.get(one.path + line_hash, 0) + 1
        region = {"startLine": one.line, "startColumn": one.column, "endColumn": one.column + 20}
        physical: dict[str, Any] = {
            "artifactLocation": {"uri": one.path, "uriBaseId": "%SRCROOT%", "index": 0},
            "region": region,
        }
        if snippets:
            physical["contextRegion"] = {"startLine": max(1, one.line - 2), "snippet": {"text": one.code}}
        results.append(
            {
                "ruleId": f"py/{RULES[one.rule][0]}",
                "rule": {"id": f"py/{RULES[one.rule][0]}", "index": one.rule, "toolComponent": {"index": 0}},
                "message": {"text": one.message},
                "locations": [{"physicalLocation": physical}],
                "partialFingerprints": {
                    "primaryLocationLineHash": f"{line_hash}:{seen[one.path + line_hash]}",
                    "primaryLocationStartColumnFingerprint": str(one.column - 1),
                },
                "codeFlows": [{"threadFlows": [{"locations": [{"location": {"physicalLocation": physical}}] * 3}]}],
                "relatedLocations": [{"id": 1, "physicalLocation": physical, "message": {"text": "this value"}}],
            }
        )
    rules = [
        {
            "id": f"py/{name}",
            "name": f"py/{name}",
            "shortDescription": {"text": title},
            "defaultConfiguration": {"enabled": True, "level": "error"},
            "properties": {"tags": ["security", f"external/cwe/cwe-{int(cwe[4:]):03d}"], "security-severity": "8.8"},
        }
        for name, cwe, title in RULES
    ]
    run = {
        "tool": {
            "driver": {"name": "CodeQL", "organization": "GitHub", "semanticVersion": "2.20.1", "rules": []},
            "extensions": [{"name": "codeql/python-queries", "semanticVersion": "1.3.0", "rules": rules}],
        },
        "invocations": [{"toolExecutionNotifications": [], "executionSuccessful": finished}],
        "artifacts": [{"location": {"uri": "src/part0/file0.py", "uriBaseId": "%SRCROOT%", "index": 0}}],
        "results": results,
        "automationDetails": {"id": category},
        "columnKind": "utf16CodeUnits",
        "properties": {"semmle.formatSpecifier": "sarifv2.1.0"},
    }
    return document([run])


def semgrep(spots: Sequence[Spot], *, finished: bool = True) -> bytes:
    """Results before the tool, one constant for a fingerprint, weaknesses in the rule's tags."""
    run = {
        "invocations": [{"executionSuccessful": finished, "toolExecutionNotifications": []}],
        "results": [
            {
                "fingerprints": {"matchBasedId/v1": "requires login"},
                "locations": [
                    {
                        "physicalLocation": {
                            "artifactLocation": {"uri": one.path, "uriBaseId": "%SRCROOT%"},
                            "region": {
                                "endColumn": 60,
                                "endLine": one.line,
                                "snippet": {"text": f"    {one.code}"},
                                "startColumn": one.column,
                                "startLine": one.line,
                            },
                        }
                    }
                ],
                "message": {"text": RULES[one.rule][2]},
                "properties": {},
                "ruleId": f"python.lang.security.{RULES[one.rule][0]}",
            }
            for one in spots
        ],
        "tool": {
            "driver": {
                "name": "Semgrep OSS",
                "rules": [
                    {
                        "defaultConfiguration": {"level": "warning"},
                        "fullDescription": {"text": title},
                        "id": f"python.lang.security.{name}",
                        "name": f"python.lang.security.{name}",
                        "properties": {"precision": "very-high", "tags": [f"{cwe}: A weakness", "security"]},
                        "shortDescription": {"text": f"Semgrep Finding: {name}"},
                    }
                    for name, cwe, title in RULES
                ],
                "semanticVersion": "1.99.0",
            }
        },
    }
    return document([run])


def bandit(spots: Sequence[Spot]) -> bytes:
    """Code in the region and around it; no fingerprints; rules by index."""
    run = {
        "tool": {
            "driver": {
                "name": "Bandit",
                "organization": "PyCQA",
                "rules": [
                    {
                        "id": f"B{300 + number}",
                        "name": name,
                        "properties": {"tags": ["security", f"external/cwe/{cwe.lower()}"]},
                    }
                    for number, (name, cwe, _) in enumerate(RULES)
                ],
                "version": "1.8.0",
                "semanticVersion": "1.8.0",
            }
        },
        "invocations": [{"executionSuccessful": True, "endTimeUtc": "2026-11-26T09:00:00Z"}],
        "properties": {"metrics": {"_totals": {"loc": 1000}}},
        "results": [
            {
                "message": {"text": RULES[one.rule][2]},
                "level": "error",
                "locations": [
                    {
                        "physicalLocation": {
                            "region": {
                                "snippet": {"text": f"    {one.code}\n"},
                                "endColumn": 40,
                                "endLine": one.line,
                                "startColumn": one.column,
                                "startLine": one.line,
                            },
                            "artifactLocation": {"uri": one.path},
                            "contextRegion": {
                                "snippet": {"text": f"\n    {one.code}\n\n"},
                                "endLine": one.line + 1,
                                "startLine": one.line - 1,
                            },
                        }
                    }
                ],
                "properties": {"issue_confidence": "HIGH", "issue_severity": "HIGH"},
                "ruleId": f"B{300 + one.rule}",
                "ruleIndex": one.rule,
            }
            for one in spots
        ],
    }
    return document([run])


def eslint(spots: Sequence[Spot], *, root: str = "file:///home/ci/project/") -> bytes:
    """Absolute addresses through the list of files; nothing but message and line."""
    paths = sorted({one.path for one in spots})
    places = {path: place for place, path in enumerate(paths)}
    run = {
        "tool": {
            "driver": {
                "name": "ESLint",
                "informationUri": "https://eslint.org",
                "rules": [{"id": name, "shortDescription": {"text": title}} for name, _, title in RULES],
                "version": "9.15.0",
            }
        },
        "artifacts": [{"location": {"uri": root + path}} for path in paths],
        "results": [
            {
                "level": "error",
                "message": {"text": f"{RULES[one.rule][2]}."},
                "locations": [
                    {
                        "physicalLocation": {
                            "artifactLocation": {"uri": root + one.path, "index": places[one.path]},
                            "region": {"startLine": one.line, "startColumn": one.column},
                        }
                    }
                ],
                "ruleId": RULES[one.rule][0],
                "ruleIndex": one.rule,
            }
            for one in spots
        ],
        "invocations": [{"workingDirectory": {"uri": root}, "executionSuccessful": True}],
    }
    return document([run])


def gosec(spots: Sequence[Spot]) -> bytes:
    """Weaknesses through a taxonomy and the rules' relationships; some results suppressed in the source."""
    names = sorted({cwe[4:] for _, cwe, _ in RULES})
    run = {
        "results": [
            {
                "level": "error",
                "locations": [
                    {
                        "physicalLocation": {
                            "artifactLocation": {"uri": one.path},
                            "region": {
                                "endColumn": one.column,
                                "endLine": one.line,
                                "snippet": {"text": one.code},
                                "sourceLanguage": "go",
                                "startColumn": one.column,
                                "startLine": one.line,
                            },
                        }
                    }
                ],
                "message": {"text": RULES[one.rule][2]},
                "ruleId": f"G{200 + one.rule}",
                "ruleIndex": one.rule,
                **({"suppressions": [{"justification": "looked at", "kind": "inSource"}]} if one.line == 10 else {}),
            }
            for one in spots
        ],
        "taxonomies": [
            {
                "guid": "f2856fc0-85b7-373f-83e7-6f8582243547",
                "name": "CWE",
                "organization": "MITRE",
                "taxa": [{"id": name, "shortDescription": {"text": "a weakness"}} for name in names],
                "version": "4.4",
            }
        ],
        "tool": {
            "driver": {
                "guid": "8b518d5f-906d-39f9-894b-d327b1a421c5",
                "name": "gosec",
                "rules": [
                    {
                        "defaultConfiguration": {"level": "error"},
                        "id": f"G{200 + number}",
                        "name": title,
                        "properties": {"precision": "high", "tags": ["security", "HIGH"]},
                        "relationships": [
                            {
                                "kinds": ["superset"],
                                "target": {"id": cwe[4:], "toolComponent": {"name": "CWE"}},
                            }
                        ],
                        "shortDescription": {"text": title},
                    }
                    for number, (_, cwe, title) in enumerate(RULES)
                ],
                "semanticVersion": "2.21.4",
                "supportedTaxonomies": [{"name": "CWE"}],
                "version": "2.21.4",
            }
        },
    }
    return document([run])


SHAPES: dict[str, Callable[[Sequence[Spot]], bytes]] = {
    "CodeQL": codeql,
    "CodeQL with code": lambda spots: codeql(spots, snippets=True),
    "Semgrep OSS": semgrep,
    "Bandit": bandit,
    "ESLint": eslint,
    "gosec": gosec,
}


def document(runs: list[Any]) -> bytes:
    """A SARIF document of some runs."""
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": runs}).encode()
