"""Runs in the sandbox on a stranger's Python files, and runs nothing of theirs. Standard library only.

python look.py parse FILE        ends with 0 where it compiles
"""

import sys
from pathlib import Path


def parse(path: str) -> int:
    """Whether a file compiles."""
    try:
        compile(Path(path).read_bytes(), path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        sys.stderr.write(f"{type(error).__name__}: {str(error)[:200]}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit({"parse": parse}[sys.argv[1]](*sys.argv[2:]))
