"""What is made of an attack, what is found in a patch's text, and what state comes of what was seen. Nothing is run."""

import binascii
import itertools
import re
import time
from dataclasses import replace

import pytest

from seawall.clearinghouse.validation.patches import inspecting, rules, variants
from seawall.clearinghouse.validation.patches.behaving import Behavior, alike, without_clock, without_versions
from seawall.clearinghouse.validation.patches.inspecting import Defined, Hints
from seawall.clearinghouse.validation.patches.rules import Evidence
from seawall.clearinghouse.validation.patches.types import (
    Applied,
    Bypass,
    ChangedFile,
    Finding,
    OwnTests,
    PatchState,
    Place,
    ProofEvidence,
    Weight,
)

ATTACKS = {
    "code": (b"open('@@CANARY_FILE@@', 'w').write('@@CANARY_TOKEN@@')\n", b"__import__('io').open("),
    "a path": (b"../../../etc/passwd", b"%2e%2e/"),
    "a prototype in JSON": (
        b'{"__proto__": {"@@CANARY_TOKEN@@": 1}}',
        b'{"constructor": {"prototype": {"@@CANARY_TOKEN@@": 1}}}',
    ),
    "a prototype in a path": (b"__proto__.@@CANARY_TOKEN@@", b"constructor.prototype.@@CANARY_TOKEN@@"),
    "depth": (b"[" * 400 + b"]" * 400, b"(" * 400 + b")" * 400),
    "a length": (b"a" * 5000 + b"!", b"a" * 2500 + b"!"),
    "a number": (b'{"size": 4096}', b'{"size": 8192}'),
    "a command": (b"; touch @@CANARY_FILE@@", b"\n touch @@CANARY_FILE@@"),
    "SQL": (b"x'; UPDATE boats SET berth = 3--", b"x'; UPdate boats SET berth = 3--"),
}


@pytest.mark.parametrize(("attack", "wanted"), ATTACKS.values(), ids=ATTACKS)
def test_an_attack_is_made_another_way(attack: bytes, wanted: bytes) -> None:
    made = list(variants.attacks(attack, Hints(), b"calm", 1, script=False))
    contents = [variant.content for variant in made]
    assert wanted in contents or any(wanted in content for content in contents)
    assert len(set(contents)) == len(contents)
    assert attack not in contents
    held = set(re.findall(rb"@@[A-Z_]+@@", attack))
    assert all(word in content for word in held for content in contents)
    assert made == list(variants.attacks(attack, Hints(), b"calm", 1, script=False))
    assert len({variant.kind for variant in itertools.islice(made, 5)}) > 2  # not one kind after the other


def test_what_the_patch_asks_for_is_spelt_otherwise_and_stepped_over() -> None:
    hints = Hints(("__proto__",), (1024,))
    first = list(itertools.islice(variants.attacks(b'{"__proto__": 7, "n": 4096}', hints, None, 1, script=False), 20))
    assert any(b"__proto__" not in variant.content and b"4096" in variant.content for variant in first[:4])
    assert any(re.search(rb'"n": 102[345]\b', variant.content) for variant in first)
    shorter = variants.attacks(b"a" * 5000, hints, None, 1, script=False)
    assert any(len(variant.content) in {1022, 1023, 1024} for variant in shorter)
    longer = [variant.content for variant in variants.benign(b"a calm label\n", hints, 1)]
    assert any(len(content) > 1024 for content in longer)
    assert any(b"label__proto__" in content for content in longer)


def test_a_script_is_changed_in_its_strings_and_numbers_only() -> None:
    script = b"const x = require('x');\nx.run('../../secret', 5000);\n"
    frame = re.compile(rb"const x = require\('.*'\);\nx\.run\('.*', -?[0-9a-fx.e]+\);\n", re.DOTALL)
    made = [variant.content for variant in variants.attacks(script, Hints(), None, 1, script=True)]
    assert len(made) > 20
    assert [content for content in made if not frame.fullmatch(content)] == []


def test_a_checksum_is_made_anew() -> None:
    body = bytes(range(40))
    frame = body + binascii.crc_hqx(body, 0xFFFF).to_bytes(2, "big")
    made = [variant.content for variant in variants.attacks(frame, Hints(), None, 1, script=False)]
    assert len(made) > 10
    assert all(binascii.crc_hqx(one[:-2], 0xFFFF).to_bytes(2, "big") == one[-2:] for one in made)


@pytest.mark.parametrize(
    "content", [b"", b"\0", b"a" * 2**20, b"((" * 2**18, b"0 " * 2**18, b"@@" * 9000, b"\xff" * 9000]
)
def test_odd_attacks_take_no_long_time(content: bytes) -> None:
    started = time.process_time()
    hints = Hints(("a" * 200, "("), (0, 1, 10**9))
    list(itertools.islice(variants.attacks(content, hints, content, 1, script=False), 100))
    list(itertools.islice(variants.benign(content, hints, 1), 100))
    assert time.process_time() - started < 20


