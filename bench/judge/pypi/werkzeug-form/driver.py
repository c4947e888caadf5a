import sys
from pathlib import Path

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

body = Path(sys.argv[1]).read_bytes().replace(b"\n", b"\r\n", 4)
request = Request(
    EnvironBuilder(method="POST", data=body, content_type="multipart/form-data; boundary=anchor").get_environ()
)
print({name: len(found.read()) for name, found in request.files.items()}, request.form)
