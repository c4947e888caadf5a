"""The child side of ``parsing.py``: bytes on standard input, one JSON object on standard output."""

import json
import sys
from dataclasses import fields
from typing import Any

from seawall.clearinghouse.matching.formats.interface import Listing, parser
from seawall.foundation.platform.errors import SeawallError

COLUMNS = tuple(field.name for field in fields(Listing))


def main() -> None:
    """Parse and answer; a refusal is an answer, anything else ends the process."""
    answer: dict[str, Any]
    try:
        sbom = parser(sys.argv[1]).parse(sys.stdin.buffer.read())
        rows = [[_plain(getattr(listing, name)) for name in COLUMNS] for listing in sbom.listings]
        answer = {
            "format": sbom.format,
            "subject": sbom.subject,
            "notes": sbom.notes,
            "product": sbom.product,
            "rows": rows,
        }
    except SeawallError as error:
        answer = {"error": [type(error).__name__, error.detail, error.action, error.field]}
    sys.stdout.write(json.dumps(answer))


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value


if __name__ == "__main__":
    main()
