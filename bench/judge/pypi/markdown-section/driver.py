import sys
from pathlib import Path

import markdown

page = markdown.markdown(Path(sys.argv[1]).read_text(encoding="utf-8"), extensions=["tables", "toc"])
print(len(page))
