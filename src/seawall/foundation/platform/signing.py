"""The server's one Ed25519 key for what it says to outsiders: published documents, verdicts.

It is made on first use and kept in ``<data_dir>/keys/advisories.pem`` (PKCS#8, mode 0600). Statements go into DSSE
envelopes; what DSSE signs begins with ``DSSEv1`` and names its type, so no signature can be taken for one of another kind.

    key = SigningKey.load_or_create(data_dir)
    envelope = key.envelope(payload, "application/vnd.in-toto+json")
    opened(envelope, "application/vnd.in-toto+json", key.public_pem) == payload
"""

import json
import os
import stat
import tempfile
from pathlib import Path
from typing import Self

import rfc8785
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import Error as SecureSystemsError
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey

from seawall.foundation.platform.errors import KeyUnusable, NotAuthentic

__all__ = ["KeyUnusable", "NotAuthentic"]  # with what raises them

KEY_FILE = "keys/advisories.pem"


ENVELOPE_MAX = 8 * 2**20
"""Bytes of an envelope; that of a verdict with its runs has about 30,000."""


class SigningKey:
    """The server's key."""

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        self._private_key = private_key
        self._signer = CryptoSigner(private_key)

    @classmethod
    def load_or_create(cls, data_dir: Path) -> Self:
        """Read the key, or make it; of several processes at once, one makes it and all use that one.

        Raises:
            KeyUnusable: Others may read the file, or it holds no Ed25519 key.
        """
        path = data_dir / KEY_FILE
        if not path.exists():
            _create(path)
        return cls.from_file(path)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """A key of one's own.

        Raises:
            KeyUnusable: Others may read the file, or it holds no Ed25519 key.
        """
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

    def envelope(self, payload: bytes, payload_type: str) -> bytes:
        """A DSSE envelope with the payload in it, as canonical JSON."""
        made = Envelope(payload, payload_type, {})
        made.sign(self._signer)
        return rfc8785.dumps(made.to_dict())

    def signature(self, document: bytes) -> bytes:
        """64 raw bytes over the document itself, for ``openssl pkeyutl -verify -rawin``."""
        return self._private_key.sign(document)


def opened(envelope: bytes, payload_type: str, public_pem: bytes, *, most: int = ENVELOPE_MAX) -> bytes:
    """The payload of a DSSE envelope that the key's holder signed.

    Args:
        envelope: JSON.
        payload_type: The only one that is taken.
        public_pem: Ed25519, PEM.
        most: Bytes of an envelope of this kind.

    Raises:
        NotAuthentic: Says which part does not fit, whatever bytes come in.
    """
    if len(envelope) > most:
        raise NotAuthentic(f"The envelope is larger than the {most} bytes allowed.")
    public = SSlibKey.from_crypto(public_key(public_pem))
    try:
        parsed = json.loads(envelope)
        if not isinstance(parsed, dict) or parsed.get("payloadType") != payload_type:
            raise NotAuthentic(f"The envelope carries no {payload_type}.")
        checked = Envelope.from_dict(parsed)
        checked.verify([public], threshold=1)
    except VerificationError as error:
        raise NotAuthentic(
            "The envelope is not signed by this key.",
            "Fetch the publisher's key again, from a place you trust; if it is the right one, do not use the document.",
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, SecureSystemsError) as error:
        raise NotAuthentic(f"The envelope cannot be read: {str(error)[:200]}.", "Download it again.") from error
    return bytes(checked.payload)


def public_key(pem: bytes) -> Ed25519PublicKey:
    """A public key from PEM.

    Raises:
        NotAuthentic: It is none, or of another kind.
    """
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise NotAuthentic(
            "The key file holds no public key in PEM.", "Use the publisher's public key.", "key"
        ) from error
    if not isinstance(key, Ed25519PublicKey):
        raise NotAuthentic("The key is of another kind than Ed25519.", "Use the publisher's public key.", "key")
    return key


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
