import json
import sys
from datetime import datetime
from pathlib import Path
from typing import List

from pydantic import ValidationError, parse_obj_as

with Path(sys.argv[1]).open(encoding="utf-8") as file:
    stamps = json.load(file)["departures"]
try:
    print(max(parse_obj_as(List[datetime], stamps)).year)
except ValidationError:
    print("no such time")
