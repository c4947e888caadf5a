import sys
from pathlib import Path

import sqlparse

text = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")
print(len(sqlparse.split(text)))
