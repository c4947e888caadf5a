import sys
from pathlib import Path

from configobj import ConfigObj
from configobj.validate import ValidateError, Validator

text = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")
settings = ConfigObj({"depth": "3"}, configspec=[f"depth = {text}"], interpolation=False, list_values=False, _inspec=True)
try:
    print(settings.validate(Validator()))
except (ValidateError, SyntaxError) as error:
    print(type(error).__name__)
