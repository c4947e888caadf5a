import io
import sys

from markdown import Markdown

# What visitors write below a page.
comments = Markdown(extensions=["md_in_html", "fenced_code"])
made = io.BytesIO()
comments.convertFile(input=sys.argv[1], output=made, encoding="utf-8")
print(made.getvalue().decode("utf-8"))
