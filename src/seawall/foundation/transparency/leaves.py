"""What a log entry says, and how the public leaf keeps it secret. Pure.

An entry's *content* is canonical JSON (RFC 8785) with exactly five members::

    {"actor":{"id":…,"kind":…,"organization":…},"kind":…,"payload":{…},"subject":…,"time":"…Z"}

The *leaf*, which everybody may read, holds only a version and ``SHA-256(salt || content)`` in hex::

    {"digest":"<64 hex digits>","v":1}

The salt is 32 random bytes, so the digest says nothing to somebody who guesses at the content. The
*opening* (salt and content) is given to those who may see the entry; whoever holds it can show that
the leaf stands for exactly this content, and nobody can open a leaf in two ways.
"""

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785

from seawall.foundation.transparency.errors import Unloggable

LEAF_VERSION = 1
SALT_BYTES = 32
"""As many as the digest has: guessing the salt is as hard as finding a preimage."""
CONTENT_MAX = 64 * 1024
"""Bytes of an entry's content; larger evidence is a blob, of which the payload holds the digest."""
SUBJECT_MAX = 300
"""Characters of a subject; the longest are package names."""
KIND_MAX = 80
"""Characters of a kind such as ``report.received``."""
ACTOR_MAX = 200
"""Characters of an actor's identifier."""

_LEAF = re.compile(rb'\{"digest":"([0-9a-f]{64})","v":1\}')
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_MEMBERS = {"actor", "kind", "payload", "subject", "time"}
_ACTOR_MEMBERS = {"id", "kind", "organization"}


@dataclass(frozen=True, slots=True)
class LoggedActor:
    """Who did it, as the log says it: identifiers only, no names."""

    id: str
    kind: str
    organization: str | None


@dataclass(frozen=True, slots=True)
class Content:
    """What an entry says."""

    kind: str
    """What happened, such as ``report.received``."""
    subject: str
    """Identifier of what it happened to."""
    actor: LoggedActor
    time: str
    """When, by the server's clock: RFC 3339, UTC, microseconds, ``Z``."""
    payload: dict[str, Any]

    def canonical(self) -> bytes:
        """Canonical JSON of the content.

        Raises:
            Unloggable: A name is empty or too long, the payload has no JSON form, or it is too large.
        """
        for name, text, limit in (
            ("kind", self.kind, KIND_MAX),
            ("subject", self.subject, SUBJECT_MAX),
            ("actor", self.actor.id, ACTOR_MAX),
        ):
            if not 0 < len(text) <= limit or not text.isprintable():
                raise Unloggable(f"The {name} of a log entry has 1 to {limit} printable characters.", field=name)
        try:
            data = rfc8785.dumps(
                {
                    "actor": {
                        "id": self.actor.id,
                        "kind": self.actor.kind,
                        "organization": self.actor.organization,
                    },
                    "kind": self.kind,
                    "payload": self.payload,
                    "subject": self.subject,
                    "time": self.time,
                }
            )
            # What could not be read back would fail only when somebody verifies it, years later.
            if len(data) <= CONTENT_MAX:
                Content.parse(data)
        except (ValueError, RecursionError) as error:
            raise Unloggable(
                f"The payload has no canonical JSON form: {str(error)[:200]}.",
                "Use text, true, false, null, numbers below 2**53, lists and objects.",
                field="payload",
            ) from error
        if len(data) > CONTENT_MAX:
            raise Unloggable(
                f"The entry has {len(data)} bytes; {CONTENT_MAX} are allowed.",
                "Store the evidence as a file and log its digest.",
                field="payload",
            )
        return data

    @classmethod
    def parse(cls, data: bytes) -> "Content":
        """Read canonical content back.

        Raises:
            ValueError: It is not exactly what ``canonical`` writes; the message says why.
        """
        if len(data) > CONTENT_MAX:
            raise ValueError(f"it has more than {CONTENT_MAX} bytes")
        try:
            value = json.loads(data)
            canonical = rfc8785.dumps(value)
        except (ValueError, RecursionError) as error:
            raise ValueError("it is not JSON that has a canonical form") from error
        # Otherwise two readers could see two contents, such as with a member that occurs twice.
        if canonical != data:
            raise ValueError("it is JSON, but not in the canonical form of RFC 8785")
        if not isinstance(value, dict) or value.keys() != _MEMBERS:
            raise ValueError(f"it does not have the members {', '.join(sorted(_MEMBERS))}")
        actor, payload = value["actor"], value["payload"]
        if not isinstance(actor, dict) or actor.keys() != _ACTOR_MEMBERS or not isinstance(payload, dict):
            raise ValueError("its actor or its payload is of another shape")
        texts = (value["kind"], value["subject"], value["time"], actor["id"], actor["kind"])
        if not all(isinstance(text, str) for text in texts) or not isinstance(actor["organization"], str | None):
            raise ValueError("a member is of another type")
        if _TIME.fullmatch(value["time"]) is None:
            raise ValueError("its time is not RFC 3339 in UTC with microseconds")
        return cls(value["kind"], value["subject"], LoggedActor(**actor), value["time"], payload)


def stamp(time: datetime) -> str:
    """A time as entries hold it.

    Raises:
        ValueError: It has no time zone.
    """
    if time.tzinfo is None:
        raise ValueError("the log needs an aware time")
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def new_salt() -> bytes:
    """A fresh salt from the operating system's generator."""
    return secrets.token_bytes(SALT_BYTES)


def digest(salt: bytes, content: bytes) -> bytes:
    """The salted digest that a leaf holds, 32 bytes.

    The salt comes first and has a fixed length, so no byte can move from one to the other.

    Raises:
        ValueError: The salt has another length than ``SALT_BYTES``.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    return hashlib.sha256(salt + content).digest()


def seal(salt: bytes, content: bytes) -> bytes:
    """The leaf that stands for this content."""
    return b'{"digest":"%s","v":%d}' % (digest(salt, content).hex().encode("ascii"), LEAF_VERSION)


def digest_of_leaf(leaf: bytes) -> bytes:
    """The digest that a leaf holds.

    Raises:
        ValueError: It is no leaf of a known version.
    """
    match = _LEAF.fullmatch(leaf)
    if match is None:
        raise ValueError('a leaf reads {"digest":"<64 hex digits>","v":1}')
    return bytes.fromhex(match.group(1).decode("ascii"))
