import statistics
import sys
from pathlib import Path

from simpleeval import InvalidExpression, simple_eval

# Sums over the readings of a tide gauge, one on each line.
names = {"readings": [1.2, 3.4, 4.1, 2.0], "statistics": statistics}
for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
    try:
        print(simple_eval(line, names=names))
    except InvalidExpression as error:
        print("not possible:", type(error).__name__)
