import io
import sys
from pathlib import Path

from multipart import MultipartError, parse_form_data

# A form as a browser sends it, with the boundary in the first line.
body = Path(sys.argv[1]).read_bytes()
boundary = body.partition(b"\r\n")[0][2:].decode()
environ = {
    "REQUEST_METHOD": "POST",
    "CONTENT_TYPE": f"multipart/form-data; boundary={boundary}",
    "CONTENT_LENGTH": str(len(body)),
    "wsgi.input": io.BytesIO(body),
}
try:
    forms, files = parse_form_data(environ)
except MultipartError as error:
    print("refused:", error)
else:
    print(sorted(forms), [found.filename for found in files.values()])
