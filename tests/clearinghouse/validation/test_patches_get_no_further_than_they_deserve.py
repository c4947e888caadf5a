"""Good patches reach their state; bad ones, all of which could be called a fix by somebody, get no further than they deserve."""

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seawall.clearinghouse.validation.patches.assessing import assess
from seawall.clearinghouse.validation.patches.types import Budget, PatchResult, PatchState
from seawall.clearinghouse.validation.sandboxes.interface import Provider

from .conftest import PIER_FLAWED, SMALL, Proof

pytestmark = pytest.mark.sandbox
TIDEGATE = Path(__file__).parents[3] / "src" / "seawall" / "demo" / "proofs" / "tidegate-history-run"
READ = "import sys, pathlib, pier\ntext = pathlib.Path(sys.argv[1]).read_text().strip()\n"
LABEL = "def label(text): return eval(text)"
WAIT = 'def wait(text):\n    count = 0\n    while text.startswith("!"): count += 1\n    return count\n'
PARSE = 'def parse(text, depth=0):\n    return [parse(text[1:-1], depth + 1)] if text.startswith("[") else text'
GOOD = """def label(text):
    import ast
    try: return ast.literal_eval(text)
    except (ValueError, SyntaxError): return text"""
NESTED = Proof(
    driver="import sys\nsys.setrecursionlimit(300)\n" + READ + "print(pier.parse(text))\n",
    input="[" * 500 + "]" * 500,
    control="[[calm]]",
    failure="uncaught-exception",
    oracle={"kind": "uncaught-exception", "exception": "RecursionError"},
)
FEW = Budget(variants=30, benign=10, seconds=60)

Judge = Callable[..., PatchResult]


def diff(*replaced: tuple[str, str], path: str = "pier.py", text: str = PIER_FLAWED) -> bytes:
    """A patch of the package's module that replaces some text."""
    after = text
    for old, new in replaced:
        assert old in after
        after = after.replace(old, new)
    lines = difflib.unified_diff(
        text.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{path}", f"b/{path}"
    )
    return "".join(lines).encode()


@pytest.fixture
def judge(registry: Path, targets: Path, bubblewrap: Provider, tmp_path: Path) -> Judge:
    del registry

    def run(patch: bytes, proof: Proof | None = None, **wishes: Any) -> PatchResult:
        archive = tmp_path / "proof.zip"
        archive.write_bytes((proof or Proof()).zip())
        known: dict[str, Any] = {"cache": targets, "sandbox": bubblewrap, "runs": 2, "at_most": SMALL, "seed": 7}
        return assess(archive, patch, **{**known, "budget": FEW, **wishes})

    return run


def words(result: PatchResult) -> str:
    steps = [f"{step.name} {step.outcome}: {step.summary} {step.details}" for step in result.steps]
    return "\n".join([result.summary, *result.reasons, *steps])


