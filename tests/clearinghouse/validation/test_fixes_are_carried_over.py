"""A fix of one line of releases is put into the like place of another, in the words that stand there, or not at all."""

import random

import pytest

from seawall.clearinghouse.validation.patches import pieces, porting

OLD = [
    "function berth(boats, name) {",
    "  let place = 0;",
    "  while (place < boats.length) {",
    "    if (boats[place].name === name) return boats[place];",
    "    place += boats[place].size;",
    "  }",
    "}",
    "function tide(path) {",
    "  const word = path.replace(/.*[.]/, '');",
    "  return word;",
    "}",
    "",
]


def ported(before: list[str], after: list[str], **there: list[str]) -> list[tuple[str, list[str]]]:
    hunks = pieces.put_together(pieces.hunks("pier.js", before, after), {"pier.js": before})[0].hunks
    return porting.port(hunks, before, there)


def changed(lines: list[str], old: str, new: str) -> list[str]:
    assert any(old in line for line in lines)
    return "\n".join(lines).replace(old, new).split("\n")


MENDED = changed(OLD, "boats[place].size;", "boats[place].size > 0 ? boats[place].size : 8;")
ANCHORED = changed(OLD, "/.*[.]/", "/^.*[.]/")
CHECKED = changed(OLD, "  let place = 0;", "  if (name === '__proto__') {\n    return;\n  }\n  let place = 0;")
RENAMED = changed(changed(OLD, "place", "quay"), "boats", "ships")
"""As another line of releases has it."""
INDENTED = [f"    {line}" if line else line for line in RENAMED]


def test_what_changed_in_a_line_is_put_into_the_line_as_it_stands_there() -> None:
    wanted = changed(RENAMED, "ships[quay].size;", "ships[quay].size > 0 ? ships[quay].size : 8;")
    assert ported(OLD, MENDED, pier=RENAMED) == [("pier", wanted)]


def test_a_word_is_put_where_its_neighbors_stand() -> None:
    there = changed(OLD, "/.*[.]/", "/.*[\\\\/]/")
    assert ported(OLD, ANCHORED, pier=there) == [("pier", changed(there, "/.*[", "/^.*["))]


def test_lines_that_come_are_as_far_to_the_right_as_their_neighbors() -> None:
    found = ported(OLD, CHECKED, pier=INDENTED)
    wanted = changed(
        INDENTED,
        "      let quay = 0;",
        "      if (name === '__proto__') {\n        return;\n      }\n      let quay = 0;",
    )
    assert ("pier", wanted) in found
    assert len(found) <= 2


def test_lines_that_come_may_go_with_the_line_below() -> None:
    there = changed(RENAMED, "function berth(ships, name) {", "export const berth = (\n  ships, name) => {")
    found = ported(OLD, CHECKED, pier=there)
    assert (
        "pier",
        changed(there, "  let quay = 0;", "  if (name === '__proto__') {\n    return;\n  }\n  let quay = 0;"),
    ) in found


def test_the_likeliest_of_two_places_is_taken() -> None:
    other = ["function boats(path) {", "  const word = path.replace(/.*[.]/, '');", "  print(word);", "}", *RENAMED]
    found = ported(OLD, ANCHORED, pier=other)
    assert found == [("pier", [*other[:4], *changed(RENAMED, "/.*[.]/", "/^.*[.]/")])]


def test_a_bundle_that_holds_it_again_is_another_answer() -> None:
    found = ported(OLD, MENDED, one=RENAMED, two=RENAMED, three=["nothing"])
    assert [path for path, _ in found] == ["one", "two"]


@pytest.mark.parametrize(
    "there",
    [
        [],
        [""],
        ["function tide(path) {}"],
        changed(OLD, "place += boats[place].size;", "place = next(boats, place);"),
        MENDED,
        ["x" * 5_000, "place += boats[place].size;" * 500],
    ],
)
def test_what_does_not_fit_is_not_put_anywhere(there: list[str]) -> None:
    before = changed(OLD, "boats[place].size;", "boats[place].size + 0 * 77;")
    assert ported(before, OLD, pier=there) == []


def test_what_is_there_already_is_no_answer() -> None:
    assert all(text != MENDED for _, text in ported(OLD, MENDED, pier=MENDED))


def test_what_is_put_at_the_end_has_no_place() -> None:
    assert ported(["a();"], ["a();", "b();"], pier=["c();"]) == []


@pytest.mark.parametrize("seed", range(30))
def test_on_its_own_version_a_fix_is_put_where_it_was(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same texts each time
    lines = [
        f"moor_{number} = rope_{dice.randrange(9)} + {number} * tide({dice.randrange(99)});" for number in range(40)
    ]
    place = dice.randrange(40)
    after = [*lines[:place], lines[place].replace("tide(", "ebb("), *lines[place + 1 :]]
    assert ported(lines, after, pier=lines) == [("pier", after)]
