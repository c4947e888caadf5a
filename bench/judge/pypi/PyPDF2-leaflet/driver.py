import sys

from PyPDF2 import PdfFileReader
from PyPDF2.utils import PdfReadError

with open(sys.argv[1], "rb") as file:
    try:
        leaflet = PdfFileReader(file)
        for number in range(leaflet.getNumPages()):
            print(len(leaflet.getPage(number).extractText()))
    except PdfReadError as error:
        print("unreadable:", error)
