"""Words of the understanding of crashes. Standard library only."""

from dataclasses import dataclass

NOTHING = "NULL"
"""What stands for a state where no frame is known; ClusterFuzz's word, so that states can be compared."""


@dataclass(frozen=True)
class Frame:
    """One function of a stack."""

    function: str
    """As the state shows it: without arguments and anonymous namespaces; at most 1,000 characters."""
    symbol: str
    """As a signature needs it: also without template arguments, return type, hashes and compilers' suffixes."""
    file: str = ""
    """As it was written; build folders differ between machines, so it is never part of a signature."""
    line: int | None = None
    module: str = ""
    """Program or library, without its folder."""


@dataclass(frozen=True)
class Security:
    """Whether a crash is likely a security flaw. An estimate from its kind alone."""

    relevant: bool
    reason: str


@dataclass(frozen=True)
class Crash:
    """What a report says of the first thing that went wrong."""

    kind: str
    """In lower case with hyphens, such as ``heap-buffer-overflow``."""
    access: str
    """``read``, ``write`` or empty."""
    size: str
    """Bytes accessed, as a decimal number; ``{*}`` where the number varies from run to run; or empty."""
    address: str
    """As it was written, with ``0x``; or empty."""
    message: str
    """The failed condition, panic or exception in one line without varying values; or empty."""
    exception: str
    """Class of an uncaught exception as it was written; or empty."""
    frames: tuple[Frame, ...]
    """The crashing stack, innermost first, without allocators, sanitizers, C library and runtime; at most 128."""
    state: tuple[str, ...]
    """Up to three lines, in the convention of ClusterFuzz; ``("NULL",)`` where nothing is known."""
    security: Security
    language: str
    """``native``, ``kernel``, ``java``, ``python``, ``go``, ``rust``, ``javascript``, ``php``, ``ruby``, ``dotnet``."""
    tool: str
    """What wrote the report, such as ``AddressSanitizer``."""
    signature: str
    """``crash/2:<kind>[-<access>]@<symbol> < <symbol> < <symbol>``, recursion folded; empty without a frame."""
