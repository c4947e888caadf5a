"""Changed bytes of a format that nobody here knows, with the checksum at its end made anew. Pure; chance by seed.

A frame with a checksum that does not match is thrown away by its reader before it gets anywhere: its variants would say
nothing. So the usual sums are tried on the original, and where one fits, every variant gets it.
"""

import binascii
import random
import zlib
from collections.abc import Callable, Iterator

_Sum = Callable[[bytes], int]
_SUMS: tuple[tuple[int, _Sum], ...] = (
    (4, zlib.crc32),
    (4, zlib.adler32),
    (2, lambda data: binascii.crc_hqx(data, 0xFFFF)),
    (2, lambda data: binascii.crc_hqx(data, 0)),
    (2, lambda data: sum(data) & 0xFFFF),
    (1, lambda data: sum(data) & 0xFF),
    (1, lambda data: -sum(data) & 0xFF),
)
"""Bytes at the end, and what they are of everything before them."""
EDGES = (0, 1, 0x7F, 0x80, 0xFE, 0xFF)


def changed(content: bytes, chance: random.Random) -> Iterator[bytes]:
    """Single bytes stepped or set to an edge, numbers of two bytes, parts repeated or left out; without end, nearly."""
    fit = _sum_of(content)
    body = content[: len(content) - fit[0]] if fit else content
    if not body:
        return
    for _ in range(2_000):
        made = bytearray(body)
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            _change(made, chance)
        whole = bytes(made)
        yield whole + fit[2](whole) if fit else whole


def _change(made: bytearray, chance: random.Random) -> None:
    if not made:
        return
    at = chance.randrange(len(made))
    way = chance.randrange(6)
    if way <= 1:
        made[at] = (made[at] + chance.choice((-1, 1, 2, -2, 16))) & 0xFF
    elif way == 2:  # noqa: PLR2004 - one of six ways
        made[at] = chance.choice(EDGES)
    elif way == 3:  # noqa: PLR2004
        made[at] ^= 1 << chance.randrange(8)
    elif way == 4:  # noqa: PLR2004
        piece = made[at : at + chance.randrange(1, 9)]
        made[at:at] = piece
    else:
        del made[at : at + chance.randrange(1, 5)]


def _sum_of(content: bytes) -> tuple[int, str, Callable[[bytes], bytes]] | None:
    """The checksum at the end of a content: its size, byte order, and how to make it anew."""
    for size, sum_ in _SUMS:
        if len(content) <= size + 2:
            continue
        value = sum_(content[:-size])
        for order in ("big", "little"):
            if value.to_bytes(size, "big" if order == "big" else "little") == content[-size:]:
                return size, order, _again(sum_, size, order)
    return None


def _again(sum_: _Sum, size: int, order: str) -> Callable[[bytes], bytes]:
    return lambda data: sum_(data).to_bytes(size, "big" if order == "big" else "little")
