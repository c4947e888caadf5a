"""Signs what is published, with one Ed25519 key of this server.

The key is made on first use and kept in ``<data_dir>/keys/advisories.pem`` (PKCS#8, mode 0600). Each
document gets two signatures by it:

- ``<file>.dsse.json``: a DSSE envelope over an in-toto statement (``statements.py``);
- ``<file>.sig``: 64 raw bytes over the document itself, for ``openssl pkeyutl -verify -rawin``.

The two cannot be taken for each other: what DSSE signs begins with ``DSSEv1``, a document with ``{``.
"""

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner, SSlibKey

from seawall.clearinghouse.distribution.errors import KeyUnusable
from seawall.clearinghouse.distribution.statements import PAYLOAD_TYPE, Statement

KEY_FILE = "keys/advisories.pem"


@dataclass(frozen=True, slots=True)
class Signed:
    """Both signatures of a document."""

    envelope: bytes
    """Content of ``.dsse.json``: canonical JSON."""
    signature: bytes
    """Content of ``.sig``: 64 bytes."""


class SigningKey:
    """The server's key for advisories."""

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        self._private_key = private_key
        self._signer = CryptoSigner(private_key)

    @classmethod
    def load_or_create(cls, data_dir: Path) -> "SigningKey":
        """Read the key, or make it; of several processes at once, one makes it and all use that one.

        Raises:
            KeyUnusable: Others may read the file, or it holds no Ed25519 key.
        """
        path = data_dir / KEY_FILE
        if not path.exists():
            _create(path)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KeyUnusable(
                f"{path} can be read by other users of this machine.",
                f"Treat the key as known: move it away, restart, announce the new public key; or run chmod 600 {path}.",
            )
        try:
            key = load_pem_private_key(path.read_bytes(), None)
        except (ValueError, TypeError) as error:
            raise KeyUnusable(f"{path} holds no private key in PEM.", "Restore it from the backup.") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyUnusable(f"{path} holds a key of another kind than Ed25519.", "Restore it from the backup.")
        return cls(key)

    @property
    def public_pem(self) -> bytes:
        """The public key, as outsiders get it: PEM, SubjectPublicKeyInfo."""
        return self._private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def key_id(self) -> str:
        """Identifier that the envelopes name the key by: SHA-256 of its canonical form, hex."""
        return str(SSlibKey.from_crypto(self._private_key.public_key()).keyid)

    def sign(self, document: bytes, statement: Statement) -> Signed:
        """Sign a document and the statement about it.

        Raises:
            ValueError: The statement is about other bytes.
        """
        if statement.sha256 != hashlib.sha256(document).hexdigest():
            raise ValueError("the statement is about another document")
        envelope = Envelope(statement.canonical(), PAYLOAD_TYPE, {})
        envelope.sign(self._signer)
        return Signed(rfc8785.dumps(envelope.to_dict()), self._private_key.sign(document))


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = CryptoSigner.generate_ed25519().private_bytes
    # A link that fails where the name is taken: no process ever sees half a key, and the first one wins.
    descriptor, made = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        os.link(made, path)
    except FileExistsError:
        pass
    finally:
        Path(made).unlink()
