import sys
from pathlib import Path

from configobj.validate import ValidateError, Validator

text = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")
try:
    print(Validator().check(text, "1"))
except ValidateError as error:
    print(type(error).__name__)
