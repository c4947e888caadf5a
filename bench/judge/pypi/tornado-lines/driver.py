import sys
from pathlib import Path

from tornado.httputil import HTTPHeaders

headers = HTTPHeaders.parse(Path(sys.argv[1]).read_text(encoding="utf-8"))
print(len(headers), len(headers.get_list("X-Buoy")))
