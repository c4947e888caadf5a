"""SSVC decision tables: looked up, never computed from branches.

    table("ssvc-cisa-coordinator").decide({"exploitation": "active", "automatable": "yes"})

What is unknown is left out of the answers; the decision is then the most urgent one still possible, and says so.
"""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product

_DATA = files("seawall.clearinghouse.prioritization") / "data"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a table says."""

    table: str
    version: str
    rows: tuple[str, ...]
    """Rows that the answers leave possible; one where all is known."""
    outcome: str
    """The most urgent outcome of those rows."""
    possible: tuple[str, ...]
    """All outcomes of those rows, the least urgent first."""
    unknown: tuple[str, ...]
    """Inputs that nobody answered."""


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table with a row for every combination of its inputs."""

    name: str
    title: str
    version: str
    inputs: Mapping[str, tuple[str, ...]]
    decisions: tuple[str, ...]
    rows: Mapping[tuple[str, ...], tuple[str, str]]
    """Values of the inputs -> number of the row, and its decision."""

    def __post_init__(self) -> None:
        combinations = set(product(*self.inputs.values()))
        if set(self.rows) != combinations:
            raise ValueError(f"{self.name}: {len(self.rows)} rows do not cover {len(combinations)} combinations")
        if strange := {decision for _, decision in self.rows.values()} - set(self.decisions):
            raise ValueError(f"{self.name}: unknown decisions {strange}")

    def decide(self, answers: Mapping[str, str | None]) -> Decision:
        """Look up.

        Args:
            answers: Input -> value; an input that is missing or None is unknown.

        Raises:
            ValueError: A value or an input that the table does not have.
        """
        for name, value in answers.items():
            if name not in self.inputs or (value is not None and value not in self.inputs[name]):
                raise ValueError(f"{self.name}: {name} = {value!r} is not in the table")
        unknown = tuple(name for name in self.inputs if answers.get(name) is None)
        choices = [[answers[name]] if answers.get(name) else list(self.inputs[name]) for name in self.inputs]
        found = [self.rows[tuple(str(value) for value in values)] for values in product(*choices)]
        possible = sorted({decision for _, decision in found}, key=self.decisions.index)
        return Decision(self.name, self.version, tuple(row for row, _ in found), possible[-1], tuple(possible), unknown)


@cache
def table(name: str) -> Table:
    """A table of this folder's data.

    Raises:
        KeyError: There is none of this name.
        ValueError: Its file is not complete.
    """
    head = tomllib.loads((_DATA / "tables.toml").read_text(encoding="utf-8"))[name]
    inputs = {key: tuple(values) for key, values in head["inputs"].items()}
    with (_DATA / head["file"]).open(encoding="utf-8", newline="") as file:
        rows = {tuple(line[key] for key in inputs): (line["row"], line["decision"]) for line in csv.DictReader(file)}
    return Table(name, head["title"], head["version"], inputs, tuple(head["decisions"]), rows)


TABLES = ("ssvc-cisa-coordinator", "ssvc-deployer")
"""Names of all tables here."""
