"""Words of sealed commitments. Standard library only."""

from enum import StrEnum


class CommitmentState(StrEnum):
    """States of a commitment (shared vocabulary; no outside standard exists)."""

    SEALED = "sealed"
    REVEALED = "revealed"
    EXPIRED = "expired"
    DISPUTED = "disputed"


class CommitmentKind(StrEnum):
    """Where the digest comes from."""

    SEALED = "sealed"
    """Ours: a salted digest over canonical JSON that names the committer."""
    PUBLISHED = "published"
    """A digest of a text that was published elsewhere first, as laboratories do."""