# name: the patch, the proof, how far it may get at most, and what has to be said
BAD: dict[str, tuple[bytes, Proof, PatchState, str]] = {
    "deletes the function": (diff((LABEL, "")), Proof(), PatchState.BUILDS, "control does not end well"),
    "deletes another function": (
        diff((LABEL, GOOD), (WAIT, "")),
        Proof(),
        PatchState.MITIGATES,
        "'wait' is deleted",
    ),
    "blocks the proof's own words": (
        diff((LABEL, 'def label(text):\n    if "open(\'/canary" in text: return None\n    return eval(text)')),
        Proof(),
        PatchState.BYPASSED,
        "still works",
    ),
    "blocks a name": (
        diff((LABEL, "def label(text):\n    if 'open(' in text: raise ValueError\n    return eval(text)")),
        Proof(),
        PatchState.BYPASSED,
        "written otherwise",
    ),
    "blocks a length": (
        diff((LABEL, "def label(text):\n    if len(text) > 60: raise ValueError\n    return eval(text)")),
        Proof(),
        PatchState.MITIGATES,
        "a word or a whole that is longer",
    ),
    "blocks a letter at the start": (
        diff((LABEL, "def label(text):\n    if text[0] == 'o': return text\n    return eval(text)")),
        Proof(),
        PatchState.BYPASSED,
        "still works",
    ),
    "blocks one kind of depth": (
        diff(
            (
                PARSE,
                'def parse(text, depth=0):\n    if len(text) == 1000: return None\n    return [parse(text[1:-1], depth + 1)] if text.startswith("[") else text',
            )
        ),
        NESTED,
        PatchState.BYPASSED,
        "length",
    ),
    "asks whether it is watched": (
        diff(
            (
                LABEL,
                GOOD.replace(
                    "    try:", "    import os\n    if not os.path.isdir('/canary'): return eval(text)\n    try:"
                ),
            )
        ),
        Proof(),
        PatchState.REGRESSION_FREE,
        "names the harness",
    ),
    "asks its environment": (
        diff(
            (
                LABEL,
                GOOD.replace("    try:", "    import os\n    if os.environ.get('FAST'): return eval(text)\n    try:"),
            )
        ),
        Proof(),
        PatchState.REGRESSION_FREE,
        "asks its environment",
    ),
    "knows the proof by its digest": (
        diff(
            (
                LABEL,
                "def label(text):\n    import hashlib\n    if hashlib.md5(text[:6].encode()).hexdigest()[:4] == 'd98a' or text[:6] == 'open(\\'': return ''\n    return eval(text)",
            )
        ),
        Proof(),
        PatchState.BYPASSED,
        "digests",
    ),
    "edits the proof's driver": (
        diff((LABEL, GOOD))
        + b"--- a/driver.py\n+++ b/driver.py\n@@ -1 +1 @@\n-import sys, pathlib, pier\n+import sys\n",
        Proof(),
        PatchState.PROPOSED,
        "the proof's or the harness's",
    ),
    "edits the harness": (
        b"--- a/seawall/launch.py\n+++ b/seawall/launch.py\n@@ -1 +1 @@\n-x\n+y\n",
        Proof(),
        PatchState.PROPOSED,
        "the proof's or the harness's",
    ),
    "escapes by its path": (
        diff((LABEL, GOOD), path="../../pier.py"),
        Proof(),
        PatchState.PROPOSED,
        "does not stay inside the target",
    ),
    "is for another version": (
        diff((LABEL, GOOD)).replace(b"def load", b"def loads"),
        Proof(),
        PatchState.PROPOSED,
        "does not fit",
    ),
    "breaks what was benign": (
        diff((LABEL, "def label(text): return 'a label'")),
        Proof(control="'a label'", driver=READ + "print(pier.label(text))\n", target={"fixed": None}),
        PatchState.MITIGATES,
        "does nothing any more",
    ),
    "changes what benign input gives": (
        diff((LABEL, GOOD.replace("return ast", "return str(ast.literal_eval(text))[:9] if text else ast"))),
        Proof(),
        PatchState.MITIGATES,
        "in place of",
    ),
    "makes everything raise": (
        diff((LABEL, "def label(text): raise RuntimeError('no')")),
        Proof(),
        PatchState.BUILDS,
        "control does not end well",
    ),
    "raises where the control does not look": (
        diff((LABEL, "def label(text):\n    if text != \"'a label'\": raise ValueError(text)\n    return 'a label'")),
        Proof(),
        PatchState.MITIGATES,
        "ends with exit code 66 in place of exit code 0",
    ),
    "loops for ever": (
        diff((LABEL, "def label(text):\n    while '(' in text: pass\n    return eval(text)")),
        Proof(),
        PatchState.BUILDS,
        "It hangs",
    ),
    "loops from its loading on": (diff((LABEL, "while True: pass")), Proof(), PatchState.BUILDS, "limit"),
    "ends the process": (
        diff(
            (LABEL, "def label(text):\n    import os\n    os._exit(0) if '(' in text else None\n    return eval(text)")
        ),
        Proof(),
        PatchState.REGRESSION_FREE,
        "ends the process",
    ),
    "is no Python": (
        diff((LABEL, "def label(text: return text")),
        Proof(),
        PatchState.APPLIES,
        "cannot be read as python",
    ),
    "swaps in a module for everybody": (
        b"--- /dev/null\n+++ b/json.py\n@@ -0,0 +1 @@\n+x = 1\n",
        Proof(),
        PatchState.PROPOSED,
        "no file of the target",
    ),
    "takes the effect back": (
        diff(
            (
                LABEL,
                "def label(text):\n    x = eval(text)\n    import glob, os\n    [os.remove(f) for f in glob.glob('/ca*/*')]\n    return x",
            )
        ),
        Proof(),
        PatchState.BUILDS,
        "taken back",
    ),
}
ORDER = list(PatchState)


