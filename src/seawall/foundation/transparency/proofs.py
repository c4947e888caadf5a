"""One entry's proof as a file: c2sp.org/tlog-proof. Pure.

The format has a place for data that the log's readers need to rebuild the leaf. Ours is canonical JSON,
either ``{"leaf":…}`` or, for those who may see the entry, ``{"content":…,"salt":…}``.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass

import rfc8785

from seawall.foundation.transparency import leaves
from seawall.foundation.transparency.merkle import HASH_BYTES

HEADER = "c2sp.org/tlog-proof@v1"
PROOF_MAX = 512 * 1024
"""Characters of a proof: the largest content in base64, 62 hashes and a note stay below."""
HASHES_MAX = 62

_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
_SALT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The leaf, and what it stands for where that is disclosed."""

    leaf: bytes
    salt: bytes | None = None
    content: bytes | None = None

    @classmethod
    def opened(cls, salt: bytes, content: bytes) -> "Evidence":
        """Evidence with its opening; the leaf follows from it."""
        return cls(leaves.seal(salt, content), salt, content)

    def to_bytes(self) -> bytes:
        """Canonical JSON for the proof's ``extra`` line."""
        if self.salt is None or self.content is None:
            return rfc8785.dumps({"leaf": self.leaf.decode("ascii")})
        return rfc8785.dumps({"content": self.content.decode(), "salt": self.salt.hex()})

    @classmethod
    def parse(cls, data: bytes) -> "Evidence":
        """Read what ``to_bytes`` wrote.

        Raises:
            ValueError: Another shape.
        """
        try:
            value = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise ValueError("the extra line is no JSON") from error
        match value:
            case {"content": str(content), "salt": str(salt)} if len(value) == 2 and _SALT.fullmatch(salt):  # noqa: PLR2004 - the two members
                return cls.opened(bytes.fromhex(salt), content.encode())
            case {"leaf": str(leaf)} if len(value) == 1:
                return cls(leaf.encode())
        raise ValueError("the extra line holds neither a leaf nor an opening")


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry is in the log that a checkpoint signs."""

    index: int
    hashes: tuple[bytes, ...]
    """Inclusion proof, from the leaf's sibling up."""
    checkpoint: str
    """The signed note."""
    evidence: Evidence

    def text(self) -> str:
        """The file's content."""
        lines = [
            HEADER,
            f"extra {_encode(self.evidence.to_bytes())}",
            f"index {self.index}",
            *map(_encode, self.hashes),
        ]
        return "\n".join(lines) + "\n\n" + self.checkpoint

    @classmethod
    def parse(cls, text: str) -> "Proof":
        """Read a proof.

        Raises:
            ValueError: Not a proof, or one without the extra line that carries the leaf; the message says where.
        """
        if len(text) > PROOF_MAX:
            raise ValueError(f"it has more than {PROOF_MAX} characters")
        head, separator, checkpoint = text.partition("\n\n")
        lines = head.split("\n")
        if not separator or lines[0] != HEADER:
            raise ValueError(f"it does not begin with {HEADER!r} and hold a checkpoint behind a blank line")
        if len(lines) < 3 or not lines[1].startswith("extra "):  # noqa: PLR2004 - header, extra, index
            raise ValueError("line 2 is not 'extra' with the leaf or its opening")
        index = _INDEX.fullmatch(lines[2])
        if index is None:
            raise ValueError("line 3 is not 'index' with a number")
        if len(lines) - 3 > HASHES_MAX:
            raise ValueError(f"it has more than {HASHES_MAX} hashes")
        hashes = tuple(_hash(number, line) for number, line in enumerate(lines[3:], start=4))
        evidence = Evidence.parse(_decode(2, lines[1].removeprefix("extra ")))
        return cls(int(index.group(1)), hashes, checkpoint, evidence)


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decode(number: int, text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"line {number} is not base64") from error
    if _encode(raw) != text:
        raise ValueError(f"line {number} is not base64 in its one canonical spelling")
    return raw


def _hash(number: int, line: str) -> bytes:
    raw = _decode(number, line)
    if len(raw) != HASH_BYTES:
        raise ValueError(f"line {number} is no hash of {HASH_BYTES} bytes")
    return raw