def _applied(text: str, path: str = "pier.py") -> Applied:
    lines = text.count("\n") + 1
    return Applied((ChangedFile(path, b"old\n", text.encode(), (Place(1, lines),)),), (), ())


DOUBTFUL = {
    "if os.environ.get('CI'): return": ("pier.py", "its environment"),
    "if (process.env.NODE_ENV === 'test') return;": ("pier.js", "its environment"),
    "if sys.gettrace(): return": ("pier.py", "who calls it"),
    "if sys.argv[0].endswith('driver.py'): return": ("pier.py", "who calls it"),
    "#ifdef __SANITIZE_ADDRESS__": ("pier.c", "sanitizer"),
    "#if __has_feature(address_sanitizer)": ("pier.c", "sanitizer"),
    '__attribute__((no_sanitize("address")))': ("pier.c", "sanitizer"),
    "#ifndef NDEBUG": ("pier.c", "between builds"),
    "if os.path.exists('/canary'): return": ("pier.py", "the harness"),
    "if os.environ['SEAWALL_CANARY_FILE']: pass": ("pier.py", "the harness"),
    "if __version__ == '1.0': return": ("pier.py", "its own version"),
    "process.exit(1)": ("pier.js", "ends the process"),
    "exit(1);": ("pier.c", "ends the process"),
    "if hashlib.sha256(text).hexdigest() in BAD: return": ("pier.py", "digests"),
    "Object.freeze(Object.prototype)": ("pier.js", "all programs share"),
    "sigaction(SIGSEGV, &quiet, NULL);": ("pier.c", "signals"),
    "if 'import os; os.system' in text: return": ("pier.py", "word for word"),
}


@pytest.mark.parametrize(("line", "row"), DOUBTFUL.items(), ids=DOUBTFUL)
def test_what_an_honest_fix_has_no_use_for_is_in_doubt(line: str, row: tuple[str, str]) -> None:
    path, said = row
    found = inspecting.doubts(_applied(f"x\n    {line}\ny", path), [b"x(import os; os.system('id'))"])
    assert any(said in finding.what and finding.weight is Weight.CAPS for finding in found), found


HONEST = [
    ("pier.py", "    if not os.path.abspath(name).startswith(root): raise ValueError(name)"),
    ("pier.py", '__version__ = "1.0.1"'),
    ("pier.py", "    # see sys.argv and os.environ for why"),
    ("pier.js", "  if (key === '__proto__' || key === 'constructor') continue; // not process.env"),
    ("pier.js", "  if (!Object.prototype.hasOwnProperty.call(target, key)) return;"),
    ("pier.c", "    if (length > left) { return ERROR; } /* exit early */"),
    ("pier.c", "    loop->exit(1);"),
]


@pytest.mark.parametrize(("path", "line"), HONEST)
def test_an_honest_fix_is_not_in_doubt(path: str, line: str) -> None:
    assert inspecting.doubts(_applied(line, path), [b"{'__proto__': 1}", b"constructor"]) == []


JS = """
function alone(a, b) { return a + b; }
const arrow = (x) => { if (x) { return 1; } return 2; };
exports.given = function (x) { throw new Error('}'); };
class Boat {
  sail(x) { return /[{]/.test(x); }
  same(x) { return x }
}
// function commented() {}
module.exports.other = alone;
"""
C = '#include <stdio.h>\nstatic int first(int a, char *b) {\n    return a; /* } */\n}\nvoid second(void)\n{\n    puts("{");\n}\n'


def test_definitions_are_found_by_a_light_look() -> None:
    script = inspecting.defined("x.js", JS.encode())
    assert script.functions == {
        "alone": False,
        "arrow": False,
        "given": True,
        "Boat": False,
        "sail": False,
        "same": True,
    }
    assert "commented" not in script.functions
    assert script.exports == {"given", "other"}
    assert inspecting.defined("x.c", C.encode()).functions == {"first": True, "second": False}
    started = time.process_time()
    for hostile in (
        "function " * 20_000,
        "a" * 200_000,
        "(" * 100_000,
        "x=" * 80_000,
        "/" * 100_000,
        "`" * 99_999,
        "{" * 99_999,
    ):
        inspecting.defined("x.js", hostile.encode())
        inspecting.defined("x.c", hostile.encode())
    assert time.process_time() - started < 20


