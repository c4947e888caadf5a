import csv
import sys

import mpmath

# A table of impedances, one row a line.
with open(sys.argv[1], encoding="utf-8", newline="") as file:
    table = list(csv.reader(file))
try:
    impedances = mpmath.matrix(table)
    print(impedances.rows, impedances.cols)
    print(mpmath.nstr(impedances.T * impedances, 6))
except (AttributeError, ValueError) as error:
    print(type(error).__name__)
