"""Where one change of a release ends two flaws, no run merges them: what each proof needs of it is looked at."""

from pathlib import Path

import pytest

from seawall.clearinghouse.deduplication.trying import Direction, decided, try_pair
from seawall.clearinghouse.deduplication.types import Zone

YES = Direction(True, "", alone=True, needed=True)
DECIDED = {
    "both fixes stop both": (YES, YES, False, Zone.SAME),
    "one leaves the other working": (YES, Direction(False, "", alone=True), False, Zone.DIFFERENT),
    "one leaves it working, the other cannot be told": (
        Direction(None, "", alone=False),
        Direction(False, "", alone=False),
        True,
        Zone.DIFFERENT,
    ),
    "one cannot be told": (YES, Direction(None, "", alone=False), False, Zone.ASK),
    "the lines of both do not stop the other, and lie apart": (
        Direction(True, "", alone=True, needed=False),
        Direction(True, "", alone=True, needed=False),
        True,
        Zone.DIFFERENT,
    ),
    "the same in one line": (
        Direction(True, "", alone=True, needed=False),
        Direction(True, "", alone=True, needed=False),
        False,
        Zone.ASK,
    ),
    "the lines of one do not stop the other": (YES, Direction(True, "", alone=True, needed=False), True, Zone.ASK),
    "the lines cannot be told": (YES, Direction(True, "", alone=True, needed=None), False, Zone.ASK),
    "more than the fix was in the build": (YES, Direction(True, "", alone=False, needed=True), False, Zone.ASK),
    "the fix is broad": (YES, Direction(True, "", alone=True, needed=True, doubt="It is broad."), False, Zone.ASK),
}


@pytest.mark.parametrize(("forward", "backward", "apart", "zone"), DECIDED.values(), ids=DECIDED)
def test_what_two_answers_say(forward: Direction, backward: Direction, apart: bool, zone: Zone) -> None:
    assert decided(forward, backward, apart=apart)[0] is zone
    assert decided(backward, forward, apart=apart)[0] is zone


DRIVER = """#include <stdio.h>
int load(const unsigned char *text, unsigned size);
int main(int argc, char **argv) {
    unsigned char text[64];
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    if (file == NULL) return 2;
    unsigned size = (unsigned)fread(text, 1, sizeof text, file);
    fclose(file);
    printf("%d\\n", load(text, size));
    return 0;
}
"""
CRANE = """#include <stdlib.h>
int load(const unsigned char *text, unsigned size) {
    if (size < 2) return 0;
    unsigned crates = text[0] - '0', ropes = text[1] - '0';
    unsigned char *hold = calloc(1, 4), *rack = calloc(1, 4);
    int sum = 0;
    if (crates > most_crates || size == 64) return -1;
    if (ropes > most_ropes) return -1;
    for (unsigned i = 0; i < crates; i++) hold[i] = text[0];
    for (unsigned i = 0; i < ropes; i++) rack[i] = text[1];
    for (unsigned i = 0; i < 4; i++) sum += hold[i] + rack[i];
    free(hold);
    free(rack);
    return sum;
}
"""
FLAWED = CRANE.replace("most_crates", "90").replace("most_ropes", "90")
CRATES, MORE_CRATES, ROPES = "92", "82", "29"
RELEASES = {
    "one fix ends both": (FLAWED, CRANE.replace("most_crates", "4").replace("most_ropes", "4"), MORE_CRATES, Zone.SAME),
    "two lines, side by side": (
        FLAWED,
        CRANE.replace("most_crates", "4").replace("most_ropes", "4"),
        ROPES,
        Zone.DIFFERENT,
    ),
    "two parts of one line": (
        FLAWED,
        FLAWED.replace("crates > 90 || size == 64", "crates > 4 || size == 64 || ropes > 4"),
        ROPES,
        Zone.ASK,
    ),
    "the feature is gone": (
        FLAWED,
        FLAWED.replace("    if (size < 2) return 0;", "    if (size < 64) return -1;"),
        ROPES,
        Zone.ASK,
    ),
    "the loops are gone": (
        FLAWED,
        "".join(line for line in FLAWED.splitlines(keepends=True) if "hold[i] =" not in line and "rack[i] =" not in line),
        ROPES,
        Zone.ASK,
    ),
}  # fmt: skip


