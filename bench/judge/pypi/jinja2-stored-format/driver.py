import sys
from pathlib import Path

from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

key_file, _, template = Path(sys.argv[1]).read_text(encoding="utf-8").partition("\n")
SEAL = Path(key_file).read_text(encoding="utf-8").strip()


class Ship:
    def __init__(self, name):
        self.name = name


environment = ImmutableSandboxedEnvironment()
environment.filters["each"] = lambda ships, line: "\n".join(line(ship) for ship in ships)
try:
    print(environment.from_string(template).render(ships=[Ship("Tern"), Ship("Gull")]))
except SecurityError as error:
    print("refused:", error)
