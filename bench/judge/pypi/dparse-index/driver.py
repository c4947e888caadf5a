import sys
from pathlib import Path

from dparse import filetypes, parse

text = Path(sys.argv[1]).read_text(encoding="utf-8")
for dependency in parse(text, file_type=filetypes.requirements_txt).dependencies:
    print(dependency.name, dependency.index_server)