QUICK = {
    "deletes the function",
    "edits the proof's driver",
    "escapes by its path",
    "is for another version",
    "is no Python",
}
"""Those that end early; the others take some ten seconds each."""


@pytest.mark.parametrize(
    ("patch", "proof", "most", "said"),
    [pytest.param(*row, id=name, marks=[] if name in QUICK else [pytest.mark.long]) for name, row in BAD.items()],
)
def test_a_bad_patch_gets_no_further_than_it_deserves(
    judge: Judge, patch: bytes, proof: Proof, most: PatchState, said: str
) -> None:
    found = judge(patch, proof)
    assert found.state is most, words(found)
    assert said in words(found), words(found)
    if found.state is PatchState.BYPASSED:
        assert found.bypass is not None
        assert found.bypass.content != proof.input.encode()
        assert found.variants["bypassing"] == 1


def test_a_patch_that_names_the_proof_is_bypassed_and_its_bypass_kept(judge: Judge) -> None:
    blocked = diff((LABEL, "def label(text):\n    if 'open(' in text: raise ValueError\n    return eval(text)"))
    found = judge(blocked, budget=Budget(variants=12, benign=0, seconds=60), runs=1)
    assert found.state is PatchState.BYPASSED, words(found)
    assert found.bypass is not None
    assert b"open(" not in found.bypass.content.replace(b"io').open(", b"")
    again = judge(
        diff((LABEL, GOOD)), Proof(input=found.bypass.content.decode()), budget=Budget(variants=0, benign=0), runs=1
    )
    assert next(step.outcome for step in again.steps if step.name == "mitigates") == "held"


FIX = "        if (length > count - filled) { return TIDEGATE_BAD_BLOCK; }\n"
BADLY_GUARDED = {
    "by the sanitizer's macro": (f"#ifdef __SANITIZE_ADDRESS__\n{FIX}#endif\n", PatchState.BUILDS, "is not stopped"),
    "by clang's way to ask": (
        f"#if defined(__has_feature)\n#if __has_feature(address_sanitizer)\n{FIX}#endif\n#endif\n",
        PatchState.BUILDS,
        "is not stopped",
    ),
    "by the kind of build": (
        f"#ifndef NDEBUG\n{FIX}#endif\n",
        PatchState.BUILDS,
        "as a release, the proof still works",
    ),
    "by the sanitizer's own function": (
        FIX.replace("if (", "extern int __asan_init(void) __attribute__((weak)); if (__asan_init && "),
        PatchState.BUILDS,
        "as a user runs it",
    ),
    "by its environment": (
        FIX.replace("if (", 'if (getenv("FAST") == NULL && '),
        PatchState.REGRESSION_FREE,
        "asks its environment",
    ),
}


@pytest.mark.long
@pytest.mark.parametrize(("guarded", "most", "said"), BADLY_GUARDED.values(), ids=BADLY_GUARDED)
def test_a_fix_in_c_that_is_not_in_every_build_is_none(
    guarded: str, most: PatchState, said: str, targets: Path, bubblewrap: Provider
) -> None:
    text = (TIDEGATE / "vulnerable" / "tidegate.c").read_text()
    at = "        if (length == 0) {\n"
    patch = diff((at, guarded + at), path="tidegate.c", text=text)
    found = assess(TIDEGATE, patch, cache=targets, sandbox=bubblewrap, runs=1, budget=FEW, seed=3)
    assert found.state is most, words(found)
    assert said in words(found), words(found)
