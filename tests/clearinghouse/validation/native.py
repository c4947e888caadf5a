"""Proofs for a made-up gate in C, flawed in one tree and fixed in the other."""

from collections.abc import Mapping

from .conftest import zipped

FLAWED = """
#include <string.h>
int gate(const char *text, int length) {
    char name[8];
    memcpy(name, text, length);
    return name[0];
}
"""
FIXED = FLAWED.replace("memcpy(", "if (length > 8) return -1;\n    memcpy(")
DRIVER = """
#include <stdio.h>
int gate(const char *text, int length);
int main(int argc, char **argv) {
    static char text[64];
    FILE *file = fopen(argv[1], "rb");
    int length = fread(text, 1, sizeof text, file);
    printf("%d\\n", gate(text, length));
    return 0;
}
"""
ATTACK = "a name that is far too long for eight"


def proof(
    flawed: str = FLAWED,
    fixed: str | None = FIXED,
    *,
    driver: str = DRIVER,
    attack: str = ATTACK,
    flavor: str = "gcc-address",
    oracle: str = "sanitizer",
    failure: str = "memory-safety",
    main: str = "driver.c",
    more: Mapping[str, str] | None = None,
) -> bytes:
    """A bundle with both trees."""
    trees = {"old/gate.c": flawed} | ({"new/gate.c": fixed} if fixed is not None else {})
    target = 'package = "pkg:generic/tide/gate"\nvulnerable = "1"\nvulnerable_tree = "old"\n'
    if fixed is not None:
        target += 'fixed = "2"\nfixed_tree = "new"\n'
    manifest = (
        f'schema = "seawall.proof/1"\n[target]\n{target}[claim]\nfailure = "{failure}"\n'
        '[run]\nruntime = "native"\ninput = "input"\ncontrol = "control"\n'
        f'[build]\nmain = "{main}"\nflavor = "{flavor}"\n[oracle]\nkind = "{oracle}"\n'
    )
    files = {"proof.toml": manifest, main: driver, "input": attack, "control": "short", **trees, **(more or {})}
    return zipped({name: text.encode() for name, text in files.items()})


def packaged(
    package: str = "pkg:pypi/gate",
    *,
    build: str = "",
    vulnerable: str = "1.0",
    fixed: str = "1.1",
    driver: str = DRIVER,
) -> bytes:
    """A bundle whose sources are a registry's."""
    manifest = (
        f'schema = "seawall.proof/1"\n[target]\npackage = "{package}"\nvulnerable = "{vulnerable}"\nfixed = "{fixed}"\n'
        '[claim]\nfailure = "memory-safety"\n[run]\nruntime = "native"\ninput = "input"\ncontrol = "control"\n'
        f'[build]\nmain = "driver.c"\nflavor = "gcc-address"\n{build}\n[oracle]\nkind = "sanitizer"\n'
    )
    files = {"proof.toml": manifest, "driver.c": driver, "input": ATTACK, "control": "short"}
    return zipped({name: text.encode() for name, text in files.items()})
