"""What /api/v1/openapi.json promises, and that docs/api.md knows every refusal."""

import pkgutil
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.test import Client
from ninja import Schema

import seawall
from seawall.doors.api import problems, wire
from seawall.foundation.access.declarations import is_public
from seawall.foundation.platform.errors import SeawallError

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def document() -> Any:
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def operations(document: Any) -> list[tuple[str, str, Any]]:
    return [(path, method, one) for path, methods in document["paths"].items() for method, one in methods.items()]


def test_every_operation_has_a_name_a_summary_a_sentence_and_a_group(document: Any) -> None:
    found = operations(document)
    names = [one["operationId"] for _, _, one in found]
    assert len(names) == len(set(names)) > 25
    for path, method, one in found:
        assert one["summary"], (path, method)
        assert one["description"].endswith("."), (path, method)
        assert one["tags"], (path, method)


def test_every_operation_says_what_it_needs_and_how_it_refuses(document: Any) -> None:
    for path, method, one in operations(document):
        public = is_public(one["x-seawall-action"])
        assert ({} in one["security"]) == public, (path, method)
        assert {"401", "404", "422"} <= set(one["responses"]), (path, method)
        assert ("403" in one["responses"]) == (not public), (path, method)
        if method == "post":
            assert {"409", "413", "415"} <= set(one["responses"]), (path, method)


def test_no_two_shapes_share_a_name(document: Any) -> None:
    """The description has one place for a name: of two classes with one it would show the later for both."""
    shapes: dict[str, Any] = {}
    for one in described_classes():
        schema = one.model_json_schema()
        for name, shape in [*schema.pop("$defs", {}).items(), (one.__name__, schema)]:
            shape.pop("description", None)  # two rooms may keep one list of words
            assert shapes.setdefault(name, shape) == shape, name
    assert set(document["components"]["schemas"]) <= set(shapes)


def described_classes() -> list[type[Schema]]:
    found, stack = [], [Schema]
    while stack:
        one = stack.pop()
        stack += one.__subclasses__()
        if one.__module__.startswith("seawall.doors.api"):
            found.append(one)
    return found


def test_every_write_but_that_of_a_secret_takes_an_idempotency_key(document: Any) -> None:
    without = {
        one["operationId"]
        for _, method, one in operations(document)
        if method == "post" and "Idempotency-Key" not in {parameter["name"] for parameter in one["parameters"]}
    }
    # The secrets of tokens and links are kept nowhere; marking a notice twice is the same as once.
    assert without == {"mint_token", "mint_link", "mark_notice_read"}


def test_every_list_is_paged_alike_and_never_counted(document: Any) -> None:
    pages = {name: schema for name, schema in document["components"]["schemas"].items() if name.endswith("Page")}
    assert len(pages) > 5
    for name, schema in pages.items():
        assert set(schema["properties"]) == {"items", "next"}, name


def test_references_lead_somewhere(document: Any) -> None:
    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [value["$ref"] for _ in range("$ref" in value)] + [
                one for item in value.values() for one in references(item)
            ]
        return [one for item in value for one in references(item)] if isinstance(value, list) else []

    for reference in set(references(document)):
        found = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


OFFLINE = (
    "not-a-repository",
    "not-a-snapshot",
    "not-a-source",
    "not-a-system",
    "not-a-vers",
    "not-an-advisory",
    "not-an-ignore-file",
    "not-vex",
    "nothing-to-check",
    "system-too-large",
    "vex-too-large",
)
NOT_HERE = {
    # Refusals that no operation answers with, and why.
    "refused": "the class that the others derive from",
    "not-a-feed": "feeds of facts are read by background work and by the keeper's commands",
    "not-authentic": "verification is a command, offline",
    "bad-key": "verification is a command, offline",
    "note-rejected": "verification is a command, offline",
    **dict.fromkeys(OFFLINE, "raised by offline commands, on their user's machine"),
    "unloggable": "a mistake of ours: answered as internal",
    "job-not-found": "jobs are seen through their subjects",
    "job-conflict": "a mistake of ours: keys of jobs are made by services",
}


def error_modules() -> list[ModuleType]:
    found = pkgutil.walk_packages(seawall.__path__, "seawall.")
    names = [module.name for module in found if module.name.endswith(".errors") and ".doors." not in module.name]
    return [import_module(name) for name in names]


def test_the_page_lists_every_refusal_with_its_status() -> None:
    listed = dict(re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \|", PAGE, flags=re.MULTILINE))
    kinds = [
        kind
        for module in (*error_modules(), wire)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, SeawallError)
    ]
    assert set(NOT_HERE) <= {kind.code for kind in kinds}
    raised = {kind.code: str(kind.status) for kind in kinds if kind.code not in NOT_HERE}
    bare = {code: str(status) for status, (code, *_) in problems._BARE.items()}
    assert listed == {**bare, **raised}


def test_the_description_is_made_once(document: Any) -> None:
    assert Client().get("/api/v1/openapi.json").json() == document
    assert Client().get("/api/v1/openapi.json").headers["Cache-Control"] == "public, max-age=300"
