import sys
from pathlib import Path

from pypdf.errors import PyPdfError
from pypdf.generic import ContentStream, DecodedStreamObject

drawing = DecodedStreamObject()
drawing.set_data(Path(sys.argv[1]).read_bytes())
try:
    print(len(ContentStream(drawing, None).operations))
except PyPdfError as error:
    print(type(error).__name__)
