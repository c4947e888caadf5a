import sys
from pathlib import Path

import mistune

text = Path(sys.argv[1]).read_text(encoding="utf-8")
print(len(mistune.html(text)))
