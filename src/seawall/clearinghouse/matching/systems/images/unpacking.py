"""Bytes of a layer as they come out of gzip, zstd or nothing, bounded and with their digest.

    stream = Unpacked(chunks)
    stream.take(512)
    stream.finish()
    stream.packed_digest.hexdigest()

Memory: two chunks. A layer that unpacks to more than ``UNPACKED_MAX`` bytes, or to more than ``RATIO_MAX`` times its packed size
and more than ``RATIO_FLOOR``, is refused.
"""

import hashlib
import sys
import zlib
from collections.abc import Iterable, Iterator

from seawall.clearinghouse.matching.systems.errors import SystemTooLarge, damaged

CHUNK = 256 * 1024
"""Bytes read at once."""
UNPACKED_MAX = 64 * 2**30
"""Bytes of one layer; the largest of machine learning images have 20 GiB."""
RATIO_MAX = 100
"""Unpacked to packed size; programs and texts pack 2 to 10 times, gzip's most is 1,032."""
RATIO_FLOOR = 1 * 2**30
"""Bytes unpacked below which the ratio is not asked."""

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_GZIP_WINDOW = 31
_ZSTD_WINDOW_LOG_MAX = 27
"""128 MiB, what zstd itself takes without being asked to; ``--long=31`` needs 2 GiB of memory."""


class Unpacked:
    """A stream of unpacked bytes that is read forward only."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        """Begin to read the packed bytes."""
        self.packed_digest = hashlib.sha256()
        self.digest = hashlib.sha256()
        self.packed = self.unpacked = 0
        self._chunks = self._counted(iter(chunks))
        self._source = self._kind()
        self._buffer = memoryview(b"")

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes, fewer only at the end."""
        if count <= len(self._buffer):
            found, self._buffer = bytes(self._buffer[:count]), self._buffer[count:]
            return found
        parts: list[bytes | memoryview] = [self._buffer]
        have = len(self._buffer)
        self._buffer = memoryview(b"")
        while have < count and (piece := next(self._source, None)) is not None:
            part = memoryview(piece)[: count - have]
            self._buffer = memoryview(piece)[len(part) :]
            parts.append(part)
            have += len(part)
        return b"".join(parts)

    def skip(self, count: int) -> int:
        """Pass over the next ``count`` bytes; how many there were."""
        left = count
        while left:
            if not self._buffer:
                piece = next(self._source, None)
                if piece is None:
                    break
                self._buffer = memoryview(piece)
            part = min(left, len(self._buffer))
            self._buffer = self._buffer[part:]
            left -= part
        return count - left

    def finish(self) -> None:
        """Read to the end, so that both digests are of everything."""
        self._buffer = memoryview(b"")
        for _ in self._source:
            pass
        for _ in self._chunks:
            pass

    def _counted(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.packed += len(chunk)
            self.packed_digest.update(chunk)
            yield chunk

    def _kind(self) -> Iterator[bytes]:
        first = b""
        while len(first) < len(ZSTD) and (chunk := next(self._chunks, b"")):
            first += chunk
        if first[:2] == GZIP:
            return self._bounded(self._gzip(first))
        if first[:4] == ZSTD:
            return self._bounded(self._zstd(first))
        return self._bounded(self._plain(first))

    def _bounded(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.unpacked += len(piece)
            if self.unpacked > UNPACKED_MAX or (
                self.unpacked > RATIO_FLOOR and self.unpacked > RATIO_MAX * self.packed
            ):
                raise SystemTooLarge(
                    f"A layer unpacks to over {self.unpacked // 2**20:,} MiB from {self.packed:,} bytes.",
                    "Check where the image comes from.",
                )
            self.digest.update(piece)
            yield piece

    def _plain(self, first: bytes) -> Iterator[bytes]:
        if first:
            yield first
        yield from self._chunks

    def _gzip(self, first: bytes) -> Iterator[bytes]:
        unpacker = zlib.decompressobj(_GZIP_WINDOW)
        data = first
        try:
            while True:
                if data:
                    piece = unpacker.decompress(data, CHUNK)
                    data = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
                    if piece:
                        yield piece
                    if not unpacker.eof:
                        continue
                if unpacker.eof:
                    data = data or next(self._chunks, b"")
                    if not data.lstrip(b"\0"):
                        return  # padding behind the last member
                    unpacker = zlib.decompressobj(_GZIP_WINDOW)
                    continue
                data = next(self._chunks, b"")
                if not data and not (piece := unpacker.decompress(b"", CHUNK)) and not unpacker.eof:
                    raise damaged("A layer is cut: its gzip stream ends early.")
                if not data and piece:
                    yield piece
        except zlib.error as error:
            raise damaged(f"A layer is damaged: {error}.") from error

    def _zstd(self, first: bytes) -> Iterator[bytes]:
        if sys.version_info >= (3, 14):
            from compression import zstd  # noqa: PLC0415 - only such layers need it
        else:
            from backports import zstd  # noqa: PLC0415

        options = {int(zstd.DecompressionParameter.window_log_max): _ZSTD_WINDOW_LOG_MAX}
        unpacker = zstd.ZstdDecompressor(options=options)
        data = first
        try:
            while True:
                piece = unpacker.decompress(data, CHUNK)
                data = b""
                if piece:
                    yield piece
                if unpacker.eof:
                    data = unpacker.unused_data or next(self._chunks, b"")
                    if not data:
                        return
                    unpacker = zstd.ZstdDecompressor(options=options)
                elif unpacker.needs_input:
                    data = next(self._chunks, b"")
                    if not data:
                        raise damaged("A layer is cut: its zstd stream ends early.")
        except zstd.ZstdError as error:
            raise damaged(f"A layer is damaged: {str(error)[:100]}.") from error
