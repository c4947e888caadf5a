import sys
from pathlib import Path

from multipart.multipart import parse_options_header

kind, options = parse_options_header(Path(sys.argv[1]).read_bytes().strip())
print(kind.decode("latin-1"), len(options))
