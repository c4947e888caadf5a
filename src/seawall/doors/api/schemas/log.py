"""The transparency log. Hashes are base64 (C2SP)."""

import base64
from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from seawall.foundation.transparency.types import ConsistencyProof, InclusionProof, Leaf, OpenedEntry, SignedCheckpoint


def encoded(data: bytes) -> str:
    """Standard base64, as in C2SP's formats."""
    return base64.b64encode(data).decode("ascii")


class CheckpointView(Schema):
    """The log's signed word on its size and root."""

    origin: str
    size: int
    root: str
    note: str = Field(description="C2SP checkpoint, as it was signed.")
    signed_at: datetime

    @staticmethod
    def of(checkpoint: SignedCheckpoint) -> "CheckpointView":
        """The view of a checkpoint."""
        return CheckpointView(
            origin=checkpoint.origin,
            size=checkpoint.size,
            root=encoded(checkpoint.root),
            note=checkpoint.note,
            signed_at=checkpoint.signed_at,
        )


class LeafView(Schema):
    """An entry as everybody may see it."""

    index: int
    leaf: str = Field(description="Canonical JSON with a salted digest; says nothing about the content.")
    leaf_hash: str

    @staticmethod
    def of(leaf: Leaf) -> "LeafView":
        """The view of a leaf."""
        return LeafView(index=leaf.index, leaf=leaf.leaf.decode("ascii"), leaf_hash=encoded(leaf.leaf_hash))


class LeavesView(Schema):
    """Leaves in order, as far as the latest checkpoint reaches."""

    items: list[LeafView]


class InclusionView(Schema):
    """That an entry is in the tree of a size (RFC 6962, 2.1.1)."""

    index: int
    size: int
    leaf_hash: str
    root: str
    hashes: list[str]

    @staticmethod
    def of(proof: InclusionProof) -> "InclusionView":
        """The view of a proof."""
        return InclusionView(
            index=proof.index,
            size=proof.size,
            leaf_hash=encoded(proof.leaf_hash),
            root=encoded(proof.root),
            hashes=[encoded(one) for one in proof.hashes],
        )


class ConsistencyView(Schema):
    """That a larger tree begins with a smaller one (RFC 6962, 2.1.2)."""

    old_size: int
    new_size: int
    old_root: str
    new_root: str
    hashes: list[str]

    @staticmethod
    def of(proof: ConsistencyProof) -> "ConsistencyView":
        """The view of a proof."""
        return ConsistencyView(
            old_size=proof.old_size,
            new_size=proof.new_size,
            old_root=encoded(proof.old_root),
            new_root=encoded(proof.new_root),
            hashes=[encoded(one) for one in proof.hashes],
        )


class OpeningView(Schema):
    """An entry with what it stands for: SHA-256 over salt and content is the leaf's digest."""

    index: int
    kind: str
    subject: str
    actor_id: str
    recorded_at: datetime
    payload: dict[str, Any]
    salt: str
    content: str

    @staticmethod
    def of(opened: OpenedEntry) -> "OpeningView":
        """The view of an opening."""
        return OpeningView(
            index=opened.index,
            kind=opened.kind,
            subject=opened.subject,
            actor_id=opened.actor_id,
            recorded_at=opened.recorded_at,
            payload=opened.payload,
            salt=encoded(opened.salt),
            content=encoded(opened.content),
        )


class OpeningPage(Schema):
    """What the log says about one thing, oldest first."""

    items: list[OpeningView]
    next: str | None = None
