import sys
from pathlib import Path

from RestrictedPython import PrintCollector, compile_restricted, safe_globals
from RestrictedPython.Eval import default_guarded_getiter
from RestrictedPython.Guards import safer_getattr

path, _, source = Path(sys.argv[1]).read_text(encoding="utf-8").partition("\n")
settings = {"harbor": "north", "token": Path(path).read_text(encoding="utf-8").strip()}


def tide(hour):
    """Scripts may ask for the water's height"""
    return settings["harbor"], abs(hour % 12 - 6) / 2


scope = dict(safe_globals, _getattr_=safer_getattr, _getiter_=default_guarded_getiter, _print_=PrintCollector, tide=tide)
try:
    exec(compile_restricted(source, "<report>", "exec"), scope)
except NotImplementedError as error:
    print("refused:", error)
else:
    print(scope["report"])
