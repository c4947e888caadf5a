"""A crash of a seeded program as a proof bundle: one tree with all of its flaws, one with all of them fixed at once.

The fixed tree is a release that ends every flaw of the program, so that the judge has to find the one fix that belongs to the
proof. Between the two differ the lines that ask for a fix: ``FIXED(3)`` is 0 in the one tree and 1 in the other.
"""

import re
from pathlib import Path

from duplicates.crashes import TARGETS, Sample

_HEADER = """/* What the program needs of the harness; the benchmark's own is left out. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int record;
#define OPS(input, size) for (record = 0; (size_t)record * 4 + 4 <= (size); record++)
int run(const uint8_t *input, size_t size);
"""
_DRIVER = """/* Runs the records of a file, and says that it came to their end. */
#include <stdint.h>
#include <stdio.h>

int run(const uint8_t *input, size_t size);

int main(int argc, char **argv) {
    static uint8_t input[1 << 16];
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    if (file == NULL)
        return 2;
    size_t size = fread(input, 1, sizeof input, file);
    fclose(file);
    printf("%d after %zu bytes\\n", run(input, size), size);
    return 0;
}
"""
_MANIFEST = """schema = "seawall.proof/1"

[target]
package = "pkg:generic/{project}"
vulnerable = "1.0"
vulnerable_tree = "vulnerable"
fixed = "1.1"
fixed_tree = "fixed"

[claim]
failure = "memory-safety"

[run]
runtime = "native"
input = "input.bin"
control = "control.bin"

[build]
main = "driver.c"
flavor = "gcc-address"

[oracle]
kind = "sanitizer"
"""


def write(sample: Sample, number: int, folder: Path) -> str:
    """Write the bundle of a crash below a folder, and return its name there; one that is there is left as it is.

    Its control is the longest beginning of the crash's records that does not have the last one, which is where it crashed.
    """
    name = f"{sample.flaw}-{number}"
    place = folder / name
    if place.exists():
        return name
    for side, fixed in (("vulnerable", 0), ("fixed", 1)):
        (place / side).mkdir(parents=True)
        (place / side / "harness.h").write_text(_HEADER, encoding="utf-8")
        (place / side / f"{sample.project}.c").write_text(source(sample.project, fixed), encoding="utf-8")
    (place / "driver.c").write_text(_DRIVER, encoding="utf-8")
    (place / "proof.toml").write_text(_MANIFEST.format(project=sample.project), encoding="utf-8")
    (place / "input.bin").write_bytes(sample.input)
    (place / "control.bin").write_bytes(sample.input[:-4])
    return name


def source(project: str, fixed: int) -> str:
    """A seeded program with none or all of its flaws fixed."""
    text = (TARGETS / f"{project}.c").read_text(encoding="utf-8")
    text = re.sub(r"\bFIXED\(\d+\)", str(fixed), text)
    return text.replace("static int run(", "int run(", 1)