def test_what_is_gone_or_emptied_is_named() -> None:
    before = Defined(
        {"kept": False, "gone": False, "_own": False, "hollow": False, "Boat.sail": False}, frozenset({"gone"})
    )
    after = Defined({"kept": False, "hollow": True, "Boat.sail": False})
    weights = {finding.what: finding.weight for finding in inspecting.taken_away("f", before, after, None)}
    assert weights == {
        "f: 'gone' is deleted.": Weight.BREAKS,
        "f: '_own' is deleted.": Weight.CAPS,
        "f: 'hollow' does nothing any more: it ends at once, raises, or gives back what it has.": Weight.BREAKS,
        "f: the export 'gone' is gone.": Weight.BREAKS,
    }
    fixed = Defined({"kept": False, "hollow": True, "Boat.sail": False})
    left = inspecting.taken_away("f", before, after, fixed)
    assert [finding.weight for finding in left] == [Weight.REMARK]


GOOD_PROOF = ProofEvidence(
    "proof", stopped=True, made=20, working=8, compared=5, has_fix=True, places=2,
    reached=frozenset({0}), by_variants=frozenset({0, 1}),
)  # fmt: skip
SEEN = Evidence(applied=_applied("x"), proofs=(GOOD_PROOF,))
BYPASS = Bypass("sha256:1", "input.txt", "other quotes", b"x", "why", on_fixed=False)
STATES: dict[str, tuple[Evidence, PatchState, bool]] = {
    "all is well": (SEEN, PatchState.VERIFIED, False),
    "it does not apply": (Evidence(refused="no such place"), PatchState.PROPOSED, False),
    "it does not build": (replace(SEEN, unbuilt="SyntaxError"), PatchState.APPLIES, False),
    "no proof was run": (replace(SEEN, proofs=()), PatchState.BUILDS, False),
    "the proof says nothing": (replace(SEEN, proofs=(replace(GOOD_PROOF, refused="flaky"),)), PatchState.BUILDS, False),
    "the proof is not stopped": (replace(SEEN, proofs=(replace(GOOD_PROOF, stopped=False),)), PatchState.BUILDS, False),
    "the control fails": (replace(SEEN, proofs=(replace(GOOD_PROOF, control="exit 1"),)), PatchState.BUILDS, False),
    "a flavor fails": (replace(SEEN, proofs=(replace(GOOD_PROOF, flavors=("plain",)),)), PatchState.BUILDS, False),
    "a variant works": (replace(SEEN, proofs=(replace(GOOD_PROOF, bypass=BYPASS),)), PatchState.BYPASSED, False),
    "a variant works and more breaks": (
        replace(SEEN, proofs=(replace(GOOD_PROOF, bypass=BYPASS, differences=("x",)),)),
        PatchState.BYPASSED,
        False,
    ),
    "a benign run differs": (
        replace(SEEN, proofs=(replace(GOOD_PROOF, differences=("x",)),)),
        PatchState.MITIGATES,
        False,
    ),
    "a test is lost": (
        replace(SEEN, tests=OwnTests(given=True, before=9, lost=("a",))),
        PatchState.MITIGATES,
        False,
    ),
    "a function is gone": (replace(SEEN, findings=(Finding(Weight.BREAKS, "gone"),)), PatchState.MITIGATES, False),
    "nothing was compared": (replace(SEEN, proofs=(replace(GOOD_PROOF, compared=0),)), PatchState.MITIGATES, False),
    "its text is in doubt": (
        replace(SEEN, findings=(Finding(Weight.CAPS, "getenv"),)),
        PatchState.REGRESSION_FREE,
        True,
    ),
    "a remark is made": (replace(SEEN, findings=(Finding(Weight.REMARK, "swallows"),)), PatchState.VERIFIED, False),
    "few variants work": (replace(SEEN, proofs=(replace(GOOD_PROOF, working=2),)), PatchState.REGRESSION_FREE, True),
    "few variants, but tests reach it": (
        replace(
            SEEN,
            proofs=(replace(GOOD_PROOF, working=0, by_variants=frozenset()),),
            tests=OwnTests(given=True, before=9, reached=frozenset({0, 1})),
        ),
        PatchState.VERIFIED,
        False,
    ),
    "a place is not reached": (
        replace(SEEN, proofs=(replace(GOOD_PROOF, by_variants=frozenset({0})),)),
        PatchState.REGRESSION_FREE,
        True,
    ),
    "the proof alone reaches it": (
        replace(SEEN, proofs=(replace(GOOD_PROOF, by_variants=frozenset(), reached=frozenset({0, 1})),)),
        PatchState.REGRESSION_FREE,
        True,
    ),
    "reach cannot be told": (
        replace(SEEN, proofs=(replace(GOOD_PROOF, places=None),)),
        PatchState.REGRESSION_FREE,
        True,
    ),
    "variants work on the fixed version too": (
        replace(SEEN, proofs=(replace(GOOD_PROOF, on_fixed=1),)),
        PatchState.REGRESSION_FREE,
        True,
    ),
    "another proof says nothing": (
        replace(SEEN, proofs=(GOOD_PROOF, ProofEvidence("other", refused="another package"))),
        PatchState.REGRESSION_FREE,
        True,
    ),
    "another proof is not stopped": (
        replace(SEEN, proofs=(GOOD_PROOF, ProofEvidence("other", stopped=False))),
        PatchState.BUILDS,
        False,
    ),
    "code is left out": (
        replace(SEEN, applied=replace(_applied("x"), code_left_out=("src/x.ts",))),
        PatchState.REGRESSION_FREE,
        True,
    ),
    "tests cannot be run": (
        replace(SEEN, tests=OwnTests(given=True, why="none")),
        PatchState.REGRESSION_FREE,
        True,
    ),
}


