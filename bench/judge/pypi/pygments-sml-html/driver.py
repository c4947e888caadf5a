import sys
from pathlib import Path

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

text = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")
print(len(highlight(text, get_lexer_by_name("sml"), HtmlFormatter())))
