import sys
from pathlib import Path

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

text = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")
try:
    print(len(str(parse_url(text))))
except LocationParseError:
    print("not a location")
