import json
import platform
import sys
from pathlib import Path

from simpleeval import EvalWithCompoundTypes, InvalidExpression


class Station:
    def __init__(self, name, system):
        self.name = name
        self.system = system
        self.flags = {"red": 2}


# Rules of the harbor: what they are called, and when they hold.
station = Station("North", platform)
rules = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
evaluator = EvalWithCompoundTypes(names={"station": station}, functions={"upper": str.upper})
for name, when in rules.items():
    try:
        print(name, bool(evaluator.eval(when)))
    except InvalidExpression as error:
        print(name, "is no rule:", type(error).__name__)
