import sys
from pathlib import Path

from multipart import parse_options_header

for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
    kind, options = parse_options_header(line)
    print(kind, sorted(options))
