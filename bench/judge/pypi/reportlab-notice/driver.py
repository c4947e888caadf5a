import sys
from pathlib import Path

from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate

style = getSampleStyleSheet()["BodyText"]
notices = Path(sys.argv[1]).read_text(encoding="utf-8").split("\n\n")
try:
    SimpleDocTemplate("/tmp/notices.pdf").build([Paragraph(notice, style) for notice in notices])
except ValueError as error:
    print("no notice:", type(error).__name__)
else:
    print(len(notices))
