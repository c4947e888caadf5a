"""Signed notes and checkpoints in the formats of C2SP (c2sp.org/signed-note, c2sp.org/tlog-checkpoint). Pure.

A note is text, a blank line, and signature lines ``— name base64(key id || signature)``. Signatures by
keys that the reader does not know are skipped; one by the known key that does not fit rejects the
note. A checkpoint is a note whose text is origin, size and root:

    key = Signer("log.example", Ed25519PrivateKey.generate())
    note = key.sign(Checkpoint("log.example", 42, root).text())
    Checkpoint.parse(open_note(note, VerifierKey.parse(str(key.verifier))))
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from seawall.foundation.transparency.errors import BadKey, NoteRejected
from seawall.foundation.transparency.merkle import HASH_BYTES, SIZE_MAX

ED25519 = b"\x01"
"""Signature type byte of Ed25519 in notes and verifier keys."""
KEY_ID_BYTES = 4
NOTE_MAX = 128 * 1024
"""Bytes of a note: room for 16 post-quantum signatures, the number that C2SP asks readers to accept."""

_DASH = "\N{EM DASH} "
_FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name; ``str()`` gives the usual text ``name+hash+base64``."""

    name: str
    public: bytes
    """Raw Ed25519 public key, 32 bytes."""

    @property
    def key_id(self) -> bytes:
        """The four bytes by which signature lines name the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.public).decode('ascii')}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read ``name+hash+base64``.

        Raises:
            BadKey: Another shape, another algorithm, or a hash that does not belong to the key.
        """
        help_text = "Copy the whole key, such as log.example+1a2b3c4d+AbCd…, from where its owner publishes it."
        name, _, rest = text.strip().partition("+")
        stated, _, encoded = rest.partition("+")
        raw = _base64(encoded)
        if not is_key_name(name) or raw is None:
            raise BadKey("The text is not of the form name+hash+base64.", help_text)
        if raw[:1] != ED25519 or len(raw) != 1 + HASH_BYTES:
            raise BadKey("The key is of another kind than Ed25519.", help_text)
        key = cls(name, raw[1:])
        if key.key_id.hex() != stated:
            raise BadKey("The key's hash does not belong to its name and bytes: a character was changed.", help_text)
        return key


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its name."""

    name: str
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, text: str) -> str:
        """The signed note over ``text``.

        Raises:
            ValueError: The name is no key name, or the text does not end in a newline or has control characters.
        """
        if not is_key_name(self.name):
            raise ValueError(f"{self.name!r} is no key name: it is empty or has a space or a plus")
        if not text.endswith("\n") or _has_controls(text):
            raise ValueError("a note's text ends in a newline and has no other control characters")
        signature = self.verifier.key_id + self.private.sign(text.encode())
        return f"{text}\n{_DASH}{self.name} {base64.b64encode(signature).decode('ascii')}\n"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: this many leaves, this root."""

    origin: str
    """Name of the log; its first line."""
    size: int
    root: bytes

    def text(self) -> str:
        """The note text: three lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode('ascii')}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read a note's text; extension lines are skipped.

        Raises:
            NoteRejected: It is no checkpoint.
        """
        lines = text.split("\n")
        # Three lines at least, each ended by a newline, none empty.
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):  # noqa: PLR2004 - origin, size, root, end
            raise NoteRejected("The checkpoint does not have its three lines: origin, size, root.")
        origin, size, root = lines[0], lines[1], _base64(lines[2])
        if _NUMBER.fullmatch(size) is None or int(size) >= SIZE_MAX:
            raise NoteRejected("The checkpoint's second line is no tree size.")
        if root is None or len(root) != HASH_BYTES:
            raise NoteRejected("The checkpoint's third line is no SHA-256 hash in base64.")
        return cls(origin, int(size), root)


def open_note(note: str, key: VerifierKey) -> str:
    """The text of a note, once the key's signature over it was checked.

    Raises:
        NoteRejected: Not a note, not signed by this key, or the signature does not fit the text.
    """
    if len(note) > NOTE_MAX or _has_controls(note):
        raise NoteRejected(f"It is no signed note: longer than {NOTE_MAX} characters, or with control characters.")
    head, separator, tail = note.rpartition("\n\n")
    if not separator or not head or not tail.endswith("\n"):
        raise NoteRejected("It is no signed note: text, a blank line, signature lines, each ended by a newline.")
    text = head + "\n"
    signatures = [_signature(line) for line in tail[:-1].split("\n")]
    ours = [value for name, key_id, value in signatures if name == key.name and key_id == key.key_id]
    if not ours:
        names = ", ".join(sorted({f"{name} (key {key_id.hex()})" for name, key_id, _ in signatures}))
        raise NoteRejected(
            f"It is not signed by the key {key.name} (key {key.key_id.hex()}) that you gave, but by {names}.",
            "Check that the key is the log's; if it is, somebody else made this note.",
        )
    public = Ed25519PublicKey.from_public_bytes(key.public)
    for value in ours:
        try:
            public.verify(value, text.encode())
        except InvalidSignature as error:
            raise NoteRejected(
                f"The signature of {key.name} does not fit the text: one of them was changed.",
                "Do not believe it; fetch it again.",
            ) from error
    return text


def open_checkpoint(note: str, key: VerifierKey) -> Checkpoint:
    """The checkpoint in a note, once the signature and the origin were checked.

    Raises:
        NoteRejected: As ``open_note``; or the checkpoint is of a log with another name than the key's.
    """
    checkpoint = Checkpoint.parse(open_note(note, key))
    if checkpoint.origin != key.name:
        raise NoteRejected(f"The checkpoint is of the log {checkpoint.origin!r}, the key of {key.name!r}.")
    return checkpoint


def is_key_name(name: str) -> bool:
    """Whether notes can be signed under this name: no spaces, no plus, nothing unprintable, not empty."""
    return bool(name) and name.isprintable() and "+" not in name and not any(map(str.isspace, name))


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    raw = _base64(encoded)
    if not line.startswith(_DASH) or not is_key_name(name) or raw is None or len(raw) <= KEY_ID_BYTES:
        raise NoteRejected("It is no signed note: a signature line is not '— name base64'.")
    return name, raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:]


def _base64(text: str) -> bytes | None:
    """Decode, or None; only the one canonical spelling is taken, or a bit could flip unseen in the padding."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode("ascii") == text else None


def _has_controls(text: str) -> bool:
    """Whether there is anything that a note may not hold: controls, or surrogates, which have no UTF-8."""
    return _FORBIDDEN.search(text) is not None
