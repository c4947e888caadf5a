import sys
from pathlib import Path

from tornado.httputil import HTTPHeaders, HTTPServerRequest

headers = HTTPHeaders.parse(Path(sys.argv[1]).read_text(encoding="utf-8"))
request = HTTPServerRequest(method="GET", uri="/tides", version="HTTP/1.1", headers=headers, host="harbor.example")
print(sorted(request.cookies), sum(len(cookie.value) for cookie in request.cookies.values()))
