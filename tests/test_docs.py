"""What can be set, called or sent is written down, and what is written down exists."""

import re
from collections import Counter
from dataclasses import fields
from pathlib import Path

import pytest

from seawall.clearinghouse.intake.formats.interface import FORMATS as REPORT_FORMATS
from seawall.clearinghouse.matching.formats.interface import UPLOADED as INVENTORY_FORMATS
from seawall.doors.cli.client import Client
from seawall.doors.cli.main import _COMMANDS
from seawall.doors.mcp.server import tools_for
from seawall.foundation.access.declarations import declared_action
from seawall.foundation.access.table import TABLE
from seawall.foundation.platform.config import Config

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(
    [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "bench").glob("*.md"), *(ROOT / "src").rglob("README.md")]
)
PAGES = [page for page in PAGES if "_build" not in page.parts and "proofs" not in page.parent.parts]
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")


def read(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def test_every_setting_is_on_the_page_with_its_default() -> None:
    rows = re.findall(r"^\| (`[^|]+`) \| ([^|]+) \|", read("operating.md"), flags=re.MULTILINE)
    listed = {name: default.strip() for names, default in rows for name in re.findall(r"`([a-z_]+)`", names)}
    settings = {field.name: field.default for field in fields(Config)}
    assert set(listed) == set(settings)
    for name, default in settings.items():
        wanted = "empty" if default == "" else str(default).lower()
        assert listed[name].strip("`").lower().startswith(wanted), name


@pytest.mark.parametrize("command", sorted(_COMMANDS))
def test_every_command_is_shown_somewhere(command: str) -> None:
    assert any(f"seawall {command}" in page.read_text(encoding="utf-8") for page in PAGES)


def test_every_command_that_is_shown_exists() -> None:
    shown = {
        (page.relative_to(ROOT).as_posix(), command)
        for page in PAGES
        for block in re.findall(r"^```console\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
        for command in re.findall(r"^\$ (?:\w+=\S+ )*seawall ([a-z]+)", block, re.MULTILINE)
    }
    assert len(shown) > 5
    assert {command for _, command in shown} <= set(_COMMANDS), shown


def test_every_tool_is_on_the_page_with_its_scope() -> None:
    listed = set(re.findall(r"^\| `([a-z_]+)` \| `([a-z:]+)` \|", read("mcp.md"), flags=re.MULTILINE))
    scopes = {row.action: row.scope for row in TABLE if row.scope}
    tools = tools_for(Client("http://127.0.0.1:1", "seawall_x"))
    assert listed == {(name, scopes[declared_action(tool) or ""]) for name, tool in tools.items()}


@pytest.mark.parametrize(
    ("page", "names"),
    [("api.md", sorted(REPORT_FORMATS)), ("inventories.md", sorted(INVENTORY_FORMATS))],
    ids=["reports", "inventories"],
)
def test_every_format_is_named(page: str, names: list[str]) -> None:
    assert [name for name in names if name not in read(page).lower()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    links = [link.partition("#")[0] for link in LINK.findall(page.read_text(encoding="utf-8"))]
    local = [link for link in links if link and not re.match(r"[a-z]+:", link)]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_every_page_is_in_the_index() -> None:
    index = read("index.md")
    listed = {
        line.strip() for block in re.findall(r"```{toctree}(.*?)```", index, re.DOTALL) for line in block.splitlines()
    }
    pages = {page.stem for page in DOCS.glob("*.md")} - {"index"}
    assert pages == {name for name in listed if re.fullmatch(r"[a-z-]+", name)}
    assert "decisions/*" in listed


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = Counter(page.name[:4] for page in (DOCS / "decisions").glob("*.md"))
    assert [number for number, count in numbers.items() if count > 1] == []
    assert all(number.isdecimal() for number in numbers)
