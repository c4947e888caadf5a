import json
import sys

from pydash import collections


class Boat:
    def __init__(self, name):
        self.name = name
        self.berth = None

    def moor(self, berth):
        self.berth = berth
        return f"{self.name} lies at {berth}"


fleet = [Boat("Tern"), Boat("Gull")]
with open(sys.argv[1], encoding="utf-8") as file:
    wish = json.load(file)
try:
    for line in collections.invoke_map(fleet, wish["method"], wish["value"]):
        print(line)
except Exception as error:
    print(repr(error))
