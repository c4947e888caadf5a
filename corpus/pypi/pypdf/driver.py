import sys
from pathlib import Path

from pypdf.generic import ContentStream, DecodedStreamObject

text = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")
stream = DecodedStreamObject()
stream.set_data(text.encode())
print(len(ContentStream(stream, None).operations))
