"""The house keeps its contracts, and each contract can be broken.

The contracts themselves stand in ``pyproject.toml``. Here each is broken on purpose in a copy of the sources, because a
contract whose names match nothing holds for ever and says nothing. What import-linter cannot see is read from the
syntax trees.
"""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from seawall.doors.cli.main import _COMMANDS

ROOT = Path(__file__).parent.parent
SOURCES = ROOT / "src" / "seawall"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = {contract["name"]: contract for contract in PROJECT["tool"]["importlinter"]["contracts"]}
LINT = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]

CLEARINGHOUSE = "clearinghouse"
VIOLATIONS: dict[str, list[tuple[str, str]]] = {
    # contract: files and the line that each gets; every one of them has to be found
    "Data flows down the floors: nothing imports a door, and the foundation stands on nothing above it": [
        ("clearinghouse/intake/services.py", "import seawall.doors.urls"),
        ("clearinghouse/matching/rules.py", "import seawall.doors.urls"),
        ("demo/story.py", "import seawall.doors.urls"),
        ("foundation/jobs/services.py", "import seawall.clearinghouse.intake.types"),
        ("foundation/access/rules.py", "import seawall.demo.story"),
    ],
    "The clearinghouse's folders need each other in one direction only": [
        ("clearinghouse/directives/services.py", "import seawall.clearinghouse.matching.services"),
    ],
    "A folder never imports another folder's models": [
        ("clearinghouse/matching/services.py", "import seawall.clearinghouse.coordination.models"),
        ("clearinghouse/directives/rules.py", "import seawall.clearinghouse.matching.models"),
        ("clearinghouse/intake/queries.py", "import seawall.foundation.identity.models"),
        ("foundation/identity/services.py", "import seawall.foundation.jobs.models"),
        ("doors/web/pages.py", "import seawall.clearinghouse.intake.models"),
    ],
    "Doors ask services and queries and decide nothing themselves": [
        ("doors/api/cases.py", "import seawall.clearinghouse.coordination.models"),
        ("doors/web/pages.py", "import seawall.clearinghouse.matching.matcher"),
        ("doors/mcp/server.py", "import seawall.clearinghouse.validation.processes"),
    ],
    "Rules and types never import Django, nor reach it through others": [
        ("clearinghouse/prioritization/rules.py", "import django.db"),
        ("clearinghouse/directives/types.py", "import seawall.clearinghouse.intake.models"),
        ("foundation/jobs/errors.py", "import django.http"),
    ],
    "Rules do no input and output, and are given time and chance": [
        ("clearinghouse/coordination/rules.py", "import seawall.foundation.platform.clock"),
        ("foundation/jobs/rules.py", "import random"),
    ],
    "Offline checks and clients never load Django": [
        ("foundation/transparency/verify.py", "import seawall.foundation.transparency.services"),
        ("doors/cli/client.py", "import django"),
    ],
    "Only validation starts processes": [
        ("clearinghouse/intake/parsing.py", "import subprocess"),
        ("doors/cli/server.py", "import multiprocessing"),
    ],
    "Only platform/outbound opens sockets to the outside": [
        ("clearinghouse/prioritization/services.py", "import httpx2"),
        ("foundation/platform/storage.py", "import socket"),
    ],
    "Nothing reads objects from bytes that could run code": [
        ("foundation/platform/storage.py", "import pickle"),
        ("clearinghouse/intake/parsing.py", "import marshal"),
    ],
}


def lint(project: Path) -> str:
    """What import-linter says of a project, on one line."""
    done = subprocess.run(
        LINT, cwd=project, env={"PYTHONPATH": str(project / "src")}, capture_output=True, text=True, check=False
    )
    return re.sub(r"\s+", " ", done.stdout + done.stderr)


def test_every_contract_has_been_seen_to_break() -> None:
    assert set(VIOLATIONS) == set(CONTRACTS)


def test_what_a_contract_forbids_breaks_it(tmp_path: Path) -> None:
    shutil.copytree(SOURCES, tmp_path / "src/seawall", ignore=_not_code)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    kept = lint(tmp_path)
    for rows in VIOLATIONS.values():
        for file, line in rows:
            with (tmp_path / "src/seawall" / file).open("a") as module:
                module.write(f"\n{line}\n")
    found = lint(tmp_path)
    missed = []
    for name, rows in VIOLATIONS.items():
        assert f"{name} KEPT" in kept, f"broken before it was touched: {name}"
        assert f"{name} BROKEN" in found, name
        for file, line in rows:
            importer = "seawall." + file.removesuffix(".py").replace("/", ".")
            imported = line.removeprefix("import ")
            if CONTRACTS[name]["type"] == "forbidden" and not re.search(
                rf"{importer} -> {imported.split('.')[0]}", found
            ):
                missed.append(f"{importer} -> {imported}")
    assert missed == []


