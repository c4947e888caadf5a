import sys
from pathlib import Path

from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser

# One request after another, apart by a line of three dashes.
for request in Path(sys.argv[1]).read_bytes().split(b"---\n"):
    data = request.replace(b"\n", b"\r\n")
    parser = HTTPRequestParser(Adjustments())
    while data and not parser.completed:
        data = data[parser.received(data):]
    print(parser.error and parser.error.code, sorted(parser.headers))
