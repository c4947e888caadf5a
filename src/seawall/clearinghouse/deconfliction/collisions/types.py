"""Words of the blind collision check. Standard library only."""

from dataclasses import dataclass
from enum import StrEnum


class KeyKind(StrEnum):
    """By what two findings are compared. Each is a key of its own: one that fits is a hit."""

    SYMBOL = "symbol"
    """Target and symbol."""
    FUNCTION = "function"
    """Target, file and function."""
    CRASH = "crash"
    """Target and the first frames of the crash."""
    HUNK = "hunk"
    """Target, file and the lines that the fix takes out."""
    CLAIM = "claim"
    """The salted hash of Scrutineer's federation; never blinded, so it is looked up as it is."""


class IntroductionState(StrEnum):
    """How far two finders of one thing have come."""

    ASKED = "asked"
    OFFERED = "offered"
    """The coordinator has asked the other side."""
    INTRODUCED = "introduced"
    """Both agreed; each knows the other's name."""
    CLOSED = "closed"
    """Declined, by whomever, or nobody answered: the asker cannot tell."""


@dataclass(frozen=True)
class Facts:
    """What a finder knows of a finding; each field may be empty."""

    target: str
    """purl or repository."""
    symbols: tuple[str, ...] = ()
    functions: tuple[tuple[str, str], ...] = ()
    """(file, function)."""
    frames: tuple[str, ...] = ()
    """Functions on the stack of the crash, the innermost first."""
    hunks: tuple[tuple[str, str], ...] = ()
    """(file, the lines that the fix takes out)."""


@dataclass(frozen=True)
class Tag:
    """A key after the blind evaluation: says nothing to whoever did not ask for it."""

    kind: KeyKind
    value: str
    """Hex: 128 digits, or 64 for a claim."""
