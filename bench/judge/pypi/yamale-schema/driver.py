import sys
from pathlib import Path

import yamale

# Whoever sends data may say in a schema of their own how it is to be checked.
text, _, data = Path(sys.argv[1]).read_text(encoding="utf-8").partition("\n===\n")
try:
    schema = yamale.make_schema(content=text)
    yamale.validate(schema, yamale.make_data(content=data))
    print("valid")
except (SyntaxError, yamale.YamaleError) as error:
    print(error)
