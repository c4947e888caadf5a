import sys
from pathlib import Path

from RestrictedPython import compile_restricted, limited_builtins, safe_globals, utility_builtins
from RestrictedPython.Eval import default_guarded_getitem, default_guarded_getiter
from RestrictedPython.Guards import full_write_guard, guarded_iter_unpack_sequence, safer_getattr

source = Path(sys.argv[1]).read_text(encoding="utf-8")
names = {
    **safe_globals,
    "_getattr_": safer_getattr,
    "_getitem_": default_guarded_getitem,
    "_getiter_": default_guarded_getiter,
    "_iter_unpack_sequence_": guarded_iter_unpack_sequence,
    "_write_": full_write_guard,
    "ships": [("Tern", 12), ("Gull", 9)],
}
names["__builtins__"] = {**names["__builtins__"], **limited_builtins, **utility_builtins}
try:
    exec(compile_restricted(source, "<script>", "exec"), names)
    print(names.get("result"))
except (SyntaxError, NotImplementedError) as error:
    print(type(error).__name__)
