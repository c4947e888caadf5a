import sys
from pathlib import Path

from django.template import Context, Engine

template = Engine().from_string("{{ story|truncatewords_html:12 }}")
story = Path(sys.argv[1]).read_text(encoding="utf-8")
print(len(template.render(Context({"story": story}))))
