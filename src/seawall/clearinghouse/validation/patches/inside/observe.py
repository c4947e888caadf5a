"""Stands in for a driver and runs it, noting what the package gives back to it. Standard library only.

Every call from the driver's own code into the package is one line in /report/observed: its name, its arguments as they are after
it, and what came back. Two versions are told apart by these lines where a driver prints nothing.
"""

import runpy
import sys
from pathlib import Path
from types import FrameType

DRIVER = str(Path(__file__).with_name("seawall-observed.py"))
LINE_MAX = 4_000
LEFT = [400_000]
"""Characters that may still be written."""
_OUT = Path("/report/observed").open("a", encoding="utf-8", errors="replace")  # noqa: SIM115 - open as long as the process


def _shown(value: object) -> str:
    sys.setprofile(None)
    try:
        return repr(value)[:LINE_MAX]
    except Exception:  # noqa: BLE001 - a stranger's repr
        return type(value).__name__
    finally:
        sys.setprofile(_look)


def _look(frame: FrameType, event: str, value: object) -> None:
    back = frame.f_back
    if event != "return" or back is None or back.f_code.co_filename != DRIVER or LEFT[0] <= 0:
        return
    code = frame.f_code
    inner = code.co_name.startswith("_") and not code.co_name.endswith("__")
    if inner or not code.co_filename.startswith("/target/"):
        return  # what a package does within itself may change
    given = [_shown(frame.f_locals.get(name)) for name in code.co_varnames[: code.co_argcount]]
    line = f"{code.co_qualname}({', '.join(given)}) -> {_shown(value)}"[:LINE_MAX]
    LEFT[0] -= len(line)
    _OUT.write(f"{line}\n")
    _OUT.flush()


sys.argv[0] = DRIVER
sys.setprofile(_look)
runpy.run_path(DRIVER, run_name="__main__")
