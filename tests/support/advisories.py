"""Made-up advisories, one of each format, for the tests: their publishers' layouts, none of their texts."""

import json
from typing import Any

CSAF: dict[str, Any] = {
    "document": {
        "csaf_version": "2.0",
        "category": "csaf_security_advisory",
        "title": "Tidegate and OpenSSL",
        "aggregate_severity": {"text": "Important"},
        "tracking": {
            "id": "HARBOR-2026-1",
            "initial_release_date": "2026-01-01T00:00:00Z",
            "current_release_date": "2026-01-02T00:00:00Z",
        },
        "references": [{"url": "https://harbor.example/1"}],
    },
    "product_tree": {
        "branches": [
            {
                "category": "vendor",
                "name": "Harbor",
                "branches": [
                    {
                        "category": "product_name",
                        "name": "Tidegate",
                        "branches": [
                            {
                                "category": "product_version_range",
                                "name": "vers:npm/>=1.0.0|<1.4.2|>2.0.0|<=2.1.0",
                                "product": {
                                    "product_id": "RANGE",
                                    "name": "Tidegate",
                                    "product_identification_helper": {"purl": "pkg:npm/tidegate"},
                                },
                            },
                            {
                                "category": "product_version",
                                "name": "3.0.0",
                                "product": {
                                    "product_id": "ONE",
                                    "name": "Tidegate 3.0.0",
                                    "product_identification_helper": {"purl": "pkg:npm/tidegate@3.0.0"},
                                },
                            },
                            {
                                "category": "product_version_range",
                                "name": "< V4.2",
                                "product": {"product_id": "NAMED", "name": "Tidegate firmware"},
                            },
                        ],
                    },
                    {
                        "category": "product_name",
                        "name": "Enterprise Linux 8",
                        "product": {
                            "product_id": "EL8",
                            "name": "Enterprise Linux 8",
                            "product_identification_helper": {"cpe": "cpe:/a:redhat:enterprise_linux:8::appstream"},
                        },
                    },
                    {
                        "category": "product_version",
                        "name": "openssl-1.1.1k-9",
                        "product": {
                            "product_id": "OPENSSL",
                            "name": "openssl",
                            "product_identification_helper": {
                                "purl": "pkg:rpm/redhat/openssl@1.1.1k-9.el8_8?arch=x86_64&epoch=1"
                            },
                        },
                    },
                ],
            }
        ],
        "full_product_names": [
            {
                "product_id": "ROUTER",
                "name": "Router",
                "product_identification_helper": {"cpe": "cpe:2.3:o:harbor:router_firmware:*:*:*:*:*:*:*:*"},
            },
            {
                "product_id": "ROUTER2",
                "name": "Router 2.0",
                "product_identification_helper": {"cpe": "cpe:2.3:o:harbor:router_firmware:2.0:*:*:*:*:*:*:*"},
            },
        ],
        "relationships": [
            {
                "category": "default_component_of",
                "product_reference": "OPENSSL",
                "relates_to_product_reference": "EL8",
                "full_product_name": {"product_id": "EL8:OPENSSL", "name": "openssl of Enterprise Linux 8"},
            }
        ],
    },
    "vulnerabilities": [
        {
            "cve": "CVE-2026-1",
            "cwe": {"id": "CWE-79", "name": "Cross-site scripting"},
            "product_status": {
                "known_affected": ["RANGE", "ONE", "NAMED", "ROUTER"],
                "first_fixed": ["ROUTER2"],
                "under_investigation": ["EL8"],
            },
        },
        {
            "cve": "CVE-2026-2",
            "scores": [{"cvss_v3": {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}],
            "product_status": {"fixed": ["EL8:OPENSSL"]},
        },
    ],
}
OSV: dict[str, Any] = {
    "id": "GHSA-aaaa-bbbb-cccc",
    "modified": "2026-01-02T00:00:00Z",
    "published": "2026-01-01T00:00:00Z",
    "aliases": ["CVE-2026-1"],
    "summary": "Tidegate",
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "Tide_Gate"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.2.3"}]}],
            "versions": ["1.0", "2.0"],
        },
        {
            "package": {"ecosystem": "npm", "name": "tidegate"},
            "ranges": [{"type": "SEMVER", "events": [{"introduced": "1.0.0"}]}],
            "database_specific": {"last_known_affected_version_range": "<= 1.9.0"},
        },
        {
            "package": {"ecosystem": "Go", "name": "harbor.example/tidegate"},
            "ranges": [{"type": "SEMVER", "events": [{"fixed": "1.5.0"}, {"introduced": "1.1.0"}]}],
        },
    ],
    "references": [{"type": "WEB", "url": "https://harbor.example/1"}],
    "database_specific": {"severity": "HIGH", "cwe_ids": ["CWE-79"]},
}
RUBYSEC = """---
gem: tidegate
cve: 2026-1
ghsa: aaaa-bbbb-cccc
url: https://harbor.example/1
title: Tidegate
date: 2026-01-01
description: |
  Text.
cvss_v3: 9.8
unaffected_versions:
  - "< 1.10"
patched_versions:
  - "~> 1.12.3"
  - ">= 2.0.1, != 2.0.5"
related:
  url:
    - https://harbor.example/2
"""
NODEJS = {
    "id": 7001,
    "created_at": "2026-01-01",
    "updated_at": "2026-01-02",
    "title": "Tidegate",
    "module_name": "tidegate",
    "publish_date": "2026-01-01",
    "cves": ["CVE-2026-1"],
    "vulnerable_versions": "<1.4.2 || >=2.0.0 <=2.1.x || 3.0.0-rc.1 - 3.0.0 || ^0.2.0",
    "patched_versions": "~1.3.7 || >=3.0.1",
    "overview": "Text.",
    "references": ["https://harbor.example/1"],
    "cvss_vector": "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
    "cvss_score": 7.5,
}
NODEJS_CORE = {
    "cve": ["CVE-2026-3"],
    "vulnerable": "14.x || 16.x",
    "patched": "^14.20.1 || ^16.17.1",
    "ref": "https://harbor.example/3",
    "overview": "Text.",
    "severity": "medium",
}
FRIENDSOFPHP = """title: Tidegate
link: https://harbor.example/1
cve: CVE-2026-1
branches:
    1.x:
        time: 2026-01-02 10:00:00
        versions: ['>=1.0', '<1.4.2']
    2.x:
        time: 2026-01-01 10:00:00
        versions: ['>2.0.0', '<=2.1.10']
reference: composer://harbor/tidegate
"""
DEBIAN = {
    "openssl": {
        "CVE-2026-1": {
            "description": "Text.",
            "scope": "remote",
            "releases": {
                "bookworm": {"status": "resolved", "fixed_version": "3.0.11-1~deb12u2", "urgency": "not yet assigned"},
                "bullseye": {"status": "open", "urgency": "medium"},
                "trixie": {"status": "resolved", "fixed_version": "0", "urgency": "not yet assigned"},
                "sid": {"status": "undetermined", "urgency": "not yet assigned"},
            },
        }
    },
    "edk2": {"CVE-2026-1": {"releases": {"bookworm": {"status": "open", "urgency": "unimportant"}}}},
}
ALPINE = {
    "distroversion": "v3.20",
    "reponame": "main",
    "urlprefix": "https://dl-cdn.alpinelinux.org/alpine",
    "apkurl": "{{urlprefix}}/{{distroversion}}/{{reponame}}/{{arch}}/{{pkg.name}}-{{pkg.ver}}.apk",
    "packages": [
        {
            "pkg": {
                "name": "openssl",
                "secfixes": {
                    "3.1.4-r0": ["CVE-2026-1 GHSA-aaaa-bbbb-cccc"],
                    "3.1.4-r5": ["CVE-2026-2"],
                    "3.1.6-r0": ["CVE-2026-2"],
                    "0": ["CVE-2026-3"],
                    "3.0.0-r0": None,
                },
            }
        }
    ],
}
SAMPLES: dict[str, list[tuple[str, bytes]]] = {
    "csaf": [("2026/harbor-2026-1.json", json.dumps(CSAF).encode())],
    "rubysec": [("gems/tidegate/CVE-2026-1.yml", RUBYSEC.encode())],
    "nodejs": [
        ("vuln/npm/7001.json", json.dumps(NODEJS).encode()),
        ("vuln/core/17.json", json.dumps(NODEJS_CORE).encode()),
    ],
    "friendsofphp": [("harbor/tidegate/CVE-2026-1.yaml", FRIENDSOFPHP.encode())],
    "debian": [("debian.json", json.dumps(DEBIAN).encode())],
    "alpine": [("v3.20/main.json", json.dumps(ALPINE).encode())],
    "osv": [
        ("advisories/github-reviewed/2026/01/GHSA-aaaa-bbbb-cccc/GHSA-aaaa-bbbb-cccc.json", json.dumps(OSV).encode())
    ],
}
