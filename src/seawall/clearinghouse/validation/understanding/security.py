"""Whether a kind of crash is likely a security flaw. An estimate from the kind alone, never a judgment. Pure."""

from seawall.clearinghouse.validation.understanding.headlines import Headline
from seawall.clearinghouse.validation.understanding.types import Security

HARMLESS: dict[str, str] = {
    "null-dereference": "A null pointer cannot be aimed elsewhere; it ends the program.",
    "stack-overflow": "Exhausted recursion ends the program and seldom more.",
    "out-of-memory": "It ends the program.",
    "timeout": "It keeps the program busy.",
    "check-failure": "The program noticed and stopped itself.",
    "dcheck-failure": "The program noticed and stopped itself.",
    "security-check-failure": "The check is there in release builds and stopped the program.",
    "assert": "The program noticed and stopped itself.",
    "fatal-error": "The program noticed and stopped itself.",
    "runtime-assert": "The program noticed and stopped itself.",
    "unreachable-code": "The program noticed and stopped itself.",
    "abrt": "The program ended itself.",
    "fatal-signal": "The signal's kind is not known.",
    "breakpoint": "The program ended itself.",
    "sigtrap": "The program ended itself.",
    "ill": "Compilers put illegal instructions where a program stops itself.",
    "bus": "A misaligned or unmapped access; seldom aimed.",
    "divide-by-zero": "It ends the program.",
    "floating-point-exception": "It ends the program.",
    "integer-overflow": "Wrong only by what the number is used for.",
    "unsigned-integer-overflow": "Defined behavior; wrong only by what the number is used for.",
    "undefined-shift": "Wrong only by what the number is used for.",
    "float-cast-overflow": "Wrong only by what the number is used for.",
    "implicit-conversion": "Wrong only by what the number is used for.",
    "misaligned-address": "Works on most machines.",
    "pointer-overflow": "The pointer was not used yet.",
    "invalid-bool-value": "Wrong only by what the value is used for.",
    "invalid-enum-value": "Wrong only by what the value is used for.",
    "invalid-null-argument": "A null pointer was passed on.",
    "invalid-null-return": "A null pointer was returned.",
    "no-return-value": "Wrong only by what the value is used for.",
    "upcast-of-null-pointer": "A null pointer was converted.",
    "downcast-of-null-pointer": "A null pointer was converted.",
    "incorrect-function-pointer-type": "Works on most machines.",
    "undefined-behavior": "Its kind is not known.",
    "direct-leak": "It ends the program after long use.",
    "indirect-leak": "It ends the program after long use.",
    "uncaught-exception": "The runtime ended the program.",
    "fatal-exception": "The runtime ended the program.",
    "index-out-of-range": "The runtime's own check stopped it.",
    "slice-bounds-out-of-range": "The runtime's own check stopped it.",
    "integer-divide-by-zero": "The runtime's own check stopped it.",
    "makeslice-len-out-of-range": "The runtime's own check stopped it.",
    "missing-library": "The program did not start.",
    "unexpected-exit": "The program ended itself.",
    "overwrites-const-input": "A fault of the fuzz target.",
    "data-race": "Wrong only by what the value is used for.",
    "v8-correctness-failure": "A wrong result, in a test of results.",
    "odr-violation": "A fault of the build.",
    "soft-lockup": "It keeps the machine busy.",
    "hung-task": "It keeps the machine busy.",
    "rcu-stall": "It keeps the machine busy.",
}
"""Kinds that end the program without giving an attacker more, and why."""


def judge(headline: Headline) -> Security:
    """What the kind says."""
    if headline.relevant is not None:
        return Security(headline.relevant, "The tool that found it says so.")
    reason = HARMLESS.get(headline.kind)
    if reason is not None:
        return Security(relevant=False, reason=reason)
    return Security(relevant=True, reason="Memory or control may be in the attacker's hands.")
