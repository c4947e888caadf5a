"""Two cases beside each other: the picture with its zones, both stacks aligned, both attacks, and what would decide."""

import re
from typing import Any

import pytest
from django.test import Client

from seawall.clearinghouse.deduplication.explaining import aligned
from seawall.clearinghouse.deduplication.rules import compare
from seawall.clearinghouse.deduplication.types import Comparison, Contribution, Finding, Site, Zone
from seawall.doors.web.likeness import LEFT, RIGHT, picture
from support import World
from support.reports import folded, proved
from support.scenery import Scene

NOTHING: frozenset[str] = frozenset()


def finding(name: str, *stack: tuple[str, int | None]) -> Finding:
    signature = f"crash/2:x@{' < '.join(symbol for symbol, _ in stack[:3])}"
    sites = tuple(Site(symbol, "src/pier.c", line) for symbol, line in stack)
    return Finding(
        name, "pkg:generic/pier", "memory-safety", signature, NOTHING, NOTHING, NOTHING, NOTHING, "", stack=sites
    )


def crash(line: int, caller: str) -> dict[str, Any]:
    names = [("put_field", line), (caller, 90), ("run", 200)]
    frames = [{"symbol": symbol, "file": "src/pier.c", "line": at} for symbol, at in names]
    seen = {"kind": "heap-buffer-overflow", "access": "write", "frames": frames}
    return {
        "signature": f"crash/2:heap-buffer-overflow-write@put_field < {caller} < run",
        "runs": [{"side": "vulnerable", "triggered": True, "stack": [name for name, _ in names], "crash": seen}],
        "target": {"vulnerable": {"version": "1.0"}, "fixed": {"version": "1.1"}},
        "input_preview": f"<b>PIER</b>\\x0{line % 7}",
    }


def two_cases(world: World) -> list[str]:
    return [
        folded(
            proved(
                world, finder, at, result=crash(40 + at, caller), package="pkg:generic/pier", failure="memory-safety",
                title=f"Overflow in put_field {finder}", affected=[], description="A record's length is not checked.",
            )
        )
        for at, (finder, caller) in enumerate((("finder", "read_record"), ("rival", "read_list")))
    ]  # fmt: skip


def page_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.django_db
def test_the_page_draws_the_pair(world: World) -> None:
    first, second = two_cases(world)
    browser = Scene(world).browser("clearinghouse")
    page = page_of(browser, f"/cases/{first}/beside/{second}")
    svg = re.search(r'<svg class="likeness".*?</svg>', page, flags=re.DOTALL)
    assert svg
    assert re.search(r'<rect class="ask here"', svg[0])
    assert "Ask: a run or a person decides" in svg[0]
    assert "put_field pier.c:40" in page
    assert "call and line" in page
    assert "&lt;b&gt;PIER&lt;/b&gt;" in page
    assert "heap-buffer-overflow write" in page
    assert "The runs: the fix of each against the proof of the other." in page
    near = page_of(browser, f"/cases/{first}/near")
    assert f"/cases/{first}/beside/{second}" in near
    assert "What would decide" in near
    assert Scene(world).browser("finder").get(f"/cases/{first}/near").status_code == 403


def test_equal_frames_stand_beside_each_other_and_others_alone() -> None:
    left = finding("a", ("put", 40), ("helper", 5), ("take", 90), ("run", 7))
    right = finding("b", ("put", 41), ("take", 90), ("loop", 3), ("run", 7))
    rows = [
        (row.left.partition(" ")[0], row.right.partition(" ")[0], row.same, row.same_line)
        for row in aligned(left, right)
    ]
    assert rows == [
        ("put", "put", True, False), ("helper", "", False, False), ("take", "take", True, True), ("", "loop", False, False),
        ("run", "run", True, True),
    ]  # fmt: skip
    assert aligned(left, finding("c"))
    assert not aligned(finding("c"), finding("d"))


@pytest.mark.parametrize("other", ["same", "ask", "different"])
def test_the_picture_holds_its_numbers(other: str) -> None:
    left = finding("a", ("put", 40), ("read", 90), ("run", 7))
    right = {
        "same": finding("b", ("put", 40), ("read", 90), ("run", 7)),
        "ask": finding("b", ("put", 41), ("read", 91), ("run", 7)),
        "different": finding("b", ("get", 1), ("walk", 2), ("main_loop", 3)),
    }[other]
    said = compare(left, right)
    drawn = picture(said, 30)
    assert drawn.zone == other == said.zone.value
    assert LEFT <= drawn.marker <= RIGHT
    assert len(drawn.bars) == len(said.contributions)
    assert all(drawn.zero <= bar.x + bar.width for bar in drawn.bars if bar.points > 0)
    assert all(bar.text_y < drawn.height for bar in drawn.bars)
    assert str(said.score) in drawn.description


def test_points_beyond_the_scale_stay_in_the_picture() -> None:
    said = Comparison(
        Zone.ASK, 100, (Contribution("a", 250, "x"), Contribution("b", -400, "y"), Contribution("c", 250, "z"))
    )
    drawn = picture(said, 30)
    assert all(bar.x >= 0 and bar.x + bar.width <= 296.1 for bar in drawn.bars)
