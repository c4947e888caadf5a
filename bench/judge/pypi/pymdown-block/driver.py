import sys
from pathlib import Path

import markdown

text = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")
page = f"# Tides\n\n--8<--\n{text}\n--8<--\n"
reader = markdown.Markdown(extensions=["pymdownx.snippets"], extension_configs={"pymdownx.snippets": {"base_path": "/proof", "check_paths": False}})
print(reader.convert(page))