@pytest.mark.parametrize(("seen", "state", "plausible"), STATES.values(), ids=STATES)
def test_a_state_says_no_more_than_was_seen(seen: Evidence, state: PatchState, plausible: bool) -> None:
    found = rules.conclude(seen)
    assert (found.state, found.plausible) == (state, plausible)
    assert found.summary
    assert bool(found.reasons) is (state is not PatchState.VERIFIED or bool(seen.findings))


def test_what_differs_from_run_to_run_is_no_difference() -> None:
    one = Behavior("exit code 0", "signed 1a2b at noon", ())
    again = replace(one, output="signed 3c4d at noon")
    noise = (one, again)
    assert alike(replace(one, output="signed 5e6f at noon"), one, noise) is True
    assert alike(replace(one, output="signed 5e6f at dusk"), one, noise) is False
    assert alike(replace(one, output="signed 5e6f"), one, noise) is False
    assert alike(replace(one, end="exit code 1"), one, noise) is False
    assert alike(replace(one, output="x"), one, (one, replace(one, end="SIGKILL"))) is None


def test_the_difference_that_is_shown_is_not_one_of_every_two_runs() -> None:
    one = Behavior("exit code 0", "port 1\ntwo fathoms\nclosed", (), "listen() -> 1\nread() -> 2")
    again = replace(one, output="port 2\ntwo fathoms\nclosed", observed="listen() -> 3\nread() -> 2")
    other = replace(one, output="port 9\nthree fathoms", observed="listen() -> 4\nread() -> 5")
    assert other.difference(one, again) == "says 'three fathoms' in place of 'two fathoms'"
    assert (
        replace(other, output=again.output).difference(one, again)
        == "gives back 'read() -> 5' in place of 'read() -> 2'"
    )
    assert replace(one, output="port 9\ntwo fathoms").difference(one, again) == "says '' in place of 'closed'"
    assert other.difference(one) == "says 'port 9' in place of 'port 1'"


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        (b"issued 1795734790, 1795734785.25", b"issued @now, @now"),
        (b'{"at": 1795734790123}', b'{"at": @now}'),
        (b"iat 1600000000", b"iat 1600000000"),  # another year's is no clock's
        (b"berth 17957347901 of x1795734790", b"berth 17957347901 of x1795734790"),
        (b"at 2026-11-26T23:13:20.123Z, 2026-11-27 01:13:20+02:00.", b"at @now, @now."),
        (b"'date: Thu, 26 Nov 2026 23:13:20 GMT'", b"'date: @now'"),
        (b"Thu Nov 26 2026 23:13:20 GMT+0000 (UTC)", b"@now (UTC)"),
        (b"Thu Nov 26 23:13:20 2026 in port", b"@now in port"),
        (b"(datetime.datetime(2026, 11, 26, 23, 13, 20, 4000), 1)", b"(@now, 1)"),
        (b"26/Nov/2026", b"26/Nov/2026"),
        (
            b"opened 2019-02-30T10:00:00Z and 2019-03-01T10:00:00Z",
            b"opened 2019-02-30T10:00:00Z and 2019-03-01T10:00:00Z",
        ),
    ],
)
def test_the_time_of_a_run_is_no_behavior(said: bytes, plain: bytes) -> None:
    assert without_clock(said, 1795734800.0) == plain


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        (b"Server: Python/3.11 pier/3.9.1\r", b"Server: Python/3.11 pier/@version\r"),
        (b"Pier 3.9.2, 3.9.1", b"Pier @version, @version"),
        (b"pier=2.0 of 2.0", b"pier=@version of 2.0"),  # which may be any number
        (b"pier@v3.9.1.", b"pier@v@version."),
        (b"13.9.1 3.9.10 3.9.1.4 1.3.9.1 3.9.1-rc1 3.9.1b2 3x9x1", b"13.9.1 3.9.10 3.9.1.4 1.3.9.1 3.9.1-rc1 3.9.1b2 3x9x1"),
    ],
)  # fmt: skip
def test_a_server_that_names_its_version_does_the_same_in_each(said: bytes, plain: bytes) -> None:
    assert without_versions(said, "pier", ("3.9.1", "3.9.2", "2.0", None)) == plain
