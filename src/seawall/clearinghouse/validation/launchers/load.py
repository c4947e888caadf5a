"""Imports a package and does nothing else: the control of a driver that is the whole attack. Standard library only.

    python launch.py --alone /seawall/load.py NAME

Ends with 0 where a module of the distribution can be imported, 67 where it has none, 68 where importing fails.
"""

import importlib
import os
import re
import sys
from importlib import metadata

NOTHING, FAILED = 67, 68
_SKIPPED = {"tests", "test", "docs", "examples", "bin"}


def modules(name: str) -> list[str]:
    """Top-level modules of a distribution."""
    files = metadata.files(name) or []
    found = {file.parts[0] for file in files if len(file.parts) > 1} | {
        file.stem for file in files if len(file.parts) == 1 and file.suffix == ".py"
    }
    return sorted(part for part in found - _SKIPPED if re.fullmatch(r"[A-Za-z_]\w*", part) and part != "__pycache__")


def main(name: str) -> int:
    """The exit code."""
    names = modules(name)
    for module in names:
        try:
            importlib.import_module(module)
        except Exception as error:  # noqa: BLE001 - whatever a package does when it is imported
            sys.stderr.write(f"{module}: {type(error).__name__}: {str(error)[:300]}\n")
        else:
            return 0
    return FAILED if names else NOTHING


if __name__ == "__main__":
    code = main(sys.argv[1])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