# Two doors into one file, each with a control of its own. The release turns a helper's words round and mends both callers
# with it, so that half of the change stops one proof and breaks what the other needs.
TWO_DOORS = """#include <stdlib.h>
static int put(unsigned HELPER_TAKES) {
    HELPER_CHECKS
    unsigned char *hold = calloc(1, 4);
    int sum = 0;
    for (unsigned i = 0; i < size; i++) hold[i] = (unsigned char)value;
    for (unsigned i = 0; i < 4; i++) sum += hold[i] + (i < size);
    free(hold);
    return sum;
}
static int crates(unsigned size) {
    CRATES_CHECKED
    return put(CRATES_PUT);
}
static int between(void) {
    int quays = 1;
    quays += 2;
    quays += 3;
    return quays;
}
static int ropes(unsigned size) {
    ROPES_CHECKED
    return put(ROPES_PUT);
}
int load(const unsigned char *text, unsigned size) {
    if (size < 2) return between();
    return text[0] == 'c' ? crates(text[1] - '0') : ropes(text[1] - '0');
}
"""


def two_doors(takes: str, puts: tuple[str, str], helper: str, callers: tuple[str, str]) -> str:
    words = {"HELPER_TAKES": takes, "CRATES_PUT": puts[0], "ROPES_PUT": puts[1], "HELPER_CHECKS": helper}
    words |= {"CRATES_CHECKED": callers[0], "ROPES_CHECKED": callers[1]}
    text = TWO_DOORS
    for name, word in words.items():
        text = text.replace(name, word)
    return text


BEFORE = ("size, unsigned value", ("size, 3", "size, 5"))
AFTER = ("value, unsigned size", ("3, size", "5, size"))
LOOSE, TIGHT = "if (size > 90) return -1;", "if (size > 4) return -1;"
HALVES = {
    "the helper is mended": (two_doors(*BEFORE, LOOSE, ("", "")), two_doors(*AFTER, TIGHT, ("", "")), True),
    "each caller is mended": (two_doors(*BEFORE, "", (LOOSE, LOOSE)), two_doors(*AFTER, "", (TIGHT, TIGHT)), False),
}


def bundle(place: Path, flawed: str, fixed: str, attack: str, control: str = "33") -> Path:
    for side, text in (("vulnerable", flawed), ("fixed", fixed)):
        (place / side).mkdir(parents=True)
        (place / side / "crane.c").write_text(text)
    (place / "driver.c").write_text(DRIVER)
    (place / "input.txt").write_text(attack)
    (place / "control.txt").write_text(control)
    (place / "proof.toml").write_text(
        'schema = "seawall.proof/1"\n[target]\npackage = "pkg:generic/crane"\nvulnerable = "1.0"\nfixed = "1.1"\n'
        'vulnerable_tree = "vulnerable"\nfixed_tree = "fixed"\n[claim]\nfailure = "memory-safety"\n'
        '[run]\nruntime = "native"\ninput = "input.txt"\ncontrol = "control.txt"\n[build]\nmain = "driver.c"\nflavor = "gcc-address"\n'
        '[oracle]\nkind = "sanitizer"\n'
    )
    return place


@pytest.mark.sandbox
@pytest.mark.long
@pytest.mark.parametrize(("flawed", "fixed", "other", "zone"), RELEASES.values(), ids=RELEASES)
def test_real_runs_of_releases_that_fix_two_flaws_at_once(
    flawed: str, fixed: str, other: str, zone: Zone, tmp_path: Path
) -> None:
    first = bundle(tmp_path / "first", flawed, fixed, CRATES)
    second = bundle(tmp_path / "second", flawed, fixed, other)
    tried = try_pair(first, second, cache=tmp_path / "cache")
    assert tried.zone is zone, tried.to_json()


@pytest.mark.sandbox
@pytest.mark.long
@pytest.mark.parametrize(("flawed", "fixed", "same"), HALVES.values(), ids=HALVES)
def test_half_of_a_change_that_breaks_the_other_is_made_whole(
    flawed: str, fixed: str, same: bool, tmp_path: Path
) -> None:
    first = bundle(tmp_path / "first", flawed, fixed, "c9", "c2")
    second = bundle(tmp_path / "second", flawed, fixed, "r9", "r2")
    tried = try_pair(first, second, cache=tmp_path / "cache")
    assert (tried.zone is Zone.SAME) is same, tried.to_json()
