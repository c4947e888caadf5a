import sys
from pathlib import Path

from tornado.httputil import HTTPHeaders, parse_body_arguments

body = Path(sys.argv[1]).read_bytes().replace(b"\n", b"\r\n")
arguments, files = {}, {}
parse_body_arguments("multipart/form-data; boundary=anchor", body, arguments, files, HTTPHeaders())
print(sorted(arguments), sorted(files))
