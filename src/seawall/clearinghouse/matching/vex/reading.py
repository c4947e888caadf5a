"""Reads VEX documents: CycloneDX (1.4 to 1.7, with its inventory or apart), OpenVEX, CSAF.

    read(Path("portal.openvex.json"))

Read strictly (UTF-8, no duplicate keys, bounded depth and size). What of a statement cannot be honored is flagged on it; a
statement that names no flaw, or of whose products none can be honored, is kept, and is about nothing.
"""

from pathlib import Path
from typing import Any

from seawall.clearinghouse.matching.errors import InventoryTooLarge, NotAnInventory, UnsupportedVersion
from seawall.clearinghouse.matching.formats.cyclonedx.parser import read as read_cyclonedx
from seawall.clearinghouse.matching.formats.documents import unwrapped
from seawall.clearinghouse.matching.vex.errors import NotVex, VexTooLarge
from seawall.clearinghouse.matching.vex.formats import csaf, cyclonedx, openvex
from seawall.clearinghouse.matching.vex.types import Statement
from seawall.foundation.platform import strict_json
from seawall.foundation.platform.errors import BadInput

DOCUMENT_MAX = 128 * 2**20
"""Bytes of a document; the largest of distributions have 60 MB."""

_FORMATS = (cyclonedx, openvex, csaf)


def read(path: Path) -> tuple[Statement, ...]:
    """The statements of a file.

    Raises:
        NotVex: It cannot be opened, is no VEX document, or has none.
        VexTooLarge: Over a limit.
    """
    try:
        with path.open("rb") as file:
            data = file.read(DOCUMENT_MAX + 1)
    except OSError as error:
        raise NotVex(f"{path} cannot be opened: {error.strerror}.", "Check its name and rights.") from error
    return parse(data, str(path))


def parse(data: bytes, source: str) -> tuple[Statement, ...]:
    """The statements of a document.

    Args:
        data: Its bytes.
        source: Its name, for people.

    Raises:
        NotVex: It is no VEX document, or has no statement.
        VexTooLarge: Over a limit.
    """
    if len(data) > DOCUMENT_MAX:
        raise VexTooLarge(f"{source} has over {DOCUMENT_MAX // 2**20} MiB.", "Give one document per product.")
    document = _document(data, source)
    reader = next((format_ for format_ in _FORMATS if format_.claims(document)), None)
    if reader is None:
        raise NotVex(f"{source} is no VEX document.", "Give CycloneDX, OpenVEX or CSAF.")
    try:
        found = tuple(reader.read(document, source))
    except NotVex as error:
        raise NotVex(f"{source}: {error.detail}", error.action, error.field) from error
    if not found:
        raise NotVex(f"{source} states nothing.", "Give a document with statements (an analysis, in CycloneDX).")
    return found


def _document(data: bytes, source: str) -> dict[str, Any]:
    if data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        try:
            return read_cyclonedx(data)
        except (NotAnInventory, UnsupportedVersion, InventoryTooLarge) as error:
            raise NotVex(f"{source}: {error.detail}", error.action, error.field) from error
    try:
        value = unwrapped(strict_json.loads(data))
    except BadInput as error:
        raise NotVex(f"{source}: {error.detail}", error.action) from error
    if not isinstance(value, dict):
        raise NotVex(f"{source} is no VEX document.", "Give CycloneDX, OpenVEX or CSAF.")
    return value
