"""Signs what is published, with the server's key (``foundation/platform/signing.py``).

Each document gets two signatures by it:

- ``<file>.dsse.json``: a DSSE envelope over an in-toto statement (``statements.py``);
- ``<file>.sig``: 64 raw bytes over the document itself, for ``openssl pkeyutl -verify -rawin``.

The two cannot be taken for each other: what DSSE signs begins with ``DSSEv1``, a document with ``{``.
"""

import hashlib
from dataclasses import dataclass

from seawall.clearinghouse.distribution.statements import PAYLOAD_TYPE, Statement
from seawall.foundation.platform.signing import SigningKey


@dataclass(frozen=True, slots=True)
class Signed:
    """Both signatures of a document."""

    envelope: bytes
    """Content of ``.dsse.json``: canonical JSON."""
    signature: bytes
    """Content of ``.sig``: 64 bytes."""


def sign(key: SigningKey, document: bytes, statement: Statement) -> Signed:
    """Sign a document and the statement about it.

    Raises:
        ValueError: The statement is about other bytes.
    """
    if statement.sha256 != hashlib.sha256(document).hexdigest():
        raise ValueError("the statement is about another document")
    return Signed(key.envelope(statement.canonical(), PAYLOAD_TYPE), key.signature(document))
