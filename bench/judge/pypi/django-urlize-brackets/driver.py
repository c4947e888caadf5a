import sys
from pathlib import Path

from django.utils.html import urlize

note = Path(sys.argv[1]).read_text(encoding="utf-8").strip()
print(len(urlize(note, nofollow=True)))
