"""A snapshot's signature: Ed25519 over its manifest, which has the digests of all files.

``manifest.sig`` lies beside ``manifest.json`` and is no part of the digest. What is signed begins with a line of its own, so
that no signature of a published document by the same key can be taken for one of a snapshot.
"""

from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from seawall.clearinghouse.matching.snapshot.errors import NotASnapshot
from seawall.clearinghouse.matching.snapshot.folder import MANIFEST, Snapshot, verify

SIGNATURE = "manifest.sig"
_PREFIX = b"seawall snapshot signature 1\n"
_SIZE = 64


def sign(snapshot: Snapshot, private_pem: bytes) -> None:
    """Write the signature beside the manifest.

    Args:
        snapshot: Is checked against its manifest first.
        private_pem: Ed25519, PKCS#8; such as a server's key for its advisories.

    Raises:
        NotASnapshot: A file differs from the manifest, or the key is of another kind.
    """
    verify(snapshot)
    try:
        key = load_pem_private_key(private_pem, None)
    except (ValueError, TypeError) as error:
        raise NotASnapshot("The key is no private key in PEM.", "Name the file of an Ed25519 key.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise NotASnapshot("The key is of another kind than Ed25519.", "Name the file of an Ed25519 key.")
    (snapshot.folder / SIGNATURE).write_bytes(key.sign(_signed(snapshot)))


def verify_signature(snapshot: Snapshot, public_pem: bytes) -> None:
    """Whether the holder of a key has signed the snapshot, and its files are those that were signed.

    Raises:
        NotASnapshot: Not signed, not by this key, or changed since.
    """
    try:
        key = load_pem_public_key(public_pem)
    except ValueError as error:
        raise NotASnapshot(
            "The key is no public key in PEM.", "Name the file of the publisher's public key."
        ) from error
    if not isinstance(key, Ed25519PublicKey):
        raise NotASnapshot("The key is of another kind than Ed25519.", "Name the file of the publisher's public key.")
    path = snapshot.folder / SIGNATURE
    try:
        with path.open("rb") as file:
            signature = file.read(_SIZE + 1)
        key.verify(signature, _signed(snapshot))
    except FileNotFoundError as error:
        raise NotASnapshot(f"{snapshot.folder} is not signed.", f"Fetch {SIGNATURE} with it.") from error
    except InvalidSignature as error:
        raise NotASnapshot(
            f"{snapshot.folder} was not signed with this key, or was changed since.", "Do not use it; fetch it again."
        ) from error
    verify(snapshot)


def _signed(snapshot: Snapshot) -> bytes:
    return _PREFIX + (snapshot.folder / MANIFEST).read_bytes()


def read_key(path: Path) -> bytes:
    """A key file's bytes, at most what one can have."""
    with path.open("rb") as file:
        return file.read(20_000)
