"""What is signed about a document: an in-toto statement (https://in-toto.io/Statement/v1).

The subject is the document's bytes, by name, SHA-256 and SHA-512; the predicate says which advisory
they are, in which format, published when, and which entry of the transparency log recorded it. The
statement's bytes are canonical JSON (RFC 8785), carried in a DSSE envelope.
"""

import hashlib
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import rfc8785

from seawall.clearinghouse.distribution import text
from seawall.clearinghouse.distribution.types import ADVISORY_ID, Format, stamp

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://seawall.example/advisory-published/v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"

# Readers print these members to terminals: nothing but what we write ourselves gets through.
_SHAPES = {
    "file_name": re.compile(r"[A-Za-z0-9._+-]{1,120}"),
    "sha256": re.compile(r"[0-9a-f]{64}"),
    "sha512": re.compile(r"[0-9a-f]{128}"),
    "advisory_id": ADVISORY_ID,
    "format": re.compile(r"[a-z]+"),
    "published": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    "publisher": re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,300}"),
    "log_index": re.compile(r"\d{1,18}"),
}
_TYPES: dict[str, type] = {"format": Format, "log_index": int}


@dataclass(frozen=True, slots=True)
class Statement:
    """The facts that a signature vouches for."""

    file_name: str
    sha256: str
    """64 hex digits."""
    sha512: str
    """128 hex digits."""
    advisory_id: str
    format: Format
    published: str
    """RFC 3339, UTC."""
    publisher: str
    log_index: int
    """Entry of the transparency log that recorded the publication."""

    def canonical(self) -> bytes:
        """The statement's bytes."""
        return rfc8785.dumps(
            {
                "_type": STATEMENT_TYPE,
                "subject": [{"name": self.file_name, "digest": {"sha256": self.sha256, "sha512": self.sha512}}],
                "predicateType": PREDICATE_TYPE,
                "predicate": {
                    "advisory": self.advisory_id,
                    "format": self.format.value,
                    "published": self.published,
                    "publisher": self.publisher,
                    "log_index": self.log_index,
                },
            }
        )

    @classmethod
    def about(
        cls,
        document: bytes,
        *,
        file_name: str,
        advisory_id: str,
        document_format: Format,
        published: datetime,
        publisher: str,
        log_index: int,
    ) -> "Statement":
        """The statement about these bytes."""
        return cls(
            file_name=file_name,
            sha256=hashlib.sha256(document).hexdigest(),
            sha512=hashlib.sha512(document).hexdigest(),
            advisory_id=advisory_id,
            format=document_format,
            published=stamp(published),
            publisher=text.line(publisher),
            log_index=log_index,
        )

    @classmethod
    def parse(cls, value: Any) -> "Statement":
        """Read a statement from JSON values.

        Raises:
            ValueError: It is not a statement of this type about exactly one subject; says what is off.
        """
        if not isinstance(value, dict) or value.get("_type") != STATEMENT_TYPE:
            raise ValueError("the payload is no in-toto statement")
        if value.get("predicateType") != PREDICATE_TYPE:
            raise ValueError("the statement is about something else than a published advisory")
        try:
            [subject] = value["subject"]
            predicate = value["predicate"]
            statement = cls(
                file_name=subject["name"],
                sha256=subject["digest"]["sha256"],
                sha512=subject["digest"]["sha512"],
                advisory_id=predicate["advisory"],
                format=Format(predicate["format"]),
                published=predicate["published"],
                publisher=predicate["publisher"],
                log_index=predicate["log_index"],
            )
        except (KeyError, TypeError) as error:
            raise ValueError("the statement lacks a member") from error
        for name, member in asdict(statement).items():
            if type(member) is not _TYPES.get(name, str) or not _SHAPES[name].fullmatch(str(member)):
                raise ValueError(f"the statement's {name} has the wrong form")
        return statement
