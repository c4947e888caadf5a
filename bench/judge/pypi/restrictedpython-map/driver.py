import sys
from pathlib import Path

from RestrictedPython import compile_restricted_eval, safe_builtins
from RestrictedPython.Guards import safer_getattr

key_file, _, expression = Path(sys.argv[1]).read_text(encoding="utf-8").partition("\n")
PASSPHRASE = Path(key_file).read_text(encoding="utf-8").strip()


class Pilot:
    def __init__(self, name, since):
        self.name = name
        self.since = since


compiled = compile_restricted_eval(expression.strip(), "<column>")
assert not compiled.errors, compiled.errors
for pilot in (Pilot("Ada", 1999), Pilot("Bo", 2014)):
    try:
        print(eval(compiled.code, {"__builtins__": safe_builtins, "_getattr_": safer_getattr}, {"pilot": pilot}))
    except NotImplementedError as error:
        print(error)
