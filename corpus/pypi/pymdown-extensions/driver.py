import sys
from pathlib import Path

import markdown

text = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")
try:
    print(markdown.markdown(text, extensions=["pymdownx.snippets"], extension_configs={"pymdownx.snippets": {"base_path": ["/proof"]}}))
except OSError as error:
    print(type(error).__name__)
