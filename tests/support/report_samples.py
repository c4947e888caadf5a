"""One well-formed report for each format, made by us, and what every reader of it must find."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

PACKAGE = "pkg:pypi/jinja2"
SEAWALL: dict[str, Any] = {
    "schema": "seawall.report/1",
    "title": "Attr filter escapes the sandbox",
    "description": "The filter reaches str.format.",
    "package": "pkg:pypi/Jinja2@3.1.4?x=y#sub",
    "versions": ["3.1.3"],
    "failure": "code-execution",
    "weaknesses": ["CWE-1336"],
    "identifiers": ["CVE-2025-27516"],
    "affected": [{"introduced": "0", "fixed": "3.1.6"}, {"introduced": "4.0"}],
    "paths": ["src/jinja2/filters.py", "src/jinja2/filters.py"],
    "symbols": ["do_attr"],
    "severity": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "provenance": {
        "ai_assisted": True,
        "model": "lantern-3",
        "model_version": "2026-10",
        "harness": "night watch",
        "tool": "t",
        "method": "ai-discovered",
        "human_reviewed": True,
        "reviewer_role": "security engineer",
        "cost": {"amount": "12.50", "currency": "USD", "tokens": 1_200_000},
        "prompts_digest": "sha256:" + "ab" * 32,
    },
    "fingerprints": {"tool/1": "abc"},
    "relay": {
        "credits": [
            {"name": "Ada", "organization": "Harbor Labs", "note": "found it", "urls": ["https://ada.example"]}
        ],
        "origins": [{"system": "tracker", "identifier": "HL-17", "url": "https://tracker.example/17"}],
        "embargo": {"until": "2027-01-01", "tlp": "AMBER", "text": "Not before the fix."},
    },
}
SARIF: dict[str, Any] = {
    "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
    "version": "2.1.0",
    "runs": [
        {
            "tool": {
                "driver": {
                    "name": "scanner",
                    "rules": [
                        {
                            "id": "R1",
                            "shortDescription": {"text": "Template injection"},
                            "properties": {"tags": ["external/cwe/cwe-094", "security"]},
                            "relationships": [{"target": {"id": "1336", "toolComponent": {"name": "CWE"}}}],
                        }
                    ],
                }
            },
            "results": [
                {
                    "ruleId": "R1",
                    "message": {"text": "do_attr reaches format."},
                    "taxa": [{"id": "CWE-79"}],
                    "locations": [
                        {
                            "physicalLocation": {"artifactLocation": {"uri": "src/jinja2/filters.py"}},
                            "logicalLocations": [{"fullyQualifiedName": "jinja2.filters.do_attr"}],
                        }
                    ],
                    "partialFingerprints": {"primaryLocationLineHash": "abc:1"},
                    "properties": {
                        "seawall/failure": "code-execution",
                        "seawall/identifiers": ["CVE-2025-27516"],
                        "seawall/affected": [{"introduced": "0", "fixed": "3.1.6"}],
                    },
                }
            ],
            "properties": {
                "seawall/package": "pkg:pypi/jinja2@3.1.4",
                "seawall/model": "m",
                "seawall/ai_assisted": True,
            },
        }
    ],
}
TAP: dict[str, Any] = {
    "purl": "pkg:pypi/jinja2@3.1.4",
    "software": "jinja2",
    "ecosystem": "PyPI",
    "versions": ["3.1.3"],
    "affected_symbol": {"file": "src/jinja2/filters.py", "function": "do_attr", "line": 1301},
    "code_path": "do_attr, the call of getattr",
    "attachments": [
        {
            "filename": "exploit.txt",
            "data": "Render {{ x|attr('format') }}.",
            "content_type": "text/plain",
            "type": "exploit-proof-of-concept",
        },
        {
            "filename": "input.bin",
            "data": base64.b64encode(b"\x00\x01input").decode(),
            "content_type": "application/octet-stream",
            "description": "what the fuzzer found",
        },
    ],
    "references": ["https://github.com/pallets/jinja/issues/1"],
    "upstream_ids": ["CVE-2025-27516"],
    "fixed_commit": "9f8e7d6c5b4a3928",
    "package_repo_url": "https://github.com/pallets/jinja",
    "discovery_method": "ai-assisted",
    "discovery_tooling": "lantern-3 via Night Watch",
    "email": "reporter@example.org",
    "notify": "milestones",
    "enrichment": {"cvss_vector": "CVSS:4.0/AV:N/AC:L/AT:N", "cwe": "CWE-1336 Template", "ssvc": "Attend", "epss": 0.2},
}
CSAF: dict[str, Any] = {
    "$schema": "https://docs.oasis-open.org/csaf/csaf/v2.1/schema/csaf.json",
    "document": {
        "category": "csaf_vulnerability_report",
        "csaf_version": "2.1",
        "title": "Sandbox escape in Jinja2",
        "distribution": {"tlp": {"label": "AMBER"}, "text": "For the maintainers."},
        "publisher": {"category": "discoverer", "name": "Harbor Labs", "namespace": "https://harbor.example"},
        "tracking": {
            "id": "HL-2026-17",
            "status": "interim",
            "version": "1",
            "initial_release_date": "2026-10-01T00:00:00Z",
            "current_release_date": "2026-10-01T00:00:00Z",
            "revision_history": [{"date": "2026-10-01T00:00:00Z", "number": "1", "summary": "First."}],
            "generator": {"engine": {"name": "Harbor Writer", "version": "2"}},
        },
        "acknowledgments": [{"names": ["Ada"], "organization": "Harbor Labs", "summary": "found it"}],
        "references": [{"category": "external", "summary": "The issue", "url": "https://tracker.example/17"}],
    },
    "product_tree": {
        "branches": [
            {
                "category": "product_name",
                "name": "Jinja2",
                "branches": [
                    {
                        "category": "product_version",
                        "name": "3.1.4",
                        "product": {
                            "name": "Jinja2 3.1.4",
                            "product_id": "P1",
                            "product_identification_helper": {"purls": ["pkg:pypi/jinja2@3.1.4"]},
                        },
                    },
                    {
                        "category": "product_version_range",
                        "name": "vers:pypi/>=0|<3.1.6",
                        "product": {
                            "name": "Jinja2 before 3.1.6",
                            "product_id": "P2",
                            "product_identification_helper": {"purls": ["pkg:pypi/jinja2"]},
                        },
                    },
                ],
            }
        ]
    },
    "vulnerabilities": [
        {
            "title": "Attr filter escapes the sandbox",
            "cve": "CVE-2025-27516",
            "ids": [{"system_name": "Harbor Labs", "text": "17"}],
            "cwes": [{"id": "CWE-1336", "name": "Template injection", "version": "4.18"}],
            "disclosure_date": "2027-01-01T00:00:00Z",
            "notes": [
                {"category": "summary", "title": "Vulnerability Summary", "text": "The filter reaches str.format."}
            ],
            "metrics": [
                {
                    "content": {"cvss_v3": {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}},
                    "products": ["P1"],
                }
            ],
            "product_status": {"known_affected": ["P1", "P2"]},
            "involvements": [{"party": "discoverer", "status": "completed", "summary": "Reported to the project."}],
        }
    ],
}
AIXCC: dict[str, Any] = {
    "bundle": {
        "pov_id": "744a8ead-9ebc-40cd-93f4-a0e8b3d7d8f4",
        "patch_id": "5bb9fd7f-7b6e-4f0b-a1e3-4f0a2f7b9c11",
        "description": "The filter reaches str.format.\nA patch is in the bundle.",
    },
    "pov": {
        "testcase": base64.b64encode(b"crash me").decode(),
        "fuzzer_name": "template_fuzzer",
        "sanitizer": "address",
        "engine": "libfuzzer",
        "architecture": "x86_64",
    },
    "patch": {"patch": base64.b64encode(b"--- a/x\n+++ b/x\n").decode()},
    "submitted_sarif": {"sarif": SARIF},
    "task": {"project_name": "jinja2", "task_id": "t", "type": "full"},
    "package": "pkg:pypi/jinja2@3.1.4",
    "provenance": {"ai_assisted": True, "model": "lantern-3", "harness": "crs", "cost": {"tokens": 5}},
}
MARKDOWN = """# Attr filter escapes the sandbox

