"""What differs between two texts is cut into pieces that make the new text together, and of which any can be left out."""

import random

import pytest

from seawall.clearinghouse.validation.patches import applying, differing, pieces, reading
from seawall.clearinghouse.validation.patches.doubting import BROAD, doubt
from seawall.clearinghouse.validation.patches.pieces import Edit, Piece

WORDS = ("tide", "ebb", "if (a > 8)", "if (a > 8 || b > 8)", "  if (a > 8)", "return x;", "}", "", "quay = x + 1;", "x")


def text(dice: random.Random) -> str:
    lines = [dice.choice(WORDS) for _ in range(dice.randrange(0, 14))]
    return "\n".join(lines) + dice.choice(("", "\n", "\n"))


def made(chosen: list[Piece], before: str) -> str:
    changes = pieces.put_together(chosen, {"pier.c": before.split("\n")})
    if not changes:
        return before
    read = reading.read(pieces.written(changes))
    return applying.apply(before.encode(), read[0].hunks, "pier.c")[0].decode()


@pytest.mark.parametrize("seed", range(40))
def test_all_pieces_together_are_the_new_text(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same texts each time
    for _ in range(10):
        before, after = text(dice), text(dice)
        cut = pieces.hunks("pier.c", before.split("\n"), after.split("\n"))
        assert made(cut, before) == after
        small = pieces.finer(cut, {"pier.c": before.split("\n")})
        assert made(small, before) == after
        assert len(small) >= len([piece for piece in cut if piece.edits])


@pytest.mark.parametrize("seed", range(20))
def test_long_texts_are_compared_by_lines_that_are_there_once(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(differing, "LONG", 8)
    dice = random.Random(seed)  # noqa: S311 - the same texts each time
    for _ in range(20):
        before, after = text(dice), text(dice)
        cut = pieces.hunks("pier.c", before.split("\n"), after.split("\n"))
        assert made(cut, before) == after


def test_a_bundled_file_is_compared_in_seconds() -> None:
    dice = random.Random(1)  # noqa: S311 - the same text each time
    before = [dice.choice(("  }", "", f"  berth({n});")) for n in range(40_000)]
    after = [*before[:9_000], "  moor();", *before[9_000:30_000], "  cast_off();", *before[30_003:]]
    found = list(differing.ranges(before, after))
    assert found[0] == (9_000, 9_000, 9_000, 9_001)
    assert sum(i2 - i1 for i1, i2, _, _ in found) <= 3
    assert sum(j2 - j1 for _, _, j1, j2 in found) == sum(i2 - i1 for i1, i2, _, _ in found) - 1


def test_a_condition_that_gained_two_parts_is_two_pieces() -> None:
    before, after = "if (a > 20 || c)\n", "if (a > 8 || c || b > 8)\n"
    small = pieces.finer(pieces.hunks("pier.c", before.split("\n"), after.split("\n")), {"pier.c": before.split("\n")})
    alone = {made([one], before) for one in small}
    assert alone == {"if (a > 8 || c)\n", "if (a > 20 || c || b > 8)\n"}
    assert len(pieces.places(small)) == 1


def test_a_guard_around_a_line_is_told_from_the_line() -> None:
    before = "a\nparent[key] = value\nb\n"
    after = "a\nif (known(key)) {\n  parent[key] = value\n}\nb\n"
    small = pieces.finer(pieces.hunks("pier.c", before.split("\n"), after.split("\n")), {"pier.c": before.split("\n")})
    guards = [one for one in small if one.edits[0].lines]
    assert made(guards, before) == "a\nif (known(key)) {\nparent[key] = value\n}\nb\n"


@pytest.mark.parametrize(
    ("entry", "together"),
    [
        ('  b"ssh-rsa",', True),
        ("'tide': true,", True),
        ("  7,", True),
        ("  known(key),", False),
        ("  'a' + key,", False),
    ],
)
def test_constants_of_a_new_list_stay_together(entry: str, together: bool) -> None:
    before, after = ["a", "z"], ["a", "NAMES = [", entry, "  'ebb',", entry, "]", "z"]
    small = pieces.finer(pieces.hunks("pier.c", before, after), {"pier.c": before})
    assert len(small) == (3 if together else 5)


QUAY = {"pier.c": ["if (!open)", "  return;", "moor(ship, rope);", "tie(rope, 3);", "leave();"]}
SHUT = {"shut.js": ["  const found = text.match(/a+\\s*b/g)", "  return 'quay' / depth / speed"]}


def test_what_only_takes_away_or_is_broad_is_doubted() -> None:
    assert "takes code away" in doubt([Piece("pier.c", (Edit(3, 5, 0, ()),))], QUAY)
    assert "takes code away" in doubt([Piece("pier.c", (Edit(3, 4, 0, (), ((0, 5, ""),)),))], QUAY)
    assert "takes code away" in doubt([Piece("pier.c", (Edit(3, 4, 0, ("}", "// gone")),))], QUAY)
    many = tuple(f"moor(ship, {number});" for number in range(BROAD + 1))
    assert "may end more" in doubt([Piece("pier.c", (Edit(3, 3, 0, many),))], QUAY)
    assert doubt([Piece("pier.c", (Edit(3, 3, 0, many[1:]),))], QUAY) == ""
    assert doubt([Piece("pier.c", (Edit(3, 4, 0, ("x",)),))], QUAY) == ""
    assert doubt([Piece("pier.c", (Edit(3, 4, 0, (), ((0, 5, "x"),)),))], QUAY) == ""


def test_what_a_formatter_does_is_not_counted() -> None:
    before = [f"  var the_ship{number} = 'quay';" for number in range(BROAD + 1)]
    after = [f'    const theShip{number} = "quay"' for number in range(BROAD + 1)]
    whole = Edit(0, len(before), 0, (*after, "tie(rope)"))
    assert doubt([Piece("pier.js", (whole,))], {"pier.js": before}) == ""


@pytest.mark.parametrize(
    ("line", "gone", "doubted"),
    [
        (0, "\\s*", False),
        (0, "text.match", True),
        (0, "/a+\\s*b/g", True),
        (1, "uay", False),
        (1, "depth", True),  # two divisions are no expression
    ],
)
def test_what_is_taken_out_of_a_literal_is_no_code_taken_away(line: int, gone: str, doubted: bool) -> None:
    start = SHUT["shut.js"][line].index(gone)
    edit = Edit(line, line + 1, 0, (), ((start, start + len(gone), ""),))
    assert ("takes code away" in doubt([Piece("shut.js", (edit,))], SHUT)) is doubted


def test_brackets_that_belong_together_come_together() -> None:
    before, after = ["  var fn = ' + name + ' of 3;"], ["  var fn = known(' + name + ') of 4;"]
    small = pieces.finer(pieces.hunks("pier.js", before, after), {"pier.js": before})
    assert [[text for _, _, text in piece.edits[0].words] for piece in small] == [["known(", ")"], ["4"]]


def test_a_statement_is_one_piece_before_its_lines_are() -> None:
    before = ["function enter(boat_name)", "{", "  berth(boat_name)", "}"]
    after = [
        "function enter(boatName) {",
        "  if (!known(boatName)) {",
        "    return;",
        "  }",
        "  log(boatName);",
        "  berth(boatName);",
        "}",
    ]
    found = pieces.hunks("pier.js", before, after)
    whole = pieces.statements(found, {"pier.js": before})
    lines = [[edit.lines for edit in piece.edits if edit.lines] for piece in whole]
    assert [("  if (!known(boatName)) {",), ("    return;",), ("  }",)] in lines
    assert [("  log(boatName);",)] in lines
    assert [piece.style for piece in pieces.apart(whole)].count(
        True
    ) == 1  # the name of the boat, everywhere or nowhere
    assert len(pieces.apart(whole)) > len(whole)
    changed = pieces.put_together(pieces.apart(whole), {"pier.js": before})
    assert changed == pieces.put_together(whole, {"pier.js": before})


def test_a_docstring_is_left_out_whole_and_words_of_a_line_can_be_together() -> None:
    before = ["def exists(name):", "    return there(join(FOLDER, name))"]
    after = ["def exists(name):", '    """', "    Say so.", '    """', "    return known(base(name))"]
    small = pieces.statements(pieces.hunks("pier.py", before, after), {"pier.py": before})
    assert [len(piece.edits) for piece in small if piece.edits[0].lines] == [3, 1]
    block = ["def base(name):", "    if '/' in name:", "        return ''", "    return name", "", "LEFT = 3"]
    small = pieces.statements(pieces.hunks("pier.py", before, [*block, *before]), {"pier.py": before})
    assert [len(piece.edits) for piece in small] == [5, 1]
    words = pieces.finer(pieces.hunks("pier.py", before[1:], after[-1:]), {"pier.py": before[1:]})
    assert len(words) > len(pieces.whole_lines(words)) == 1


BUNDLED = "".join(
    f"function f{n}(a,b){{if(a>{n}){{return b[a]+{n}}}for(var c in b)d[c]=b[c];return f{n - 1}(a,b)}}"
    for n in range(300)
)
GUARDED = BUNDLED.replace("if(a>200)", "if(a>200||a<0)").replace(
    "for(var c in b)d[c]=b[c];return f99(", "for(var c in b){if(c==='__proto__')continue;d[c]=b[c]}return f99("
)


def test_a_line_that_a_bundler_made_is_cut_into_statements() -> None:
    before, after = f"a();\n{BUNDLED}\nb();\n", f"a();\n{GUARDED}\nb();\n"
    whole = pieces.hunks("pier.c", before.split("\n"), after.split("\n"))
    small = pieces.finer(whole, {"pier.c": before.split("\n")})
    assert made(small, before) == after
    alone = {made([one], before) for one in small}
    assert alone == {
        before.replace("if(a>200)", "if(a>200||a<0)"),
        before.replace("d[c]=b[c];return f99(", "{if(c==='__proto__')continue;d[c]=b[c]}return f99("),
    }


@pytest.mark.parametrize(
    "after",
    [GUARDED, "", BUNDLED.replace("function f", "function g"), BUNDLED.replace("function f7(", "x;" * 2_000 + "function f7(")],
    ids=["not cut", "gone", "every name is another", "a program is put in"],
)  # fmt: skip
def test_what_a_bundler_made_of_a_release_is_broad(after: str) -> None:
    before = {"pier.c": ["a();", BUNDLED, "b();"]}
    whole = pieces.hunks("pier.c", before["pier.c"], ["a();", after, "b();"])
    assert f"more than {BROAD} lines" in doubt(whole if after == GUARDED else pieces.finer(whole, before), before)


@pytest.mark.parametrize("seed", range(10))
def test_long_lines_are_put_together_again(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "WORDY_MAX", 20)
    dice = random.Random(seed)  # noqa: S311 - the same texts each time
    for _ in range(20):
        before, after = ("".join(dice.choice((*WORDS, ";", "{", ",")) for _ in range(12)) + "\n" for _ in "ab")
        small = pieces.finer(
            pieces.hunks("pier.c", before.split("\n"), after.split("\n")), {"pier.c": before.split("\n")}
        )
        assert made(small, before) == after
