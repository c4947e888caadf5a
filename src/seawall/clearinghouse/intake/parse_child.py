"""The child side of ``parsing.py``: bytes on standard input, one JSON line on standard output."""

import base64
import json
import sys
from dataclasses import asdict
from typing import Any

from seawall.clearinghouse.intake.formats.detecting import ANY_JSON, detect
from seawall.clearinghouse.intake.formats.interface import enclosed, parser
from seawall.foundation.platform.errors import SeawallError


def main() -> None:
    """Parse and answer; a refusal is an answer, anything else ends the process."""
    answer: dict[str, Any]
    try:
        name, data = sys.argv[1], sys.stdin.buffer.read()
        if name in ("", ANY_JSON):
            name = detect(data, only_json=name == ANY_JSON)
        answer = {
            "format": name,
            "reports": [asdict(report) for report in parser(name)(data)],
            "enclosed": [
                {
                    "name": one.name,
                    "where": one.where,
                    "meant": one.meant,
                    "base64": base64.b64encode(one.data).decode("ascii"),
                }
                for one in enclosed(name, data)
            ],
        }
    except SeawallError as error:
        answer = {
            "error": {
                "kind": type(error).__name__,
                "detail": error.detail,
                "action": error.action,
                "field": error.field,
            }
        }
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