- **Package:** pkg:pypi/jinja2@3.1.4
- **Affected version(s):** 3.1.3, 3.1.4
- **CWE (if known):** CWE-1336
- **Failure:** code-execution
- **CVSS v3.1 vector / score (legacy):** CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H
- **Affected source location(s):** `src/jinja2/filters.py`
- **Credit preference:** credit me as "Ada"
- **Time constraints / planned disclosure date:** 2027-01-01, our policy
- **AI used:** yes, discovery
- **Model:** lantern-3
- **Harness:** night watch
- **Human reviewed:** yes
- **Cost:** 12.50 USD
- **Tokens:** 1,200,000

The filter reaches str.format (CVE-2025-27516).

## Proof of vulnerability

```python
env.from_string("{{ x|attr('format') }}").render(x=x)
```
"""


@dataclass(frozen=True)
class Sample:
    """A report of one format."""

    format: str
    document: Any
    """JSON value, or text."""
    required: tuple[tuple[str, ...], ...]
    """Places without which there is no report; each alone is taken out, or, if several are named, all together."""
    wrong: dict[str, Any] = field(default_factory=dict)
    """Place -> a value that no reader may take there."""

    def data(self) -> bytes:
        """The bytes."""
        return self.document.encode() if isinstance(self.document, str) else json.dumps(self.document).encode()


SAMPLES = {
    one.format: one
    for one in (
        Sample(
            "seawall",
            SEAWALL,
            (("schema",), ("title",), ("description",), ("package",)),
            {
                "title": 1,
                "versions": {},
                "provenance/cost/tokens": -1,
                "relay/chain": {},
                "relay/embargo/tlp": "PURPLE",
            },
        ),
        Sample("sarif", SARIF, (("runs",), ("version",), ("runs/0/properties",)), {"runs": 1, "runs/0/results": {}}),
        Sample(
            "akrites-tap",
            TAP,
            (("purl", "software"), ("purl", "ecosystem"), ("attachments/0/content_type",), ("attachments/1/data",)),
            {"purl": 7, "attachments": {}, "attachments/1/data": "not base64!", "affected_symbol/line": -1},
        ),
        Sample(
            "csaf",
            CSAF,
            (
                ("document/csaf_version",),
                ("document/category",),
                ("vulnerabilities",),
                ("vulnerabilities/0/product_status",),
                ("vulnerabilities/0/notes",),
                ("product_tree",),
            ),
            {
                "vulnerabilities": 3,
                "product_tree": [],
                "document/distribution/tlp/label": 1,
                "vulnerabilities/0/cwes": "x",
            },
        ),
        Sample(
            "aixcc",
            AIXCC,
            (("package", "task"), ("pov", "submitted_sarif"), ("pov/testcase",), ("pov/sanitizer",)),
            {"pov": [], "pov/testcase": "?", "patch/patch": 1, "submitted_sarif/sarif/version": "9"},
        ),
        Sample(
            "markdown",
            MARKDOWN,
            (("Package",), ("## Proof of vulnerability",)),
            {"Cost": "a lot", "Tokens": "many", "Failure": "bang"},
        ),
    )
}
