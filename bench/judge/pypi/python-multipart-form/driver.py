import io
import json
import sys
from pathlib import Path

import multipart

headers = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
found = []
body = b"--tide\r\nContent-Disposition: form-data; name=ship\r\n\r\nTern\r\n--tide--\r\n"
try:
    headers = {name: value.encode("latin-1") for name, value in headers.items()}
    multipart.parse_form(headers, io.BytesIO(body), found.append, None)
except multipart.FormParserError as error:
    print(type(error).__name__)
print(len(found))
