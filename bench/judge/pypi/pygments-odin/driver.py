import sys
from pathlib import Path

from pygments import lex
from pygments.lexers import get_lexer_by_name

text = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")
print(sum(1 for _ in lex(text, get_lexer_by_name("odin"))))