def _not_code(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if not name.endswith(".py") and not (Path(folder) / name).is_dir()}


def test_every_exception_from_a_contract_is_needed() -> None:
    sources = {_dotted(path): path.read_text() for path in SOURCES.rglob("*.py")}
    for contract in CONTRACTS.values():
        for exception in contract.get("ignore_imports", ()):
            importer, _, imported = (part.strip() for part in exception.partition("->"))
            if imported.endswith("*") or (contract.get("unmatched_ignore_imports_alerting") and "*" in imported):
                continue
            users = [name for name in sources if fnmatchcase(name, importer.replace("**", "*"))]
            assert any(imported.rpartition(".")[2] in sources[name] for name in users), exception


def _dotted(path: Path) -> str:
    return ".".join(path.relative_to(SOURCES.parent).with_suffix("").parts).removesuffix(".__init__")


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCES.rglob("*.py")):
        if "migrations" not in path.parts and "proofs" not in path.parts:
            yield _dotted(path), ast.parse(path.read_text())


def _names(tree: ast.Module) -> Iterator[str]:
    """Every dotted name that a module uses, with what it imported written out."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
                if alias.asname:
                    known[alias.asname] = alias.name
        elif isinstance(node, ast.ImportFrom):
            known |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            first, *rest = ast.unparse(node).split(".")
            yield ".".join([known.get(first, first), *rest])


ONLY_HERE: list[tuple[str, str, set[str]]] = [
    # what, the names, where they may stand
    (
        "processes",
        r"os\.(fork|forkpty|exec\w+|spawn\w+|posix_spawnp?|system|popen|startfile)|asyncio\.create_subprocess_\w+",
        {"seawall.clearinghouse.validation.*"},
    ),
    ("connections", r"urllib\.request(\..*)?|http\.client(\..*)?", {"seawall.foundation.platform.outbound"}),
    (
        "the wall clock",
        (
            r"datetime\.datetime\.(now|utcnow|today)|datetime\.date\.today|time\.(time|time_ns|localtime|gmtime)"
            r"|django\.utils\.timezone\.(now|localtime|localdate)"
        ),
        # The age of a folder is compared with the file system's clock.
        {"seawall.foundation.platform.clock", "seawall.clearinghouse.validation.sandboxes.cgroups"},
    ),
    ("code from text", r"eval|exec|compile|yaml\.(load|unsafe_load|full_load|Loader|UnsafeLoader|FullLoader)", set()),
]


@pytest.mark.parametrize(("names", "places"), [row[1:] for row in ONLY_HERE], ids=[row[0] for row in ONLY_HERE])
def test_some_calls_stand_in_one_place_only(names: str, places: set[str]) -> None:
    wanted = re.compile(names)
    found = {
        f"{module}: {name}"
        for module, tree in _modules()
        if not any(fnmatchcase(module, place) for place in places)
        for name in _names(tree)
        if wanted.fullmatch(name)
    }
    assert found == set()


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (0, "import os\nos.execve('/bin/sh', [], {})"),
        (0, "from os import fork as split\nsplit()"),
        (1, "import urllib.request\nurllib.request.urlopen('x')"),
        (1, "from http import client"),
        (2, "from datetime import datetime as moment\nmoment.now()"),
        (2, "import time\ntime.time()"),
        (2, "from django.utils import timezone\ntimezone.now()"),
        (3, "eval('1')"),
        (3, "import yaml\nyaml.load(b'', yaml.SafeLoader)"),
    ],
)
def test_such_calls_are_seen(row: int, text: str) -> None:
    assert any(re.fullmatch(ONLY_HERE[row][1], name) for name in _names(ast.parse(text)))


def test_types_need_the_standard_library_and_other_types() -> None:
    strange = {
        f"{module} -> {name}"
        for module, tree in _modules()
        if module.endswith(".types") and not module.startswith("seawall.doors")
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
        if name.split(".")[0] not in sys.stdlib_module_names and not name.endswith(".types")
    }
    assert strange == set()


@pytest.mark.parametrize("floor", ["clearinghouse", "foundation"])
def test_every_folder_says_what_it_promises(floor: str) -> None:
    folders = [path.parent for path in (SOURCES / floor).glob("*/__init__.py")]
    assert len(folders) >= 5
    assert [folder.name for folder in folders if not (folder / "README.md").is_file()] == []


OFFLINE = sorted(set(_COMMANDS) - {"up", "worker", "manage", "organization", "facts"})


@pytest.mark.parametrize("command", OFFLINE)
def test_offline_commands_start_without_django(command: str) -> None:
    program = (
        "import sys\n"
        "sys.modules['django'] = None\n"  # importing it fails from here on
        "from seawall.doors.cli.main import cli\n"
        f"cli([{command!r}, '--help'])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage:" in done.stdout
