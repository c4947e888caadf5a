"""What a commitment is, byte for byte. Pure.

An *opening* is canonical JSON (RFC 8785) with exactly these members::

    {"committer":"org_…","finding":{…},"salt":"<64 hex digits>","schema":"seawall.commitment/1"}

The *digest* is SHA-256 over its bytes. The salt is 32 random bytes, so the digest hides the finding from whoever
guesses at it; SHA-256 binds, so nobody opens a digest in two ways; and the committer's identifier is inside, so a
digest that is copied from somebody else can be opened by nobody but them.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import rfc8785

from seawall.clearinghouse.deconfliction.commitments.types import CommitmentState
from seawall.foundation.platform.errors import BadInput

SCHEMA = "seawall.commitment/1"
SALT_BYTES = 32
OPENING_MAX = 256 * 1024
"""Bytes of an opening, or of a published text; evidence that is larger goes in as its digest."""
EXPIRES_AFTER = timedelta(days=400)
"""A commitment that is not opened by then earns nothing; the longest embargoes end well before."""
PER_DAY = 200
"""Commitments of an organization in a day: more is an attempt to have guessed everything."""

ALGORITHMS: Mapping[str, int] = {
    "sha256": 64,
    "sha384": 96,
    "sha512": 128,
    "sha3-224": 56,
    "sha3-256": 64,
    "sha3-384": 96,
    "sha3-512": 128,
    "blake2b-512": 128,
}
"""Hex digits of the digests that can be registered."""

_MEMBERS = {"committer", "finding", "salt", "schema"}
_HEX = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True)
class Opening:
    """What a digest of ours stands for."""

    committer: str
    """Identifier of the organization that committed."""
    finding: Mapping[str, Any]
    salt: bytes

    def canonical(self) -> bytes:
        """The bytes that are hashed.

        Raises:
            BadInput: The finding has no canonical form, or is too large.
        """
        value: Any = {"committer": self.committer, "finding": self.finding, "salt": self.salt.hex(), "schema": SCHEMA}
        try:
            data = rfc8785.dumps(value)
        except (ValueError, RecursionError) as error:
            raise BadInput(
                f"The finding has no canonical JSON form: {str(error)[:200]}.",
                "Use text, true, false, null, numbers below 2**53, lists and objects.",
                field="finding",
            ) from error
        if len(data) > OPENING_MAX:
            raise BadInput(f"A finding has at most {OPENING_MAX} bytes.", "Put in digests of large files.", "finding")
        return data


def read_opening(data: bytes) -> Opening:
    """Read an opening back.

    Raises:
        BadInput: It is not exactly what ``Opening.canonical`` writes.
    """
    refused = "Keep the file as it was written: every byte counts."
    if len(data) > OPENING_MAX:
        raise BadInput(f"An opening has at most {OPENING_MAX} bytes.", refused, field="opening")
    try:
        value = json.loads(data)
        canonical = rfc8785.dumps(value)
    except (ValueError, RecursionError) as error:
        raise BadInput("The opening is no JSON that has a canonical form.", refused, field="opening") from error
    if canonical != data:
        raise BadInput("The opening is JSON, but not in the canonical form of RFC 8785.", refused, field="opening")
    match value:
        case {"schema": str(schema), "committer": str(committer), "salt": str(salt), "finding": dict(finding)}:
            fits = value.keys() == _MEMBERS and schema == SCHEMA and committer
            if fits and _HEX.fullmatch(salt) and len(salt) == 2 * SALT_BYTES:
                return Opening(committer, finding, bytes.fromhex(salt))
    raise BadInput(f"The opening is not of the form {SCHEMA}.", refused, field="opening")


def digest_of(algorithm: str, data: bytes) -> str:
    """A digest in hex, by one of ``ALGORITHMS``."""
    name = {"blake2b-512": "blake2b"}.get(algorithm, algorithm.replace("-", "_"))
    return hashlib.new(name, data).hexdigest()


def read_digest(algorithm: str, digest: str) -> tuple[str, str]:
    """Algorithm and digest in one spelling.

    Raises:
        BadInput: An algorithm that is not taken, or another length.
    """
    name = algorithm.strip().lower().replace("_", "-").replace("sha-", "sha")
    if name not in ALGORITHMS:
        raise BadInput(f"{algorithm[:40]!r} is not taken.", f"Use one of {', '.join(ALGORITHMS)}.", field="algorithm")
    text = digest.strip().lower()
    if len(text) != ALGORITHMS[name] or not _HEX.fullmatch(text):
        raise BadInput(f"A {name} digest has {ALGORITHMS[name]} hexadecimal digits.", field="digest")
    return name, text


def state_at(state: CommitmentState, sealed_at: datetime, now: datetime) -> CommitmentState:
    """The state of a commitment: one that was not opened in time has expired."""
    if state is CommitmentState.SEALED and sealed_at + EXPIRES_AFTER <= now:
        return CommitmentState.EXPIRED
    return state
