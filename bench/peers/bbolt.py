"""Writes a bbolt file, from its published layout: enough for a program that only reads it.

    write(Path("trivy.db"), {b"bucket": {b"key": b"value", b"inner": {b"key": b"value"}}})

Pages of 4 KiB, little endian: two meta pages (the same but for the transaction), an empty list of free pages, then a B+tree for
each bucket; a bucket's value in its parent is the page where its tree begins, or the tree itself where that fits a quarter page.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

PAGE = 4096
SMALLEST = 32 * 1024
"""Bytes of the smallest file; readers map at least so many."""
_BRANCH, _LEAF, _META, _FREE = 0x01, 0x02, 0x04, 0x10
_MAGIC, _VERSION = 0xED0CDAED, 2
_BUCKET = 0x01
_HEAD = struct.Struct("<QHHI")  # page, flags, elements, pages that follow and belong to it
_LEAF_ELEMENT = struct.Struct("<IIII")  # flags, where the key is from here, bytes of key and value
_BRANCH_ELEMENT = struct.Struct("<IIQ")  # where the key is from here, its bytes, page
_ROOT = struct.Struct("<QQ")  # page, sequence
_META_BODY = struct.Struct("<IIIIQQQQQ")
_ELEMENTS_MAX = 0xFFFF

Bucket: TypeAlias = "dict[bytes, bytes | Bucket]"
_Item = tuple[int, bytes, bytes]


@dataclass
class _Pages:
    """Pages as they are made; the first three are kept for meta and the free list."""

    next: int = 3
    made: list[bytes] = field(default_factory=list)

    def add(self, flags: int, count: int, body: bytes) -> int:
        number = self.next
        pages = max(1, -(-(_HEAD.size + len(body)) // PAGE))
        self.made.append((_HEAD.pack(number, flags, count, pages - 1) + body).ljust(pages * PAGE, b"\0"))
        self.next += pages
        return number


def write(path: Path, root: Bucket) -> None:
    """Write a file with these buckets."""
    pages = _Pages()
    top = _tree(pages, list(_items(pages, root)))
    free = _HEAD.pack(2, _FREE, 0, 0).ljust(PAGE, b"\0")
    content = _meta(0, top, pages.next) + _meta(1, top, pages.next) + free + b"".join(pages.made)
    path.write_bytes(content.ljust(SMALLEST, b"\0"))


def _items(pages: _Pages, bucket: Bucket) -> Iterator[_Item]:
    for key in sorted(bucket):
        value = bucket[key]
        if isinstance(value, bytes):
            yield 0, key, value
        else:
            yield _BUCKET, key, _bucket(pages, value)


def _bucket(pages: _Pages, bucket: Bucket) -> bytes:
    items = list(_items(pages, bucket))
    body = _leaf(items)
    nested = any(flags for flags, _, _ in items)
    if not nested and _HEAD.size + len(body) <= PAGE // 4:
        return _ROOT.pack(0, 0) + _HEAD.pack(0, _LEAF, len(items), 0) + body
    return _ROOT.pack(_tree(pages, items), 0)


def _tree(pages: _Pages, items: list[_Item]) -> int:
    """The page where the tree of these items begins."""
    level = [(chunk[0][1] if chunk else b"", pages.add(_LEAF, len(chunk), _leaf(chunk))) for chunk in _leaves(items)]
    while len(level) > 1:
        level = [(chunk[0][0], pages.add(_BRANCH, len(chunk), _branch(chunk))) for chunk in _branches(level)]
    return level[0][1]


def _leaves(items: list[_Item]) -> Iterator[list[_Item]]:
    chunk: list[_Item] = []
    size = _HEAD.size
    for item in items:
        need = _LEAF_ELEMENT.size + len(item[1]) + len(item[2])
        if chunk and (size + need > PAGE or len(chunk) == _ELEMENTS_MAX):
            yield chunk
            chunk, size = [], _HEAD.size
        chunk.append(item)
        size += need
    yield chunk


def _branches(level: list[tuple[bytes, int]]) -> Iterator[list[tuple[bytes, int]]]:
    chunk: list[tuple[bytes, int]] = []
    size = _HEAD.size
    for entry in level:
        need = _BRANCH_ELEMENT.size + len(entry[0])
        if len(chunk) > 1 and size + need > PAGE:
            yield chunk
            chunk, size = [], _HEAD.size
        chunk.append(entry)
        size += need
    yield chunk


def _leaf(items: list[_Item]) -> bytes:
    table, data = bytearray(), bytearray()
    start = len(items) * _LEAF_ELEMENT.size
    for number, (flags, key, value) in enumerate(items):
        here = start + len(data) - number * _LEAF_ELEMENT.size
        table += _LEAF_ELEMENT.pack(flags, here, len(key), len(value))
        data += key + value
    return bytes(table + data)


def _branch(level: list[tuple[bytes, int]]) -> bytes:
    table, data = bytearray(), bytearray()
    start = len(level) * _BRANCH_ELEMENT.size
    for number, (key, page) in enumerate(level):
        here = start + len(data) - number * _BRANCH_ELEMENT.size
        table += _BRANCH_ELEMENT.pack(here, len(key), page)
        data += key
    return bytes(table + data)


def _meta(number: int, root: int, pages: int) -> bytes:
    # Magic, version, page size, flags, root page and sequence, free list, highest page, transaction.
    body = _META_BODY.pack(_MAGIC, _VERSION, PAGE, 0, root, 0, 2, pages, number)
    return (_HEAD.pack(number, _META, 0, 0) + body + struct.pack("<Q", _fnv(body))).ljust(PAGE, b"\0")


def _fnv(data: bytes) -> int:
    """FNV-1a, 64 bits."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value
