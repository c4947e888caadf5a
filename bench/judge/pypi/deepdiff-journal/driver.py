import sys
from pathlib import Path

from deepdiff import Delta


class Station:
    def __init__(self):
        self.flags = {"red"}
        self.depths = {"quay": 4, "reef": 2}


# A journal of pickled deltas, with a line of dashes after each.
station = Station()
for entry in Path(sys.argv[1]).read_bytes().split(b"\n----\n"):
    try:
        station += Delta(entry, raise_errors=False, log_errors=False)
    except Exception as error:
        print("left out:", type(error).__name__)
print(sorted(station.flags), station.depths)
