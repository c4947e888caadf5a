"""Identifiers that say nothing: no counter and no time, because either would leak how much
happened and when to somebody who may not know.
"""

import base64
import re
import secrets

_RANDOM_BYTES = 16  # 128 bits: two ids never meet, and none can be guessed
_SHAPE = re.compile(r"^[a-z]{2,12}_[a-z2-7]{26}$")


def new_id(prefix: str) -> str:
    """A fresh identifier such as ``case_k3v...``: prefix, underscore, 26 letters of base32."""
    letters = base64.b32encode(secrets.token_bytes(_RANDOM_BYTES)).decode("ascii").rstrip("=").lower()
    return f"{prefix}_{letters}"


def is_id(text: str, prefix: str) -> bool:
    """Whether ``text`` has the shape of an identifier with this prefix."""
    return text.startswith(f"{prefix}_") and _SHAPE.match(text) is not None
