"""Checks a published document with the publisher's public key alone: no network, no database, no Django.

    checked = check_envelope(document, envelope, key)   # <file>.dsse.json
    check_signature(document, signature, key)           # <file>.sig
    check_digest_file(document, companion)              # <file>.sha256 or .sha512

Each either returns or raises ``NotAuthentic``, whatever bytes come in. A digest file proves only that
the download is whole; the signatures prove who published it.
"""

import hashlib
import json
import re
from typing import Any

from cryptography.exceptions import InvalidSignature

from seawall.clearinghouse.distribution.statements import PAYLOAD_TYPE, Statement
from seawall.clearinghouse.distribution.types import Format
from seawall.foundation.platform.signing import NotAuthentic, opened, public_key

ENVELOPE_MAX = 256 * 1024
"""Bytes of an envelope; ours have about 1,500."""
DOCUMENT_MAX = 64 * 1024 * 1024
"""Bytes of a document; more is none of ours."""

_DIGEST_LINE = re.compile(rb"^([0-9a-f]{64}|[0-9a-f]{128}) [ *]\S.*\n?$")


def check_envelope(document: bytes, envelope: bytes, key: bytes) -> Statement:
    """Check that the key's holder published exactly these bytes.

    Args:
        document: The OSV or CSAF file.
        envelope: Content of its ``.dsse.json``.
        key: The publisher's public key, PEM.

    Returns:
        What the publisher states about the document.

    Raises:
        NotAuthentic: Says which part does not fit.
    """
    _bounded(document, envelope)
    payload = opened(envelope, PAYLOAD_TYPE, key)
    try:
        statement = Statement.parse(_json(payload))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotAuthentic(f"The envelope cannot be read: {str(error)[:200]}.", "Download it again.") from error
    _matches(document, statement)
    return statement


def check_signature(document: bytes, signature: bytes, key: bytes) -> None:
    """Check the raw signature over the document.

    Raises:
        NotAuthentic: It is not this key's signature over these bytes.
    """
    _bounded(document, signature)
    try:
        public_key(key).verify(signature, document)
    except InvalidSignature as error:
        raise NotAuthentic(
            "The .sig file is not this key's signature over this document.", "Download both again."
        ) from error


def check_digest_file(document: bytes, companion: bytes) -> None:
    """Check a ``.sha256`` or ``.sha512`` file: one line, hex digest, two blanks, name.

    Raises:
        NotAuthentic: Another form, or another digest.
    """
    match = _DIGEST_LINE.fullmatch(companion[:4096])
    if match is None:
        raise NotAuthentic("The digest file does not hold one line 'digest  name'.", "Download it again.")
    wanted = match.group(1).decode("ascii")
    algorithm = "sha256" if len(wanted) == hashlib.sha256().digest_size * 2 else "sha512"
    if hashlib.new(algorithm, document).hexdigest() != wanted:
        raise NotAuthentic(
            f"The document's {algorithm} is another than its companion file says.", "Download both again."
        )


def _matches(document: bytes, statement: Statement) -> None:
    if (
        hashlib.sha256(document).hexdigest() != statement.sha256
        or hashlib.sha512(document).hexdigest() != statement.sha512
    ):
        raise NotAuthentic(
            f"The signature is genuine, but for other bytes ({statement.file_name}).",
            "Download the document again; do not use this one.",
        )
    try:
        parsed = _json(document)
        named = parsed["id"] if statement.format is Format.OSV else parsed["document"]["tracking"]["id"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotAuthentic(f"The document is no {statement.format.value.upper()} record.") from error
    if named != statement.advisory_id:
        raise NotAuthentic(f"The document names another advisory than its statement, {statement.advisory_id}.")


def _json(data: bytes) -> Any:
    value = json.loads(data)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - one kind of error for everything unreadable
    return value


def _bounded(document: bytes, companion: bytes) -> None:
    if len(document) > DOCUMENT_MAX or len(companion) > ENVELOPE_MAX:
        raise NotAuthentic(
            f"Larger than the {DOCUMENT_MAX} and {ENVELOPE_MAX} bytes allowed for document and signature."
        )
