import io
import sys
from pathlib import Path

from PyPDF2 import PdfFileReader, PdfFileWriter
from PyPDF2.utils import PdfReadError

# Half the size of every page, for the pocket edition.
writer = PdfFileWriter()
try:
    source = PdfFileReader(io.BytesIO(Path(sys.argv[1]).read_bytes()), strict=False)
    for page in source.pages:
        page.scaleBy(0.5)
        writer.addPage(page)
    pocket = io.BytesIO()
    writer.write(pocket)
    print(len(pocket.getvalue()), "bytes")
except PdfReadError:
    print("cannot be made smaller")
