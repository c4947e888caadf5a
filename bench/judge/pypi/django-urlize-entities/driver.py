import sys
from pathlib import Path

from django.utils import html

lines = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
print(sum(len(html.urlize(line, trim_url_limit=30)) for line in lines))
