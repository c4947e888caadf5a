import sys
from pathlib import Path

from starlette.staticfiles import StaticFiles

text = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")
# The folder that is served is called /s; what lies in /secret is none of its business.
files = StaticFiles(directory="/s", check_dir=False)
path, found = files.lookup_path(text)
print(Path(path).read_text() if found else "not found")
