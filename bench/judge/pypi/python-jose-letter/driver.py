import sys
from pathlib import Path

from jose import JOSEError, jwe

KEY = "moorings and buoys, 32 bytes of."

for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
    try:
        letter = jwe.decrypt(line, KEY)
        print(len(letter), letter[:40])
    except JOSEError as error:
        print(type(error).__name__, error)
