import json
import sys
from pathlib import Path

import mistune

markdown = mistune.create_markdown(renderer=mistune.AstRenderer(), plugins=["table", "footnotes"])
print(len(json.dumps(markdown(Path(sys.argv[1]).read_text(encoding="utf-8")))))
