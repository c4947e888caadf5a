"""Patches of real packages with published flaws: written for these tests, good and bad, told apart by real runs."""

import difflib
from pathlib import Path

import pytest

from seawall.clearinghouse.validation import preparing
from seawall.clearinghouse.validation.errors import BundleError, Infrastructure
from seawall.clearinghouse.validation.patches import placing
from seawall.clearinghouse.validation.patches.assessing import assess
from seawall.clearinghouse.validation.patches.types import Budget, PatchState
from seawall.clearinghouse.validation.sandboxes.interface import Provider
from seawall.clearinghouse.validation.types import Side

from .test_patches_get_no_further_than_they_deserve import words

pytestmark = [pytest.mark.long, pytest.mark.registry, pytest.mark.sandbox]
ROOT = Path(__file__).parents[3]
DOTTY = (ROOT / "corpus" / "npm" / "dotty", "lib/index.js", "function put(object, path, value) {")
EXTEND = (ROOT / "corpus" / "npm" / "extend", "index.js", "for (name in options) {")
TQDM = (
    ROOT / "src" / "seawall" / "demo" / "proofs" / "tqdm-option-eval",
    "tqdm/cli.py",
    "    try:\n        return eval(",
)
AS_FAR = {PatchState.VERIFIED}
PLAUSIBLE = {PatchState.REGRESSION_FREE}
CASES: dict[str, tuple[tuple[Path, str, str], str, set[PatchState], str]] = {
    # name: where, the new code behind that place (or before it in Python), the states that are right, and what is said
    "dotty, every name": (
        DOTTY,
        "\n  if (/(^|\\.)(__proto__|constructor|prototype)(\\.|$)/.test(String(path))) return false;",
        AS_FAR,
        "",
    ),
    "dotty, harmless names that hold it too": (
        DOTTY,
        "\n  if (path.indexOf('__proto__') >= 0) return false;",
        {PatchState.MITIGATES},
        "harbor__proto__",
    ),
    "dotty, at the start only": (
        DOTTY,
        "\n  if (String(path).split('.')[0] === '__proto__') return false;",
        {PatchState.BYPASSED},
        "still works",
    ),
    "dotty, nothing is put any more": (DOTTY, "\n  return false;", {PatchState.MITIGATES}, "gives back"),
    "extend, the name is passed over": (EXTEND, "\n    if (name === '__proto__') continue;", AS_FAR, ""),
    "extend, in front only": (
        EXTEND,
        "\n    if (name === '__proto__' && JSON.stringify(options).indexOf('{\"__proto__\"') === 0) continue;",
        {PatchState.BYPASSED},
        "still works",
    ),
    "extend, where it is watched": (
        EXTEND,
        "\n    if (process.env.NODE_ENV !== 'production' && name === '__proto__') continue;",
        PLAUSIBLE,
        "asks its environment",
    ),
    "extend, every name that is long": (
        EXTEND,
        "\n    if (name.length > 8) continue;",
        {PatchState.MITIGATES, PatchState.BYPASSED},
        "",
    ),
    "tqdm, one word": (
        TQDM,
        "    if 'open(' in val:\n        raise TqdmTypeError(val)\n",
        {PatchState.BYPASSED},
        "still works",
    ),
    "tqdm, no quotes": (
        TQDM,
        "    if '\"' in val or '\\\\' in val:\n        raise TqdmTypeError(val)\n",
        AS_FAR | PLAUSIBLE,
        "",
    ),
}


def _patch(place: tuple[Path, str, str], new: str, cache: Path, sandbox: Provider) -> bytes:
    source, file, anchor = place
    with preparing.prepared(source, cache=cache, sandbox=sandbox) as prepared:
        where = placing.layout(prepared.bundle, prepared.replay.built[Side.VULNERABLE])
        old = (where.root / file).read_text()
    assert old.count(anchor) == 1
    after = old.replace(anchor, anchor + new if new.startswith("\n") else new + anchor)
    lines = (text.splitlines(keepends=True) for text in (old, after))
    return "".join(difflib.unified_diff(*lines, f"a/{file}", f"b/{file}")).encode()


@pytest.mark.parametrize(("place", "new", "states", "said"), CASES.values(), ids=CASES)
def test_a_patch_of_a_real_package_gets_as_far_as_it_should(
    place: tuple[Path, str, str], new: str, states: set[PatchState], said: str, targets: Path, bubblewrap: Provider
) -> None:
    try:
        patch = _patch(place, new, targets, bubblewrap)
    except (Infrastructure, BundleError) as error:
        pytest.skip(f"the package cannot be fetched here: {error}")
    budget = Budget(variants=50, benign=10, seconds=120)
    found = assess(place[0], patch, cache=targets, sandbox=bubblewrap, runs=1, budget=budget, seed=11)
    assert found.state in states, words(found)
    assert said in words(found), words(found)


TESTS = {
    "puts.test.js": (
        "const dotty = require('..');\nconst assert = require('assert');\n"
        "describe('put', () => {\n"
        "  it('puts', () => { const o = {}; dotty.put(o, 'a.b', 1); assert.deepStrictEqual(o, { a: { b: 1 } }); });\n"
        "  it('does not put into a number', () => { assert.strictEqual(dotty.put({ a: 1 }, 'a.b', 1), false); });\n"
        "  it('never passed', () => { assert.ok(false); });\n"
        "});\n"
        "test('gets', () => expect(require('dotty').get({ a: { b: 2 } }, 'a.b')).toBe(2));\n"
    ),
}


def test_own_tests_of_a_package_from_npm_ask_for_it_beside_them(
    targets: Path, bubblewrap: Provider, tmp_path: Path
) -> None:
    (tmp_path / "test").mkdir()
    for name, text in TESTS.items():
        (tmp_path / "test" / name).write_text(text)
    good = "\n  if (/(^|\\.)(__proto__|constructor|prototype)(\\.|$)/.test(String(path))) return false;"
    bad = "\n  if (String(path).indexOf('.') >= 0) return false;"
    few = Budget(variants=0, benign=0)
    for new, lost, reached in (
        (good, "3 own tests pass as before", 1),
        (bad, "1 of 3 own tests do not pass any more", 1),
    ):
        try:
            patch = _patch(DOTTY, new, targets, bubblewrap)
        except (Infrastructure, BundleError) as error:
            pytest.skip(f"the package cannot be fetched here: {error}")
        found = assess(DOTTY[0], patch, cache=targets, sandbox=bubblewrap, runs=1, budget=few, tests=tmp_path / "test")
        assert found.coverage["by_tests"] == reached, words(found)
        if new is good:
            assert lost in words(found), words(found)
        assert ("own tests do not pass" in words(found)) is (new is bad), words(found)
