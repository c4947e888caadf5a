"""The child side of reading: a SARIF document on standard input, lines of JSON on standard output.

Each run is a line with its summary and, below it, a line for each of its results; the last line is ``{"end": true}`` or
``{"error": ...}``. A child that ends without one was ended by its limits.
"""

import json
import sys
from dataclasses import asdict, fields
from io import BufferedReader, FileIO
from typing import Any

from seawall.clearinghouse.deduplication.bulk.reading import opened, runs
from seawall.clearinghouse.deduplication.bulk.types import Result
from seawall.foundation.platform.errors import SeawallError

COLUMNS = tuple(field.name for field in fields(Result))


def main() -> None:
    """Read and answer; a refusal is an answer, anything else ends the process."""
    last: dict[str, Any] = {"end": True}
    write = sys.stdout.write
    try:
        for summary, results in runs(opened(BufferedReader(FileIO(0, closefd=False), 2**20))):
            write(json.dumps({"run": asdict(summary)}) + "\n")
            for result in results:
                write(json.dumps([getattr(result, name) for name in COLUMNS], separators=(",", ":")) + "\n")
    except SeawallError as error:
        last = {"error": [type(error).__name__, error.detail, error.action, error.field]}
    write(json.dumps(last) + "\n")


if __name__ == "__main__":
    main()
