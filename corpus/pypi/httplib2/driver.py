import sys
from pathlib import Path

import httplib2

text = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")
parse = getattr(httplib2, "_parse_www_authenticate", None) or httplib2.auth._parse_www_authenticate
try:
    print(len(parse({"www-authenticate": text})))
except httplib2.HttpLib2Error as error:
    print(type(error).__name__)
