"""What the harness saw go wrong: the kind of crash, and whether it read or wrote. Pure.

One flaw can end in neighboring kinds (a heap overflow on one run, a fault in unmapped memory on the next), so families
count for a part; ``FAMILIES`` groups the kinds of ``validation.understanding``.
"""

from seawall.clearinghouse.deduplication.types import NOTHING, Finding, Measure

FAMILIES: dict[str, str] = {
    kind: family
    for family, kinds in {
        "out of bounds": (
            "heap-buffer-overflow", "stack-buffer-overflow", "stack-buffer-underflow", "global-buffer-overflow",
            "dynamic-stack-buffer-overflow", "container-overflow", "intra-object-overflow", "buffer-overflow",
            "negative-size-param", "slab-out-of-bounds", "out-of-bounds-access", "stack-out-of-bounds",
            "global-out-of-bounds", "index-out-of-bounds", "object-size", "allocation-tail-overwritten",
            "unknown-address", "segv", "wild-access", "unknown", "invalid-read", "invalid-write", "bus", "sigbus",
            "memcpy-param-overlap",
        ),
        "freed memory": (
            "heap-use-after-free", "use-after-free", "slab-use-after-free", "stack-use-after-return",
            "stack-use-after-scope", "use-after-poison", "heap-double-free", "double-free", "bad-free",
            "invalid-free", "alloc-dealloc-mismatch",
        ),
        "no such address": ("null-dereference", "null-dereference-read", "null-dereference-write", "bad-cast"),
        "memory never written": ("use-of-uninitialized-value", "uninitialized-value", "invalid-bool-value"),
        "exhausted": ("stack-overflow", "out-of-memory", "timeout", "allocation-size-too-big", "hang"),
        "arithmetic": (
            "divide-by-zero", "integer-divide-by-zero", "floating-point-exception", "integer-overflow",
            "signed-integer-overflow", "undefined-shift", "float-cast-overflow",
        ),
        "stopped itself": (
            "assert", "check-failure", "dcheck-failure", "abrt", "fatal-error", "unreachable-code", "runtime-assert",
            "uncaught-exception", "fatal-exception", "security-check-failure",
        ),
    }.items()
    for kind in kinds
}  # fmt: skip
"""Kind -> family. A kind that is missing here is a family of its own."""
OTHER_ACCESS = 0.7
"""What the same kind is worth where one run read and the other wrote."""
FAMILY = 0.4


def measure(left: Finding, right: Finding) -> Measure:
    """1 for the same kind and access, less for neighbors, 0 for strangers."""
    if not left.kind or not right.kind:
        return NOTHING
    ours, theirs = (f"{one.kind} {one.access}".strip() for one in (left, right))
    if ours == theirs:
        return Measure(1.0, f"Both runs ended in {ours}.")
    told = " and ".join(sorted((ours, theirs)))
    if left.kind == right.kind:
        return Measure(OTHER_ACCESS, f"The runs ended in {told}.")
    family = FAMILIES.get(left.kind)
    if family and family == FAMILIES.get(right.kind):
        return Measure(FAMILY, f"The runs ended in {told}: both are {family}.")
    return Measure(0.0, f"The runs ended in {told}.")
