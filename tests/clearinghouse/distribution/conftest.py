"""Advisories to render, and the real validators of both formats, fetched once and kept in pytest's cache."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from seawall.clearinghouse.distribution.types import (
    Advisory,
    AffectedPackage,
    Credit,
    CreditRole,
    Evidence,
    ProductStatement,
    Publisher,
    Reference,
    ReferenceKind,
    Revision,
    VersionRange,
)

CSAF_VALIDATOR = "@secvisogram/csaf-validator-lib@2.0.10"
OSV_REFERENCE = "osv==0.1.3"  # Apache-2.0; ships the schema of OSV 1.7 and asks for Python 3.13, so only unpacked
PUBLISHED = datetime(2026, 7, 14, 9, 30, tzinfo=UTC)
NOT_IN_PATH = "vulnerable_code_not_in_execute_path"
UPDATED = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)


def build(**changes: Any) -> Advisory:
    members: dict[str, Any] = {
        "id": "SEAWALL-2026-K7Q2MX4A",
        "title": "Sandbox escape through the attr filter",
        "summary": "A template can reach the str.format method through the attr filter and leave the sandbox.",
        "details": "Steps:\n1. Load a template.\n2. Call |attr.\n\nThe sandbox does not look at it.",
        "published": PUBLISHED,
        "modified": PUBLISHED,
        "affected": (AffectedPackage.of("pkg:pypi/jinja2", fixed="3.1.6"),),
        "aliases": ("GHSA-cpwx-vrp4-4pq7", "CVE-2025-27516"),
        "cvss": "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H",
        "cwes": ("CWE-1336",),
        "references": (Reference(ReferenceKind.FIX, "https://example.org/fix?a=1&b=2", "The fix"),),
        "credits": (
            Credit("Ada Finder", CreditRole.FINDER, "Example Lab", ("https://example.org/ada",)),
            Credit("Bo Second", CreditRole.CO_FINDER),
            Credit("Seawall", CreditRole.COORDINATOR),
        ),
        "evidence": Evidence("confirmed", 6, "sha256:" + "ab" * 32, 41),
    }
    return Advisory(**(members | changes))


EVERY_SHAPE: dict[str, Advisory] = {
    "the usual": build(),
    "nothing optional": build(aliases=(), cvss=None, cwes=(), references=(), credits=(), evidence=None, details=""),
    "no fix known": build(affected=(AffectedPackage.of("pkg:pypi/jinja2", introduced="2.0"),)),
    "last affected": build(affected=(AffectedPackage.of("pkg:gem/rack", last_affected="2.2.1"),)),
    "single versions": build(
        affected=(AffectedPackage("pkg:nuget/Newtonsoft.Json", (VersionRange("1.0", "2.0"),), ("0.9", "3.0-beta")),)
    ),
    "two branches": build(
        affected=(
            AffectedPackage("pkg:pypi/django", (VersionRange("4.2", "4.2.16"), VersionRange("5.0", "5.0.9"))),
            AffectedPackage.of("pkg:npm/%40scope/thing", fixed="1.2.3"),
        )
    ),
    "vendors' statements": build(
        statements=(
            ProductStatement("pkg:pypi/jinja2", "Pallets", "fixed", "", "3.1.6", "Released.", "https://example.org/a"),
            ProductStatement("pkg:npm/%40scope/view", "Example <b>Co</b>", "not_affected", NOT_IN_PATH, "", "Never."),
            ProductStatement("pkg:generic/appliance", "Example <b>Co</b>", "affected", "", "", "A fix is on its way."),
            ProductStatement("pkg:deb/debian/jinja2", "Debian", "under_investigation"),
            ProductStatement("pkg:rpm/fedora/python-jinja2", "", "unknown"),
        )
    ),
    "SemVer": build(affected=(AffectedPackage.of("pkg:npm/js-yaml", fixed="3.13.1"),)),
    "Go": build(affected=(AffectedPackage.of("pkg:golang/golang.org/x/net", fixed="v0.23.0"),)),
    "Maven": build(affected=(AffectedPackage.of("pkg:maven/org.example/core", introduced="1.0", fixed="1.0.1"),)),
    "Debian": build(
        affected=(
            AffectedPackage(
                "pkg:deb/debian/curl?distro=bookworm", (VersionRange("0", "7.88.1-10+deb12u5"),), (), "Debian:12"
            ),
        )
    ),
    "epoch and tilde": build(affected=(AffectedPackage.of("pkg:deb/debian/x", introduced="1:2.3~rc1", fixed="1:2.3"),)),
    "no ecosystem": build(affected=(AffectedPackage.of("pkg:generic/seawall-tlv", fixed="1.1", versions=("1.0",)),)),
    "commits": build(
        affected=(
            AffectedPackage(
                "pkg:github/example/tlv",
                repository="https://git.example.org/tlv",
                commits=(VersionRange("0", "a" * 40),),
            ),
        )
    ),
    "CVSS 3.0": build(cvss="CVSS:3.0/AV:N/AC:H/PR:N/UI:R/S:C/C:L/I:L/A:N"),
    "CVSS with temporal metrics": build(cvss="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P/RL:O/RC:C"),
    "CVSS 4.0": build(cvss="CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"),
    "a rare weakness": build(cwes=("CWE-1434", "CWE-79", "CWE-20")),
    "two CVEs": build(aliases=("CVE-2025-27516", "CVE-2025-27517", "PYSEC-2025-1")),
    "revised": build(
        modified=UPDATED, revisions=(Revision(PUBLISHED, "First publication."), Revision(UPDATED, "Fixed version."))
    ),
}


@pytest.fixture
def make() -> Callable[..., Advisory]:
    """Build an advisory, with changes."""
    return build


@pytest.fixture
def publisher() -> Publisher:
    return Publisher("Seawall Clearinghouse", "https://seawall.example", "advisories@seawall.example")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """``advisory`` runs a test with every shape that an advisory can have."""
    if "advisory" in metafunc.fixturenames:
        metafunc.parametrize("advisory", EVERY_SHAPE.values(), ids=EVERY_SHAPE.keys())


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Parallel test workers fetch one after the other; the later ones find it done."""
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run_or_skip(command: list[str], what: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"{what} was not fetched within 180 s: no package registry?")
    if done.returncode:
        pytest.skip(
            f"{what} could not be fetched (no package registry?): {(done.stderr or done.stdout).strip()[-200:]}"
        )


