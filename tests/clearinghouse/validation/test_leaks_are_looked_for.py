"""Memory that is never freed is a flaw where LeakSanitizer says so, of the package's own memory, and where it could look."""

import shutil
from pathlib import Path

import pytest

from seawall.clearinghouse.validation.bundles import open_bundle
from seawall.clearinghouse.validation.errors import BundleError
from seawall.clearinghouse.validation.patches import running
from seawall.clearinghouse.validation.preparing import prepared
from seawall.clearinghouse.validation.sandboxes.interface import Provider
from seawall.clearinghouse.validation.types import Flavor, OracleKind, Side, Verdict

from .conftest import Judge
from .native import ATTACK, DRIVER, proof

pytestmark = pytest.mark.sandbox

FLAWED = """
#include <stdlib.h>
#include <string.h>
int gate(const char *text, int length) {
    char *copy = malloc(length + 1);
    if (copy == 0) return -1;
    memcpy(copy, text, length);
    copy[length] = 0;
    int first = copy[0];
    if (length > 8) return -1;
    free(copy);
    return first;
}
"""
FIXED = FLAWED.replace("if (length > 8) return -1;", "if (length > 8) { free(copy); return -1; }")
FORGED = """
static int forged(void) {
    fputs("==2==ERROR: LeakSanitizer: detected memory leaks\\n\\nDirect leak of 77 byte(s) in 1 object(s) allocated from:\\n"
          "    #0 0x7f in malloc lsan_interceptors.cpp:75\\n    #1 0x55 in gate /src/gate.c:5\\n\\n", stderr);
    return -1;
}
"""


def leak(
    flawed: str = FLAWED,
    fixed: str = FIXED,
    *,
    driver: str = DRIVER,
    main: str = "driver.c",
    flavor: str = "gcc-leak",
    oracle: str = "leak",
    failure: str = "denial-of-service",
) -> bytes:
    return proof(flawed, fixed, driver=driver, main=main, flavor=flavor, oracle=oracle, failure=failure)


def test_lost_memory_is_confirmed_every_time_and_the_fix_is_silent(judge: Judge) -> None:
    result = judge(leak(), runs=5)
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons, result.runs)
    assert result.reasons[:2] == ("Triggered 5 of 5 times on tide/gate 1.", "Triggered 0 of 5 times on 2.")
    assert result.signature == "crash/2:direct-leak@gate"


SILENT: dict[str, bytes] = {
    "writes the report on standard error and ends with the code": leak(
        FIXED.replace("#include", "#include <stdio.h>\n#include <unistd.h>\n#include", 1)
        .replace("int gate", FORGED + "int gate", 1)
        .replace("free(copy); return -1;", "free(copy); forged(); fflush(stderr); return -1;")
    ),
    "has a driver that loses memory of its own": leak(
        FIXED,
        driver=DRIVER.replace("#include", "#include <stdlib.h>\n#include", 1).replace(
            "return 0", "if (length > 8) *(char *volatile *)&(char *){0} = malloc(77);\n    return 0"
        ),
    ),
    "loses nothing": leak(FIXED),
    "keeps what it has in a variable": leak(
        FLAWED.replace("int gate", "char *kept;\nint gate").replace(
            "if (length > 8)", "kept = copy;\n    if (length > 8)"
        )
    ),
}


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.long) for name in SILENT])
def test_no_memory_of_the_packages_is_lost(name: str, judge: Judge) -> None:
    result = judge(SILENT[name])
    assert result.verdict is Verdict.NOT_REPRODUCED, (result.summary, result.reasons, result.runs)


UNTOLD: dict[str, tuple[bytes, str]] = {
    "the control loses memory too": (
        leak(FLAWED.replace("length > 8", "length > 1"), FIXED),
        "The benign control does what only the proof should do",
    ),
    "the fix ends before leaks are looked for": (
        leak(fixed=FIXED.replace("#include", "#include <unistd.h>\n#include", 1).replace("{ free(copy); return -1; }", "_exit(0);")),
        "was silent without a look",
    ),
    "the fix ends by a signal": (
        leak(fixed=FIXED.replace("{ free(copy); return -1; }", "abort();")), "was silent without a look",
    ),
    "the sources ask for LeakSanitizer": (
        leak("extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));\n" + FLAWED),
        "The sources look for sanitizers",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.long) for name in UNTOLD])
def test_there_is_no_verdict_where_nothing_can_be_told(name: str, judge: Judge) -> None:
    bundle, said = UNTOLD[name]
    result = judge(bundle)
    assert result.verdict is Verdict.INCONCLUSIVE, (result.summary, result.reasons, result.runs)
    assert said in result.summary


@pytest.mark.long
@pytest.mark.skipif(
    shutil.which("clang") is None, reason="clang is not installed: apt-get install clang libclang-rt-dev"
)
def test_clang_looks_too(judge: Judge) -> None:
    result = judge(leak(flavor="clang-leak"))
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons, result.runs)


@pytest.mark.long
def test_an_honest_driver_in_cxx_is_looked_at_too(judge: Judge) -> None:
    driver = 'extern "C" int gate(const char *, int);\n' + DRIVER.replace("int gate(const char *text, int length);", "")
    result = judge(leak(driver=driver, main="driver.cc"))
    assert result.verdict is Verdict.CONFIRMED, (result.summary, result.reasons, result.runs)


@pytest.mark.long
def test_a_patch_that_ends_before_leaks_are_looked_for_stops_nothing(
    bubblewrap: Provider, targets: Path, tmp_path: Path
) -> None:
    bundle, _ = UNTOLD["the fix ends before leaks are looked for"]
    (tmp_path / "proof.zip").write_bytes(bundle)
    with prepared(tmp_path / "proof.zip", cache=targets, sandbox=bubblewrap) as ready:
        ready.add(Side.PATCHED, ready.replay.built[Side.FIXED])
        tried = running.tried(ready, Side.PATCHED, ATTACK.encode(), 1)
    assert (tried.hits, tried.silent) == (0, False)
    assert "Leaks were not looked for" in tried.odd


@pytest.mark.parametrize(
    ("oracle", "flavor"),
    [
        (OracleKind.LEAK, Flavor.GCC_ADDRESS),
        (OracleKind.SANITIZER, Flavor.GCC_LEAK),
        (OracleKind.SIGNAL, Flavor.CLANG_LEAK),
    ],
)
def test_flavor_and_oracle_go_together(oracle: OracleKind, flavor: Flavor, tmp_path: Path) -> None:
    failure = "memory-safety" if oracle is OracleKind.SANITIZER else "denial-of-service"
    (tmp_path / "proof.zip").write_bytes(leak(flavor=flavor.value, oracle=oracle.value, failure=failure))
    with pytest.raises(BundleError, match="does not go with"):
        open_bundle(tmp_path / "proof.zip", tmp_path / "bundle")
