import sys
from pathlib import Path

from mako.exceptions import MakoException
from mako.lookup import TemplateLookup

lookup = TemplateLookup()
try:
    lookup.put_string("notice.html", Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(len(lookup.get_template("notice.html").render(ship="Tern")))
except MakoException as error:
    print(type(error).__name__)