@pytest.fixture(scope="session")
def csaf_validator(pytestconfig: pytest.Config) -> Path:
    """Folder with the installed validator library of the BSI; skips where node or npm or the registry is missing."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed: the CSAF validator cannot run")
    folder = pytestconfig.cache.mkdir(CSAF_VALIDATOR.replace("/", "_"))
    with _locked(folder):
        if not (folder / "done").exists():
            _run_or_skip(
                [
                    npm,
                    "install",
                    "--prefix",
                    str(folder),
                    "--ignore-scripts",
                    "--no-audit",
                    "--no-fund",
                    CSAF_VALIDATOR,
                ],
                CSAF_VALIDATOR,
            )
            (folder / "done").touch()
    return folder / "node_modules" / "@secvisogram" / "csaf-validator-lib"


_VALIDATE = """
import { createInterface } from 'node:readline'
import validate from '%(library)s/validateStrict.js'
import { csaf_2_0_strict } from '%(library)s/schemaTests.js'
import * as mandatory from '%(library)s/mandatoryTests.js'
import * as optional from '%(library)s/optionalTests.js'
import * as informative from '%(library)s/informativeTests.js'
// 6.3.6 and 6.3.7 open the addresses in the document; 6.3.8 needs hunspell's dictionaries.
const out = new Set(['informativeTest_6_3_6', 'informativeTest_6_3_7', 'informativeTest_6_3_8'])
const tests = [csaf_2_0_strict, ...Object.values(mandatory), ...Object.values(optional), ...Object.values(informative)]
  .filter((test) => !out.has(test.name))
for await (const line of createInterface({ input: process.stdin })) {
  const result = await validate(tests, JSON.parse(line))
  const said = []
  for (const test of result.tests)
    for (const kind of ['errors', 'warnings', 'infos'])
      for (const one of test[kind] ?? []) said.push([kind, test.name, one.instancePath, one.message ?? ''])
  console.log(JSON.stringify({ valid: result.isValid, tests: result.tests.length, said }))
}
"""


@pytest.fixture(scope="session")
def validate_csaf(
    csaf_validator: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[list[bytes]], list[Any]]]:
    """Run schema, mandatory, optional and informative tests over documents: one verdict each.

    One node process serves all tests, because loading the library takes five seconds.
    """
    script = tmp_path_factory.mktemp("csaf") / "validate.mjs"
    script.write_text(_VALIDATE % {"library": csaf_validator.as_uri()}, encoding="utf-8")
    with subprocess.Popen(
        ["node", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=csaf_validator
    ) as node:
        assert node.stdin is not None
        assert node.stdout is not None

        def run(documents: list[bytes]) -> list[Any]:
            verdicts = []
            for document in documents:
                # ASCII on one line: a line separator inside a text would end the line for node.
                node.stdin.write(json.dumps(json.loads(document)).encode("ascii") + b"\n")
                node.stdin.flush()
                verdicts.append(json.loads(node.stdout.readline()))
            return verdicts

        yield run
        node.stdin.close()
        node.wait(timeout=30)


@pytest.fixture(scope="session")
def osv_schema(pytestconfig: pytest.Config) -> dict[str, Any]:
    """The OSV project's own JSON Schema, out of the wheel of its reference library."""
    folder = pytestconfig.cache.mkdir(OSV_REFERENCE)
    kept = folder / "schema.json"
    with _locked(folder):
        if not kept.exists():
            target = folder / "unpacked"
            _run_or_skip(_fetch(target), OSV_REFERENCE)
            inside = "osv/osv-schema/validation/schema.json"
            wheels = list(target.glob("*.whl"))
            if wheels:
                kept.write_bytes(zipfile.ZipFile(wheels[0]).read(inside))
            else:
                kept.write_bytes((target / inside).read_bytes())
            shutil.rmtree(target)
    return dict(json.loads(kept.read_bytes()))


def _fetch(target: Path) -> list[str]:
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is not None:
        options = ["--target", str(target), "--no-deps", "--python-version", "3.13", "--python", sys.executable]
        return [uv, "pip", "install", "--quiet", *options, OSV_REFERENCE]
    # A virtual environment made by uv has no pip of its own; the interpreter below it usually does.
    base = str(getattr(sys, "_base_executable", sys.executable))
    return [
        base,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--ignore-requires-python",
        "-d",
        str(target),
        OSV_REFERENCE,
    ]


@pytest.fixture
def shapes() -> dict[str, Advisory]:
    """Every shape that an advisory can have, by its name."""
    return EVERY_SHAPE
