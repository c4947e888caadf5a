"""The log's private key: one Ed25519 key in ``<data_dir>/keys/log.pem`` (PKCS#8, mode 0600), made on first use.

Whoever holds this file can sign a second history, which anybody with an old checkpoint will notice.
Whoever loses it cannot go on with this log, so it belongs into the backup.
"""

import os
import stat
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from seawall.foundation.transparency.errors import LogUnavailable
from seawall.foundation.transparency.notes import Signer, is_key_name

KEY_FILE = "keys/log.pem"


def load_or_create(data_dir: Path, origin: str) -> Signer:
    """The log's key under the log's name; of several processes at once, one makes it and all use that one.

    Raises:
        LogUnavailable: Others may read the file, it holds no Ed25519 key, or the origin is no key name.
    """
    if not is_key_name(origin):
        raise LogUnavailable(
            f"The setting log_origin, {origin!r}, cannot name a log.",
            "Set it to a name such as log.example.org/seawall: no spaces, no plus.",
            "log_origin",
        )
    path = data_dir / KEY_FILE
    try:
        if not path.exists():
            _create(path)
        mode, pem = stat.S_IMODE(path.stat().st_mode), path.read_bytes()
    except OSError as error:
        raise LogUnavailable(f"The log's key {path} cannot be read or made: {error.strerror}.") from error
    if mode & 0o077:
        raise LogUnavailable(
            f"{path} can be read by other users of this machine.",
            f"If nobody else can have read it: chmod 600 {path}. Otherwise somebody could sign in this log's name.",
        )
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise LogUnavailable(f"{path} holds no private key in PEM.", "Restore it from the backup.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise LogUnavailable(f"{path} holds a key of another kind than Ed25519.", "Restore it from the backup.")
    return Signer(origin, key)


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    # mkstemp makes the file with mode 0600. The link fails where the name is taken: nobody ever sees half a key.
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
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
