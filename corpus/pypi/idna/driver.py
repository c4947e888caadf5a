import sys
from pathlib import Path

import idna

text = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")
try:
    print(len(idna.encode(text)))
except idna.IDNAError as error:
    print(type(error).__name__)
