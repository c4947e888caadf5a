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

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import Error as SecureSystemsError
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

from seawall.clearinghouse.distribution.errors import NotAuthentic
from seawall.clearinghouse.distribution.statements import PAYLOAD_TYPE, Statement
from seawall.clearinghouse.distribution.types import Format

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
    public = SSlibKey.from_crypto(_public_key(key))
    try:
        parsed = _json(envelope)
        if parsed.get("payloadType") != PAYLOAD_TYPE:
            raise NotAuthentic("The envelope carries no in-toto statement.")
        checked = Envelope.from_dict(parsed)
        checked.verify([public], threshold=1)
        statement = Statement.parse(_json(checked.payload))
    except VerificationError as error:
        raise NotAuthentic(
            "The envelope is not signed by this key.",
            "Fetch the publisher's key again, from a place you trust; if it is the right one, do not use the document.",
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, SecureSystemsError) as error:
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
        _public_key(key).verify(signature, document)
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


def _public_key(pem: bytes) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise NotAuthentic(
            "The key file holds no public key in PEM.", "Use the publisher's public key.", "key"
        ) from error
    if not isinstance(key, Ed25519PublicKey):
        raise NotAuthentic("The key is of another kind than Ed25519.", "Use the publisher's public key.", "key")
    return key


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
