"""Bytes that sort like what they encode. Used by the orders; every key is a row of these.

Whole numbers begin with a byte from 0x10 to 0x7B (how many bytes follow), so an order may use 0x01 to 0x0F for what
must stand before every number and 0x80 to 0xFE for what must stand after it.
"""

from collections.abc import Iterable

NUMBER = 0x10
"""First byte of zero, the lowest number; 107 bytes hold the 256 digits that a version can have."""

_SMALL = tuple(
    bytes([NUMBER + (value.bit_length() + 7) // 8]) + value.to_bytes((value.bit_length() + 7) // 8, "big")
    for value in range(4096)
)


def number(value: int) -> bytes:
    """A whole number from 0 to 10**256."""
    if value < len(_SMALL):
        return _SMALL[value]
    size = (value.bit_length() + 7) // 8
    return bytes([NUMBER + size]) + value.to_bytes(size, "big")


def digits(text: str) -> bytes:
    """A whole number from its decimal digits, leading zeros allowed."""
    return number(int(text))


def word(text: str) -> bytes:
    """Printable ASCII, compared byte by byte; a prefix stands before what it begins."""
    return text.encode("ascii") + b"\x00"


def without_trailing_zeros(numbers: Iterable[str]) -> list[int]:
    """Decimal strings as numbers, with the zeros at the end left out: 1.0.0 is 1."""
    values = [int(text) for text in numbers]
    while values and values[-1] == 0:
        values.pop()
    return values
