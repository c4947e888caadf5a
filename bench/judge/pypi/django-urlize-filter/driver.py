import sys
from pathlib import Path

import django
from django.conf import settings
from django.template import Context, Engine

settings.configure()
django.setup()
page = Engine().from_string("<p>{{ message|urlizetrunc:20 }}</p>")
print(page.render(Context({"message": Path(sys.argv[1]).read_text(encoding="utf-8").strip()}))[:40])
