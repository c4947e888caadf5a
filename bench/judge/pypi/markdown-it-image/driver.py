import sys
from pathlib import Path

from markdown_it import MarkdownIt

page = MarkdownIt("commonmark").enable("table").render(Path(sys.argv[1]).read_text(encoding="utf-8"))
print(len(page))
