"""What is run under a sanitizer is what ships: sources that would do something else under one confirm nothing."""

import shutil

import pytest

from seawall.clearinghouse.validation.errors import Infrastructure
from seawall.clearinghouse.validation.targets import flavors
from seawall.clearinghouse.validation.types import Flavor, Verdict

from .conftest import Judge
from .native import FIXED, FLAWED, proof

pytestmark = pytest.mark.sandbox

OVERFLOW = "int gate(const char *text, int length) { int sum = 2147483600; return sum + length * 100; }\n"
CALM = "int gate(const char *text, int length) { return length > 8 ? -1 : length; }\n"
CALM_AT_FIRST = CALM.replace("length > 8 ? -1 : length", "length")


def test_a_flaw_is_confirmed_and_the_plain_build_stands_beside(judge: Judge) -> None:
    result = judge(proof())
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons)
    assert [run.side.value for run in result.runs] == [
        "control", "plain", "control", "plain", *(run.side.value for run in result.runs[4:6]), "plain",
    ]  # fmt: skip
    assert {result.target[side]["flavor"] for side in ("vulnerable", "fixed")} == {"gcc-address"}
    assert result.target["fixed"]["program"].startswith("sha256:")


@pytest.mark.parametrize(
    ("flavor", "flawed", "fixed"),
    [
        ("gcc-undefined", OVERFLOW.replace("* 100", "- 36 + 64"), CALM_AT_FIRST),
        pytest.param("gcc-address-undefined", FLAWED, FIXED, marks=pytest.mark.long),
    ],
)
def test_each_flavor_finds_its_flaws(judge: Judge, flavor: str, flawed: str, fixed: str) -> None:
    result = judge(proof(flawed, fixed, flavor=flavor))
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons, result.runs)


def test_a_plain_flavor_has_none_beside_and_its_signal_counts(judge: Judge) -> None:
    flawed = CALM.replace("-1", "*(volatile int *)8")
    result = judge(proof(flawed, CALM, flavor="gcc-plain", oracle="signal"))
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons)
    assert "plain" not in {run.side.value for run in result.runs}


def test_who_asks_for_the_macro_gets_the_code_that_ships_and_is_named(judge: Judge) -> None:
    asking = "#ifdef __SANITIZE_ADDRESS__\nint quarantine;\n#endif\n"
    result = judge(proof(asking + FLAWED, asking + FIXED))
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons)
    assert [reason for reason in result.reasons if "gate.c would be other code under a sanitizer" in reason]
    assert result.target["vulnerable"]["macros"] == ["gate.c"]


def test_a_control_that_does_something_else_without_a_sanitizer_says_nothing(judge: Judge) -> None:
    # Nothing in the sources tells: the name of the function is put together at run time.
    hidden = (
        "#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <string.h>\n"
        'static int watched(void) { char name[12] = "__a"; strcat(name, "san_init"); return dlsym(RTLD_DEFAULT, name) != 0; }\n'
    )
    result = judge(proof(hidden + FLAWED.replace("return name[0]", "return watched()"), hidden + FIXED))
    assert result.verdict is Verdict.INCONCLUSIVE, (result.summary, result.reasons, result.runs)
    assert "Built without sanitizers" in result.summary


def test_a_missing_compiler_is_ours_and_no_verdict(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name, **_: None if name == "clang" else which(name))
    with pytest.raises(Infrastructure, match=r"clang is not installed.*apt-get install clang"):
        judge(proof(flavor="clang-memory"))


@pytest.mark.parametrize("flavor", Flavor)
def test_each_flavor_but_plain_ones_has_a_plain_one_of_its_compiler(flavor: Flavor) -> None:
    beside = flavors.plain(flavor)
    assert (beside is None) == flavor.value.endswith("-plain")
    assert beside is None or beside.value.split("-") == [flavor.value.split("-")[0], "plain"]


@pytest.mark.skipif(
    shutil.which("clang") is None, reason="clang is not installed: apt-get install clang libclang-rt-dev"
)
def test_clang_finds_memory_that_was_never_written(judge: Judge) -> None:
    flawed = (
        "#include <stdio.h>\nint gate(const char *text, int length) {"
        ' volatile int berth; if (length < 9) berth = 1; if (berth) puts("moored"); return 1; }\n'
    )
    fixed = flawed.replace("int berth;", "int berth = 0;")
    result = judge(proof(flawed, fixed, flavor="clang-memory"))
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons, result.runs)
