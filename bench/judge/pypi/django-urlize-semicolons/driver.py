import sys
from pathlib import Path

from django.utils.html import Urlizer

comment = Path(sys.argv[1]).read_text(encoding="utf-8").strip()
print(len(Urlizer()(comment, autoescape=True)))
