import json
import sys
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Table

# Tides as a table, with the colors that the harbor likes.
wanted = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
table = Table(wanted["rows"])
table.setStyle([(wanted["what"], (0, 0), (-1, 0), wanted["color"])])
canvas = Canvas("/tmp/tides.pdf")
try:
    table.wrapOn(canvas, 400, 400)
    table.drawOn(canvas, 40, 400)
except ValueError as error:
    print("no such color:", type(error).__name__)
canvas.save()
