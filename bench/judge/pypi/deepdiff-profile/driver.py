import subprocess
import sys
from pathlib import Path

from deepdiff import Delta
from deepdiff.serialization import json_loads

BELL = {"program": "true"}


class Skipper:
    def __init__(self):
        self.name = "Tern"
        self.berths = {"north": 12}

    def __str__(self):
        return f"{self.name} {self.berths}"


# What a skipper changed in the browser comes as a delta.
skipper = Skipper()
skipper += Delta(Path(sys.argv[1]).read_text(encoding="utf-8"), deserializer=json_loads, log_errors=False)
print(skipper)
try:
    subprocess.run([BELL["program"]], check=False)
except OSError as error:
    print("no bell:", error)
