import sys
from pathlib import Path

import idna
from idna.codec import Codec

text = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")
try:
    print(Codec().encode(text)[1])
except idna.IDNAError as error:
    print(type(error).__name__)
