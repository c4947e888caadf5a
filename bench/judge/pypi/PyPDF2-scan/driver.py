import sys

import PyPDF2

with open(sys.argv[1], "rb") as scan:
    try:
        print(PyPDF2.PdfFileReader(scan, strict=False).numPages, "pages")
    except PyPDF2.utils.PdfReadError as error:
        print(error)
