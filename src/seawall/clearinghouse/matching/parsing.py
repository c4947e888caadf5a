"""Reads inventories in a child process, so that a hostile document can cost a child and nothing else."""

import json
import sys
from mmap import mmap
from typing import Any

from seawall.clearinghouse.matching import errors
from seawall.clearinghouse.matching.formats.child import COLUMNS
from seawall.clearinghouse.matching.formats.interface import Listing, Sbom
from seawall.clearinghouse.matching.types import Reach
from seawall.clearinghouse.validation.processes import Limits, run_limited
from seawall.foundation.platform.errors import BadInput

LIMITS = Limits(memory_bytes=1024 * 2**20, cpu_seconds=60, wall_seconds=120, output_bytes=256 * 2**20)
"""200,000 components, the most that are read, need about 600 MiB and 20 seconds."""

_ERRORS: dict[str, type[BadInput]] = {
    kind.__name__: kind for kind in (errors.NotAnInventory, errors.UnsupportedVersion)
}


def parse_confined(format_name: str, data: bytes | mmap) -> Sbom:
    """Parse a document in a child process.

    Raises:
        BadInput: See ``errors``; the parser's own refusal, with its field.
        InventoryTooLarge: It is over a limit, or the child was ended by one.
    """
    done = run_limited(
        [sys.executable, "-I", "-m", "seawall.clearinghouse.matching.formats.child", format_name],
        stdin=data,
        limits=LIMITS,
    )
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise errors.InventoryTooLarge(
            "Reading the inventory took more memory or time than any real one needs.", "Send one inventory per system."
        ) from None
    if "error" in answer:
        kind, detail, action, field = answer["error"]
        if kind == errors.InventoryTooLarge.__name__:
            raise errors.InventoryTooLarge(detail, action, field)
        raise _ERRORS.get(kind, BadInput)(detail, action, field)
    listings = tuple(_listing(dict(zip(COLUMNS, row, strict=True))) for row in answer["rows"])
    return Sbom(answer["format"], answer["subject"], listings, tuple(answer["notes"]), tuple(answer["product"]))


def _listing(row: dict[str, Any]) -> Listing:
    key = None if row["key"] is None else bytes.fromhex(row["key"])
    return Listing(**{**row, "key": key, "reach": Reach(row["reach"]), "path": tuple(row["path"])})
