"""What the log hands out: frozen, standard library only. Hashes are 32 raw bytes; doors encode them as base64 (C2SP)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a record went."""

    index: int
    """Place in the log, from 0, without gaps."""
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class Leaf:
    """An entry as everybody may see it."""

    index: int
    leaf: bytes
    """Canonical JSON with a version and a salted digest; says nothing about the content."""
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class OpenedEntry:
    """An entry with its opening, for those who may see its subject."""

    index: int
    kind: str
    subject: str
    actor_id: str
    recorded_at: datetime
    payload: dict[str, Any]
    salt: bytes
    content: bytes
    """The exact bytes that were hashed after the salt (canonical JSON)."""


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """The log's signed word on its size and root."""

    origin: str
    size: int
    root: bytes
    note: str
    """C2SP checkpoint, to be served as ``text/plain; charset=utf-8``."""
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That an entry is in the tree of a size."""

    index: int
    size: int
    leaf_hash: bytes
    root: bytes
    hashes: tuple[bytes, ...]
    """From the leaf's sibling up (RFC 6962, 2.1.1)."""


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That a larger tree begins with a smaller one."""

    old_size: int
    new_size: int
    old_root: bytes
    new_root: bytes
    hashes: tuple[bytes, ...]
    """In the order of RFC 6962, 2.1.2."""
