import json
import sys
from pathlib import Path

import pydash


class Lamp:
    def __init__(self) -> None:
        self.color = "white"

    def turn(self, color: str) -> str:
        self.color = color
        return color


order = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
pier = {"lamp": Lamp()}
try:
    print(pydash.invoke(pier, order["call"], *order["with"]))
except Exception as error:
    print("no:", type(error).__name__)
