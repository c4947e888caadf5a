import sys
from pathlib import Path

from urllib3 import PoolManager
from urllib3.exceptions import LocationParseError

text = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")
try:
    print(PoolManager().connection_from_url(text).port)
except LocationParseError as error:
    print("bad address")
