import sys
from pathlib import Path

from django.utils.text import Truncator

text = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")
for length in (3, 20):
    print(len(Truncator(text).words(length, truncate=" ...", html=True)))
