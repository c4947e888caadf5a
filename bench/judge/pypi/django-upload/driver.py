import io
import sys
from pathlib import Path

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParser

settings.configure()
FOLDER = Path("/tmp/inbox")
FOLDER.mkdir()


class Inbox(FileUploadHandler):
    """Writes what comes to the inbox as it comes, under the name that Django gives"""

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.out = open(FOLDER / self.file_name, "wb")

    def receive_data_chunk(self, raw_data, start):
        self.out.write(raw_data)

    def file_complete(self, file_size):
        self.out.close()
        print(self.field_name, repr(self.file_name), file_size)


body = Path(sys.argv[1]).read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
meta = {"CONTENT_TYPE": "multipart/form-data; boundary=rope", "CONTENT_LENGTH": len(body)}
post, _ = MultiPartParser(meta, io.BytesIO(body), [Inbox()]).parse()
print(dict(post))
