"""The shape of API tokens: ``seawall_<prefix>_<secret>_<checksum>``.

- prefix: 8 letters that name the token in lists and logs; not secret.
- secret: 256 random bits, base64url.
- checksum: CRC-32 of what stands before it, 8 hex digits: a secret scanner knows a token when it sees one,
  and a mistyped token is refused without a look at the database.

At rest only the SHA-256 of the whole is kept; 256 random bits need no slow hash.
"""

import base64
import hashlib
import re
import secrets
import zlib

_SHAPE = re.compile(r"^seawall_([a-z2-7]{8})_([A-Za-z0-9_-]{43})_([0-9a-f]{8})$")


def generate() -> tuple[str, str]:
    """A new token and its prefix."""
    prefix = base64.b32encode(secrets.token_bytes(5)).decode("ascii").lower()
    body = f"seawall_{prefix}_{secrets.token_urlsafe(32)}"
    return f"{body}_{zlib.crc32(body.encode('ascii')):08x}", prefix


def prefix_of(token: str) -> str | None:
    """The prefix of a well-formed token; None where the shape or the checksum is off."""
    match = _SHAPE.match(token)
    if match is None:
        return None
    body = token.rsplit("_", 1)[0]
    return match[1] if f"{zlib.crc32(body.encode('ascii')):08x}" == match[3] else None


def digest(token: str) -> str:
    """What is kept of a token: hex SHA-256."""
    return hashlib.sha256(token.encode("ascii")).hexdigest()
