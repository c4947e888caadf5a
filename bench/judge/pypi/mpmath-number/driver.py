import sys
from pathlib import Path

import mpmath

for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
    try:
        print(mpmath.mpmathify(line))
    except (AttributeError, ValueError):
        print("not a number")
